"""Bodies as they pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.http.passive.body import Chunks, Counted, body_of


def test_which_body_follows() -> None:
    assert isinstance(body_of({"transfer-encoding": "gzip, Chunked", "content-length": "5"}, is_request=True), Chunks)
    assert isinstance(body_of({"content-length": "5"}, is_request=True), Counted)
    assert body_of({"content-length": "0"}, is_request=False) is None
    assert body_of({}, is_request=True) is None
    assert body_of({"content-length": "x"}, is_request=False).take(b"all") == (3, b"all")  # type: ignore[union-attr]


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=5), st.integers(1, 30))
def test_chunks_cut_anywhere(parts: list[bytes], step: int) -> None:
    whole = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nA: b\r\n\r\n"
    data = whole + b"NEXT"
    reader = Chunks()
    pending, taken_all, content_all = b"", 0, b""
    for at in range(0, len(data), step):
        if reader.done:
            break
        pending += data[at : at + step]
        taken, content = reader.take(pending)
        pending = pending[taken:]
        taken_all += taken
        content_all += content
    assert reader.done
    assert (taken_all, content_all) == (len(whole), b"".join(parts))


@pytest.mark.parametrize("data", [b"zz\r\n", b"\r\n\r\n", b"a" * 5000])
def test_what_is_no_chunk_ends_it(data: bytes) -> None:
    reader = Chunks()
    reader.take(data)
    assert reader.done
