"""CoAP: nobody is amplified, nobody observes for somebody else, strangers write nothing, answers aren't answered."""

from __future__ import annotations

import asyncio
import random
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.registers import Register, Registers
from netloom.links.datagrams import Datagrams
from netloom.links.options import LinkOptions
from netloom.links.virtual import run as virtual
from netloom.records import Message as BusMessage
from netloom.wire.coap import codes, uri
from netloom.wire.coap.block import Block, emit_block
from netloom.wire.coap.message import Message, emit, parse, sorted_options
from tests.fuzzing import mutate
from tests.security.house import STRANGER, House, Wire
from tests.security.parsers.coap import DATAGRAMS

if TYPE_CHECKING:
    from netloom.links.memory import MemoryNetwork

WHERE = "coap://127.0.0.1:5683"


def large() -> Registers:
    return Registers(
        [(Register(name=f"r{n}", kind="text", writable=True, path=f"r{n}"), "x" * 3000) for n in range(300)]
    )


def small() -> Registers:
    return Registers([(Register(name="r1", kind="text", path="r1"), "x")])


def bus() -> Bus:
    made = Bus()
    for number in range(300):
        made.publish(BusMessage(f"r{number}", b"x" * 3000, retain=True))
    return made


async def socket_to(network: MemoryNetwork) -> Datagrams:
    link = Datagrams(asyncio.get_running_loop())
    await network.datagrams((socket.AF_INET, ("127.0.0.1", 5683)), None, lambda: link, LinkOptions())
    return link


async def told(network: MemoryNetwork, *datagrams: bytes, wait: float = 0.01) -> list[list[bytes]]:
    """What a server says to each of some datagrams."""
    link = await socket_to(network)
    found: list[list[bytes]] = []
    for data in datagrams:
        link.transport.sendto(data)
        await asyncio.sleep(wait)
        found.append([said for said, _ in link._queue])
        link._queue.clear()
    await link.close()
    return found


def asked(number: int, path: str, code: int, *options: tuple[int, bytes], token: bytes = b"", kind: int = 0) -> bytes:
    return emit(Message(kind, code, number, token, sorted_options([*uri.path_options(path), *options]), b""))


BLOCKS = [(), *(((codes.BLOCK2, emit_block(Block(n, False, e))),) for n in (0, 1, 150) for e in (0, 3, 6))]
QUESTIONS = [
    asked(number, path, code, *options, token=token, kind=kind)
    for number, (path, code, options, token, kind) in enumerate(
        (path, code, options, token, kind)
        for path in ("", "/r1", "/nothing", "/.well-known/core", "/" + "long" * 20)
        for code in (codes.GET, codes.PUT, codes.FETCH)
        for options in [
            *BLOCKS,
            ((codes.OBSERVE, b""),),
            ((codes.ECHO, bytes(8)),),
            ((codes.ACCEPT, b"\x32"),),
            ((9, b""),),
        ]
        for token in (b"", b"t", bytes(8))
        for kind in (codes.CON, codes.NON)
    )
]


class TestNobodyIsAmplified:
    @pytest.mark.parametrize("content", [large, bus])
    def test_by_any_question(self, content: Any) -> None:
        async def main() -> None:
            for network in (Wire(STRANGER), Wire()):
                async with House(WHERE, content(), network=network):
                    answers, left = await told(network, *QUESTIONS), 0
                    for question, said in zip(QUESTIONS, answers, strict=True):
                        own = [data for data in said if parse(data).type != codes.CON]
                        assert sum(map(len, own)) <= 3 * len(question), parse(question)
                        assert len(own) <= 1
                        left += 3 * len(question) - sum(map(len, said))  # who observed has asked for what comes later
                        assert left >= 0
                    assert sum(map(bool, answers)) > len(QUESTIONS) / 2, "it answers at all"

        virtual(main())

    def test_whatever_it_is_sent(self) -> None:
        async def main() -> None:
            network, generator = Wire(STRANGER), random.Random(5)
            async with House(WHERE, large(), network=network):
                noise = [mutate(generator, [*QUESTIONS, *DATAGRAMS]) or b"\0" for _ in range(3000)]
                for data, said in zip(noise, await told(network, *noise), strict=True):
                    assert sum(map(len, said)) <= 3 * len(data)

        virtual(main())

    def test_by_what_came_before(self) -> None:
        """A long request, and after it a short one with the same id, which would be answered alike."""

        async def main() -> None:
            network = Wire(STRANGER)
            async with House(WHERE, large(), network=network):
                long = asked(7, "/r1", codes.GET, (codes.URI_HOST, b"x" * 250), token=bytes(8))
                short = asked(7, "", codes.GET)
                first, second = await told(network, long, short)
                assert sum(map(len, first)) > 3 * len(short)
                assert sum(map(len, second)) <= 3 * len(short)

        virtual(main())

    @pytest.mark.parametrize("content", [large, small, bus])
    @pytest.mark.parametrize("padding", [0, 8, 40, 200])
    def test_by_what_is_observed(self, content: Any, padding: int) -> None:
        """Whoever's address it was never confirms anything: however much changes, it is left alone soon."""

        async def main() -> None:
            network, served = Wire(STRANGER), content()
            async with House(WHERE, served, network=network):
                link = await socket_to(network)
                extra = [(codes.URI_HOST, b"x" * padding)] if padding else []
                question = asked(1, "/r1", codes.GET, (codes.OBSERVE, b""), *extra, token=b"tokn")
                link.transport.sendto(question)
                for number in range(300):
                    await asyncio.sleep(1)
                    if isinstance(served, Bus):
                        served.publish(BusMessage("r1", str(number).encode()))
                    else:
                        served.store({"r1": f"{number}" * (number % 7)})
                said = [data for data, _ in link._queue]
                assert sum(map(len, said)) <= 3 * len(question)
                assert said
                await link.close()

        virtual(main())

    def test_nor_with_an_echo_of_somebody_else(self) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with House(WHERE, large(), network=network):
                question = asked(1, "/r1", codes.GET, (codes.URI_HOST, b"a name of some length"), token=b"tokn")
                ((first,),) = await told(network, question)
                echo = parse(first).value(codes.ECHO)
                assert echo is not None
                again = asked(2, "/r1", codes.GET, (codes.ECHO, echo), token=b"tokn")
                ((second,),) = await told(network, again)  # from another port
                assert len(second) <= 3 * len(again)
                link = await socket_to(network)
                link.transport.sendto(question)
                echo = parse(await link.receive()).value(codes.ECHO)
                assert echo is not None
                link.transport.sendto(asked(3, "/r1", codes.GET, (codes.ECHO, echo), token=b"tokn"))
                assert len(await link.receive()) > 1024, "who has shown it is told as much as a datagram holds"
                await link.close()

        virtual(main())


def test_answers_are_not_answered() -> None:
    """Two servers would talk to each other for ever."""

    async def main() -> None:
        network = Wire(STRANGER)
        async with House(WHERE, large(), network=network):
            said = [data for found in await told(network, *QUESTIONS[:200]) for data in found]
            said += [emit(Message(codes.RST, 0, 1)), emit(Message(codes.ACK, 0, 1)), emit(Message(codes.NON, 69, 1))]
            assert not any(await told(network, *said))

    virtual(main())


class TestStrangers:
    @pytest.mark.parametrize(
        ("stranger", "options", "written"),
        [(STRANGER, "", False), (STRANGER, "#write=yes", True), ("", "", True), ("", "#write=no", False)],
    )
    @pytest.mark.parametrize("code", [codes.PUT, codes.POST, codes.DELETE])
    def test_change_nothing(self, stranger: str, options: str, written: bool, code: int) -> None:
        async def main() -> None:
            registers, topics = Registers(), Bus()
            topics.publish(BusMessage("fan", b"kept", retain=True))
            for content in (registers, topics):
                network = Wire(stranger)
                async with House(WHERE + options, content, network=network, accounts=["ann:secret"]):
                    said = emit(Message(codes.CON, code, 1, b"t", ((codes.URI_PATH, b"fan"),), b"on" * (code != 4)))
                    ((answer,),) = await told(network, said)
                    assert (parse(answer).code == codes.FORBIDDEN) is not written
            kept = [message.payload for message in topics.retained()]
            if written:
                assert kept == {codes.PUT: [b"on"], codes.POST: [b"kept"], codes.DELETE: []}[code]
                assert registers.value("fan") is (code != codes.DELETE)
            else:
                assert kept == [b"kept"]
                assert registers.value("fan") is False

        virtual(main())


class TestMemory:
    def test_observers_are_bounded(self) -> None:
        async def main() -> None:
            network, registers = Wire(STRANGER), Registers()
            async with House(WHERE, registers, network=network) as house:
                link = await socket_to(network)
                for number in range(3000):
                    token = number.to_bytes(4)
                    link.transport.sendto(asked(number, "/fan", codes.GET, (codes.OBSERVE, b""), token=token))
                    if number % 100 == 0:
                        await asyncio.sleep(0.01)
                        link._queue.clear()
                await asyncio.sleep(0.01)
                link._queue.clear()
                registers.store({"fan": True})
                await asyncio.sleep(0.01)
                assert 0 < len(link._queue) <= 100
                assert house.serving.endpoint.port
                await link.close()

        virtual(main())

    def test_bodies_are_bounded(self) -> None:
        """Whoever begins many and ends none."""

        async def main() -> None:
            network = Wire()
            async with House(WHERE, large(), network=network):
                begun = [
                    emit(
                        Message(
                            codes.CON, codes.PUT, number, b"", sorted_options([
                                (codes.URI_PATH, b"r1"), (codes.BLOCK1, emit_block(Block(0, True, 6))),
                                (codes.REQUEST_TAG, number.to_bytes(2)),
                            ]), bytes(1024),
                        )
                    )
                    for number in range(200)
                ]  # fmt: skip
                answers = await told(network, *begun)
                assert all(parse(said).code == codes.CONTINUE for (said,) in answers)
                first = emit(
                    Message(
                        codes.CON, codes.PUT, 9999, b"", sorted_options([
                            (codes.URI_PATH, b"r1"), (codes.BLOCK1, emit_block(Block(1, False, 6))),
                            (codes.REQUEST_TAG, b"\0\0"),
                        ]), b"x",
                    )
                )  # fmt: skip
                ((said,),) = await told(network, first)
                assert parse(said).code == codes.INCOMPLETE

        virtual(main())
