"""A lab at work: it begins as one, changes where its file does, and ends as one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.errors import UsageError
from netloom.labs.file import LabFile
from netloom.labs.lab import Lab, Stands
from netloom.links.system import SystemNetwork

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOWN = """\
[accounts]
ann = "spring"

[contents]
post = "mail"

[servers.mail]
endpoints = ["smtp://127.0.0.1:0", "imap://127.0.0.1:0"]
content = "post"

[servers.web]
endpoints = ["http://127.0.0.1:0"]

[relays.front]
listen = "http://127.0.0.1:0"
target = "web"
"""


class World:
    """A lab with its file, and what it told."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "town.toml"
        self.stood: list[Stands] = []
        self.heard: list[Any] = []
        self.lab = Lab(SystemNetwork(), self._announce, self.heard.append)

    async def _announce(self, record: Stands) -> None:
        self.stood.append(record)

    def file(self, text: str) -> LabFile:
        self.path.write_text(text)
        return LabFile(str(self.path))

    def where(self, name: str) -> str:
        return next(each for each in reversed(self.stood) if each.name == name).endpoints[0]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    await made.lab.stop()


async def get(url: str) -> Any:
    return await netloom.get(url, deadline=5)


async def test_all_of_it_begins(world: World) -> None:
    await world.lab.start(world.file(TOWN))
    assert [each.name for each in world.stood] == ["mail", "web", "front"]
    assert world.stood[0].content == "mail in memory"
    assert world.stood[0].accounts == ["ann"]
    assert world.stood[0].endpoints[1].startswith("imap://127.0.0.1:")
    assert (await get(world.where("front"))).status == "success"
    sent = await netloom.send(f"{world.where('mail')}/ann@example.org#tls=never", "hello")
    assert sent.status == "success"
    assert [record.protocol for record in world.heard if hasattr(record, "protocol")] == ["http", "smtp"]


async def test_it_ends_as_one(world: World) -> None:
    await world.lab.start(world.file(TOWN))
    await world.lab.stop()
    for name in ("web", "front"):
        assert (await get(world.where(name))).status == "refused"


async def test_what_can_not_begin_leaves_nothing(world: World) -> None:
    await world.lab.start(world.file(TOWN))
    port = world.where("web").rpartition(":")[2]
    other = World(world.path.parent)
    text = f'[servers.one]\nendpoints = ["tcp://127.0.0.1:0"]\n[servers.two]\nendpoints = ["http://127.0.0.1:{port}"]\n'
    with pytest.raises(UsageError, match=r"town.toml, line 3: servers.two: .* in use"):
        await other.lab.start(other.file(text))
    assert (await netloom.probe(other.where("one"))).status == "refused"


async def test_only_what_changes_begins_again(world: World) -> None:
    await world.lab.start(world.file(TOWN))
    web, mail = world.where("web"), world.where("mail")
    changed = TOWN.replace('ann = "spring"', 'ann = "spring"').replace(
        "[servers.web]", '[servers.more]\nendpoints = ["tcp://127.0.0.1:0"]\n\n[servers.web]'
    )
    assert await world.lab.change(world.file(changed)) == ([], ["more"])
    assert (await get(web)).status == "success"
    gone = TOWN.replace("[relays.front]", "[relays.other]")
    assert await world.lab.change(world.file(gone)) == (["front", "more"], ["other"])
    assert (await get(world.where("other"))).status == "success"
    assert world.where("mail") == mail


async def test_a_server_that_begins_again_takes_its_relays_with_it(world: World) -> None:
    await world.lab.start(world.file(TOWN))
    changed = TOWN.replace('["http://127.0.0.1:0"]', '["http://127.0.0.1:0"]\noptions = { limit = 9 }')
    ended, begun = await world.lab.change(world.file(changed))
    assert (set(ended), begun) == ({"web", "front"}, ["web", "front"])
    assert (await get(world.where("front"))).status == "success"


async def test_faults_change_in_place(world: World) -> None:
    await world.lab.start(world.file(TOWN))
    web = world.where("web")
    broken = TOWN.replace('["http://127.0.0.1:0"]', '["http://127.0.0.1:0"]\nfaults = ["refuse:503"]')
    assert await world.lab.change(world.file(broken)) == ([], [])
    assert (await get(web)).status == "refused_by_peer"
    assert await world.lab.change(world.file(TOWN)) == ([], [])
    assert (await get(web)).status == "success"


async def test_a_fault_that_can_not_act_is_told_with_its_line(world: World) -> None:
    text = '[servers.web]\nendpoints = ["http://127.0.0.1:0"]\nfaults = ["duplicate"]'
    with pytest.raises(UsageError, match=r"line 1: servers.web: .*duplicate"):
        await world.lab.start(world.file(text))


@pytest.mark.parametrize("name", ["estate", "house", "mail"])
async def test_the_examples_run(name: str, world: World) -> None:
    """But for their ports, which others may have."""
    import re

    text = (Path(__file__).parents[2] / "examples" / "labs" / f"{name}.toml").read_text()
    file = world.file(re.sub(r"(://):\d+", r"\g<1>127.0.0.1:0", text))
    await world.lab.start(file)
    assert len(world.stood) == len(file.town.servers) + len(file.town.relays)
