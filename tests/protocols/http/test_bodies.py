"""Bodies to send."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.protocols.http import bodies
from netloom.protocols.http.options import Options
from tests.protocols.http.stage import collected, pieces

if TYPE_CHECKING:
    from pathlib import Path


async def whole(body: bodies.Outgoing | None) -> bytes:
    assert body is not None
    made = body.make()
    return await collected(made) if isinstance(made, AsyncIterator) else made


def test_guessing() -> None:
    for payload, kind in (
        (b' {"a": [1]}', "application/json"),
        (b"[1, 2", "text/plain; charset=utf-8"),
        (b"true", "text/plain; charset=utf-8"),
        (b"\x80", "application/octet-stream"),
        (b"[" * 100_000, "text/plain; charset=utf-8"),
    ):
        assert bodies.guess(payload) == kind


async def test_parts_can_be_made_anew(tmp_path: Path) -> None:
    data = os.urandom(600_000)
    (tmp_path / "x").write_bytes(data)
    made = bodies.of_message(b"", Options(multipart=["a=1", f"f=@{tmp_path}/x"]))
    assert made is not None
    assert not made.once
    first = await whole(made)
    assert len(first) == made.size
    assert data in first
    assert await whole(made) == first


async def test_a_stream() -> None:
    short = await bodies.of_stream(pieces(b"a", b"b"), "/x.html", Options())
    assert (short.once, short.size, short.content_type) == (False, 2, "text/html")
    long = await bodies.of_stream(pieces(bytes(1 << 20), b"a", b"b"), "/x", Options(type="image/png"))
    assert (long.once, long.size, long.content_type) == (True, None, "image/png")
    assert await whole(long) == bytes(1 << 20) + b"ab"


def test_nothing() -> None:
    assert bodies.of_message(b"", Options()) is None


@pytest.mark.parametrize(
    "given", [{"form": ["a"]}, {"json": ["a"]}, {"multipart": ["a"]}, {"form": ["a=b"], "json": ["a=b"]}]
)
def test_mistakes(given: dict[str, list[str]]) -> None:
    with pytest.raises(UsageError):
        bodies.of_message(b"", Options(**given))  # type: ignore[arg-type]  # all of these are lists
