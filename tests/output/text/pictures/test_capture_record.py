"""What a capture brought, as the table shows it."""

from __future__ import annotations

from netloom.output.text.pictures import picture
from netloom.output.text.pictures.capture_record import lines
from netloom.output.text.style import Style
from netloom.packet.live.records import CaptureRecord

PLAIN = Style(colour=False, unicode=True)


def test_it_is_found_by_the_record_s_name() -> None:
    assert picture("CaptureRecord") is lines


def test_a_line_and_its_files() -> None:
    record = CaptureRecord(
        interfaces=["eth0", "eth1"], packets=3, octets=180, dropped=0, first=1.0, last=3.5, files=["a.pcap", "b.pcap"]
    )
    assert list(lines(record, PLAIN, 100)) == [
        "  3 packets · 180 B · 2.50 s · on eth0, eth1 · 0 dropped", "    a.pcap", "    b.pcap",
    ]  # fmt: skip


def test_nothing_came_and_something_was_lost() -> None:
    record = CaptureRecord(interfaces=["lo"], packets=0, octets=0, dropped=7)
    assert list(lines(record, PLAIN, 100)) == ["  0 packets · 0 B · on lo · 7 dropped"]
    assert "\x1b[" in next(iter(lines(record, Style(colour=True, unicode=True), 100)))
