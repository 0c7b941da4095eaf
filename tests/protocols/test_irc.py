"""IRC's smaller parts: what is said once for many, what waits for a client, and what is promised in 005."""

from __future__ import annotations

import asyncio
import gc
import weakref

from netloom.contents.bus import Bus
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.protocols.irc.commands import COMMANDS
from netloom.protocols.irc.limits import AWAY_LIMIT, KEY_LIMIT, NICK_LIMIT, TOPIC_LIMIT
from netloom.protocols.irc.network import network_of
from netloom.protocols.irc.outbox import Outbox
from netloom.protocols.irc.said import Said, fitted, now, word
from netloom.wire.irc.message import Message
from tests.protocols.irc.lab import Lab


class TestSaid:
    def test_each_hears_it_in_their_way(self) -> None:
        said = Said(Message("PRIVMSG", ("#a", "x"), "ann!a@h"), account="ann", tags={"+x": "y"}, time="T")
        line = b":ann!a@h PRIVMSG #a :x\r\n"
        assert said.form(set()) == line
        assert said.form({"server-time"}) == b"@time=T " + line
        assert said.form({"account-tag", "message-tags"}) == b"@account=ann;+x=y " + line
        assert said.form({"batch"}, {"label": "1"}) == b"@label=1 " + line
        assert said.form({"server-time"}) is said.form({"server-time", "batch"}), "made once"

    def test_words_that_are_repeated(self) -> None:
        assert [word(said) for said in ("a", "", " ", ":a", "a b", ":", "é" * 200)] == [
            "a",
            "*",
            "*",
            "a",
            "a",
            "*",
            "é" * 75,
        ]

    def test_what_is_too_long_is_cut_at_its_end(self) -> None:
        line = fitted(Message("PRIVMSG", ("#a", "é" * 400), "ann!a@h"))
        assert 510 < len(line) <= 512
        assert line.decode().endswith("é\r\n")
        assert fitted(Message("PING", ("x",))) == b"PING x\r\n"

    def test_the_time(self) -> None:
        assert len(now()) == len("2026-11-21T01:02:03.004Z")


class TestOutbox:
    async def test_one_write_a_turn(self) -> None:
        loop = asyncio.get_running_loop()
        left, right = Stream(loop), Stream(loop)
        pair(left, right)
        outbox = Outbox(left, 1000)
        for _ in range(3):
            outbox.push(b"x\r\n")
        assert not right.peek()
        await asyncio.sleep(0.01)
        assert right.peek() == b"x\r\n" * 3
        left.abort()
        await asyncio.sleep(0)

    async def test_too_much_ends_it(self) -> None:
        loop = asyncio.get_running_loop()
        left, right = Stream(loop), Stream(loop)
        pair(left, right)
        right.transport.pause_reading()
        outbox = Outbox(left, 1000)
        for _ in range(30):
            outbox.push(b"x" * 100)
            await asyncio.sleep(0)
        assert outbox.overflowed
        await asyncio.sleep(0)
        assert left.transport.is_closing()
        outbox.push(b"more")
        outbox.flush()


async def test_a_network_is_there_for_as_long_as_its_bus() -> None:
    bus = Bus()
    network = network_of(bus)
    assert network_of(bus) is network
    assert network_of(Bus()) is not network
    gone = weakref.ref(network)
    del bus, network
    gc.collect()
    assert gone() is None


async def test_what_005_promises_is_kept() -> None:
    async with Lab() as lab:
        ann = await lab.person("a" * NICK_LIMIT, join="#a")
        assert await ann.codes(f"NICK {'b' * (NICK_LIMIT + 1)}") == ["432"]
        assert (await ann.ask(f"TOPIC #a :{'x' * 400}"))[0].text == "x" * TOPIC_LIMIT
        assert await ann.codes(f"MODE #a +k {'k' * KEY_LIMIT}") == ["MODE"]
        await ann.ask(f"AWAY :{'x' * 400}")
        assert [m.text for m in await ann.ask(f"WHOIS {ann.nick}") if m.command == "301"] == ["x" * AWAY_LIMIT]


def test_every_command_is_there() -> None:
    asked = (
        "JOIN PART NAMES LIST TOPIC MODE KICK INVITE WHO WHOIS WHOWAS PRIVMSG NOTICE TAGMSG AWAY MOTD LUSERS VERSION "
        "TIME STATS PING PONG QUIT ISON USERHOST MONITOR NICK USER PASS CAP SETNAME"
    )
    assert set(asked.split()) <= set(COMMANDS)
