"""The schema file of a simulated device, in TOML: one table `[[value]]` for each named value and its places."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Literal

import msgspec

from netloom.contents import Invalid
from netloom.contents.registers.register import INTEGERS, SYNTAXES, Kind, Register, Value
from netloom.errors import UsageError
from netloom.wire.modbus.values import NUMBERS
from netloom.wire.oid import Oid, parse_oid

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLES = ("coil", "discrete", "holding", "input")
_TABLE_SIZE = 65_536  # Modbus Application Protocol 1.1b3 §4.3
_TEXT_WORDS = 125  # as many as one answer holds, §6.3


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value, as the file says it."""

    name: str
    type: Kind
    value: bool | int | float | str | None = None
    unit: str = ""
    description: str = ""
    writable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    scale: int = 1
    oid: str = ""
    syntax: str = ""
    notify: str = ""
    modbus: str = ""
    encoding: str = ""
    order: Literal["big", "little"] = "big"
    coap: str = ""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    value: list[Line]


def parse_schema(text: str, source: str) -> list[tuple[Register, Value | None]]:
    """Registers and the values that they begin with. Raises UsageError that names the file and the value."""
    try:
        file = msgspec.convert(tomllib.loads(text), File)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source} is no TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise UsageError(f"{source}: {_place(str(error), text)}", hint="netloom help registers") from None
    return [_register(line, source) for line in file.value]


def _register(line: Line, source: str) -> tuple[Register, Value | None]:
    table, address = _modbus(line, source)
    if line.syntax and line.syntax not in SYNTAXES:
        raise UsageError(f"{source}: {line.name}: there is no syntax {line.syntax!r}", hint=", ".join(SYNTAXES))
    if line.scale < 1:
        raise UsageError(f"{source}: {line.name}: a scale is 1 or more, not {line.scale}")
    register = Register(
        name=line.name,
        kind=line.type,
        unit=line.unit,
        description=line.description,
        writable=line.writable,
        minimum=line.minimum,
        maximum=line.maximum,
        scale=line.scale,
        oid=_oid(line.oid, line.name, source),
        syntax=line.syntax,
        notify=_oid(line.notify, line.name, source),
        table=table,  # type: ignore[arg-type]  # one of _TABLES
        address=address,
        encoding=_encoding(line, source),
        order=line.order,
        path=line.coap.strip("/"),
    )
    _check_places(register, source)
    return register, _value(register, line.value, source)


def _oid(text: str, name: str, source: str) -> Oid:
    try:
        return parse_oid(text) if text else ()
    except ValueError as error:
        raise UsageError(f"{source}: {name}: {error}") from None


def _modbus(line: Line, source: str) -> tuple[str, int]:
    if not line.modbus:
        return "", 0
    table, _, address = line.modbus.partition(":")
    if table not in _TABLES or not (address.isascii() and address.isdecimal()) or int(address[:6]) >= _TABLE_SIZE:
        raise UsageError(
            f"{source}: {line.name}: {line.modbus!r} is no place in Modbus",
            hint=f'modbus = "holding:0"; tables are {", ".join(_TABLES)}, addresses 0 to {_TABLE_SIZE - 1}',
        )
    return table, int(address)


def _encoding(line: Line, source: str) -> str:
    kind, _, words = line.encoding.partition(":")
    is_text = kind == "text" and words.isascii() and words.isdecimal() and 1 <= int(words[:4]) <= _TEXT_WORDS
    if line.encoding and not is_text and line.encoding not in NUMBERS:
        raise UsageError(
            f"{source}: {line.name}: there is no encoding {line.encoding!r}",
            hint=f"{', '.join(NUMBERS)}, or text:1 to text:{_TEXT_WORDS} words",
        )
    return line.encoding


def _check_places(register: Register, source: str) -> None:
    """That a value can stand where it is to stand."""
    where = f"{source}: {register.name} is {register.kind}"
    numeric = register.kind in ("bool", "int", "float", "uptime")
    if register.oid and register.smi in INTEGERS and not numeric:
        raise UsageError(f"{where}, which {register.smi} can't hold")
    if register.oid and register.kind == "bool" and register.smi != "Integer32":
        raise UsageError(f"{where}: in SNMP that is an Integer32 (RFC 2579, TruthValue)")
    if register.oid and (register.smi == "IpAddress") != (register.kind == "ip"):
        raise UsageError(f"{where}; the syntax IpAddress is for ip, and ip for it")
    if register.oid and (register.smi == "ObjectIdentifier") != (register.kind == "oid"):
        raise UsageError(f"{where}; the syntax ObjectIdentifier is for oid, and oid for it")
    if register.notify and not register.oid:
        raise UsageError(f"{where}: a value that SNMP doesn't have can't be told of by it", hint="give it an oid")
    if not register.table:
        return
    if register.table in ("coil", "discrete"):
        if register.kind != "bool":
            raise UsageError(f"{where}; a {register.table} is a bool")
        return
    if not register.format:
        raise UsageError(f"{where}, which has no usual encoding in Modbus", hint='encoding = "text:16"')
    if not numeric and register.kind != "ip" and not register.format.startswith("text:"):
        raise UsageError(f"{where}, which {register.format} can't hold", hint='encoding = "text:16"')
    if register.address + register.width > _TABLE_SIZE:
        raise UsageError(f"{where} and reaches beyond address {_TABLE_SIZE - 1}")


def _value(register: Register, given: bool | int | float | str | None, source: str) -> Value | None:
    if given is None:
        return None
    try:
        if register.kind == "bytes" and isinstance(given, str):
            return register.from_text(given)
        return register.check(given)
    except Invalid as error:
        raise UsageError(f"{source}: {error.message}") from None


def _place(message: str, text: str) -> str:
    """The library's message, with the value's name where it gives only its number."""
    try:
        values: list[Mapping[str, object]] = tomllib.loads(text)["value"]
        number = int(message.partition("$.value[")[2].partition("]")[0])
        return f"{values[number].get('name', f'value {number + 1}')}: {message.partition(' - at ')[0]}"
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        return message
