"""What a Modbus client asks: every public function's request (Modbus Application Protocol 1.1b3 §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.modbus import codes
from netloom.wire.modbus.codes import RULE
from netloom.wire.modbus.fields import Fields, allowed, limited, packed, words

if TYPE_CHECKING:
    from collections.abc import Callable

_ON, _OFF = 0xFF00, 0
_SPACE = 65_536
_FILE_REFERENCE = 6
PLAIN = (codes.EXCEPTION_STATUS, codes.EVENT_COUNTER, codes.EVENT_LOG, codes.SERVER_ID)
"""Functions that say nothing besides their own number."""


class Read(Struct, frozen=True):
    """Functions 1 to 4: `count` bits or words from `address` on."""

    function: int
    address: int
    count: int


class WriteOne(Struct, frozen=True):
    """Functions 5 and 6: one coil (0 or 1) or register. The response says the same."""

    function: int
    address: int
    value: int


class WriteMany(Struct, frozen=True):
    """Functions 15 and 16: coils (0 or 1) or registers from `address` on."""

    function: int
    address: int
    values: tuple[int, ...]


class Plain(Struct, frozen=True):
    """Functions 7, 11, 12 and 17."""

    function: int


class Diagnose(Struct, frozen=True):
    """Function 8. A response has the same form."""

    sub: int
    data: bytes = b"\0\0"
    function: int = codes.DIAGNOSTICS


class FileRecord(Struct, frozen=True):
    """Registers of a file: `values` of them are written, or `count` are read."""

    file: int
    record: int
    count: int = 0
    values: tuple[int, ...] = ()


class ReadFile(Struct, frozen=True):
    """Function 20."""

    records: tuple[FileRecord, ...]
    function: int = codes.READ_FILE


class WriteFile(Struct, frozen=True):
    """Function 21. The response says the same."""

    records: tuple[FileRecord, ...]
    function: int = codes.WRITE_FILE


class MaskWrite(Struct, frozen=True):
    """Function 22: a register becomes (it AND `and_mask`) OR (`or_mask` AND NOT `and_mask`). So says the response."""

    address: int
    and_mask: int = 0xFFFF
    or_mask: int = 0
    function: int = codes.MASK_WRITE

    def of(self, value: int) -> int:
        """What a register becomes."""
        return (value & self.and_mask) | (self.or_mask & ~self.and_mask & 0xFFFF)


class ReadWrite(Struct, frozen=True):
    """Function 23: `values` are written from `write_address` on, and then `count` words are read."""

    address: int
    count: int
    write_address: int
    values: tuple[int, ...]
    function: int = codes.READ_WRITE


class ReadFifo(Struct, frozen=True):
    """Function 24."""

    address: int
    function: int = codes.READ_FIFO


class Identify(Struct, frozen=True):
    """Function 43/14: `level` 1 basic, 2 regular, 3 extended, each from `object` on, or 4 this object alone."""

    level: int = codes.BASIC
    object: int = 0
    function: int = codes.ENCAPSULATED


class Other(Struct, frozen=True):
    """Any other function, also 43 with another interface than 14: what follows its number."""

    function: int
    data: bytes = b""


Request = (
    Read | WriteOne | WriteMany | Plain | Diagnose | ReadFile | WriteFile | MaskWrite | ReadWrite | ReadFifo | Identify
    | Other
)  # fmt: skip


def parse(pdu: bytes) -> Request:
    """A request. Raises RemoteProtocolError for one that its function doesn't allow."""
    if not pdu:
        raise RemoteProtocolError("a PDU without a function", rule=f"{RULE} §4.1", offset=0)
    function = pdu[0]
    if not 1 <= function < 128:
        raise RemoteProtocolError(f"{function} is no function", rule=f"{RULE} §4.1", offset=0)
    if function == codes.ENCAPSULATED and pdu[1:2] != bytes([codes.IDENTIFICATION]):
        return Other(function, pdu[1:])
    known = _PARSERS.get(function)
    if known is None:
        return Other(function, pdu[1:])
    section, parser = known
    fields = Fields(pdu, section)
    found: Request = parser(fields)
    fields.end()
    return found


def emit(request: Request) -> bytes:
    """A PDU. Raises LocalProtocolError for what doesn't fit one."""
    emitter = _EMITTERS[type(request)]
    return limited(bytes([request.function]) + emitter(request))


# Parsing


def _read(fields: Fields) -> Read:
    function, address, count = fields.data[0], fields.word(), fields.word()
    most = codes.BITS_AT_ONCE if function in (codes.READ_COILS, codes.READ_DISCRETE) else codes.WORDS_AT_ONCE
    return Read(function, address, fields.within(count, 1, most, "values are asked for"))


def _write_coil(fields: Fields) -> WriteOne:
    address, value = fields.word(), fields.word()
    if value not in (_ON, _OFF):
        raise fields.wrong(f"a coil is 0xFF00 or 0, not {value:#06x}", 3)
    return WriteOne(codes.WRITE_COIL, address, int(value == _ON))


def _write_register(fields: Fields) -> WriteOne:
    return WriteOne(codes.WRITE_REGISTER, fields.word(), fields.word())


def _write_coils(fields: Fields) -> WriteMany:
    address = fields.word()
    count = fields.within(fields.word(), 1, codes.BITS_WRITTEN, "coils are written")
    fields.counted((count + 7) // 8)
    return WriteMany(codes.WRITE_COILS, address, fields.bits(count))


def _write_registers(fields: Fields) -> WriteMany:
    address = fields.word()
    count = fields.within(fields.word(), 1, codes.WORDS_WRITTEN, "registers are written")
    fields.counted(2 * count)
    return WriteMany(codes.WRITE_REGISTERS, address, fields.words(count))


def _diagnose(fields: Fields) -> Diagnose:
    sub, data = fields.word(), fields.rest()
    if len(data) % 2 or not data:
        raise fields.wrong("what is diagnosed has whole words")
    return Diagnose(sub, data)


def _read_file(fields: Fields) -> ReadFile:
    size = fields.counted(len(fields.data) - 2)
    if not size or size % 7:
        raise fields.wrong(f"{size} octets are no references to records", 1)
    records = []
    for _ in range(size // 7):
        _reference(fields)
        records.append(FileRecord(fields.word(), fields.word(), fields.word()))
    return ReadFile(tuple(records))


def write_file(fields: Fields) -> WriteFile:
    """The request and the response of function 21."""
    end = fields.at + 1 + fields.counted(len(fields.data) - 2)
    if end == fields.at:
        raise fields.wrong("no record is written")
    records = []
    while fields.at < end:
        _reference(fields)
        file, record, count = fields.word(), fields.word(), fields.word()
        records.append(FileRecord(file, record, count, fields.words(count)))
    return WriteFile(tuple(records))


def _reference(fields: Fields) -> None:
    if fields.octet() != _FILE_REFERENCE:
        raise fields.wrong("a reference to a record is of type 6", fields.at - 1)


def mask_write(fields: Fields) -> MaskWrite:
    """The request and the response of function 22."""
    return MaskWrite(fields.word(), fields.word(), fields.word())


def _read_write(fields: Fields) -> ReadWrite:
    address = fields.word()
    count = fields.within(fields.word(), 1, codes.WORDS_AT_ONCE, "registers are read")
    write_address = fields.word()
    written = fields.within(fields.word(), 1, codes.WORDS_READ_WRITTEN, "registers are written")
    fields.counted(2 * written)
    return ReadWrite(address, count, write_address, fields.words(written))


def _identify(fields: Fields) -> Identify:
    fields.octet()
    level = fields.within(fields.octet(), codes.BASIC, codes.ONE_OBJECT, "is asked for")
    return Identify(level, fields.octet())


_PARSERS: dict[int, tuple[str, Callable[[Fields], Any]]] = {
    codes.READ_COILS: ("§6.1", _read),
    codes.READ_DISCRETE: ("§6.2", _read),
    codes.READ_HOLDING: ("§6.3", _read),
    codes.READ_INPUT: ("§6.4", _read),
    codes.WRITE_COIL: ("§6.5", _write_coil),
    codes.WRITE_REGISTER: ("§6.6", _write_register),
    codes.DIAGNOSTICS: ("§6.8", _diagnose),
    codes.WRITE_COILS: ("§6.11", _write_coils),
    codes.WRITE_REGISTERS: ("§6.12", _write_registers),
    codes.READ_FILE: ("§6.14", _read_file),
    codes.WRITE_FILE: ("§6.15", write_file),
    codes.MASK_WRITE: ("§6.16", mask_write),
    codes.READ_WRITE: ("§6.17", _read_write),
    codes.READ_FIFO: ("§6.18", lambda fields: ReadFifo(fields.word())),
    codes.ENCAPSULATED: ("§6.21", _identify),
    **{function: ("§6", lambda fields: Plain(fields.data[0])) for function in PLAIN},
}


# Emitting


def _emit_read(said: Read) -> bytes:
    most = codes.BITS_AT_ONCE if said.function in (codes.READ_COILS, codes.READ_DISCRETE) else codes.WORDS_AT_ONCE
    _in_space(said.address, said.count)
    return words(said.address, allowed(said.count, 1, most, "values"))


def emit_one(said: WriteOne) -> bytes:
    """The request and the response of functions 5 and 6."""
    if said.function == codes.WRITE_COIL:
        return words(said.address, _ON if said.value else _OFF)
    return words(said.address, said.value)


def _emit_many(said: WriteMany) -> bytes:
    _in_space(said.address, len(said.values))
    if said.function == codes.WRITE_COILS:
        allowed(len(said.values), 1, codes.BITS_WRITTEN, "coils")
        data = packed(said.values)
    else:
        allowed(len(said.values), 1, codes.WORDS_WRITTEN, "registers")
        data = words(*said.values)
    return words(said.address, len(said.values)) + bytes([len(data)]) + data


def emit_diagnosis(said: Diagnose) -> bytes:
    """The request and the response of function 8."""
    if len(said.data) % 2 or not said.data:
        raise LocalProtocolError("what is diagnosed has whole words", rule=f"{RULE} §6.8", hint="two octets, or four")
    return words(said.sub) + said.data


def _emit_read_file(said: ReadFile) -> bytes:
    allowed(len(said.records), 1, 35, "records")
    made = [bytes([_FILE_REFERENCE]) + words(each.file, each.record, each.count) for each in said.records]
    return bytes([7 * len(made)]) + b"".join(made)


def emit_write_file(said: WriteFile) -> bytes:
    """The request and the response of function 21."""
    data = b"".join(
        bytes([_FILE_REFERENCE]) + words(each.file, each.record, len(each.values), *each.values)
        for each in said.records
    )
    return bytes([allowed(len(data), 7, 251, "octets")]) + data


def emit_mask(said: MaskWrite) -> bytes:
    """The request and the response of function 22."""
    return words(said.address, said.and_mask, said.or_mask)


def _emit_read_write(said: ReadWrite) -> bytes:
    _in_space(said.address, said.count)
    _in_space(said.write_address, len(said.values))
    allowed(said.count, 1, codes.WORDS_AT_ONCE, "registers")
    allowed(len(said.values), 1, codes.WORDS_READ_WRITTEN, "registers")
    data = words(*said.values)
    return words(said.address, said.count, said.write_address, len(said.values)) + bytes([len(data)]) + data


def _emit_identify(said: Identify) -> bytes:
    allowed(said.level, codes.BASIC, codes.ONE_OBJECT, "is asked for")
    return bytes([codes.IDENTIFICATION, said.level, allowed(said.object, 0, 255, "objects")])


def _in_space(address: int, count: int) -> None:
    if address + count > _SPACE:
        words_of_it = f"{count} from {address} on reach beyond the last address"
        raise LocalProtocolError(words_of_it, rule=f"{RULE} §4.3", hint="addresses are 0 to 65535")


_EMITTERS: dict[type, Callable[[Any], bytes]] = {
    Read: _emit_read,
    WriteOne: emit_one,
    WriteMany: _emit_many,
    Plain: lambda _: b"",
    Diagnose: emit_diagnosis,
    ReadFile: _emit_read_file,
    WriteFile: emit_write_file,
    MaskWrite: emit_mask,
    ReadWrite: _emit_read_write,
    ReadFifo: lambda said: words(said.address),
    Identify: _emit_identify,
    Other: lambda said: said.data,
}
