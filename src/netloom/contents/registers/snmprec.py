"""Recorded devices in snmpsim's `.snmprec` form: a line `oid|tag|value` each, the tag being the BER tag in decimal."""

from __future__ import annotations

from netloom.contents import Invalid
from netloom.contents.registers.register import INTEGERS, Kind, Register, Value
from netloom.errors import UsageError
from netloom.wire.oid import parse_oid

_TAGS: dict[str, tuple[Kind, str]] = {
    "2": ("int", "Integer32"),
    "4": ("bytes", "OctetString"),
    "6": ("oid", "ObjectIdentifier"),
    "64": ("ip", "IpAddress"),
    "65": ("int", "Counter32"),
    "66": ("int", "Gauge32"),
    "67": ("int", "TimeTicks"),
    "68": ("bytes", "Opaque"),
    "70": ("int", "Counter64"),
}
_ESCAPED = ("4", "68")


def parse_snmprec(text: str, source: str) -> list[tuple[Register, Value]]:
    """Registers, which nobody may write, and their values. Raises UsageError that names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            found.append(_parsed(line, f"{source}, line {number}"))
    return found


def _parsed(line: str, where: str) -> tuple[Register, Value]:
    parts = line.split("|", 2)
    if len(parts) != 3:
        raise UsageError(f"{where}: {line[:60]!r} isn't oid|tag|value")
    oid, tag, text = parts
    tag, colon, module = tag.partition(":")
    is_hex = tag.endswith("x")
    known = _TAGS.get(tag.removesuffix("x"))
    if colon:
        raise UsageError(f"{where}: values that vary ({module[:40]}) aren't read", hint="record plain values")
    if known is None or (is_hex and tag.removesuffix("x") not in _ESCAPED):
        raise UsageError(f"{where}: there is no tag {tag[:20]!r}", hint=f"tags: {', '.join(_TAGS)}, and 4x for hex")
    kind, syntax = known
    try:
        register = Register(name=oid, kind=kind, oid=parse_oid(oid.strip()), syntax=syntax)
        return register, _value(register, text, is_hex)
    except (ValueError, Invalid) as error:
        raise UsageError(f"{where}: {getattr(error, 'message', error)}") from None


def _value(register: Register, text: str, is_hex: bool) -> Value:
    if register.kind == "bytes":
        return bytes.fromhex(text) if is_hex else text.encode("latin-1", "backslashreplace")
    if register.kind != "int":
        return register.check(text.strip())
    value = int(text)
    low, high = INTEGERS[register.smi]
    if not low <= value <= high:
        raise Invalid(f"{register.smi} is from {low} to {high}, not {value}")
    return value
