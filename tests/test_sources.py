"""What is sent: texts, files and standard input."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import UsageError
from netloom.sources import CHUNK, chunks_of, payload_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Any:
    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    return give


class TestChunks:
    @pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK + 1])
    async def test_a_file(self, size: int, tmp_path: Path) -> None:
        path = tmp_path / "x"
        path.write_bytes(b"x" * size)
        pieces = [piece async for piece in chunks_of(str(path))]
        assert b"".join(pieces) == b"x" * size
        assert all(0 < len(piece) <= CHUNK for piece in pieces)

    async def test_standard_input(self, stdin: Any) -> None:
        stdin(b"piped in")
        assert [piece async for piece in chunks_of("-")] == [b"piped in"]

    async def test_it_is_taken_as_it_comes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        reader, writer = os.pipe()
        with os.fdopen(reader) as piped:
            monkeypatch.setattr(sys, "stdin", piped)
            pieces = chunks_of("-")
            os.write(writer, b"warp")
            assert await anext(pieces) == b"warp"
            os.write(writer, b"weft")
            assert await anext(pieces) == b"weft"
            os.close(writer)
            assert [piece async for piece in pieces] == []

    async def test_nobody_waits_for_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither whoever gives up, nor the process at its end: Python waits for threads that aren't daemons."""
        reader, writer = os.pipe()
        with os.fdopen(reader) as piped:
            monkeypatch.setattr(sys, "stdin", piped)
            before = set(threading.enumerate())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await payload_of("-")
            (thread,) = set(threading.enumerate()) - before
            assert thread.daemon
            os.close(writer)
            await asyncio.to_thread(thread.join)

    async def test_an_error_comes_through(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        with (tmp_path / "x").open("w") as unreadable:
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=unreadable))
            with pytest.raises(OSError, match="Bad file descriptor"):
                await payload_of("-")

    @pytest.mark.parametrize("name", ["nowhere", "."])
    def test_one_that_is_no_file_is_told_at_once(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="there is no file"):
            chunks_of(str(tmp_path / name))

    async def test_one_that_goes_in_between(self, tmp_path: Path) -> None:
        path = tmp_path / "x"
        path.write_bytes(b"x")
        pieces = chunks_of(str(path))
        path.unlink()
        with pytest.raises(UsageError, match="can't be read"):
            await anext(pieces)


class TestPayload:
    async def test_texts(self, tmp_path: Path, stdin: Any) -> None:
        path = tmp_path / "x"
        path.write_bytes(b"\xff\0")
        stdin(b"piped in")
        assert await payload_of("hällo") == "hällo".encode()
        assert await payload_of("") == b""
        assert await payload_of(f"@{path}") == b"\xff\0"
        assert await payload_of("-") == b"piped in"
        assert await payload_of("\udcff") == b"\xff", "an argument's bytes stay what they were"

    async def test_a_pipe_with_a_name(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        reading = asyncio.ensure_future(payload_of(f"@{tmp_path / 'pipe'}"))
        await asyncio.to_thread((tmp_path / "pipe").write_bytes, b"piped in")
        assert await reading == b"piped in"

    async def test_a_file_that_is_not_there(self) -> None:
        with pytest.raises(UsageError, match="can't be read") as caught:
            await payload_of("@/nowhere")
        assert "begins with @" in caught.value.hint
