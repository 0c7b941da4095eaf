"""What was sent, as the table shows it."""

from __future__ import annotations

from netloom.output.text.pictures import picture
from netloom.output.text.pictures.sent_record import lines
from netloom.output.text.style import Style
from netloom.packet.live.records import SentRecord

PLAIN = Style(colour=False, unicode=True)


def test_it_is_found_by_the_record_s_name() -> None:
    assert picture("SentRecord") is lines


def test_a_line() -> None:
    sent = SentRecord(interface="eth0", packets=2000, octets=120_000, seconds=2.0, rate=1000.4, answered=12)
    assert list(lines(sent, PLAIN, 100)) == ["  2000 packets sent · 120 kB · 2.00 s · 1,000 a second · 12 answered"]


def test_what_was_not_taken() -> None:
    sent = SentRecord(interface="eth0", packets=1, octets=60, seconds=0.001, rate=1000, refused=3, problem="too long")
    assert list(lines(sent, PLAIN, 100)) == ["  1 packet sent · 60 B · 1.0 ms", "    3 not taken: too long"]
