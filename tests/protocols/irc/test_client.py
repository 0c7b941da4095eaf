"""The client's verbs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import PeerRefused, UsageError
from netloom.links.virtual import run
from netloom.records import Message
from tests.protocols.irc.lab import ANN, OPEN, PASSWORD, Lab, Person, Scripted, other
from tests.worlds import cancel_everywhere, elapsed, records

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.wire.irc.message import Message as Line


@pytest.mark.parametrize(
    ("path", "topic", "to"),
    [
        ("/weaving", "", ["#weaving"]),
        ("/%23weaving", "", ["#weaving"]),
        ("/house/kitchen", "", ["#house/kitchen"]),
        ("/@ann", "", ["ann"]),
        ("/a,@ann,b", "", ["#a", "ann", "#b"]),
        ("", "", ["#netloom"]),
        ("/a", "#b", ["#b"]),
        ("/a", "@ann", ["ann"]),
    ],
)
async def test_where_it_is_said(path: str, topic: str, to: list[str]) -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#b")
        client = lab.client(path, nick="bob")
        reply = await client.send(Message(topic=topic, payload=b"warp\r\n\nweft\n"))
        assert reply.meta["to"] == to
        assert reply.meta["lines"] == 2 * len(to)
        told = [m.text for m in await ann.hear() if m.command == "PRIVMSG"]
        assert told == ["warp", "weft"] * len({"ann", "#b"} & set(to))
        await client.close()


async def test_channels_of_another_kind() -> None:
    async with Scripted(other()) as server:
        client = server.client("/&local")
        assert (await client.send(Message(payload=b"x"))).meta["to"] == ["&local"]
        await client.close()


@pytest.mark.parametrize(("path", "options"), [("/%ff", {}), ("/,", {}), ("", {"channel": ","})])
async def test_nowhere(path: str, options: dict[str, str]) -> None:
    async with Lab() as lab:
        with pytest.raises(UsageError):
            await lab.client(path, **options).send(Message(payload=b"x"))


@pytest.mark.parametrize(
    ("user", "options"), [("", {"sasl": "plain"}), ("ann:x@", {"sasl": "none", "server_password": "y"})]
)
async def test_contradictions(user: str, options: dict[str, str]) -> None:
    async with Lab() as lab:
        with pytest.raises(UsageError):
            await lab.client(user=user, **options).begin()


def test_many_lines_are_said_slowly() -> None:
    async def main() -> None:
        async with Lab() as lab:
            client = lab.client("/a", burst="3", pace="2")
            await client.send(Message(payload=b"x\n" * 6))
            assert elapsed() == pytest.approx(6.0)
            await client.close()

    run(main())


async def until_there(ann: Person) -> None:
    """Until bob is in #a."""
    while "bob" not in " ".join(await ann.words("NAMES #a")):
        pass


class TestListening:
    async def test_channels_and_what_is_said_to_us(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann", "message-tags", join="#a")
            client = lab.client("/a,b", nick="bob")
            heard = client.listen("/a,b")
            first = asyncio.ensure_future(anext(heard))
            await until_there(ann)
            await ann.ask("PRIVMSG #a :héllo", "NOTICE bob :\x01ACTION waves\x01", "TAGMSG #a", "PRIVMSG #a :caf\udce9")
            lab.bus.publish(Message("b", b"21.5", sender="sensor"))
            message = await first
            assert (message.topic, message.payload.decode(), message.sender) == ("#a", "héllo", "ann!~ann@127.0.0.1")
            assert message.properties["command"] == "PRIVMSG"
            assert message.properties["time"].endswith("Z")
            message = await anext(heard)
            assert (message.topic, message.payload, message.properties["ctcp"]) == ("bob", b"waves", "ACTION")
            assert (await anext(heard)).payload == b"caf\xe9"
            message = await anext(heard)
            assert (message.topic, message.payload, message.sender) == ("#b", b"21.5", "*sensor!bus@sensor")
            await heard.aclose()  # type: ignore[attr-defined]  # it is a generator
            await client.close()

    async def test_what_is_retained_is_heard(self) -> None:
        async with Lab() as lab:
            for number in range(3):
                lab.bus.publish(Message(f"t{number}", b"%d" % number, retain=True))
            client = lab.client()
            heard = client.listen("/t0,t1,t2")
            assert [(await anext(heard)).payload for _ in range(3)] == [b"0", b"1", b"2"]
            await heard.aclose()  # type: ignore[attr-defined]  # it is a generator
            await client.close()

    async def test_kicked_out(self) -> None:
        async with Lab() as lab:
            ann = await lab.person("ann", join="#a")
            client = lab.client("/a", nick="bob")
            first = asyncio.ensure_future(anext(client.listen("/a")))
            await until_there(ann)
            await ann.ask("KICK #a bob :out")
            with pytest.raises(PeerRefused) as refused:
                await first
            assert (refused.value.code, refused.value.text) == ("KICK", "out")

    async def test_the_server_says_why_it_ends(self) -> None:
        pings = []

        def answer(message: Line, nick: str) -> str:
            if message.command != "PING":
                return ""
            pings.append(message.text)
            return f":s PONG s :{message.text}\r\n" + "ERROR :K-lined\r\n" * (len(pings) == 2)

        async with Scripted(other(answer)) as server:
            with pytest.raises(PeerRefused) as refused:
                await anext(server.client("/a").listen("/a"))
            assert (refused.value.code, refused.value.text) == ("ERROR", "K-lined")


async def test_listing() -> None:
    async with Lab() as lab:
        ann = await lab.person("ann", join="#a")
        await ann.ask("TOPIC #a :warp", "JOIN #b")
        client = lab.client(nick="bob")
        found = [entry async for entry in client.list("")]
        assert [(one.name, one.kind, one.size, one.value) for one in found] == [
            ("#a", "channel", 1, "warp"),
            ("#b", "channel", 1, ""),
        ]
        found = [entry async for entry in client.list("/a")]
        assert [(one.name, one.kind, one.value) for one in found] == [("ann", "user", "@"), ("bob", "user", "")]
        await client.close()


@pytest.mark.parametrize("what", ["send", "list", "listen", "probe", "talk"])
def test_cancelling_leaves_nothing(what: str) -> None:
    """At every turn of the loop."""

    async def talk(lab: Lab) -> None:
        client = lab.client("/a", nick="bob", user=f"ann:{PASSWORD}@")
        try:
            channel = await client.open()
            await channel.write(b"one\ntwo\n")
            for _ in range(2):
                await channel.read()
            await channel.write_eof()
            while await channel.read():
                pass
        finally:
            await client._dial.close()

    async def world() -> tuple[Awaitable[Any], Callable[[], Awaitable[None]]]:
        stack = contextlib.AsyncExitStack()
        lab = await stack.enter_async_context(Lab(OPEN, ANN))
        url = f"irc://ann:{PASSWORD}@127.0.0.1:{lab.port}/a"
        if what == "talk":
            return talk(lab), stack.aclose
        if what == "listen":
            lab.bus.publish(Message("a", b"x", retain=True))
        arguments = {"send": ["x"]}.get(what, [])
        return records(lab.network, what, url, *arguments, **({"count": 1} if what == "listen" else {})), stack.aclose

    assert cancel_everywhere(world) > 5
