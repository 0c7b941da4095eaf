"""What a device of ours answers, and what it counts (Modbus Application Protocol 1.1b3 §6)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from netloom.contents import Forbidden, Invalid, NotFound
from netloom.errors import RemoteProtocolError
from netloom.wire.modbus import codes, requests
from netloom.wire.modbus.requests import (
    Diagnose,
    Identify,
    MaskWrite,
    Plain,
    Read,
    ReadWrite,
    Request,
    WriteMany,
    WriteOne,
)
from netloom.wire.modbus.responses import Bits, Identity, Refusal, Response, ServerId, Words, Written

if TYPE_CHECKING:
    from netloom.contents.registers import Registers
    from netloom.contents.registers.register import Table

_READ: dict[int, Table] = {
    codes.READ_COILS: "coil", codes.READ_DISCRETE: "discrete", codes.READ_HOLDING: "holding", codes.READ_INPUT: "input",
}  # fmt: skip
_WRITTEN: dict[int, Table] = {
    codes.WRITE_COIL: "coil", codes.WRITE_COILS: "coil", codes.WRITE_REGISTER: "holding",
    codes.WRITE_REGISTERS: "holding",
}  # fmt: skip
_REGULAR_LEVEL = 0x82
"""Regular objects, each to be had alone as well."""
_ROOM = codes.PDU_LIMIT - 7
_RUNNING = b"\xff"
_EXCEPTION_OF = {NotFound: codes.ILLEGAL_ADDRESS, Forbidden: codes.ILLEGAL_ADDRESS, Invalid: codes.ILLEGAL_VALUE}


class Counts:
    """What a device has counted since it began, or since its counts were cleared (§6.8.1).

    `heard` are all whole frames, `messages` those for this device; `errors` are what was no frame, `silent` what wasn't
    answered.
    """

    __slots__ = ("errors", "exceptions", "heard", "messages", "silent")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin to count anew."""
        self.heard = self.messages = self.errors = self.exceptions = self.silent = 0


class Device:
    """A device's registers under Modbus. All that serve the same registers count together."""

    def __init__(self, registers: Registers) -> None:
        self._registers = registers
        self.objects = _objects(registers)
        found = _COUNTS.get(registers)
        if found is None:
            found = _COUNTS[registers] = Counts()
        self.counts = found

    def answer(self, pdu: bytes, *, may_write: bool) -> tuple[Request | None, Response]:
        """What was asked, None where that can't be said, and the response or the exception."""
        self.counts.messages += 1
        function = pdu[0] & 0x7F if pdu else 0
        try:
            request = requests.parse(pdu)
        except RemoteProtocolError:
            self.counts.exceptions += 1
            known = function in codes.FUNCTIONS and not pdu[0] & 0x80
            return None, Refusal(function, codes.ILLEGAL_VALUE if known else codes.ILLEGAL_FUNCTION)
        response = self._respond(request, may_write)
        self.counts.exceptions += isinstance(response, Refusal)
        return request, response

    def _respond(self, request: Request, may_write: bool) -> Response:
        writes = isinstance(request, WriteOne | WriteMany | MaskWrite | ReadWrite)
        if writes and not may_write:
            return Refusal(request.function, codes.ILLEGAL_FUNCTION)
        try:
            return self._carried_out(request)
        except (NotFound, Forbidden, Invalid) as error:
            return Refusal(request.function, _EXCEPTION_OF[type(error)])

    def _carried_out(self, request: Request) -> Response:
        registers = self._registers
        match request:
            case Read(function=function, address=address, count=count):
                found = registers.words(_READ[function], address, count)
                return Bits(function, found) if function <= codes.READ_DISCRETE else Words(function, found)
            case WriteOne() | WriteMany() | MaskWrite() | ReadWrite():
                return self._written(request)
            case Plain(function=codes.SERVER_ID):
                return ServerId(self.objects[1] + _RUNNING)
            case Diagnose():
                return self._diagnosed(request)
            case Identify():
                return self._identified(request)
        return Refusal(request.function, codes.ILLEGAL_FUNCTION)

    def _written(self, request: WriteOne | WriteMany | MaskWrite | ReadWrite) -> Response:
        registers = self._registers
        if isinstance(request, WriteOne):
            registers.write_words(_WRITTEN[request.function], request.address, (request.value,))
            return request
        if isinstance(request, WriteMany):
            registers.write_words(_WRITTEN[request.function], request.address, request.values)
            return Written(request.function, request.address, len(request.values))
        if isinstance(request, MaskWrite):
            (before,) = registers.words("holding", request.address, 1)
            registers.write_words("holding", request.address, (request.of(before),))
            return request
        registers.words("holding", request.address, request.count)  # all of it or nothing
        registers.write_words("holding", request.write_address, request.values)
        return Words(request.function, registers.words("holding", request.address, request.count))

    def _diagnosed(self, request: Diagnose) -> Response:
        """What makes sense without a serial line; the rest belongs to one (§6.8)."""
        own = self.counts
        counts = {
            codes.BUS_MESSAGES: own.heard, codes.BUS_ERRORS: own.errors, codes.BUS_EXCEPTIONS: own.exceptions,
            codes.SERVER_MESSAGES: own.messages, codes.SERVER_SILENT: own.silent,
        }  # fmt: skip
        if request.sub == codes.RETURN_QUERY:
            return request
        if request.sub != codes.CLEAR_COUNTERS and request.sub not in counts:
            return Refusal(request.function, codes.ILLEGAL_FUNCTION)
        if request.data != b"\0\0":
            return Refusal(request.function, codes.ILLEGAL_VALUE)
        if request.sub == codes.CLEAR_COUNTERS:
            own.clear()
            return request
        return Diagnose(request.sub, (counts[request.sub] & 0xFFFF).to_bytes(2))

    def _identified(self, request: Identify) -> Response:
        if request.level == codes.ONE_OBJECT:
            if request.object not in self.objects:
                return Refusal(request.function, codes.ILLEGAL_ADDRESS)
            return Identity(request.level, _REGULAR_LEVEL, ((request.object, self.objects[request.object]),))
        last = 2 if request.level == codes.BASIC else max(self.objects)
        begin = request.object if request.object in self.objects and request.object <= last else 0
        told: list[tuple[int, bytes]] = []
        room = _ROOM
        for number, value in self.objects.items():
            if not begin <= number <= last:
                continue
            if room < 2 + len(value):
                return Identity(request.level, _REGULAR_LEVEL, tuple(told), number)
            room -= 2 + len(value)
            told.append((number, value))
        return Identity(request.level, _REGULAR_LEVEL, tuple(told))


_COUNTS: WeakKeyDictionary[Registers, Counts] = WeakKeyDictionary()


def _objects(registers: Registers) -> dict[int, bytes]:
    """What identifies a device: its maker is us, its product what it simulates."""
    texts = {0: "netloom", 1: "registers", 2: version("netloom"), 4: registers.source}
    return {number: text.encode()[:200] for number, text in texts.items()}
