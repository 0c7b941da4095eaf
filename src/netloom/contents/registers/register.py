"""One named value, and how each protocol says it: SMI syntax (RFC 2578 §7), Modbus words, text."""

from __future__ import annotations

import math
from ipaddress import IPv4Address
from typing import Literal

import msgspec

from netloom.contents import Invalid
from netloom.wire.modbus.values import number_of, octets_of, width, words_for, words_of
from netloom.wire.oid import Oid, parse_oid, show_oid

Value = bool | int | float | str | bytes
Kind = Literal["bool", "int", "float", "text", "bytes", "oid", "ip", "uptime"]
Table = Literal["", "coil", "discrete", "holding", "input"]
Smi = int | bytes | Oid

INTEGERS: dict[str, tuple[int, int]] = {
    "Integer32": (-(1 << 31), (1 << 31) - 1),
    "Counter32": (0, (1 << 32) - 1),
    "Gauge32": (0, (1 << 32) - 1),
    "TimeTicks": (0, (1 << 32) - 1),
    "Counter64": (0, (1 << 64) - 1),
}
"""The SMI syntaxes that are numbers, and their ranges."""
SYNTAXES = (*INTEGERS, "OctetString", "ObjectIdentifier", "IpAddress", "Opaque")
WRAPPING = ("Counter32", "Counter64", "TimeTicks")

_USUAL: dict[str, tuple[str, str]] = {
    "bool": ("Integer32", "uint16"),
    "int": ("Integer32", "int32"),
    "float": ("Integer32", "float32"),
    "text": ("OctetString", "text:16"),
    "bytes": ("OctetString", "text:16"),
    "oid": ("ObjectIdentifier", ""),
    "ip": ("IpAddress", "uint32"),
    "uptime": ("TimeTicks", "uint32"),
}
_PYTHON: dict[str, tuple[type, ...]] = {
    "bool": (bool,), "int": (int,), "float": (int, float), "text": (str,), "bytes": (bytes,), "oid": (str,),
    "ip": (str,), "uptime": (int, float),
}  # fmt: skip
_TEXT_LIMIT = 65_535  # RFC 2578 §7.1.2


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """A named value of a device, and its places.

    `oid` is the whole instance identifier, the final `.0` included. `table` and `address` are Modbus's, counted from 0;
    `encoding` is uint16, int16, uint32, int32, uint64, int64, float32, float64, or text:N for N words; `order` tells
    which of its words comes first. `path` is CoAP's. Integers in SNMP and Modbus are the value times `scale`.
    `notify` is the identifier of the SNMP notification that tells when the value changes.
    """

    name: str
    kind: Kind
    unit: str = ""
    description: str = ""
    writable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    scale: int = 1
    oid: Oid = ()
    syntax: str = ""
    notify: Oid = ()
    table: Table = ""
    address: int = 0
    encoding: str = ""
    order: Literal["big", "little"] = "big"
    path: str = ""

    @property
    def smi(self) -> str:
        """The syntax in SNMP."""
        return self.syntax or _USUAL[self.kind][0]

    @property
    def format(self) -> str:
        """The encoding in Modbus's words."""
        return self.encoding or _USUAL[self.kind][1]

    @property
    def width(self) -> int:
        """How many addresses of its Modbus table it takes."""
        if self.table in ("coil", "discrete"):
            return 1
        if self.format.startswith("text:"):
            return int(self.format.removeprefix("text:"))
        return width(self.format)

    def check(self, value: Value) -> Value:
        """The value, as this register keeps it, and as each protocol that has it can say it. Raises Invalid."""
        checked = self._normal(value)
        if self.table:
            self.to_words(checked)
        if self.oid:
            self.to_smi(checked)
        return checked

    def _normal(self, value: Value) -> Value:
        if type(value) not in _PYTHON[self.kind]:
            raise Invalid(f"{self.name} is {self.kind}, which {_shown(value)} isn't")
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                raise Invalid(f"{self.name} is a finite number, not {value}")
            low, high = self.minimum, self.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise Invalid(f"{self.name} is from {low if low is not None else '-∞'} to "
                              f"{high if high is not None else '∞'}, not {value}")  # fmt: skip
            return float(value) if self.kind == "float" else value
        if isinstance(value, str | bytes) and len(value) > _TEXT_LIMIT:
            raise Invalid(f"{self.name} has no more than {_TEXT_LIMIT} octets")
        if self.kind == "oid":
            return show_oid(_oid(self.name, str(value)))
        if self.kind == "ip":
            return str(_address(self.name, str(value)))
        return value

    # SNMP

    def to_smi(self, value: Value) -> Smi:
        """What stands in a variable binding: an integer, octets, or an object identifier. Raises Invalid."""
        syntax = self.smi
        if isinstance(value, bool):
            return 1 if value else 2  # TruthValue (RFC 2579 §2)
        if syntax in INTEGERS:
            return self._integer(value, *INTEGERS[syntax], wraps=syntax in WRAPPING)
        if syntax == "ObjectIdentifier":
            return _oid(self.name, str(value))
        if syntax == "IpAddress":
            return _address(self.name, str(value)).packed
        return value if isinstance(value, bytes) else self.to_text(value).encode()

    def from_smi(self, given: Smi) -> Value:
        """The value of a variable binding whose syntax is this register's. Raises Invalid."""
        if isinstance(given, tuple):
            return self.check(show_oid(given))
        if isinstance(given, int):
            if self.kind == "bool":
                if given not in (1, 2):
                    raise Invalid(f"{self.name} is true (1) or false (2), not {given}")
                return given == 1
            return self._from_integer(given)
        if self.smi == "IpAddress":
            if len(given) != 4:
                raise Invalid(f"{self.name} is an address of 4 octets, not {len(given)}")
            return self.check(str(IPv4Address(given)))
        return self.check(given) if self.kind == "bytes" else self.from_text(_decoded(self.name, given))

    # Modbus

    def to_words(self, value: Value) -> tuple[int, ...]:
        """The value in 16-bit words, or as one bit. Raises Invalid where it doesn't fit."""
        if self.table in ("coil", "discrete"):
            return (int(bool(value)),)
        if self.format.startswith("text:"):
            octets = value if isinstance(value, bytes) else self.to_text(value).encode()
            if len(octets) > 2 * self.width:
                raise Invalid(f"{self.name} has {len(octets)} octets, more than its {self.width} words hold")
            octets = octets.ljust(2 * self.width, b"\0")
        elif self.format.startswith("float"):
            number = value if isinstance(value, int | float) else 0.0
            try:
                return words_for(self.format, number, self.order == "little")
            except ValueError:
                raise Invalid(f"{self.name}: {number} doesn't fit {self.format}") from None
        else:
            bits = 16 * self.width
            low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if self.format[0] == "i" else (0, (1 << bits) - 1)
            whole = self._integer(value, low, high, self.smi in WRAPPING)
            return words_for(self.format, whole, self.order == "little")
        return words_of(octets)

    def from_words(self, words: tuple[int, ...]) -> Value:
        """The value that words say. Raises Invalid."""
        if self.table in ("coil", "discrete"):
            return self.check(bool(words[0]))
        is_text = self.format.startswith("text:")
        if is_text:
            octets = octets_of(words).rstrip(b"\0")
            return self.check(octets) if self.kind == "bytes" else self.from_text(_decoded(self.name, octets))
        number = number_of(self.format, words, self.order == "little")
        return self.check(number) if isinstance(number, float) else self._from_integer(number)

    # Text, as CoAP and people have it

    def to_text(self, value: Value) -> str:
        """The value in words: `true`, `21.5`, `eth0`; octets in hex."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return value.hex() if isinstance(value, bytes) else str(value)

    def from_text(self, text: str) -> Value:
        """The value that a text says. Raises Invalid."""
        try:
            if self.kind == "bool":
                return {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}[text.lower()]
            if self.kind == "int":
                return self.check(int(text))
            if self.kind in ("float", "uptime"):
                return self.check(float(text))
            return self.check(bytes.fromhex(text) if self.kind == "bytes" else text)
        except (ValueError, KeyError):
            raise Invalid(f"{self.name} is {self.kind}, which {text[:40]!r} isn't") from None

    # Inside

    def _integer(self, value: Value, low: int, high: int, wraps: bool) -> int:
        if isinstance(value, bool):
            number = int(value)
        elif isinstance(value, int | float):
            number = round(value * self.scale)
        elif self.kind == "ip":
            number = int(_address(self.name, str(value)))
        else:
            raise Invalid(f"{self.name} is {self.kind}, no number")
        if wraps:
            return number % (high + 1)
        if not low <= number <= high:
            raise Invalid(f"{self.name}: {number} isn't from {low} to {high}")
        return number

    def _from_integer(self, number: int) -> Value:
        if self.kind == "bool":
            return self.check(bool(number))
        if self.kind == "ip":
            return self.check(str(IPv4Address(number)))
        if self.kind == "int" and self.scale == 1:
            return self.check(number)
        value = number / self.scale
        if self.kind == "int":
            if value != int(value):
                raise Invalid(f"{self.name}: {number} is no multiple of {self.scale}")
            return self.check(int(value))
        return self.check(value)


def _oid(name: str, text: str) -> Oid:
    try:
        return parse_oid(text)
    except ValueError as error:
        raise Invalid(f"{name}: {error}") from None


def _address(name: str, text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError:
        raise Invalid(f"{name} is an IPv4 address, not {text[:40]!r}") from None


def _decoded(name: str, octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise Invalid(f"{name} is a text in UTF-8") from None


def _shown(value: Value) -> str:
    return repr(value)[:40]
