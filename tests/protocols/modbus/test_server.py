"""The server: what is refused and how, who may write, units, and peers that say anything at all."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING

import pytest

from netloom.contents.registers import Registers
from netloom.errors import NetloomError, Status
from netloom.links.virtual import run as virtual
from netloom.wire.modbus import framing, requests, responses
from netloom.wire.modbus.framing import FRAME_LIMIT, Frame
from netloom.wire.modbus.requests import (
    Diagnose,
    Identify,
    MaskWrite,
    Plain,
    Read,
    ReadFifo,
    ReadWrite,
    WriteMany,
    WriteOne,
)
from netloom.wire.modbus.responses import Identity, Refusal, Words
from tests.fuzzing import mutate
from tests.protocols.modbus.lab import SCHEMES, place, put, served
from tests.security.house import STRANGER, Wire, connected, everything
from tests.security.parsers.modbus import OVER_TCP, SERIAL
from tests.worlds import elapsed, record

if TYPE_CHECKING:
    from netloom.links.memory import MemoryNetwork
    from netloom.records import AccessRecord
    from netloom.wire.modbus.requests import Request
    from netloom.wire.modbus.responses import Response


async def asked(
    network: MemoryNetwork, *said: Request | bytes, unit: int = 1, scheme: str = "modbus"
) -> list[Response | None]:
    """What is answered to each, None where nothing is; they go out at once, over one connection."""
    stream = await connected(network, 502)
    serial = scheme == "modbus+rtu"
    emit = framing.emit_rtu if serial else framing.emit_tcp
    found: list[Response | None] = []
    try:
        for number, each in enumerate(said):
            pdu = each if isinstance(each, bytes) else requests.emit(each)
            await stream.write(emit(Frame(unit, pdu, number)))
            try:
                async with asyncio.timeout(1):
                    answer = await stream.parse(
                        framing.unframed_response if serial else framing.unframed_tcp, FRAME_LIMIT
                    )
            except TimeoutError:
                found.append(None)
                continue
            assert answer.unit == unit
            assert serial or answer.transaction == number
            found.append(responses.parse(answer.pdu))
    finally:
        stream.abort()
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (bytes([99]), 1),
        (Plain(7), 1),
        (ReadFifo(0), 1),
        (Diagnose(4), 1),
        (Diagnose(11, b"\0\1"), 3),
        (b"\x2b\x0d", 1),
        (Read(1, 2, 1), 2),
        (Read(3, 116, 1), 2),
        (Read(4, 11, 2), 2),
        (Read(2, 1, 1), 2),
        (WriteOne(5, 9, 1), 2),
        (WriteOne(6, 3, 1), 2),
        (WriteOne(6, 2, 101), 3),
        (WriteMany(16, 2, (1, 2)), 2),
        (MaskWrite(50), 2),
        (ReadWrite(0, 200 - 76, 2, (5,)), 2),
        (ReadWrite(0, 2, 7, (5,)), 2),
        (Identify(4, 9), 2),
    ],
    ids=str,
)
def test_what_is_refused(scheme: str, said: Request | bytes, code: int) -> None:
    async def main() -> None:
        if scheme == "modbus+rtu" and isinstance(said, bytes) and said[0] == 99:
            return  # a frame without anything behind its function says what its check is only by chance
        registers = Registers()
        async with served(scheme, registers) as network:
            (answer,) = await asked(network, said, scheme=scheme)
            function = said[0] if isinstance(said, bytes) else said.function
            assert answer == Refusal(function, code)
            assert registers.value("limit") == 80, "all of it or nothing"

    virtual(main())


@pytest.mark.parametrize("said", ["030000007e", "0300", "01000007d1", "0500000001", "0f0000000900", "2b0e0900"])
def test_a_request_that_its_function_does_not_allow(said: str) -> None:
    async def main() -> None:
        async with served() as network:
            first, second = await asked(network, bytes.fromhex(said), Read(4, 2, 1))
            assert first == Refusal(int(said[:2], 16), 3)
            assert second == Words(4, (64,)), "and the others are answered"

    virtual(main())


def test_what_is_written_and_read_at_once_is_written_first() -> None:
    async def main() -> None:
        async with served() as network:
            assert await asked(network, ReadWrite(2, 1, 2, (33,))) == [Words(23, (33,))]

    virtual(main())


class TestUnits:
    def test_any_is_this_device(self) -> None:
        async def main() -> None:
            async with served() as network:
                for unit in (0, 1, 17, 255):
                    assert await asked(network, Read(4, 2, 1), unit=unit) == [Words(4, (64,))]

        virtual(main())

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_or_one_alone(self, scheme: str) -> None:
        """Behind TCP a gateway says that nobody is there; on a line there is silence."""

        async def main() -> None:
            async with served(scheme, options="unit=17") as network:
                assert await asked(network, Read(4, 2, 1), unit=17, scheme=scheme) == [Words(4, (64,))]
                missing = None if scheme == "modbus+rtu" else Refusal(4, 11)
                assert await asked(network, Read(4, 2, 1), unit=1, scheme=scheme) == [missing]

        virtual(main())

    def test_all_at_once_are_not_answered(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served("modbus+rtu", registers) as network:
                assert await asked(network, WriteOne(6, 2, 5), unit=0, scheme="modbus+rtu") == [None]
                assert registers.value("limit") == 5

        virtual(main())


class TestWhoMayWrite:
    @pytest.mark.parametrize(
        ("stranger", "options", "written"),
        [("", "", True), ("", "write=no", False), (STRANGER, "", False), (STRANGER, "write=yes", True)],
    )
    def test_who_is_on_this_machine_unless_it_is_said(self, stranger: str, options: str, written: bool) -> None:
        async def main() -> None:
            registers, network = Registers(), Wire(stranger)
            changes: list[Request] = [
                WriteOne(6, 2, 7), WriteMany(16, 2, (7,)), MaskWrite(2, 0, 7), ReadWrite(2, 1, 2, (7,)), WriteOne(5,
                0, 1),
                WriteMany(15, 0, (1,)),
            ]  # fmt: skip
            async with served("modbus", registers, options=options, network=network, accounts=("ann:secret",)):
                answers = await asked(network, *changes, Read(3, 2, 1))
                if written:
                    assert not any(isinstance(answer, Refusal) for answer in answers)
                else:
                    assert answers[:-1] == [Refusal(change.function, 1) for change in changes]
                assert answers[-1] == Words(3, (7 if written else 80,)), "reading is for everybody"

        virtual(main())


def test_an_identification_in_pieces() -> None:
    async def main() -> None:
        async with served(registers=Registers(source="x" * 300)) as network:
            (first,) = await asked(network, Identify(2, 0))
            assert isinstance(first, Identity)
            (last,) = await asked(network, Identify(2, 4))
            assert isinstance(last, Identity)
            assert last.objects == ((4, b"x" * 200),)
            found = await record(network, "get", place())
            assert found.value["product name"] == "x" * 200

    virtual(main())


def test_what_was_done_is_told() -> None:
    async def main() -> None:
        seen: list[AccessRecord] = []
        async with served(seen=seen) as network:
            await record(network, "get", place(path="/holding/0-1"))
            await put(network, place(path="/coil/0"), "on")
            await record(network, "get", place(path="/holding/999"))
        assert [(each.verb, each.target, each.status) for each in seen] == [
            ("READ HOLDING REGISTERS", "holding/0-1", "ok"),
            ("WRITE COIL", "coil/0", "ok"),
            ("READ HOLDING REGISTERS", "holding/999", "illegal data address"),
        ]
        assert all(each.peer.startswith("127.0.0.1:") for each in seen)

    virtual(main())


def test_counters_are_the_device_s() -> None:
    async def main() -> None:
        async with served("modbus+rtu", options="unit=17") as network:

            async def count(sub: int) -> int:
                (found,) = await asked(network, Diagnose(sub), unit=17, scheme="modbus+rtu")
                assert isinstance(found, Diagnose)
                assert found.sub == sub
                return int.from_bytes(found.data)

            await asked(network, Read(4, 0, 1), Read(4, 99, 1), unit=17, scheme="modbus+rtu")
            await asked(network, Read(4, 0, 1), unit=3, scheme="modbus+rtu")
            await asked(network, WriteOne(6, 2, 5), unit=0, scheme="modbus+rtu")
            broken = await connected(network, 502)
            await broken.write(b"\x11\x03\x00\x00\x00\x01\x00\x00")
            assert await everything(broken) == b""
            broken.abort()
            counted = [await count(sub) for sub in (11, 12, 13, 14, 15)]
            # Those that ask count as well: all frames, broken ones, exceptions, frames for us, what wasn't answered
            assert counted == [5, 1, 1, 7, 2]
            await asked(network, Diagnose(10), unit=17, scheme="modbus+rtu")
            assert [await count(sub) for sub in (11, 12, 13, 14, 15)] == [1, 0, 0, 4, 0]

    virtual(main())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_peers_that_say_anything(scheme: str) -> None:
    """Each is answered or left; the others are served all the while."""

    async def main() -> None:
        generator = random.Random(9)
        async with served(scheme) as network:
            for _ in range(400):
                stream = await connected(network, 502)
                with contextlib.suppress(NetloomError):
                    await stream.write(mutate(generator, SERIAL if scheme == "modbus+rtu" else OVER_TCP) or b"\0")
                    await stream.write_eof()
                async with asyncio.timeout(5):
                    with contextlib.suppress(NetloomError):
                        while await stream.read():
                            pass
                stream.abort()
            assert (await record(network, "get", place(scheme, "/input/2"))).value == 64

    virtual(main())


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("begun", [b"", b"\0", b"\0\0\0\0\0", b"\0\0\0\0\0\6\1\3"])
def test_who_begins_and_is_silent_is_left(scheme: str, begun: bytes) -> None:
    async def main() -> None:
        async with served(scheme, options="idle=3") as network:
            stream = await connected(network, 502)
            if begun:
                await stream.write(begun)
            before = elapsed()
            assert await everything(stream) == b""
            assert elapsed() - before <= 3.1
            stream.abort()

    virtual(main())


def test_a_frame_that_drips_is_not_waited_for() -> None:
    async def main() -> None:
        async with served(options="idle=3") as network:
            stream = await connected(network, 502)
            before = elapsed()
            with contextlib.suppress(NetloomError):
                for octet in OVER_TCP[0] * 2:
                    await stream.write(bytes([octet]))
                    await asyncio.sleep(1)
            assert elapsed() - before < 20
            assert await everything(stream) == b""
            stream.abort()

    virtual(main())


@pytest.mark.usefixtures("leaves_nothing")
def test_nothing_is_left() -> None:
    async def main() -> None:
        async with served() as network:
            assert (await record(network, "probe", place())).status is Status.SUCCESS

    virtual(main())
