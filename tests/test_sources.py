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

from netloom.conversion import Conversion
from netloom.errors import Unsupported, UsageError
from netloom.formats import named
from netloom.sources import CHUNK, chunks_of, converted, payload_of

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


JSON = Conversion(named("json"))


class TestConverted:
    async def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_text("a: 1")
        chunks, size = await converted(str(tmp_path / "x.yaml"), JSON)
        assert ([piece async for piece in chunks], size) == ([b'{"a":1}'], 7)
        assert await payload_of(f"@{tmp_path}/x.yaml", JSON) == b'{"a":1}'

    async def test_standard_input(self, stdin: Any) -> None:
        stdin(b"a: 1")
        chunks, _ = await converted("-", Conversion(named("json"), named("yaml")))
        assert [piece async for piece in chunks] == [b'{"a":1}']
        stdin(b"---\na: 1")
        assert await payload_of("-", JSON) == b'{"a":1}'

    async def test_a_text(self) -> None:
        assert await payload_of("[1]", Conversion(named("yaml"))) == b"- 1\n"
        assert await payload_of("a: 1", Conversion(named("json"), named("yaml"))) == b'{"a":1}'

    @pytest.mark.parametrize(
        ("name", "words"),
        [("x.yaml", r"x\.yaml: YAML, line 2, column 1: "), ("none.yaml", "none.yaml can't be read: No such file")],
    )
    async def test_mistakes_are_ours(self, name: str, words: str, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_text("a: [\n")
        for work in (converted(f"{tmp_path}/{name}", JSON), payload_of(f"@{tmp_path}/{name}", JSON)):
            with pytest.raises(UsageError, match=words):
                await work
        with pytest.raises(UsageError, match="the message: what it is in isn't told"):
            await payload_of("a: 1", JSON)

    async def test_standard_input_has_no_name(self, stdin: Any) -> None:
        stdin(b"a: 1")
        with pytest.raises(UsageError, match="standard input: what it is in isn't told"):
            await payload_of("-", JSON)

    async def test_what_the_format_cant_hold(self) -> None:
        with pytest.raises(Unsupported, match="CSV can't hold this"):
            await payload_of("{}", Conversion(named("csv")))

    async def test_a_file_that_is_too_large_isnt_read(self, tmp_path: Path) -> None:
        with (tmp_path / "x.json").open("wb") as file:
            file.truncate((64 << 20) + 1)
        with pytest.raises(UsageError, match=r"x\.json has more than 67108864 bytes"):
            await converted(str(tmp_path / "x.json"), JSON)
