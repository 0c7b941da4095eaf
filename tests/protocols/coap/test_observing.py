"""Observing: who is told what and when, from both sides (RFC 7641)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.registers import Registers
from netloom.errors import PeerRefused, Status
from netloom.links.virtual import run as virtual
from netloom.protocols.coap.observation import is_newer
from netloom.records import Message as BusMessage
from netloom.wire.coap import codes
from netloom.wire.coap.message import Message, uint
from tests.protocols.coap.lab import Peer, answer, attempt, large, liar, peer, place, served
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.links.memory import MemoryNetwork

OBSERVE = (codes.OBSERVE, b"")


async def observing(one: Peer, path: str = "/fan", token: bytes = b"tokn", **more: Any) -> Message:
    """The first answer to who observes."""
    return await one.ask(one.request(path, codes.GET, OBSERVE, token=token, **more))


def confirmed(*messages: Message, kind: int = codes.ACK) -> list[Message]:
    return [Message(kind, codes.EMPTY, message.id) for message in messages]


class TestAServer:
    def test_it_tells_each_change(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network, peer(network) as one:
                first = await observing(one)
                assert (first.code, first.payload) == (codes.CONTENT, b"false")
                before = first.uint(codes.OBSERVE)
                for value in (True, False, True):
                    registers.store({"fan": value})
                    (told,) = await one.heard()
                    assert (told.type, told.code, told.token) == (codes.CON, codes.CONTENT, b"tokn")
                    assert told.payload == (b"true" if value else b"false")
                    number = told.uint(codes.OBSERVE)
                    assert number is not None
                    assert before is not None
                    assert number > before
                    before = number
                    one.say(confirmed(told)[0])
                    assert await one.heard() == []
                registers.store({"limit": 3})
                assert await one.heard() == [], "it is another's"

        virtual(main())

    def test_what_is_not_confirmed_is_told_again_and_then_no_more(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network, peer(network) as one:
                one.say(one.request("/fan", codes.GET, OBSERVE, (codes.URI_HOST, b"x" * 60)))
                await one.heard()
                registers.store({"fan": True})
                told = await one.heard(100)
                assert len(told) == 5
                assert len(set(map(str, told))) == 1
                registers.store({"fan": False})
                assert await one.heard(100) == []

        virtual(main())

    def test_meanwhile_only_the_latest_counts(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network, peer(network) as one:
                await observing(one, "/limit")
                for value in range(10):
                    registers.store({"limit": value})
                    await asyncio.sleep(0.01)
                (told,) = await one.heard()
                assert told.payload == b"0"
                one.say(confirmed(told)[0])
                (told,) = await one.heard()
                assert told.payload == b"9"
                one.say(confirmed(told)[0])
                assert await one.heard(10) == []

        virtual(main())

    @pytest.mark.parametrize("how", ["RST", "deregister", "the same without"])
    def test_who_wants_no_more(self, how: str) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network, peer(network) as one:
                await observing(one)
                registers.store({"fan": True})
                (told,) = await one.heard()
                if how == "RST":
                    one.say(confirmed(told, kind=codes.RST)[0])
                else:
                    one.say(confirmed(told)[0])
                    options = [(codes.OBSERVE, b"\1")] if how == "deregister" else []
                    found = await one.ask(one.request("/fan", codes.GET, *options))
                    assert found.value(codes.OBSERVE) is None
                    if how == "the same without":
                        return  # it is only read once more
                registers.store({"fan": False})
                assert await one.heard(100) == []

        virtual(main())

    def test_the_same_token_observes_one_thing(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network, peer(network) as one:
                await observing(one)
                await observing(one)
                await observing(one, "/limit")
                registers.store({"fan": True, "limit": 4})
                assert [told.payload for told in await one.heard()] == [b"4"]

        virtual(main())

    def test_several_at_once(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network, peer(network) as one, peer(network) as other:
                await observing(one)
                await observing(one, token=b"more")
                await observing(other)
                registers.store({"fan": True})
                assert {told.token for told in await one.heard()} == {b"tokn", b"more"}
                assert len(await other.heard()) == 1

        virtual(main())

    def test_not_more_than_it_was_told(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with (
                served(registers, options="observers=3,observers_per_peer=2") as network,
                peer(network) as one,
            ):
                found = [await observing(one, token=bytes([number])) for number in range(4)]
                assert [each.value(codes.OBSERVE) is not None for each in found] == [True, True, False, False]
                assert all(each.payload == b"false" for each in found), "it is read, at least"
                assert (await observing(one, token=b"\0")).value(codes.OBSERVE) is not None, "who does so already may"

        virtual(main())

    def test_a_bus_tells_what_is_published(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with served(bus) as network, peer(network) as one:
                first = await observing(one, "/house/kitchen")
                assert (first.code, first.payload, first.value(codes.CONTENT_FORMAT)) == (codes.CONTENT, b"", None)
                for text in (b"21", b"22"):
                    bus.publish(BusMessage("house/kitchen", text))
                    (told,) = await one.heard()
                    assert (told.payload, told.uint(codes.CONTENT_FORMAT)) == (text, codes.TEXT)
                    one.say(confirmed(told)[0])
                    await one.heard()
                bus.publish(BusMessage("house/cellar", b"9"))
                assert await one.heard() == []
                await one.ask(one.request("/house/kitchen", codes.GET, (codes.OBSERVE, b"\1")))
                assert not bus.patterns_of(next(iter(bus._receivers)))

        virtual(main())

    def test_it_leaves_nothing(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network, peer(network) as one:
                await observing(one)
                registers.store({"fan": True})
                await one.heard()
            registers.store({"fan": False})
            assert not registers._watching
            await asyncio.sleep(100)

        virtual(main())


async def listened(network: MemoryNetwork, path: str, count: int, change: Any = None) -> list[tuple[str, bytes]]:
    """What is heard; after each message `change(number)` happens."""
    found: list[tuple[str, bytes]] = []
    async with attempt(network, place(path)) as trying:
        trying.stands()
        async with contextlib.aclosing(trying.client.listen(trying.endpoint.path)) as messages:
            async for message in messages:
                found.append((message.topic, message.payload))
                if len(found) == count:
                    break
                if change is not None:
                    change(len(found))
    if trying.error is not None:
        raise trying.error
    return found


class TestAClient:
    def test_it_hears_each_change(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network:
                found = await listened(network, "/limit", 4, lambda number: registers.store({"limit": number}))
                assert found == [("limit", b"80"), ("limit", b"1"), ("limit", b"2"), ("limit", b"3")]

        virtual(main())

    def test_bodies_of_any_size(self) -> None:
        async def main() -> None:
            registers = large(3000)
            async with served(registers) as network:
                found = await listened(network, "/text", 3, lambda n: registers.store({"text": chr(64 + n) * 2000}))
                assert [body for _, body in found[1:]] == [b"A" * 2000, b"B" * 2000]
                assert len(found[0][1]) == 3000

        virtual(main())

    def test_what_is_there_first_on_a_bus_is_nothing(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with served(bus) as network:
                hearing = asyncio.ensure_future(listened(network, "/house/kitchen", 1))
                await asyncio.sleep(1)
                bus.publish(BusMessage("house/kitchen", b"21"))
                assert await hearing == [("house/kitchen", b"21")]

        virtual(main())

    def test_it_asks_again_when_nothing_is_fresh_any_more(self) -> None:
        """RFC 7641 §3.3.1: after Max-Age, and a while more; with the same token."""

        async def main() -> None:
            def say(asked: Message, number: int) -> list[Message | bytes]:
                observe = (codes.OBSERVE, uint(7 if number == 1 else 3))  # the server has begun anew
                return [answer(asked, b"%d" % number, codes.CONTENT, observe, (codes.MAX_AGE, uint(10)))]

            async with liar(say) as (network, other):
                assert [body for _, body in await listened(network, "/a", 3)] == [b"1", b"2", b"3"]
                waits = [after - before for before, after in zip(other.times, other.times[1:], strict=False)]
                assert all(15 <= wait <= 25 for wait in waits)
                assert len({message.token for message in other.heard}) == 1

        virtual(main())

    def test_what_is_late_is_not_news(self) -> None:
        async def main() -> None:
            def say(asked: Message, number: int) -> list[Message | bytes]:
                if asked.code != codes.GET:
                    return []

                def told(observe: int, text: bytes) -> Message:
                    return Message(
                        codes.NON, codes.CONTENT, observe, asked.token, ((codes.OBSERVE, uint(observe)),), text
                    )

                return [
                    answer(asked, b"first", codes.CONTENT, (codes.OBSERVE, uint(100))), told(102, b"third"),
                    told(101, b"second"), told(102, b"third"), told(103, b"fourth"),
                ]  # fmt: skip

            async with liar(say) as (network, _):
                found = [body for _, body in await listened(network, "/a", 3)]
                assert found == [b"first", b"third", b"fourth"]

        virtual(main())

    @pytest.mark.parametrize(
        ("say", "words"),
        [
            (lambda asked, _: [answer(asked, b"21")], "not observed"),
            (lambda asked, _: [answer(asked, b"", codes.NOT_FOUND)], "4.04"),
            (
                lambda asked, number: [
                    answer(asked, b"21", codes.CONTENT, OBSERVE),
                    Message(codes.CON, codes.NOT_FOUND, 9, asked.token, (), b"gone"),
                ][: 2 if number == 1 else 0],
                "4.04 Not Found: gone",
            ),
            (
                lambda asked, number: [
                    answer(asked, b"21", codes.CONTENT, OBSERVE),
                    Message(codes.CON, codes.CONTENT, 9, asked.token, (), b"22"),
                ][: 2 if number == 1 else 0],
                "ended",
            ),
        ],
    )
    def test_what_is_not_observed(self, say: Any, words: str) -> None:
        async def main() -> None:
            async with liar(say) as (network, _):
                with pytest.raises(PeerRefused, match=words):
                    await listened(network, "/a", 9)

        virtual(main())

    def test_whoever_is_told_too_late_refuses(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network:
                await listened(network, "/fan", 1)
                registers.store({"fan": True})
                await asyncio.sleep(100)
                assert (await record(network, "get", place("/fan"))).status is Status.SUCCESS

        virtual(main())


@pytest.mark.parametrize(
    ("number", "before", "newer"),
    [
        (1, None, True),
        (None, 1, True),
        (2, 1, True),
        (1, 2, False),
        (1, 1, False),
        (1, 2**24 - 1, True),
        (2**24 - 1, 1, False),
    ],
)
def test_which_is_newer(number: int | None, before: int | None, newer: bool) -> None:
    def made(observe: int | None) -> Message:
        options = ((codes.OBSERVE, uint(observe)),) if observe is not None else ()
        return Message(codes.NON, codes.CONTENT, 1, b"t", options)

    assert is_newer(made(number), made(before) if before is not None else None) is newer
