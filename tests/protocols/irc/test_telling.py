"""What the server tells of itself."""

from __future__ import annotations

import pytest

from netloom.protocols.irc.telling import SOFTWARE
from tests.protocols.irc.lab import OPEN, Lab


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("MOTD", ["422"]),
        ("VERSION", ["351", "005", "005"]),
        ("TIME", ["391"]),
        ("INFO", ["371", "371", "371", "374"]),
        ("LINKS", ["364", "365"]),
        ("STATS", ["219"]),
        ("STATS x", ["219"]),
        ("STATS u", ["242", "219"]),
        ("HELP", ["704", "705", "705", "705", "705", "706"]),
        ("OPER a b", ["491"]),
        ("KILL ann :x", ["481"]),
        ("REHASH", ["481"]),
        ("DIE", ["481"]),
        ("WALLOPS :x", ["481"]),
        ("CONNECT a", ["481"]),
        ("NONSENSE", ["421"]),
        ("MOTD other.test", ["402"]),
        ("TIME *.other", ["402"]),
        ("TIME irc.*", ["391"]),
        ("VERSION ann", ["351", "005", "005"]),
        ("ERROR :x", []),
        ("PONG x", []),
        ("OPER", ["461"]),
    ],
)
async def test_answers(line: str, codes: list[str]) -> None:
    async with Lab() as lab:
        assert await (await lab.person("ann")).codes(line) == codes


async def test_counts() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        bob = await lab.person("bob")
        await bob.ask("MODE bob +i")
        await lab.raw()
        waiting = await lab.raw()
        await waiting.ask("NICK waiting")
        told = {m.command: m for m in await ann.ask("LUSERS")}
        assert told["251"].text == "There are 1 users and 1 invisible on 1 servers"
        assert told["253"].params[1] == "1"
        assert told["254"].params[1] == "1"
        assert told["265"].params[1:3] == ("2", "2")
        await bob.say("QUIT")
        await bob.rest()
        assert {m.command: m for m in await ann.ask("LUSERS")}["265"].params[1:3] == ("1", "2")


async def test_what_was_asked_how_often() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        await ann.ask("TIME", "TIME", "NONSENSE")
        told = {m.params[1]: m.params[2] for m in await ann.ask("STATS m") if m.command == "212"}
        assert told["TIME"] == "2"
        assert "NONSENSE" not in told


async def test_the_software() -> None:
    async with Lab(OPEN) as lab:
        first, *_ = await (await lab.person("ann")).ask("VERSION")
        assert first.params[1] == SOFTWARE
