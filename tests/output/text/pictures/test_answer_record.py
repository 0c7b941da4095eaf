"""An answer as the table shows it."""

from __future__ import annotations

from netloom.output.text.pictures import picture
from netloom.output.text.pictures.answer_record import lines
from netloom.output.text.style import Style
from netloom.packet.live.records import AnswerRecord

PLAIN = Style(colour=False, unicode=True)
ANSWER = AnswerRecord(
    number=1, time=1.5, src="192.0.2.1", src_port=80, dst="192.0.2.2", dst_port=4000, protocol="tcp", length=60,
    captured=60, words="SA seq 1, ack 2, win 3", anomalies=("cut",), answers=7, seconds=0.0123, is_error=False,
)  # fmt: skip


def test_it_is_found_by_the_record_s_name() -> None:
    assert picture("AnswerRecord") is lines


def test_one_line_where_there_is_room() -> None:
    (line,) = lines(ANSWER, PLAIN, 120)
    who = f"192.0.2.1:80 {PLAIN.arrow} 192.0.2.2:4000"
    assert line == f"    7  12 ms     {who:44}  tcp  SA seq 1, ack 2, win 3  cut"


def test_more_where_there_is_none() -> None:
    found = list(lines(ANSWER, PLAIN, 60))
    assert len(found) > 1
    assert all(line.startswith("       ") for line in found[1:])
