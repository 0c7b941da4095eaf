"""What SFTP's tests have in common: homes of nobody, servers over files, and dialogues with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.contents.files import Files, Limits
from tests.links.ssh.conftest import home
from tests.protocols.places import Places, places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["home"]

URL = "sftp://127.0.0.1:0#host_key=none"
ACCOUNTS = ["ann:secret", "eve:secret:read"]


@pytest.fixture(params=["memory", "disk"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Places]:
    """A server over files in memory, and one over files on a disk."""
    if request.param == "disk":
        root = tmp_path / "root"
        root.mkdir()
        files = Files(root)
    else:
        files = Files(files={})
    async with files.write("hello.txt") as sink:
        await sink.write(b"warp and weft\n")
    await files.make_directory("folder")
    async with places(URL, contents=[files], accounts=ACCOUNTS) as made:
        made.files = files  # type: ignore[attr-defined]  # for those who look behind it
        yield made


@pytest.fixture
async def small() -> AsyncIterator[Places]:
    """A server over few and small files in memory."""
    files = Files(files={"hello.txt": b"warp and weft\n"}, limits=Limits(file=100_000, total=1_000_000, entries=200))
    async with places(URL, contents=[files], accounts=["ann:secret"]) as made:
        yield made
