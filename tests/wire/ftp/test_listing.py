"""LIST's lines, of Unix and of DOS."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError
from netloom.records import Entry
from netloom.wire.ftp import listing

NOW = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC).timestamp()
names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=40).filter(
    lambda name: name not in (".", "..")
)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    return datetime.datetime(year, month, day, hour, minute, tzinfo=datetime.UTC).timestamp()


@given(names, st.integers(0, 2**62), st.integers(0, int(NOW)), st.booleans())
def test_what_is_emitted_is_parsed_again(name: str, size: int, modified: int, is_directory: bool) -> None:
    kind = "directory" if is_directory else "file"
    found = listing.parse(listing.emit(Entry(name=name, kind=kind, size=size, modified=modified), NOW), NOW)
    assert found is not None
    assert (found.name, found.kind, found.size) == (name, kind, None if is_directory else size)
    assert found.modified is not None
    assert 0 <= modified - found.modified < (60 if NOW - modified < 182 * 86400 else 86400), "minutes, or days"


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("-rw-r--r-- 1 ann users 12 Nov 20 00:17 a b", Entry(name="a b", size=12, modified=at(2026, 11, 20, 0, 17))),
        ("-rw-r--r-- 1 0 0 12 Nov 25 00:17 before", Entry(name="before", size=12, modified=at(2025, 11, 25, 0, 17))),
        ("-rw-r--r-- 1 0 0 12 Nov 21 23:59 zone", Entry(name="zone", size=12, modified=at(2026, 11, 21, 23, 59))),
        ("drwxr-xr-x+ 2 ann users 4096 Jan  1  2020 old", Entry(name="old", kind="directory", modified=at(2020, 1, 1))),
        (
            "lrwxrwxrwx 1 a b 3 Feb 29  2024 l -> to there",
            Entry(name="l", kind="link", modified=at(2024, 2, 29), value={"target": "to there"}),
        ),
        (
            "crw-rw-rw- 1 root root 1, 3 Nov 20 00:17 null",
            Entry(name="null", kind="other", modified=at(2026, 11, 20, 0, 17)),
        ),
        ("-rw-r--r--   1 12 Nov 20 00:17  leading", Entry(name=" leading", size=12, modified=at(2026, 11, 20, 0, 17))),
        ("-rw-r--r-- 1 a b 5 2026-11-20 00:17 iso", Entry(name="iso", size=5, modified=at(2026, 11, 20, 0, 17))),
        ("-rw-r--r-- 1 a b 5 Feb 30 2024 x", Entry(name="x", size=5)),
        (
            "11-20-26  03:05PM       <DIR>          My Files",
            Entry(name="My Files", kind="directory", modified=at(2026, 11, 20, 15, 5)),
        ),
        ("11-20-2026  12:05AM 1,234 a.txt", Entry(name="a.txt", size=1234, modified=at(2026, 11, 20, 0, 5))),
        ("11-20-98  13:05  7 a", Entry(name="a", size=7, modified=at(1998, 11, 20, 13, 5))),
        ("13-40-98  13:05  7 a", Entry(name="a", size=7)),
        ("total 12", None), ("", None), ("something else", None), ("drwxr-xr-x 2 a b 4096 Jan  1  2020 ..", None),
        ("drwxr-xr-x 2 a b 4096 Jan  1  2020 .", None), ("01-01-26  03:05PM  <DIR> .", None), ("-" * 9000, None),
    ],
)  # fmt: skip
def test_lines(line: str, entry: Entry | None) -> None:
    assert listing.parse(line + "\r\n", NOW) == entry


@pytest.mark.parametrize("name", ["", "a\r\nb", "a\0"])
def test_what_cannot_be_said(name: str) -> None:
    with pytest.raises(LocalProtocolError):
        listing.emit(Entry(name=name), NOW)


@given(st.binary(max_size=200).map(lambda data: data.decode("latin-1")), st.floats(allow_nan=False))
def test_any_line_is_read_or_passed_over(line: str, now: float) -> None:
    listing.parse(line, now)


@given(st.integers(0, 40))
def test_a_long_middle_is_no_trap(count: int) -> None:
    """Expressions that go back and forth would take for ever over such lines."""
    assert listing.parse("-rw-r--r-- " + "1 " * 4000 + "x" * count, NOW) is None
