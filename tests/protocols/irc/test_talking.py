"""Talking: who hears what, who may not, and what is answered to whom."""

from __future__ import annotations

import pytest

from netloom.contents.bus import Bus, Limits
from tests.protocols.irc.lab import ANN, EVE, OPEN, PASSWORD, Lab


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
async def test_in_a_channel(command: str) -> None:
    async with Lab() as lab:
        ann, bob, eve = [await lab.person(nick, join="#a" if nick != "eve" else "") for nick in ("ann", "bob", "eve")]
        await ann.hear()
        assert await ann.words(f"{command} #A :warp and  weft") == []
        assert await bob.words() == [f"ann {command} #a warp and  weft"]
        assert await eve.words() == []


async def test_to_somebody() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann"), await lab.person("bob")
        assert await ann.words("PRIVMSG BOB :x", "PRIVMSG ann :me", "NOTICE bob,ann :y") == [
            "ann PRIVMSG ann me", "ann NOTICE ann y",
        ]  # fmt: skip
        assert await bob.words() == ["ann PRIVMSG bob x", "ann NOTICE bob y"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("PRIVMSG", "411"),
        ("PRIVMSG :", "411"),
        ("PRIVMSG bob", "412"),
        ("PRIVMSG bob :", "412"),
        ("PRIVMSG nobody :x", "401"),
        ("PRIVMSG #nothing :x", "403"),
        ("PRIVMSG #a :x", "404"),
        ("PRIVMSG a,b,c,d,bob :x", "407"),
        ("TAGMSG bob", "421"),
    ],
)
async def test_refusals(line: str, code: str) -> None:
    async with Lab() as lab:
        await lab.person("bob", join="#a")
        ann = await lab.person("ann")
        assert (await ann.codes(line))[0] == code
        if not line.startswith("TAGMSG"):
            assert await ann.codes(line.replace("PRIVMSG", "NOTICE")) == [], "nothing is answered to a NOTICE"


async def test_modes_that_silence() -> None:
    async with Lab() as lab:
        ann, bob, eve = await lab.person("ann", join="#a"), await lab.person("bob", join="#a"), await lab.person("eve")
        await ann.ask("MODE #a -n")
        assert await eve.codes("PRIVMSG #a :x") == []
        await ann.ask("MODE #a +m")
        await bob.hear()
        assert await bob.codes("PRIVMSG #a :x") == await eve.codes("PRIVMSG #a :x") == ["404"]
        await ann.ask("MODE #a +v bob")
        assert await bob.codes("PRIVMSG #a :x") == ["MODE"]
        await ann.ask("MODE #a -m-v+b bob bob!*@*")
        assert (await bob.codes("PRIVMSG #a :x"))[-1] == "404"
        assert "404" not in await ann.codes("PRIVMSG #a :x")


async def test_only_those_with_a_mode() -> None:
    async with Lab() as lab:
        ann, bob, eve = [await lab.person(nick, join="#a") for nick in ("ann", "bob", "eve")]
        await ann.ask("MODE #a +v bob")
        for one in (ann, bob, eve):
            await one.hear()
        await eve.ask("PRIVMSG @#a :ops", "PRIVMSG +#a :voices")
        assert await ann.words() == ["eve PRIVMSG @#a ops", "eve PRIVMSG +#a voices"]
        assert await bob.words() == ["eve PRIVMSG +#a voices"]


async def test_tagmsg() -> None:
    async with Lab() as lab:
        ann, bob = (
            await lab.person("ann", "message-tags", join="#a"),
            await lab.person("bob", "message-tags", join="#a"),
        )
        old = await lab.person("old", join="#a")
        await bob.hear()
        await ann.ask("@+typing=active;x=y TAGMSG #a", "@+react=1 TAGMSG bob,old")
        heard = await bob.hear()
        assert [(m.command, m.params, m.tags) for m in heard] == [
            ("TAGMSG", ("#a",), {"+typing": "active"}), ("TAGMSG", ("bob",), {"+react": "1"}),
        ]  # fmt: skip
        assert await old.words() == []


async def test_away() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann"), await lab.person("bob")
        assert await bob.codes(f"AWAY :{'x' * 300}") == ["306"]
        assert await ann.words("PRIVMSG bob :x", "NOTICE bob :x") == [f"301 ann bob {'x' * 200}"]
        assert await bob.codes("AWAY", "AWAY :") == ["PRIVMSG", "NOTICE", "305", "305"]


async def test_a_long_line_is_cut_where_names_are_added() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann"), await lab.person("bob")
        text = "é" * 240
        await ann.ask(f"PRIVMSG bob :{text}")
        (heard,) = await bob.hear()
        assert text.startswith(heard.text)
        assert 500 < len(f":{heard.source} PRIVMSG bob :{heard.text}\r\n".encode()) <= 512


async def test_setname() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", "setname")
        assert await ann.words("SETNAME :New Name") == ["ann SETNAME New Name"]
        assert (await ann.ask("WHOIS ann"))[0].text == "New Name"
        assert (
            await ann.words("SETNAME :", f"SETNAME :{'x' * 151}")
            == ["FAIL SETNAME INVALID_REALNAME Realname is not valid"] * 2
        )


class TestRights:
    async def test_strangers_listen(self) -> None:
        async with Lab(f"{OPEN},allow_plain_auth=yes", ANN, EVE) as lab:
            ann = await lab.person("ann", password=PASSWORD, join="#a")
            stranger, reader = await lab.person("x", join="#a"), await lab.person("eve", password="e", join="#a")
            await ann.hear()
            async with lab.bus.subscribe("a") as heard:
                for one in (stranger, reader):
                    await one.hear()
                    (said,) = await one.ask("PRIVMSG #a :x")
                    assert said.command == "404"
                    assert "only accounts that may write" in said.text
                    assert await one.codes("PRIVMSG ann :x") == ["531"]
                    assert await one.codes("NOTICE #a :x", "NOTICE ann :x") == []
                assert await ann.words() == []
                await ann.ask("PRIVMSG #a :hello")
                assert (await anext(heard)).payload == b"hello"
            assert await stranger.words() == ["eve JOIN #a", "ann PRIVMSG #a hello"][1:]
            assert [one.status for one in lab.access if one.verb == "PRIVMSG"] == ["404", "404", ""]

    async def test_what_the_server_alone_says(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann", join="#$SYS/broker")
            assert await ann.codes("PRIVMSG #$SYS/broker :x") == ["404"]


async def test_what_the_bus_refuses_nobody_hears() -> None:
    async with Lab(bus=Bus(limits=Limits(message=100))) as lab:
        ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#a")
        await ann.hear()
        assert await ann.codes(f"PRIVMSG #a :{'x' * 200}") == ["404"]
        assert await bob.words() == []
