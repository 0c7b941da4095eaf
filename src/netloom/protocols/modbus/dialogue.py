"""One connection to a device, on which one request at a time is under way (Modbus Messaging on TCP/IP 1.0b §4.2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.errors import PeerRefused, Phase, RemoteProtocolError
from netloom.wire.modbus import codes, framing, requests, responses
from netloom.wire.modbus.codes import RULE, exception_name, function_name
from netloom.wire.modbus.framing import FRAME_LIMIT, Frame
from netloom.wire.modbus.requests import Diagnose, MaskWrite, Read, ReadWrite, Request, WriteFile, WriteMany, WriteOne
from netloom.wire.modbus.responses import Bits, Identity, Refusal, Response, Words, Written

if TYPE_CHECKING:
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream

UNIT = 1
"""Who is asked where no unit is named."""
STRANGERS = 100
"""Answers to nothing that was asked, after which a device is given up."""
_ANSWERED_BY: dict[type, tuple[type, ...]] = {Read: (Bits, Words), WriteMany: (Written,), ReadWrite: (Words,)}
_HINTS = {
    codes.ILLEGAL_FUNCTION: "that device doesn't do this; is it the right unit?",
    codes.ILLEGAL_ADDRESS: "addresses count from 0, references such as 40001 from 1; netloom list shows what there is",
    codes.ILLEGAL_VALUE: "the value, or how many there are, isn't what the device takes",
    codes.ACKNOWLEDGE: "the device is at it: ask again later",
    codes.BUSY: "the device is at something else: try again later",
    codes.NO_PATH: "the gateway doesn't know a way to that unit: -O unit=N",
    codes.NO_RESPONSE: "nobody answers behind the gateway under that number: -O unit=N",
}


class Dialogue:
    """Asks one unit. `sent` counts requests."""

    def __init__(self, dial: Dialler, unit: int | None, serial: bool) -> None:
        self.unit = UNIT if unit is None else unit
        self.sent = 0
        self._dial = dial
        self._serial = serial
        self._stream: Stream | None = None
        self._turn = asyncio.Lock()

    async def ask(self, request: Request) -> Response:
        """The response, which is about what was asked. Raises PeerRefused with the exception's number."""
        found = await self.hear(request)
        if isinstance(found, Refusal):
            raise refused(found)
        return found

    async def hear(self, request: Request) -> Response:
        """The response, or the exception that stands in its place. Raises RemoteProtocolError."""
        pdu = requests.emit(request)
        async with self._turn:
            stream = await self._connected()
            transaction = self.sent & 0xFFFF
            self.sent += 1
            frame = Frame(self.unit, pdu, transaction)
            stream.enter(Phase.REQUEST)
            await stream.write(framing.emit_rtu(frame) if self._serial else framing.emit_tcp(frame))
            stream.enter(Phase.FIRST_BYTE)
            answer = await self._answer(stream, transaction)
        if answer.unit != self.unit:
            raise RemoteProtocolError(f"unit {answer.unit} answers for {self.unit}", rule=f"{RULE} §4.1", offset=0)
        found = responses.parse(answer.pdu)
        _check(request, found)
        return found

    async def close(self) -> None:
        """Modbus has no word for goodbye."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def _connected(self) -> Stream:
        if self._stream is None:
            self._stream = await self._dial.stream()
        return self._stream

    async def _answer(self, stream: Stream, transaction: int) -> Frame:
        """The frame that belongs to a transaction; what is left of others is passed over."""
        if self._serial:
            return await stream.parse(framing.unframed_response, FRAME_LIMIT)
        for _ in range(STRANGERS):
            found = await stream.parse(framing.unframed_tcp, FRAME_LIMIT)
            if found.transaction == transaction:
                return found
        raise RemoteProtocolError(f"{STRANGERS} answers to nothing that was asked", rule="Modbus/TCP 1.0b §4.4.2.3")


def refused(refusal: Refusal) -> PeerRefused:
    """The error that an exception is."""
    name = exception_name(refusal.code)
    words = f"{function_name(refusal.function)}: {name}"
    return PeerRefused(words, code=refusal.code, text=name, hint=_HINTS.get(refusal.code, ""))


def _check(request: Request, response: Response) -> None:
    """That a response is one to this request. Raises RemoteProtocolError."""
    right = response.function == request.function
    if right and not isinstance(response, Refusal):
        right = isinstance(response, _ANSWERED_BY.get(type(request), object)) and _says_the_same(request, response)
    if not right:
        words = f"{function_name(response.function)} answers {function_name(request.function)}, or says another thing"
        raise RemoteProtocolError(words, rule=f"{RULE} §6", offset=0)


def _says_the_same(request: Request, response: Response) -> bool:
    if isinstance(request, Read | ReadWrite) and isinstance(response, Bits | Words):
        return len(response.values) == (request.count + 7) // 8 * 8 if isinstance(response, Bits) else (
            len(response.values) == request.count
        )  # fmt: skip
    if isinstance(request, WriteMany) and isinstance(response, Written):
        return (response.address, response.count) == (request.address, len(request.values))
    if isinstance(request, WriteOne | MaskWrite | WriteFile):
        return _told(response) == _told(request)
    if isinstance(request, Diagnose) and isinstance(response, Diagnose):
        return response.sub == request.sub and (request.sub != codes.RETURN_QUERY or response.data == request.data)
    if isinstance(request, requests.Identify):
        return isinstance(response, Identity) and response.level == request.level
    return True


def _told(said: Request | Response) -> object:
    """What has to be the same both ways: a file's records are counted in one of them only."""
    if isinstance(said, WriteFile):
        return [(each.file, each.record, each.values) for each in said.records]
    return said
