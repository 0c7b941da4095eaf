"""What a Modbus server answers: every public function's response, and exceptions (Application Protocol §6, §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.modbus import codes
from netloom.wire.modbus.codes import RULE
from netloom.wire.modbus.fields import Fields, allowed, limited, packed, words
from netloom.wire.modbus.requests import (
    Diagnose,
    MaskWrite,
    Other,
    WriteFile,
    WriteOne,
    emit_diagnosis,
    emit_mask,
    emit_one,
    emit_write_file,
    mask_write,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_FILE_REFERENCE = 6
_MORE = 0xFF


class Bits(Struct, frozen=True):
    """Functions 1 and 2. Octets are whole: what comes is a multiple of 8, of which the first were asked for."""

    function: int
    values: tuple[int, ...]


class Words(Struct, frozen=True):
    """Functions 3, 4 and 23."""

    function: int
    values: tuple[int, ...]


class Written(Struct, frozen=True):
    """Functions 15 and 16."""

    function: int
    address: int
    count: int


class ExceptionStatus(Struct, frozen=True):
    """Function 7: eight bits of the device's own."""

    status: int
    function: int = codes.EXCEPTION_STATUS


class EventCounter(Struct, frozen=True):
    """Function 11. `busy` while a command before is still at work."""

    busy: bool
    count: int
    function: int = codes.EVENT_COUNTER


class EventLog(Struct, frozen=True):
    """Function 12: `events` are octets, the latest first."""

    busy: bool
    count: int
    messages: int
    events: bytes = b""
    function: int = codes.EVENT_LOG


class ServerId(Struct, frozen=True):
    """Function 17: what a device says of itself, its run indicator inside."""

    data: bytes
    function: int = codes.SERVER_ID


class FileWords(Struct, frozen=True):
    """Function 20: each record's registers."""

    records: tuple[tuple[int, ...], ...]
    function: int = codes.READ_FILE


class Fifo(Struct, frozen=True):
    """Function 24."""

    values: tuple[int, ...]
    function: int = codes.READ_FIFO


class Identity(Struct, frozen=True):
    """Function 43/14. `following` is the object to go on with, None where these are all."""

    level: int
    conformity: int
    objects: tuple[tuple[int, bytes], ...]
    following: int | None = None
    function: int = codes.ENCAPSULATED


class Refusal(Struct, frozen=True):
    """An exception, §7."""

    function: int
    code: int


Response = (
    Bits | Words | Written | WriteOne | ExceptionStatus | Diagnose | EventCounter | EventLog | ServerId | FileWords
    | WriteFile | MaskWrite | Fifo | Identity | Refusal | Other
)  # fmt: skip


def parse(pdu: bytes) -> Response:
    """A response. Raises RemoteProtocolError."""
    if not pdu:
        raise RemoteProtocolError("a PDU without a function", rule=f"{RULE} §4.1", offset=0)
    function = pdu[0]
    if function & 0x80:
        return _refusal(pdu)
    if not function:
        raise RemoteProtocolError("0 is no function", rule=f"{RULE} §4.1", offset=0)
    if function == codes.ENCAPSULATED and pdu[1:2] != bytes([codes.IDENTIFICATION]):
        return Other(function, pdu[1:])
    known = _PARSERS.get(function)
    if known is None:
        return Other(function, pdu[1:])
    section, parser = known
    fields = Fields(pdu, section)
    found: Response = parser(fields)
    fields.end()
    return found


def emit(response: Response) -> bytes:
    """A PDU. Raises LocalProtocolError for what doesn't fit one."""
    if isinstance(response, Refusal):
        return bytes([response.function | 0x80, allowed(response.code, 1, 255, "is the exception")])
    return limited(bytes([response.function]) + _EMITTERS[type(response)](response))


# Parsing


def _refusal(pdu: bytes) -> Refusal:
    fields = Fields(pdu, "§7")
    if pdu[0] == 0x80:
        raise fields.wrong("an exception to no function", 0)
    found = Refusal(pdu[0] & 0x7F, fields.within(fields.octet(), 1, 255, "is the exception"))
    fields.end()
    return found


def _bits(fields: Fields) -> Bits:
    count = fields.within(fields.counted(), 1, (codes.BITS_AT_ONCE + 7) // 8, "octets of bits come")
    return Bits(fields.data[0], fields.bits(8 * count))


def _words(fields: Fields) -> Words:
    size = fields.counted()
    if size % 2 or not 2 <= size <= 2 * codes.WORDS_AT_ONCE:
        raise fields.wrong(f"{size} octets aren't registers", 1)
    return Words(fields.data[0], fields.words(size // 2))


def _write_coil(fields: Fields) -> WriteOne:
    address, value = fields.word(), fields.word()
    if value not in (0xFF00, 0):
        raise fields.wrong(f"a coil is 0xFF00 or 0, not {value:#06x}", 3)
    return WriteOne(codes.WRITE_COIL, address, int(value == 0xFF00))


def _written(fields: Fields) -> Written:
    most = codes.BITS_WRITTEN if fields.data[0] == codes.WRITE_COILS else codes.WORDS_WRITTEN
    return Written(fields.data[0], fields.word(), fields.within(fields.word(), 1, most, "were written"))


def _diagnosis(fields: Fields) -> Diagnose:
    sub, data = fields.word(), fields.rest()
    if len(data) % 2 or not data:
        raise fields.wrong("what is diagnosed has whole words")
    return Diagnose(sub, data)


def _status(fields: Fields) -> bool:
    status = fields.word()
    if status not in (0, 0xFFFF):
        raise fields.wrong(f"the status is 0 or 0xFFFF, not {status:#06x}", fields.at - 2)
    return bool(status)


def _event_log(fields: Fields) -> EventLog:
    fields.within(fields.counted(len(fields.data) - 2), 6, 70, "octets come")
    return EventLog(_status(fields), fields.word(), fields.word(), fields.rest())


def _server_id(fields: Fields) -> ServerId:
    return ServerId(fields.octets(fields.counted()))


def _file_words(fields: Fields) -> FileWords:
    end = fields.at + 1 + fields.counted(len(fields.data) - 2)
    records = []
    while fields.at < end:
        size = fields.octet()
        if fields.octet() != _FILE_REFERENCE or size % 2 == 0:
            raise fields.wrong("a record's registers come with their size and type 6", fields.at - 2)
        records.append(fields.words((size - 1) // 2))
    return FileWords(tuple(records))


def _fifo(fields: Fields) -> Fifo:
    size, count = fields.word(), fields.word()
    fields.within(count, 0, codes.FIFO_AT_ONCE, "registers come")
    if size != 2 + 2 * count:
        raise fields.wrong(f"{size} octets are announced for {count} registers", 1)
    return Fifo(fields.words(count))


def _identity(fields: Fields) -> Identity:
    fields.octet()
    level = fields.within(fields.octet(), codes.BASIC, codes.ONE_OBJECT, "is answered")
    conformity, more, following = fields.octet(), fields.octet(), fields.octet()
    if more not in (0, _MORE):
        raise fields.wrong(f"whether more follows is 0 or 0xFF, not {more:#04x}", 4)
    objects = tuple((fields.octet(), fields.octets(fields.octet())) for _ in range(fields.octet()))
    return Identity(level, conformity, objects, following if more else None)


_PARSERS: dict[int, tuple[str, Callable[[Fields], Any]]] = {
    codes.READ_COILS: ("§6.1", _bits),
    codes.READ_DISCRETE: ("§6.2", _bits),
    codes.READ_HOLDING: ("§6.3", _words),
    codes.READ_INPUT: ("§6.4", _words),
    codes.WRITE_COIL: ("§6.5", _write_coil),
    codes.WRITE_REGISTER: ("§6.6", lambda fields: WriteOne(codes.WRITE_REGISTER, fields.word(), fields.word())),
    codes.EXCEPTION_STATUS: ("§6.7", lambda fields: ExceptionStatus(fields.octet())),
    codes.DIAGNOSTICS: ("§6.8", _diagnosis),
    codes.EVENT_COUNTER: ("§6.9", lambda fields: EventCounter(_status(fields), fields.word())),
    codes.EVENT_LOG: ("§6.10", _event_log),
    codes.WRITE_COILS: ("§6.11", _written),
    codes.WRITE_REGISTERS: ("§6.12", _written),
    codes.SERVER_ID: ("§6.13", _server_id),
    codes.READ_FILE: ("§6.14", _file_words),
    codes.WRITE_FILE: ("§6.15", write_file),
    codes.MASK_WRITE: ("§6.16", mask_write),
    codes.READ_WRITE: ("§6.17", _words),
    codes.READ_FIFO: ("§6.18", _fifo),
    codes.ENCAPSULATED: ("§6.21", _identity),
}


# Emitting


def _emit_bits(said: Bits) -> bytes:
    data = packed(said.values)
    return bytes([allowed(len(data), 1, (codes.BITS_AT_ONCE + 7) // 8, "octets of bits")]) + data


def _emit_words(said: Words) -> bytes:
    allowed(len(said.values), 1, codes.WORDS_AT_ONCE, "registers")
    return bytes([2 * len(said.values)]) + words(*said.values)


def _emit_event_log(said: EventLog) -> bytes:
    allowed(len(said.events), 0, 64, "events")
    return (
        bytes([6 + len(said.events)]) + words(0xFFFF * said.busy, said.count, said.messages) + said.events
    )  # fmt: skip


def _emit_files(said: FileWords) -> bytes:
    made = b"".join(bytes([1 + 2 * len(values), _FILE_REFERENCE]) + words(*values) for values in said.records)
    return bytes([allowed(len(made), 0, 251, "octets")]) + made


def _emit_fifo(said: Fifo) -> bytes:
    count = allowed(len(said.values), 0, codes.FIFO_AT_ONCE, "registers")
    return words(2 + 2 * count, count, *said.values)


def _emit_identity(said: Identity) -> bytes:
    made = bytearray([codes.IDENTIFICATION, said.level, said.conformity])
    made += bytes([0, 0] if said.following is None else [_MORE, said.following])
    made.append(len(said.objects))
    for number, value in said.objects:
        if len(value) > 255:
            raise LocalProtocolError(f"{len(value)} octets are too many for an object", rule=f"{RULE} §6.21")
        made += bytes([number, len(value)]) + value
    return bytes(made)


_EMITTERS: dict[type, Callable[[Any], bytes]] = {
    Bits: _emit_bits,
    Words: _emit_words,
    WriteOne: emit_one,
    Written: lambda said: words(said.address, said.count),
    ExceptionStatus: lambda said: bytes([said.status]),
    Diagnose: emit_diagnosis,
    EventCounter: lambda said: words(0xFFFF * said.busy, said.count),
    EventLog: _emit_event_log,
    ServerId: lambda said: bytes([allowed(len(said.data), 0, 251, "octets")]) + said.data,
    FileWords: _emit_files,
    WriteFile: emit_write_file,
    MaskWrite: emit_mask,
    Fifo: _emit_fifo,
    Identity: _emit_identity,
    Other: lambda said: said.data,
}
