"""Numbers in words, widths, and texts that a terminal must not obey."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.output.text.words import clean, clean_body, cut, pad, seconds, size, width, wrap


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0 µs"),
        (0.000002, "2 µs"),
        (0.00042, "0.42 ms"),
        (0.0079, "7.9 ms"),
        (0.0844, "84 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (1.314, "1.31 s"),
        (12.34, "12.3 s"),
        (125.0, "2 min 5 s"),
        (5400.0, "1.5 h"),
    ],
)
def test_seconds(value: float, words: str) -> None:
    assert seconds(value) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (52_428_800, "52 MB"), (10**15, "1.0 PB")],
)
def test_size(count: int, words: str) -> None:
    assert size(count) == words


def test_what_belongs_together_stays_together() -> None:
    assert list(wrap("resolve 14 µs · connect 46 ms", 16)) == ["resolve 14 µs ·", "connect 46 ms"]
    assert list(wrap("or then: -O hostkey=x", 12)) == ["or then:", "-O hostkey=x"]


def test_widths() -> None:
    assert width("abc") == 3
    assert width("日本") == 4
    assert width("é") == 1
    assert width("\x1b[31mred\x1b[0m") == 3
    assert pad("日", 4) == "日  "
    assert cut("日本語", 5) == "日本…"
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 0) == ""


@given(st.text())
def test_a_cleaned_text_is_one_line_that_nothing_obeys(text: str) -> None:
    shown = clean(text)
    assert len(shown.splitlines()) <= 1 or "\x85" not in shown
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in shown)
    shown.encode()


def test_what_is_cleaned_is_shown() -> None:
    assert clean("a\x1b\n\t\x7f\x9b\u202e") == "a\\x1b\\n\\t\\x7f\\x9b\\u202e"
    assert clean("file\udcff") == "file\\xff"


@given(st.text())
def test_a_cleaned_body_keeps_only_colours(text: str) -> None:
    shown = clean_body(text)
    for piece in shown.split("\x1b")[1:]:
        assert piece.startswith("[")
        assert piece[1:].lstrip("0123456789;").startswith("m")
    assert "\x9b" not in shown


def test_a_body_keeps_lines_tabs_and_colours() -> None:
    body = "a\tb\r\nc\x1b[1;31mred\x1b[0m"
    assert clean_body(body) == body
    assert clean_body("over\rwritten\x1b[2J") == "over\\rwritten\\x1b[2J"


@given(st.text(st.characters(categories=["L", "N", "Zs"])), st.integers(8, 60))
def test_wrapping_loses_nothing_and_fits(text: str, columns: int) -> None:
    lines = list(wrap(text, columns))
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
