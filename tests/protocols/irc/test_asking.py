"""Asking after others."""

from __future__ import annotations

import pytest

from netloom.protocols.irc.network import network_of
from tests.protocols.irc.lab import ANN, OPEN, PASSWORD, Lab, Person, shown


async def three(lab: Lab) -> tuple[Person, Person, Person]:
    """ann rules #a and #s, which is secret; bob is in #a; eve is in none and invisible."""
    ann, bob, eve = await lab.person("ann", join="#a"), await lab.person("bob", join="#a"), await lab.person("eve")
    await ann.ask("JOIN #s", "MODE #s +s")
    await eve.ask("MODE eve +i", "AWAY :lunch")
    for one in (ann, bob, eve):
        await one.hear()
    return ann, bob, eve


async def test_who() -> None:
    async with Lab() as lab:
        ann, bob, eve = await three(lab)
        assert await bob.words("WHO #a") == [
            "352 bob #a ~ann 127.0.0.1 irc.test ann H@ 0 Ann",
            "352 bob #a ~bob 127.0.0.1 irc.test bob H 0 Bob",
            "315 bob #a End of /WHO list",
        ]
        for asked, nicks in (
            ("eve", ["eve"]), ("*", ["ann", "bob"]), ("0", ["ann", "bob"]), ("", ["ann", "bob"]), ("b*", ["bob"]),
            ("Ann", ["ann"]), ("127.*", ["ann", "bob"]), ("#s", []), ("#nothing", []), ("nobody", []), ("e*", []),
        ):  # fmt: skip
            heard = await bob.ask(f"WHO {asked}")
            assert [m.params[5] for m in heard if m.command == "352"] == nicks, asked
            assert heard[-1].command == "315"
        assert (await bob.ask("WHO eve"))[0].params[6] == "G"
        assert await eve.codes("WHO #a") == ["352", "352", "315"]
        assert await ann.codes("WHO #s") == ["352", "315"]


async def test_whox() -> None:
    async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
        ann = await lab.person("ann", "multi-prefix", password=PASSWORD, join="#a")
        await ann.ask("MODE #a +v ann")
        assert await ann.words("WHO #a %tcuhnfar,42", "WHO ann %na", "WHO ann %rn", "WHO ann %l") == [
            "354 ann 42 #a ann 127.0.0.1 ann H@+ ann Ann", "315 ann #a End of /WHO list",
            "354 ann ann ann", "315 ann ann End of /WHO list",
            "354 ann ann Ann", "315 ann ann End of /WHO list", "354 ann 0", "315 ann ann End of /WHO list",
        ]  # fmt: skip
        stranger = await lab.person("x")
        assert (await stranger.words("WHO x %a,7"))[0] == "354 x 0"


async def test_whois() -> None:
    async with Lab(f"{OPEN},allow_plain_auth=yes", ANN) as lab:
        ann = await lab.person("ann", password=PASSWORD, join="#a")
        bob = await lab.person("bob", join="#b")
        await ann.ask("AWAY :lunch", "JOIN #s", "MODE #s +s")
        heard = [shown(m) for m in await bob.ask("WHOIS ann")]
        assert heard[:3] == [
            "311 bob ann ann 127.0.0.1 * Ann",
            "319 bob ann @#a",
            "312 bob ann irc.test netloom network",
        ]
        assert heard[3:5] == ["301 bob ann lunch", "330 bob ann ann is logged in as"]
        assert heard[5].startswith("317 bob ann 0 ")
        assert heard[6:] == ["318 bob ann End of /WHOIS list"]
        assert "319 ann ann @#a @#s" in await ann.words("WHOIS irc.test ANN")
        assert await bob.codes("WHOIS nobody") == ["401", "318"]
        await ann.ask("MODE ann +i")
        assert "319" not in await bob.codes("WHOIS ann")


async def test_whowas() -> None:
    async with Lab() as lab:
        for _ in range(3):
            one = await lab.person("ann")
            await one.say("QUIT")
            await one.rest()
        bob = await lab.person("bob")
        assert (await bob.codes("WHOWAS ANN")).count("314") == 3
        assert await bob.codes("WHOWAS ann 1") == ["314", "312", "369"]
        assert await bob.codes("WHOWAS bob", "WHOWAS nobody x") == ["406", "369", "406", "369"]


async def test_ison_and_userhost() -> None:
    async with Lab() as lab:
        ann, *_ = await three(lab)
        assert await ann.words("ISON BOB nobody eve", "ISON :bob nobody", "ISON nobody") == [
            "303 ann bob eve", "303 ann bob", "303 ann",
        ]  # fmt: skip
        assert await ann.words("USERHOST bob eve nobody", "USERHOST nobody") == [
            "302 ann bob=+~bob@127.0.0.1 eve=-~eve@127.0.0.1", "302 ann",
        ]  # fmt: skip


class TestMonitor:
    async def test_somebody_is_watched_for(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann")
            assert await ann.words("MONITOR + bob,Eve") == ["731 ann bob,Eve"]
            bob = await lab.person("bob")
            assert await ann.words() == ["730 ann bob!~bob@127.0.0.1"]
            await bob.ask("NICK EVE")
            assert await ann.words() == ["731 ann bob", "730 ann EVE!~bob@127.0.0.1"]
            assert await ann.words("MONITOR S", "MONITOR L") == [
                "730 ann EVE!~bob@127.0.0.1", "731 ann bob", "732 ann bob,eve", "733 ann End of MONITOR list",
            ]  # fmt: skip
            await bob.say("QUIT")
            await bob.rest()
            assert await ann.words() == ["731 ann EVE"]
            assert await ann.words("MONITOR - eve", "MONITOR L") == ["732 ann bob", "733 ann End of MONITOR list"]
            assert await ann.words("MONITOR C", "MONITOR L") == ["733 ann End of MONITOR list"]
            await lab.person("bob")
            assert await ann.words("MONITOR X y", "MONITOR +") == []

    async def test_the_list_has_an_end(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann")
            for at in range(0, 100, 20):
                await ann.ask(f"MONITOR + {','.join(f'n{number}' for number in range(at, at + 20))}")
            assert await ann.words("MONITOR + n5,x,y") == ["734 ann 100 x,y Monitor list is full.", "731 ann n5"]

    async def test_who_has_gone_watches_nobody(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann")
            await ann.ask("MONITOR + bob")
            await ann.say("QUIT")
            await ann.rest()
            await lab.person("bob")
            assert await (await lab.person("ann")).words("MONITOR L") == ["733 ann End of MONITOR list"]
            assert not network_of(lab.bus)._watchers


@pytest.mark.parametrize(
    "line",
    [
        "WHO a b c",
        "WHOIS :",
        "WHOWAS :",
        "WHOIS :a b",
        "WHO :a b",
        "ISON :",
        "MODE :",
        "KICK :x :y",
        "NAMES :a b",
        "TOPIC :",
        "INVITE : :",
        "JOIN :a b",
        "PART :",
        "STATS :",
        "HELP :x y",
        "MONITOR :+ x",
        "PRIVMSG :a b :c",
        "CAP :a b",
        "LIST :",
        "VERSION :a b",
        "USERHOST :",
        "WHO :#a b",
    ],
)
async def test_odd_words_are_answered_in_one_line_each(line: str) -> None:
    """What is repeated in an answer can't make two words, or a line, of itself."""
    async with Lab() as lab:
        ann = await lab.person("ann")
        for message in await ann.ask(line):
            assert message.source == "irc.test"
            assert message.command.isdigit() or message.command == "CAP"
        assert await ann.codes("PING x") == ["PONG"]
