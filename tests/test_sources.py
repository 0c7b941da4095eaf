"""Sources and targets: files, standard input, and the line of a mistake."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.sources import CHUNK, chunks_of, payload_of
from netloom.targets import expand

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
    def test_texts(self, tmp_path: Path, stdin: Any) -> None:
        path = tmp_path / "x"
        path.write_bytes(b"\xff\0")
        stdin(b"piped in")
        assert payload_of("hällo") == "hällo".encode()
        assert payload_of("") == b""
        assert payload_of(f"@{path}") == b"\xff\0"
        assert payload_of("-") == b"piped in"
        assert payload_of("\udcff") == b"\xff", "an argument's bytes stay what they were"

    def test_a_file_that_is_not_there(self) -> None:
        with pytest.raises(UsageError, match="can't be read") as caught:
            payload_of("@/nowhere")
        assert "begins with @" in caught.value.hint


class TestTargets:
    def test_given_and_from_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "targets"
        path.write_text("# some\ntcp://a:1\n\n  tcp://b:2  \n# tcp://c:3\r\nntp://é.example\n", encoding="utf-8")
        found = expand([Endpoint.parse("tcp://z:9")], str(path))
        assert [str(one) for one in found] == ["tcp://z:9", "tcp://a:1", "tcp://b:2", "ntp://é.example"]

    def test_standard_input(self, stdin: Any) -> None:
        stdin(b"tcp://a:1\n")
        assert [str(one) for one in expand([], "-")] == ["tcp://a:1"]

    def test_the_line_of_a_mistake(self, tmp_path: Path) -> None:
        path = tmp_path / "targets"
        path.write_text("tcp://a:1\ntcp://ann:canary@b:x\n")
        with pytest.raises(UsageError) as caught:
            expand([], str(path))
        assert f"{path}, line 2: " in caught.value.message
        assert caught.value.column == 19
        assert "canary" not in f"{caught.value}{caught.value.text}"

    @pytest.mark.parametrize("content", [None, b"\xff\xfe"])
    def test_what_cannot_be_read(self, content: bytes | None, tmp_path: Path) -> None:
        path = tmp_path / "targets"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(UsageError, match="can't be read"):
            expand([], str(path))

    def test_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("# nothing\n")
        with pytest.raises(UsageError, match="nothing to aim at"):
            expand([], "")
        with pytest.raises(UsageError, match="names no target"):
            expand([], str(tmp_path / "empty"))
