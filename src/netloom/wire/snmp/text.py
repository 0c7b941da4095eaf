"""Values as text, both ways: as people read them, and as net-snmp's tools write and take them (RFC 2579 §3.1)."""

from __future__ import annotations

import re
import struct
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any

from netloom.errors import LocalProtocolError
from netloom.wire.snmp import values
from netloom.wire.snmp.values import TYPES, Value, Varbind

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.wire.snmp.mib import Mib, Syntax

_LETTERS = {
    "i": "Integer32", "u": "Gauge32", "c": "Counter32", "C": "Counter64", "t": "TimeTicks", "a": "IpAddress",
    "o": "ObjectIdentifier", "s": "OctetString", "x": "hex", "d": "decimal", "b": "bits", "n": "Null",
    "F": "float", "D": "double",
}  # fmt: skip
_WORDS = {
    "integer": "Integer32", "integer32": "Integer32", "unsigned32": "Gauge32", "gauge32": "Gauge32",
    "counter32": "Counter32", "counter64": "Counter64", "timeticks": "TimeTicks", "ipaddress": "IpAddress",
    "oid": "ObjectIdentifier", "objectidentifier": "ObjectIdentifier", "string": "OctetString",
    "octetstring": "OctetString", "hex-string": "hex", "bits": "hex", "opaque": "opaque", "null": "Null",
}  # fmt: skip
_TYPED = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?:[ \t]+|$)(.*)", re.DOTALL)
_HINT = re.compile(r"(\*)?(\d+)([xdoat])([^\d*])?([^\d*])?")
_TICKS = re.compile(r"\((\d{1,10})\).*|(?:(\d{1,4}) ?d(?:ays?)?,? )?(\d{1,7}):(\d\d):(\d\d)(?:\.(\d{1,2}))?")
_ENUM = re.compile(r"[\w-]+\((-?\d{1,10})\)")
_HINT_DIGITS = 4
_FLOATS = {0x78: (4, ">f"), 0x79: (8, ">d")}


# To be read


def plain(tag: int, value: Value, syntax: Syntax | None, mib: Mib) -> Any:
    """A value for people and JSON: a number, a text, or None where there is none.

    Numbers that have names are those; TimeTicks are a duration; octets are text, or hex after `0x`.
    """
    if tag == values.OCTETS:
        return octets(value, syntax) if isinstance(value, bytes) else None
    if tag == values.INTEGER and syntax is not None and isinstance(value, int):
        return syntax.enums.get(value, value) if syntax.enums else _decimals(value, syntax.hint)
    if isinstance(value, int):
        return duration(value) if tag == values.TIME_TICKS else value
    if isinstance(value, tuple):
        return mib.name(value)
    if isinstance(value, bytes):
        return str(IPv4Address(value)) if tag == values.IP_ADDRESS else _opaque(value)
    return None


def octets(value: bytes, syntax: Syntax | None = None) -> str:
    """Octets as their object says that they are shown, otherwise as text where they are one, otherwise in hex."""
    hint = syntax.hint if syntax is not None else ""
    if hint == "inet" and len(value) in (4, 16):
        return str(IPv4Address(value) if len(value) == 4 else IPv6Address(value))
    if hint and hint[-1] not in "at" and hint != "inet" and value:
        shown = _hinted(value, hint)
        if shown is not None:
            return shown
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return "0x" + value.hex()
    whole = text.removesuffix("\0")
    return whole if all(char.isprintable() or char in "\t\r\n" for char in whole) else "0x" + value.hex()


def duration(ticks: int) -> str:
    """Hundredths of a second as `1d 2:03:04.05`."""
    seconds, hundredths = divmod(ticks, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{f'{days}d ' if days else ''}{hours}:{minutes:02}:{seconds:02}.{hundredths:02}"


def typed(bind: Varbind, mib: Mib) -> str:
    """`sysName.0 = OctetString: greenhouse-1`, which `parse_line` takes again."""
    return f"{mib.name(bind.oid)} = {value_typed(bind, mib)}"


def value_typed(bind: Varbind, mib: Mib) -> str:
    """`Integer32: up(1)`, or only the name of what stands in a value's place."""
    name = TYPES.get(bind.tag, "")
    if bind.value is None:
        return name
    if bind.tag == values.TIME_TICKS and isinstance(bind.value, int):
        return f"{name}: ({bind.value}) {duration(bind.value)}"
    syntax = mib.syntax(bind.oid)
    if isinstance(bind.value, int):
        word = syntax.enums.get(bind.value) if syntax is not None else None
        return f"{name}: {word}({bind.value})" if word else f"{name}: {bind.value}"
    if isinstance(bind.value, bytes) and bind.tag != values.IP_ADDRESS:
        if bind.tag == values.OCTETS and _is_line(bind.value):
            return f"{name}: {bind.value.decode()}"
        return f"{'Hex-STRING' if bind.tag == values.OCTETS else name}: {bind.value.hex(' ')}"
    return f"{name}: {plain(bind.tag, bind.value, syntax, mib)}"


def _is_line(value: bytes) -> bool:
    """Whether octets are a text that can stand in a line as it is."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return False
    return text.isprintable() and text.strip() == text and text[:1] != '"'


def _hinted(value: bytes, hint: str) -> str | None:
    """Octets as a DISPLAY-HINT says; None where it can't be applied."""
    parts = _HINT.findall(hint)
    shown: list[str] = []
    at = number = 0
    separator = ""
    while at < len(value) and parts:
        star, size, kind, separator, _ = parts[min(number, len(parts) - 1)]
        if star or int(size) == 0:
            return None
        piece = value[at : at + int(size)]
        at += int(size)
        number += 1
        if kind in "at":
            shown.append(piece.decode("utf-8" if kind == "t" else "latin-1", "replace"))
        else:
            form = {"x": f"0{2 * len(piece)}x", "d": "d", "o": "o"}[kind]
            shown.append(format(int.from_bytes(piece), form))
        if at < len(value):
            shown.append(separator)
    return "".join(shown) if parts else None


def _decimals(value: int, hint: str) -> int | float | str:
    """An integer whose hint is `d-2` has two decimals."""
    places = hint.removeprefix("d-")
    if hint.startswith("d-") and places.isdecimal() and len(places) < _HINT_DIGITS:
        scaled: float = value / 10 ** int(places)
        return round(scaled, int(places))
    return format(value, "x") if hint == "x" else value


def _opaque(value: bytes) -> Any:
    """net-snmp wraps floating-point numbers so."""
    if len(value) > 3 and value[0] == 0x9F and value[1] in _FLOATS:
        size, form = _FLOATS[value[1]]
        if value[2] == size and len(value) == 3 + size:
            number: float = struct.unpack(form, value[3:])[0]
            return number if size == 8 else float(f"{number:.7g}")
    return "0x" + value.hex()


# To be said


def parse_line(line: str, mib: Mib) -> Varbind | None:
    """`OID TYPE VALUE` or `OID = TYPE: VALUE`; None where it is no such line. Raises LocalProtocolError."""
    name, space, rest = line.strip().partition(" ")
    rest = rest.strip()
    if rest.startswith("="):
        rest = rest[1:].strip()
    if not space or not rest:
        return None
    try:
        oid = mib.oid(name)
    except ValueError:
        return None
    return Varbind(oid, *parse_value(rest, mib, mib.syntax(oid)))


def is_typed(text: str) -> bool:
    """Whether a text says of which type it is."""
    letter, space, _ = text.partition(" ")
    if letter in _LETTERS and (space or letter == "n"):
        return True
    found = _TYPED.fullmatch(text)
    return (found is not None and found[1].lower() in _WORDS) or text.lower() == "null"


def parse_value(text: str, mib: Mib, syntax: Syntax | None = None) -> tuple[int, Value]:
    """The tag and value that `i 5`, `INTEGER: 5` or, for an object whose type is known, `5` says.

    Raises LocalProtocolError.
    """
    letter, space, rest = text.partition(" ")
    if letter in _LETTERS and (space or letter == "n"):
        return _of(_LETTERS[letter], rest, mib, syntax)
    found = _TYPED.fullmatch(text)
    if found and found[1].lower() in _WORDS:
        return _of(_WORDS[found[1].lower()], found[2], mib, syntax)
    if text.lower() == "null":
        return values.NULL, None
    if syntax is None:
        raise LocalProtocolError(f"of which type is {text[:60]!r}?", hint="i 5, s words, or INTEGER: 5, STRING: words")
    return _of(syntax.base, text, mib, syntax)


def _of(kind: str, text: str, mib: Mib, syntax: Syntax | None) -> tuple[int, Value]:
    try:
        tag, value = _value(kind, text, mib, syntax)
        values.encoded(tag, value)
    except (ValueError, OverflowError, struct.error) as error:
        raise LocalProtocolError(f"{text[:60]!r} is no {kind}", hint=str(error)[:120]) from None
    return tag, value


def _value(kind: str, text: str, mib: Mib, syntax: Syntax | None) -> tuple[int, Value]:
    if kind == "ObjectIdentifier":
        return values.OBJECT, mib.oid(text.strip())
    if kind in _SAID:
        tag, read = _SAID[kind]
        return tag, read(text.strip())
    if kind == "OctetString":
        return values.OCTETS, _octets(text, syntax)
    return values.TAGS[kind], _integer(text.strip(), syntax)


def _integer(text: str, syntax: Syntax | None) -> int:
    """A number, one of the object's words for numbers, or both as in `up(1)`."""
    named = {word: number for number, word in syntax.enums.items()} if syntax is not None else {}
    if text in named:
        return named[text]
    both = _ENUM.fullmatch(text)
    if both:
        return int(both[1])
    digits = text.lstrip("+-")
    if len(digits) > 20:
        raise ValueError("a number of at most 64 bits is expected")
    try:
        return int(text, 0) if digits[:2].lower() == "0x" else int(text)
    except ValueError:
        words = f"a number, or one of {', '.join(named)}" if named else "a number is expected"
        raise ValueError(words) from None


def _octets(text: str, syntax: Syntax | None) -> bytes:
    hint = syntax.hint if syntax is not None else ""
    if hint == "1x:" and re.fullmatch(r"[0-9A-Fa-f]{1,2}([:-][0-9A-Fa-f]{1,2})+", text):
        return bytes(int(part, 16) for part in re.split("[:-]", text))
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return text.encode("utf-8", "surrogateescape")


def _ticks(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 10:
        return int(text)
    found = _TICKS.fullmatch(text)
    if not found:
        raise ValueError("hundredths of a second, or 1d 2:03:04.05")
    bare, days, hours, minutes, seconds, rest = found.groups()
    if bare is not None:
        return int(bare)
    whole = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 100 + int((rest or "").ljust(2, "0"))


def _bits(text: str) -> bytes:
    """`b 1 3`: the bits of these numbers, the first octet's highest being 0 (RFC 2578 §7.1.4)."""
    numbers = [int(word) for word in text.replace(",", " ").split()]
    if any(not 0 <= number < 4096 for number in numbers):
        raise ValueError("bits from 0 to 4095")
    made = bytearray(max(numbers, default=-1) // 8 + 1)
    for number in numbers:
        made[number // 8] |= 0x80 >> number % 8
    return bytes(made)


def _hex(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", " ").removeprefix("0x"))


def _float(kind: int) -> Callable[[str], bytes]:
    size, form = _FLOATS[kind]
    return lambda text: bytes((0x9F, kind, size)) + struct.pack(form, float(text))


_SAID: dict[str, tuple[int, Callable[[str], Value]]] = {
    "IpAddress": (values.IP_ADDRESS, lambda text: IPv4Address(text).packed),
    "TimeTicks": (values.TIME_TICKS, _ticks),
    "hex": (values.OCTETS, _hex),
    "opaque": (values.OPAQUE, _hex),
    "Opaque": (values.OPAQUE, _hex),
    "decimal": (values.OCTETS, lambda text: bytes(int(word) for word in text.replace(".", " ").split())),
    "bits": (values.OCTETS, _bits),
    "float": (values.OPAQUE, _float(0x78)),
    "double": (values.OPAQUE, _float(0x79)),
    "Null": (values.NULL, lambda _: None),
}
