"""Modbus: strangers change nothing, whoever doesn't read is waited for, whatever is announced takes no memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.registers import Registers
from netloom.links.virtual import run as virtual
from netloom.wire.modbus import framing, requests
from netloom.wire.modbus.framing import Frame
from netloom.wire.modbus.requests import Diagnose, MaskWrite, Read, ReadWrite, WriteMany, WriteOne
from netloom.wire.modbus.responses import Refusal, parse
from tests.security.house import STRANGER, House, Wire

if TYPE_CHECKING:
    from netloom.wire.modbus.requests import Request

CHANGES: list[Request] = [
    WriteOne(5, 0, 1), WriteOne(6, 2, 7), WriteMany(15, 0, (1,)), WriteMany(16, 2, (7,)), MaskWrite(2, 0, 7),
    ReadWrite(2, 1, 2, (7,)),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("unit", [0, 1, 255])
def test_a_stranger_changes_nothing(change: Request, unit: int) -> None:
    async def main() -> None:
        registers = Registers()
        before = {name: registers.value(name) for name in registers.names if name != "uptime"}
        for scheme in ("modbus", "modbus+rtu"):
            serial = scheme == "modbus+rtu"
            emit, unframed = (
                (framing.emit_rtu, framing.unframed_response) if serial else (framing.emit_tcp, framing.unframed_tcp)
            )
            async with House(f"{scheme}://127.0.0.1:502", registers, network=Wire(STRANGER)) as house:
                stream = await house.raw()
                await stream.write(emit(Frame(unit, requests.emit(change))))
                if not (serial and unit == 0):
                    assert parse((await stream.parse(unframed)).pdu) == Refusal(change.function, 1)
                await stream.write_eof()
                assert await stream.read() == b""
        assert {name: registers.value(name) for name in registers.names if name != "uptime"} == before

    virtual(main())


def test_whoever_does_not_read_is_waited_for() -> None:
    """A peer asks and asks, and takes no answer: the server stops reading, so nothing piles up."""

    async def main() -> None:
        async with House("modbus://127.0.0.1:502#idle=5", Registers(), network=Wire()) as house:
            slow, other = await house.raw(), await house.raw()
            slow.transport.pause_reading()
            asked = framing.emit_tcp(Frame(1, requests.emit(Diagnose(0, b"\xa5\x37" * 120)))) * 100

            async def flood() -> None:
                while True:
                    await slow.write(asked)

            flooding = asyncio.ensure_future(flood())
            await asyncio.sleep(0.5)
            (serving,) = (
                link for link in _links(house) if link.peer != other.local and link.transport.get_write_buffer_size()
            )
            assert serving.transport.get_write_buffer_size() < 1 << 20
            await other.write(framing.emit_tcp(Frame(1, requests.emit(Read(4, 2, 1)))))
            assert (await other.parse(framing.unframed_tcp)).pdu == b"\x04\x02\x00\x40"
            flooding.cancel()
            await asyncio.wait({flooding})

    virtual(main())


def _links(house: House) -> list[Any]:
    return [context._link for listener in house.serving._listeners for context in listener.connections.values()]
