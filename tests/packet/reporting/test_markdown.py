"""Markdown: what it says, and that what captures say is text in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from netloom.packet.reporting.markdown import code, markdown, prose
from netloom.packet.summing.record import Contents, Summary
from tests.packet.reporting.hostile import ALL, spoilt
from tests.packet.summing.office import office
from tests.packet.summing.summed import plainly

if TYPE_CHECKING:
    from pathlib import Path


def test_it_tells_what_the_summary_does(tmp_path: Path) -> None:
    summary = plainly(office().write(tmp_path / "office.pcapng"))
    text = markdown(summary, "An office")
    assert text.startswith("# An office\n")
    for one in summary.findings:
        assert one.filter in text
    assert "## Top talkers" in text
    assert "| `cdn.example.net` | 58 |" in text
    heads = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    assert len(heads) > 40
    assert all(_cells(line) > 1 for line in heads)


def _cells(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line)) - 1


def test_what_captures_say_is_text(tmp_path: Path) -> None:
    summary = plainly(office().write(tmp_path / "office.pcapng"))
    plain, text = markdown(spoilt(summary, "x"), "x").splitlines(), markdown(spoilt(summary), ALL).splitlines()
    assert len(text) == len(plain)
    for line, other in zip(plain, text, strict=True):
        assert _cells(line) == _cells(other)
        bare = re.sub(r"(?<!\\)`[^`]*`", "", other)
        assert not re.search(r"(?<!\\)[<\[](?! )", bare), other
        assert not re.search(r"www\.|://", bare)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a*b_c", r"a\*b\_c"),
        ("www.x http://y", r"www\.x http:\//y"),
        ("192.0.2.1: 5", "192.0.2.1: 5"),
        ("a\nb", r"a\\u000ab"),
    ],
)
def test_prose(text: str, made: str) -> None:
    assert prose(text) == made


def test_code() -> None:
    assert code("a`b|c\x1b") == "`a\\u0060b\\|c\\u001b`"
    assert code("") == "` `"


def test_nothing_at_all() -> None:
    text = markdown(Summary(capture=Contents(files=("a.pcap",), packets=0, octets=0, captured=0)), "Nothing")
    assert "There are no packets" in text
