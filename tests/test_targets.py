"""Targets in a probe: from arguments and files, with options beside them."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from netloom.targets import expand
from tests.worlds import records

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_of_them_is_probed(tmp_path: Path) -> None:
    path = tmp_path / "targets"
    path.write_text("".join(f"tcp://127.0.0.1:{port}\n" for port in (4242, 4243, 4242)))

    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse("tcp://127.0.0.1:4242")], network=network):
            found = await records(network, "probe", file=str(path), concurrency=1, options=["idle=3"])
        assert [one.status.value for one in found] == ["success", "refused", "success"]  # type: ignore[attr-defined]
        assert [one.endpoint for one in found] == [  # type: ignore[attr-defined]
            "tcp://127.0.0.1:4242",
            "tcp://127.0.0.1:4243",
            "tcp://127.0.0.1:4242",
        ]

    run(main())


async def test_comments_and_what_editors_leave(tmp_path: Path) -> None:
    path = tmp_path / "targets"
    path.write_bytes(b"\xef\xbb\xbftcp://a:1\r\n# all of it\n\n  tcp://b:2#ttl=8   # its end\n\ttcp://c:3\t#x\n")
    assert [str(one) for one in await expand([], str(path))] == ["tcp://a:1", "tcp://b:2#ttl=8", "tcp://c:3"]


async def test_a_file_without_any(tmp_path: Path) -> None:
    path = tmp_path / "targets"
    path.write_text("# nothing yet\n")
    with pytest.raises(UsageError, match="targets names no target"):
        await expand([], str(path))


async def test_files_that_cant_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none can't be read: No such file or directory$"):
        await expand([], str(tmp_path / "none"))
    (tmp_path / "odd").write_bytes(b"tcp://a:1\n\xff")
    with pytest.raises(UsageError, match="it isn't UTF-8 from byte 11 on"):
        await expand([], str(tmp_path / "odd"))


async def test_a_mistake_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "targets"
    path.write_text("tcp://a:1\n\ntcp://b:x  # wrong\n")
    with pytest.raises(UsageError, match=r"targets, line 3: tcp://b:x is no endpoint") as caught:
        await expand([], str(path))
    assert caught.value.column == 8


async def test_a_mistake_shows_no_password(tmp_path: Path) -> None:
    path = tmp_path / "targets"
    path.write_text("tcp://ann:canary@b:x\n")
    with pytest.raises(UsageError) as caught:
        await expand([], str(path))
    assert caught.value.column == 19
    assert "canary" not in f"{caught.value}{caught.value.text}"


async def test_given_ones_come_before_those_of_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("tcp://a:1\r\nntp://é.example\n".encode())))
    found = await expand([Endpoint.parse("tcp://z:9")], "-")
    assert [str(one) for one in found] == ["tcp://z:9", "tcp://a:1", "ntp://é.example"]


async def test_nothing_at_all() -> None:
    with pytest.raises(UsageError, match="nothing to aim at"):
        await expand([], "")
