"""Reporting: amounts in words, and files that are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.packet.reporting.amounts import bits, clock, count, duration, moment, scaled, share, size
from netloom.packet.reporting.html import breaking, seen, text
from netloom.packet.reporting.writing import Report
from netloom.packet.summing.record import Contents, Reported, Summary

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = Summary(capture=Contents(files=("/a/b.pcap", "/a/c.pcap"), packets=0, octets=0, captured=0))


@pytest.mark.parametrize(
    ("value", "made"),
    [(0, "0 B"), (7, "7 B"), (999, "999 B"), (1000, "1 kB"), (1540, "1.5 kB"), (99_400, "99 kB"), (999_600, "1 MB"),
     (5.1e6, "5.1 MB"), (1e15, "1000 TB"), (0.4, "0.4 B")],
)  # fmt: skip
def test_sizes(value: float, made: str) -> None:
    assert size(value) == made


def test_words() -> None:
    assert bits(1.57e6) == "1.6 Mbit/s"
    assert scaled(348.0, "/s") == "348 /s"
    assert (count(1, "bin"), count(1200, "bin")) == ("1 bin", "1,200 bins")
    assert [duration(value) for value in (None, 2e-5, 0.0253, 1.5, 119.0, 180.0, 185.0, 7300.0, 1e6)] == [
        "-", "20 µs", "25.3 ms", "1.5 s", "119 s", "3 min", "3 min 5 s", "2.03 h", "11.6 days",
    ]  # fmt: skip
    assert [share(value) for value in (0, 1e-6, 0.032, 0.5)] == ["0 %", "< 0.1 %", "3.2 %", "50 %"]
    assert moment(0) == "1970-01-01 00:00:00 UTC"
    assert (moment(None), moment(1e18), clock(1e18)) == ("-", f"{10**18} s after 1970", str(10**18))
    assert clock(3661) == "01:01:01"


def test_texts() -> None:
    assert seen("a\u202eb\x00\n") == "a\\u202eb\\u0000\\u000a"
    assert text("<a href='\"'>&") == "&lt;a href=&#x27;&quot;&#x27;&gt;&amp;"
    assert breaking("2001:db8::<") == "2001:<wbr>db8:<wbr>:<wbr>&lt;"


def test_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    told = Report(str(path)).write(EMPTY)
    assert told == Reported(file=str(path), format="html", octets=path.stat().st_size, packets=0, findings=0)
    assert "<title>Traffic of b.pcap, c.pcap</title>" in path.read_text()
    assert Report(str(tmp_path / "r.MD"), "Mine").write(EMPTY).format == "markdown"
    assert (tmp_path / "r.MD").read_text().startswith("# Mine\n")
    Report(str(path), overwrite=True).write(EMPTY)


def test_what_cant_be_written(tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text("")
    for to, words in (("r.pdf", "html or"), ("r.html", "exists"), ("none/r.html", "no folder")):
        with pytest.raises(UsageError, match=words):
            Report(str(tmp_path / to))
    late = Report(str(tmp_path / "late.html"))
    (tmp_path / "late.html").write_text("somebody was faster")
    with pytest.raises(UsageError, match="can't be written"):
        late.write(EMPTY)
    assert (tmp_path / "late.html").read_text() == "somebody was faster"
