"""Modbus, the server's side of one connection: one device, whichever unit is asked (Messaging on TCP/IP 1.0b §4.4)."""

from __future__ import annotations

import asyncio
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netloom.accounts import Right
from netloom.errors import NetloomError, RemoteProtocolError
from netloom.protocols.modbus.device import Device
from netloom.wire.modbus import codes, framing, requests, responses
from netloom.wire.modbus.codes import FUNCTIONS, exception_name, function_name
from netloom.wire.modbus.framing import FRAME_LIMIT, Frame
from netloom.wire.modbus.requests import Identify, MaskWrite, Read, ReadWrite, Request, WriteMany, WriteOne
from netloom.wire.modbus.responses import Refusal, Response

if TYPE_CHECKING:
    from netloom.contents.registers import Registers
    from netloom.links.context import Context
    from netloom.links.stream import Stream

BROADCAST = 0
_TABLES = {1: "coil", 2: "discrete", 3: "holding", 4: "input", 5: "coil", 6: "holding", 15: "coil", 16: "holding"}


async def serve(link: Stream, content: Registers, context: Context) -> None:
    """One connection. Modbus knows no accounts: who may write is a matter of where the peer is."""
    serial = context.endpoint.scheme.startswith("modbus+rtu")
    unframed = framing.unframed_request if serial else framing.unframed_tcp
    emit = framing.emit_rtu if serial else framing.emit_tcp
    desk = Desk(content, context, serial)
    while not context.closing:
        try:
            await link.parse(lambda buffer: (None, 0) if buffer else None)
            async with asyncio.timeout(context.idle):  # what has begun has to be whole within so many seconds
                frame = await link.parse(unframed, FRAME_LIMIT)
        except RemoteProtocolError:
            desk.counts.errors += 1
            return  # there is no telling where the next frame would begin
        except (NetloomError, TimeoutError):
            return
        with context.working():
            answer = desk.take(frame)
            if answer is None:
                continue
            try:
                await link.write(emit(Frame(frame.unit, answer, frame.transaction)))
            except NetloomError:
                return


class Desk:
    """Takes the requests of one connection."""

    def __init__(self, registers: Registers, context: Context, serial: bool) -> None:
        self._device = Device(registers)
        self.counts = self._device.counts
        self._context = context
        self._serial = serial
        self._may_read = context.accounts.may(None, Right.READ)
        self._may_write = _may_write(context)

    def take(self, frame: Frame) -> bytes | None:
        """The response's PDU. None where there is none: on a serial line nobody answers for others, nor all at once."""
        self.counts.heard += 1
        unit = self._context.options.unit
        is_broadcast = self._serial and frame.unit == BROADCAST
        if unit is not None and frame.unit != unit and not is_broadcast:
            self.counts.silent += self._serial
            refusal = Refusal(frame.pdu[0] & 0x7F, codes.NO_RESPONSE)
            return None if self._serial else responses.emit(refusal)
        started = time.time()
        request, response = self._answer(frame)
        pdu = responses.emit(response)
        self.counts.silent += is_broadcast
        self._tell(frame, request, response, started)
        return None if is_broadcast else pdu

    def _answer(self, frame: Frame) -> tuple[Request | None, Response]:
        if not self._may_read:
            return None, Refusal(frame.pdu[0] & 0x7F, codes.ILLEGAL_FUNCTION)
        if self._context.faulty and (refused := self._refusal(frame.pdu)) is not None:
            return refused
        return self._device.answer(frame.pdu, may_write=self._may_write)

    def _refusal(self, pdu: bytes) -> tuple[Request, Refusal] | None:
        """The exception that a fault wants: at any request, or at a function by its number or its name."""
        try:
            request = requests.parse(pdu)
        except RemoteProtocolError:
            return None  # which has an exception of its own
        number = pdu[0]
        named = (str(number), function_name(number).replace(" ", "_")) if number in FUNCTIONS else ()
        no = self._context.refuses("request", *named, target=place(request))
        return None if no is None else (request, Refusal(number, no.number))

    def _tell(self, frame: Frame, request: Request | None, response: Response, started: float) -> None:
        if not self._context.reports:
            return
        status = exception_name(response.code) if isinstance(response, Refusal) else "ok"
        verb = function_name(frame.pdu[0]).upper()
        self._context.access(verb, place(request), status=status, size=len(frame.pdu), started=started)


def place(request: Request | None) -> str:
    """What a request is about, as a path of ours."""
    if isinstance(request, Read):
        return _span(_TABLES[request.function], request.address, request.count)
    if isinstance(request, WriteOne):
        return _span(_TABLES[request.function], request.address, 1)
    if isinstance(request, WriteMany):
        return _span(_TABLES[request.function], request.address, len(request.values))
    if isinstance(request, MaskWrite):
        return _span("holding", request.address, 1)
    if isinstance(request, ReadWrite):
        read = _span("holding", request.address, request.count)
        return f"{read}, {_span('holding', request.write_address, len(request.values))}"
    return "identification" if isinstance(request, Identify) else ""


def _span(table: str, address: int, count: int) -> str:
    return f"{table}/{address}" + (f"-{address + count - 1}" if count > 1 else "")


def _may_write(context: Context) -> bool:
    """Anybody where that was said or accounts allow it; otherwise who is on this machine."""
    if context.options.write or context.accounts.may(None, Right.WRITE):
        return bool(context.options.write != "no")
    host = context.peer.rpartition(":")[0].strip("[]")
    try:
        return not context.peer or ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return not host  # a Unix socket's
