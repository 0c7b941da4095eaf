"""Unix sockets' probe: does it accept, what does it say first, and what if there is no such socket?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import netloom
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.serving import Serving

if TYPE_CHECKING:
    from pathlib import Path


async def greet(link: Any) -> None:
    await link.write(b"hello\n")
    await link.read()


async def test_a_banner(tmp_path: Path) -> None:
    async with Serving([Endpoint.parse(f"unix://{tmp_path}/s")], [Handler(greet)]) as serving:
        found = await netloom.probe(f"{serving.endpoint}#banner")
    assert found.status is Status.SUCCESS
    assert found.summary == "says 'hello'"
    assert found.address == f"{tmp_path}/s"
    assert [(one.address, one.family) for one in found.addresses] == [(f"{tmp_path}/s", "unix")]
    assert "resolve" not in found.phases


async def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    missing = await netloom.probe(f"unix://{tmp_path}/s")
    assert (missing.status, missing.phase) == (Status.REFUSED, "connect")
    assert "there is no such socket" in missing.message
    other = await netloom.probe(f"unix://{tmp_path}/file")
    assert other.status is Status.REFUSED
    assert "nothing listens there" in other.message or "no socket" in other.message
