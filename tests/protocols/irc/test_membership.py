"""Channels: who may come, who is there, and what it is about."""

from __future__ import annotations

import pytest

from netloom.records import Message
from tests.protocols.irc.lab import ANN, EVE, OPEN, PASSWORD, Lab, shown


async def test_joining() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        assert await ann.words("JOIN #house/kitchen") == [
            "ann JOIN #house/kitchen",
            "MODE #house/kitchen +nt",
            "353 ann = #house/kitchen @ann",
            "366 ann #house/kitchen End of /NAMES list",
        ]
        bob = await lab.person("bob")
        assert await bob.words("JOIN #HOUSE/kitchen") == [
            "bob JOIN #house/kitchen",
            "353 bob = #house/kitchen @ann bob",
            "366 bob #house/kitchen End of /NAMES list",
        ]
        assert await ann.words() == ["bob JOIN #house/kitchen"]
        assert await bob.codes("JOIN #house/kitchen") == [], "they are in it already"
        assert [one.target for one in lab.access if one.verb == "JOIN"] == ["#house/kitchen"] * 2


async def test_several_at_once_and_all_left() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        assert (await ann.codes("JOIN #a,#b,,#c")).count("366") == 3
        assert await ann.words("JOIN 0") == [f"ann PART #{one} Left all channels" for one in "abc"]


@pytest.mark.parametrize(
    "name", ["#a+b", "#a#b", "##", "#%00", "#%41", "#a%20b%2", "a", "&a", "#" + "a" * 200, "#\udcff"]
)
async def test_names_that_are_no_topics(name: str) -> None:
    async with Lab() as lab:
        ann = await lab.person("ann")
        assert await ann.codes(f"JOIN {name}") == ["476"]


@pytest.mark.parametrize(("name", "topic"), [("#", ""), ("#a%20b", "a b"), ("#$SYS/x", "$SYS/x"), ("#é/a:b", "é/a:b")])
async def test_names_that_are(name: str, topic: str) -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join=name)
        lab.bus.publish(Message(topic, b"heard"))
        assert await ann.words() == [f"*bus PRIVMSG {name} heard"]


async def test_too_many() -> None:
    async with Lab(f"{OPEN},max_channels=2") as lab:
        ann = await lab.person("ann")
        assert "405" in await ann.codes("JOIN #a,#b,#c")


class TestLocks:
    async def test_a_key(self) -> None:
        async with Lab() as lab:
            ann, bob = await lab.person("ann", join="#a"), await lab.person("bob")
            await ann.ask("MODE #a +k secret")
            assert await bob.codes("JOIN #a", "JOIN #a wrong") == ["475", "475"]
            assert "366" in await bob.codes("JOIN #b,#a x,secret")

    async def test_a_limit(self) -> None:
        async with Lab() as lab:
            ann, bob = await lab.person("ann", join="#a"), await lab.person("bob")
            await ann.ask("MODE #a +l 1")
            assert await bob.codes("JOIN #a") == ["471"]
            await ann.ask("INVITE bob #a")
            assert "366" in await bob.codes("JOIN #a")

    async def test_a_ban_and_an_exception(self) -> None:
        async with Lab() as lab:
            ann, bob = await lab.person("ann", join="#a"), await lab.person("bob")
            await ann.ask("MODE #a +b BOB!*@127.*")
            assert await bob.codes("JOIN #a") == ["474"]
            await ann.ask("MODE #a +e *!~bob@*")
            assert "366" in await bob.codes("JOIN #a")

    async def test_invitations(self) -> None:
        async with Lab() as lab:
            ann, bob, eve = await lab.person("ann", join="#a"), await lab.person("bob"), await lab.person("eve")
            await ann.ask("MODE #a +iI *!*@10.*")
            assert await bob.codes("JOIN #a") == ["473"]
            assert await ann.words("INVITE bob #a") == ["341 ann bob #a"]
            assert await bob.words() == ["ann INVITE bob #a"]
            assert "366" in await bob.codes("JOIN #a")
            await bob.ask("PART #a")
            assert await bob.codes("JOIN #a") == ["473"], "an invitation is for once"
            await ann.ask("MODE #a +I eve!*@*")
            assert "366" in await eve.codes("JOIN #a")
            assert await eve.codes("INVITE bob #a") == ["482"]
            assert await ann.codes("INVITE nobody #a", "INVITE bob #b", "INVITE eve #a") == [
                "JOIN",
                "401",
                "403",
                "443",
            ]

    async def test_an_invitation_is_a_nicks(self) -> None:
        async with Lab() as lab:
            ann, bob = await lab.person("ann", join="#a"), await lab.person("bob")
            await ann.ask("MODE #a +i", "INVITE bob #a")
            await bob.ask("NICK rob")
            eve = await lab.person("bob")
            assert await eve.codes("JOIN #a") == ["473"]


async def test_leaving() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#a")
        await ann.hear()
        assert await bob.words("PART #a :enough", "PART #a", "PART #nothing") == [
            "bob PART #a enough", "442 bob #a You're not on that channel", "403 bob #nothing No such channel",
        ]  # fmt: skip
        assert await ann.words("PART #a") == ["bob PART #a enough", "ann PART #a"]


async def test_kicking() -> None:
    async with Lab() as lab:
        ann, bob, eve = [await lab.person(nick, join="#a") for nick in ("ann", "bob", "eve")]
        for one in (ann, bob, eve):
            await one.hear()
        assert await bob.codes("KICK #a ann") == ["482"]
        assert await ann.words("KICK #a bob,eve :out", "KICK #a bob", "KICK #b ann") == [
            "ann KICK #a bob out", "ann KICK #a eve out", "441 ann bob #a They aren't on that channel",
            "403 ann #b No such channel",
        ]  # fmt: skip
        assert await bob.words() == ["ann KICK #a bob out"]
        assert await bob.codes("KICK #a ann", "KICK") == ["442", "461"]
        assert [shown(m) for m in await ann.ask("KICK #a ann")] == ["ann KICK #a ann ann"]


async def test_the_topic() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#a")
        await ann.hear()
        assert await ann.words("TOPIC #a", "TOPIC #a :warp and weft") == [
            "331 ann #a No topic is set", "ann TOPIC #a warp and weft",
        ]  # fmt: skip
        assert await bob.words("TOPIC #a :no") == [
            "ann TOPIC #a warp and weft",
            "482 bob #a You're not channel operator",
        ]
        first, second = await bob.ask("TOPIC #a")
        assert (first.command, first.text) == ("332", "warp and weft")
        assert (second.command, second.params[2]) == ("333", "ann!~ann@127.0.0.1")
        eve = await lab.person("eve")
        assert (await eve.codes("JOIN #a"))[:3] == ["JOIN", "332", "333"]
        await ann.ask("MODE #a -t")
        assert "TOPIC" in await bob.codes("TOPIC #a :yes")
        await ann.hear()
        assert await ann.words(f"TOPIC #a :{'x' * 400}") == [f"ann TOPIC #a {'x' * 307}"]
        assert await bob.codes("PART #a", "TOPIC #a :x", "TOPIC #nothing") == ["TOPIC", "PART", "442", "403"]


async def test_names_and_list() -> None:
    async with Lab() as lab:
        ann, bob = await lab.person("ann", join="#a"), await lab.person("bob", join="#b")
        await ann.ask("TOPIC #a :warp", "JOIN #b", "MODE ann +i")
        await bob.ask("MODE #b +s")
        eve = await lab.person("eve")
        assert await eve.words("NAMES #a", "NAMES #b", "NAMES #nothing", "NAMES") == [
            "366 eve #a End of /NAMES list", "366 eve #b End of /NAMES list", "366 eve #nothing End of /NAMES list",
            "366 eve * End of /NAMES list",
        ], "who is invisible is shown to those in the channel"  # fmt: skip
        assert await eve.words("LIST") == ["321 eve Channel Users  Name", "322 eve #a 1 warp", "323 eve End of /LIST"]
        assert (await ann.codes("LIST")).count("322") == 2
        for word, names in (
            ("#a", ["#a"]),
            ("#*", ["#a", "#b"]),
            ("!#a", ["#b"]),
            (">1", ["#b"]),
            ("<2", ["#a"]),
            ("#z", []),
        ):
            assert [m.params[1] for m in await ann.ask(f"LIST {word}") if m.command == "322"] == names
        assert (await bob.ask("NAMES #b"))[0].params[1:] == ("@", "#b", "@bob ann")


async def test_many_names_are_told_in_several_lines() -> None:
    async with Lab() as lab:
        people = [await lab.person(f"person-with-a-long-name-{n:02}", join="#a") for n in range(30)]
        heard = await people[0].ask("NAMES #a")
        told = [m.text for m in heard if m.command == "353"]
        assert len(told) > 1
        assert len(" ".join(told).split()) == 30


class TestRights:
    """Where there are accounts, those without one listen."""

    async def test_strangers_rule_nothing(self) -> None:
        async with Lab(f"{OPEN},allow_plain_auth=yes", ANN, EVE) as lab:
            stranger = await lab.person("x")
            assert await stranger.words("JOIN #a") == [
                "x JOIN #a", "MODE #a +nt", "353 x = #a x", "366 x #a End of /NAMES list",
            ]  # fmt: skip
            assert await stranger.codes("MODE #a -t", "TOPIC #a :x", "KICK #a x") == ["482", "482", "482"]
            reader = await lab.person("eve", password="e")
            assert "@" not in (await reader.words("JOIN #b"))[2]
            ann = await lab.person("ann", password=PASSWORD)
            assert (await ann.words("JOIN #c"))[2] == "353 ann = #c @ann"

    async def test_nor_do_they_where_everybody_could(self) -> None:
        async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
            ann, stranger = await lab.person("ann", password=PASSWORD, join="#a"), await lab.person("x", join="#a")
            await ann.ask("MODE #a -t")
            await stranger.hear()
            assert await stranger.codes("TOPIC #a :x") == ["482"]
