"""Modbus, the passive decoder: each frame in words, of Modbus TCP or serial ones over TCP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.modbus import codes, framing, requests, responses
from netloom.wire.modbus.codes import exception_name, function_name
from netloom.wire.modbus.framing import FRAME_LIMIT, Frame
from netloom.wire.modbus.requests import (
    Diagnose,
    Identify,
    MaskWrite,
    Other,
    Read,
    ReadFifo,
    ReadFile,
    ReadWrite,
    Request,
    WriteFile,
    WriteMany,
    WriteOne,
)
from netloom.wire.modbus.responses import Bits, Fifo, Identity, Refusal, Response, ServerId, Words, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHOWN = 8
_REMEMBERED = 64
_TABLES = {1: "coil", 2: "discrete", 3: "holding", 4: "input", 5: "coil", 6: "holding", 15: "coil", 16: "holding"}


def is_request(data: bytes) -> bool:
    """Whether a first payload is a frame of Modbus TCP with a public function's request."""
    try:
        found = framing.unframed_tcp(data)
        return found is not None and not isinstance(requests.parse(found[0].pdu), Other)
    except RemoteProtocolError:
        return False


class Decoder:
    """Both directions of one connection. It keeps a frame a side, and how many bits the latest requests were about."""

    def __init__(self) -> None:
        self._buffers = {"client": b"", "server": b""}
        self._lost = {"client": False, "server": False}
        self._serial: bool | None = None
        self._asked: dict[tuple[int, int], Request] = {}

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """A piece as it passed."""
        if self._lost[sender]:
            return [Said(sender=sender, words=f"{len(data)} bytes", size=len(data))]
        buffer = self._buffers[sender] + data
        said: list[Said] = []
        try:
            while buffer and (found := self._unframed(sender, buffer)) is not None:
                frame, size = found
                said.append(Said(sender=sender, words=self._words(sender, frame), size=size))
                buffer = buffer[size:]
        except RemoteProtocolError as error:
            self._lost[sender] = True
            words = f"no Modbus that can be followed: {error.message}"
            said.append(Said(sender=sender, words=words, size=len(buffer)))
            buffer = b""
        self._buffers[sender] = buffer[:FRAME_LIMIT]
        return said

    def _unframed(self, sender: str, buffer: bytes) -> tuple[Frame, int] | None:
        serial = framing.unframed_request if sender == "client" else framing.unframed_response
        if self._serial is None:
            parser = requests.parse if sender == "client" else responses.parse
            # A serial frame's check is right by chance once in 65,536 times; three zeros of TCP's stand in many.
            if _found(serial, buffer) is not None:
                self._serial = True
            elif (frame := _found(framing.unframed_tcp, buffer)) is not None and _is_known(parser, frame.pdu):
                self._serial = False
            elif len(buffer) < FRAME_LIMIT:
                return None
        return serial(buffer) if self._serial else framing.unframed_tcp(buffer)

    def _words(self, sender: str, frame: Frame) -> str:
        key = frame.unit, frame.transaction
        about = f"unit {frame.unit}: "
        try:
            if sender == "client":
                request = requests.parse(frame.pdu)
                if len(self._asked) >= _REMEMBERED:
                    del self._asked[next(iter(self._asked))]
                self._asked[key] = request
                return about + asked(request)
            return about + answered(responses.parse(frame.pdu), self._asked.pop(key, None))
        except RemoteProtocolError as error:
            return f"{about}{function_name(frame.pdu[0])}, broken: {error.message}"


def _found(unframed: Callable[[bytes], tuple[Frame, int] | None], buffer: bytes) -> Frame | None:
    """The frame that stands at the beginning, if any."""
    try:
        found = unframed(buffer)
    except RemoteProtocolError:
        return None
    return found[0] if found is not None else None


def _is_known(parser: Callable[[bytes], object], pdu: bytes) -> bool:
    try:
        return not isinstance(parser(pdu), Other)
    except RemoteProtocolError:
        return False


def asked(request: Request) -> str:
    """A request in words."""
    found = _ASKED.get(type(request))
    return found(request) if found is not None else f"{function_name(request.function)}?"


def answered(response: Response, request: Request | None) -> str:
    """A response in words; the request tells how many bits were asked for."""
    match response:
        case Refusal(function=function, code=code):
            return f"{function_name(function)}: {exception_name(code)}"
        case Bits(values=values):
            known = values[: request.count] if isinstance(request, Read) else values
            return _many(["on" if value else "off" for value in known])
        case Words(values=values) | Fifo(values=values):
            return _many(values)
        case Written(function=function, address=address, count=count):
            return f"{_span(_TABLES[function], address, count)} written"
        case Identity(objects=objects):
            told = [f"{_object(number)} {_text(value)}" for number, value in objects]
            return f"I am {_many(told)}"
        case ServerId(data=data):
            return f"server id {_hex(data)}"
        case WriteOne() | MaskWrite() | WriteFile() | Diagnose() | Other():
            return asked(response)
    return f"{function_name(response.function)}: {_hex(responses.emit(response)[1:])}"


def _span(table: str, address: int, count: int) -> str:
    return f"{table}/{address}" + (f"-{address + count - 1}" if count > 1 else "")


def _one(function: int, value: int) -> str:
    return ("on" if value else "off") if _TABLES[function] == "coil" else str(value)


def _many(values: Sequence[object]) -> str:
    shown = ", ".join(map(str, values[:_SHOWN]))
    return shown + (f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else "") or "nothing"


def _hex(data: bytes) -> str:
    return data[:32].hex() + ("…" if len(data) > 32 else "")


def _text(value: bytes) -> str:
    text = value[:60].decode("utf-8", "backslashreplace")
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def _object(number: int) -> str:
    return codes.OBJECTS.get(number, f"object {number}")


def _written(said: WriteMany) -> str:
    shown = _many([_one(said.function, value) for value in said.values])
    return f"{_span(_TABLES[said.function], said.address, len(said.values))} = {shown}"


def _read_written(said: ReadWrite) -> str:
    written = _span("holding", said.write_address, len(said.values))
    return f"{written} = {_many(said.values)}, then {_span('holding', said.address, said.count)}?"


def _identify(said: Identify) -> str:
    return f"what is your {_object(said.object)}?" if said.level == codes.ONE_OBJECT else "who are you?"


_ASKED: dict[type, Callable[[Any], str]] = {
    Read: lambda said: f"{_span(_TABLES[said.function], said.address, said.count)}?",
    WriteOne: lambda said: f"{_TABLES[said.function]}/{said.address} = {_one(said.function, said.value)}",
    WriteMany: _written,
    MaskWrite: lambda said: f"holding/{said.address} masked: and {said.and_mask:#06x}, or {said.or_mask:#06x}",
    ReadWrite: _read_written,
    ReadFifo: lambda said: f"the queue at {said.address}?",
    ReadFile: lambda said: f"{_many([f'{r.count} from record {r.record} of file {r.file}' for r in said.records])}?",
    WriteFile: lambda said: _many([f"record {r.record} of file {r.file} = {_many(r.values)}" for r in said.records]),
    Diagnose: lambda said: f"diagnostics: {codes.DIAGNOSES.get(said.sub, f'number {said.sub}')} {_hex(said.data)}",
    Identify: _identify,
    Other: lambda said: f"{function_name(said.function)} {_hex(said.data)}".rstrip(),
}
