"""The operation `lab`: a file at work, followed while it changes, or only checked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.emitting import Stop
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.labs.lab import Stands
from netloom.operations import lab
from netloom.records import AccessRecord, Note
from netloom.relaying.relay import Relayed
from netloom.requests import make
from netloom.toolbox import Toolbox

if TYPE_CHECKING:
    from pathlib import Path

TOWN = '[servers.web]\nendpoints = ["http://127.0.0.1:0"]\n'


def town(folder: Path, text: str = TOWN) -> Path:
    path = folder / "town.toml"
    path.write_text(text)
    return path


async def test_only_checked(tmp_path: Path) -> None:
    (note,) = [record async for record in netloom.lab(str(town(tmp_path)), check=True)]
    assert isinstance(note, Note)
    assert note.text == "1 server"
    with pytest.raises(UsageError, match=r"town.toml, line 1: x: a lab has no such table"):
        await netloom.lab(str(town(tmp_path, "x = 1")), check=True)


async def test_it_runs_until_it_is_stopped(tmp_path: Path) -> None:
    records = aiter(netloom.lab(str(town(tmp_path))))
    stands = await anext(records)
    assert isinstance(stands, Stands)
    assert (stands.name, stands.content) == ("web", "files in memory")
    assert (await netloom.get(stands.endpoints[0])).status == "success"
    seen = await anext(records)
    assert isinstance(seen, AccessRecord)
    assert (seen.protocol, seen.verb) == ("http", "GET")
    await records.aclose()
    assert (await netloom.get(stands.endpoints[0])).status == "refused"


async def test_what_ends_with_it_is_told(tmp_path: Path) -> None:
    text = '[servers.a]\nendpoints = ["tcp://127.0.0.1:0"]\n[relays.b]\nlisten = "tcp://127.0.0.1:0"\ntarget = "a"\n'
    stop = Stop()
    made = netloom.lab(str(town(tmp_path, text))).read(stop)
    _, relay = await anext(made), await anext(made)
    assert isinstance(relay, Stands)
    place = Endpoint.parse(relay.endpoints[0])
    reader, writer = await asyncio.open_connection(place.host, place.port)
    writer.write(b"warp")
    assert await reader.readexactly(4) == b"warp"
    assert stop.ask()
    assert {type(told) async for told in made} == {Relayed, AccessRecord}
    writer.close()


async def test_it_changes_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "LOOK", 0.01)
    path = town(tmp_path)
    emitted: asyncio.Queue[Any] = asyncio.Queue()
    told: asyncio.Queue[str] = asyncio.Queue()
    toolbox = Toolbox(emitted.put, tell=told.put_nowait)
    running = asyncio.create_task(lab.run(make(lab.Request, {"file": str(path)}), toolbox))
    try:
        web = await emitted.get()
        town(tmp_path, f'{TOWN}\n[servers.more]\nendpoints = ["tcp://127.0.0.1:0"]\n')
        assert (await emitted.get()).name == "more"
        assert (await told.get()).endswith("has changed: begun: more")
        town(tmp_path, f'{TOWN}\n[servers.more]\nend = ["tcp://127.0.0.1:0"]\n')
        assert "line 5: servers.more.end: there is no such key here" in await told.get()
        town(tmp_path)
        assert (await told.get()).endswith("has changed: ended: more")
        assert (await netloom.get(web.endpoints[0])).status == "success"
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert (await netloom.get(web.endpoints[0])).status == "refused"
