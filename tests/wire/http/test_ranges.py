"""Byte ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.http import ranges
from netloom.wire.http.ranges import ContentRange
from tests.fuzzing import hammer


@st.composite
def parts(draw: st.DrawFn) -> ContentRange:
    size = draw(st.none() | st.integers(1, 10**17))
    if size is not None and draw(st.booleans()):
        return ContentRange(0, 0, size)
    stop = draw(st.integers(1, size or 10**17))
    return ContentRange(draw(st.integers(0, stop - 1)), stop, size)


@given(parts())
def test_what_is_emitted_is_parsed_again(part: ContentRange) -> None:
    assert ranges.parse_content_range(ranges.emit_content_range(part)) == part


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=0-", [(0, 100)]),
        ("bytes=90-200", [(90, 100)]),
        ("bytes=-10", [(90, 100)]),
        ("bytes=-1000", [(0, 100)]),
        ("Bytes = 0-1", None),
        ("bytes=0-1, 5-6", [(0, 2), (5, 7)]),
        ("bytes=5-6,0-1", [(5, 7), (0, 2)]),
        ("bytes=0-50,40-60,60-70", [(0, 71)]),
        ("bytes=100-", []),
        ("bytes=-0", []),
        ("bytes=100-200, 0-1", [(0, 2)]),
        ("bytes=5-1", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
        ("bytes=0-1;2-3", None),
        ("bytes=" + "0-0," * 16 + "0-0", None),
        ("bytes=0-" + "9" * 30, None),
        ("bytes=²-3", None),
    ],
)
def test_parse(value: str, found: list[tuple[int, int]] | None) -> None:
    assert ranges.parse(value, 100) == found


@given(st.text() | st.from_regex(r"bytes=[0-9, -]*"), st.integers(0, 1000))
def test_any_text_gives_ranges_within_the_body(value: str, size: int) -> None:
    found = ranges.parse(value, size)
    assert found is None or all(0 <= start < stop <= size for start, stop in found)
    assert sum(stop - start for start, stop in found or []) <= size


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    samples = [b"bytes 0-99/200", b"bytes */5", b"bytes 5-9/*"]
    hammer(lambda data: ranges.parse_content_range(data.decode("latin-1")), samples)


@pytest.mark.parametrize(
    "value", ["", "bytes", "bytes 5-1/10", "bytes 0-10/5", "bytes */*", "bytes 0-1", "lines 0-1/2"]
)
def test_content_ranges_that_are_none(value: str) -> None:
    with pytest.raises(RemoteProtocolError):
        ranges.parse_content_range(value)


def test_requested() -> None:
    for spec in ("0-99", "500-", "-500", "0-0,-1", "bytes=1-2"):
        assert ranges.requested(spec) == "bytes=" + spec.removeprefix("bytes=")
    for spec in ("", "-", "a", "1", "0-1\r\nX: 1", "0-1,"):
        with pytest.raises(LocalProtocolError):
            ranges.requested(spec)
