"""The kinds of arguments that commands take: how each is read, and how `?` names it."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netloom.contents.shell.cli.grammar import Token
    from netloom.contents.shell.device.hardware import Hardware

Taken = tuple[Any, int]
"""A value, and how many words it took."""
_NAME = re.compile(r"[!-~]{1,128}")


class Reading(Protocol):
    """For whom a line is read: their privilege, and their device's hardware."""

    @property
    def level(self) -> int: ...

    @property
    def hardware(self) -> Hardware: ...


class Argument(msgspec.Struct, frozen=True):
    """An argument by its kind, with its name and bounds, where it has some."""

    kind: str
    name: str
    least: int = 0
    most: int = 0

    @property
    def label(self) -> str:
        """What `?` shows in its place."""
        if self.kind == "number":
            return f"<{self.least}-{self.most}>"
        return _LABELS[self.kind][0]

    @property
    def is_any(self) -> bool:
        """Whether it takes whatever stands there."""
        return self.kind in ("word", "text", "line")

    @property
    def about(self) -> str:
        return _LABELS[self.kind][1]

    def read(self, reading: Reading, tokens: Sequence[Token], at: int, line: str) -> Taken | None:
        """What the words from `at` on say, or None where they aren't of this kind."""
        if self.kind == "line":
            return _rest(tokens, at, line)
        if self.kind == "interface":
            return _interface(reading.hardware, tokens, at)
        text = tokens[at].text
        if self.kind == "number":
            is_number = text.isascii() and text.isdigit() and len(text) < 11 and self.least <= int(text) <= self.most
            return (int(text), 1) if is_number else None
        value = _READERS[self.kind](text)
        return None if value is None else (value, 1)


def argument(written: str) -> Argument:
    """`kind`, `kind:name`, or `number:name:1-4094`."""
    kind, _, rest = written.partition(":")
    name, _, bounds = rest.partition(":")
    least, _, most = bounds.partition("-")
    return Argument(kind, name or kind, int(least or 0), int(most or 0))


def mask_of(length: int) -> str:
    """A prefix length as IPv4 has it for people: `255.255.255.0`."""
    return str(ipaddress.IPv4Network(f"0.0.0.0/{length}").netmask)


def _rest(tokens: Sequence[Token], at: int, line: str) -> Taken:
    only = tokens[at].quoted and at == len(tokens) - 1
    return (tokens[at].text if only else line[tokens[at].start :].rstrip()), len(tokens) - at


def _interface(hardware: Hardware, tokens: Sequence[Token], at: int) -> Taken | None:
    """`Gi0/1`, and `Gi 0/1`."""
    text = tokens[at].text
    if at + 1 < len(tokens) and text.isalpha() and tokens[at + 1].text[:1].isdigit():
        found = hardware.interface(f"{text} {tokens[at + 1].text}")
        return None if found is None else (found, 2)
    found = hardware.interface(text)
    return None if found is None else (found, 1)


def _ipv4(text: str) -> str | None:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        return None


def _host(text: str) -> str | None:
    """An address or a name."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        looks = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", text)
        return text if looks and not text.replace(".", "").isdigit() else None


def _mask(text: str) -> int | None:
    """A netmask's length; its ones stand before its zeros."""
    if _ipv4(text) is None:
        return None
    number = int(ipaddress.IPv4Address(text))
    length = number.bit_count()
    return length if number == (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF else None


def _mask_or_length(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 3 and int(text) <= 32:
        return int(text)
    return _mask(text)


def _interface_address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_interface(text)) if "/" in text and text.partition("/")[2].isdigit() else None
    except ValueError:
        return None


def _prefix(text: str) -> str | None:
    try:
        return str(ipaddress.ip_network(text)) if "/" in text and text.partition("/")[2].isdigit() else None
    except ValueError:
        return None


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _word(text: str) -> str | None:
    return text if _NAME.fullmatch(text) else None


_READERS: dict[str, Callable[[str], Any]] = {
    "address": _address,
    "cidr": _interface_address,
    "host": _host,
    "ip": _ipv4,
    "mask": _mask,
    "masklen": _mask_or_length,
    "prefix": _prefix,
    "text": lambda text: text,
    "word": _word,
}
_LABELS = {
    "address": ("<address>", "IP address"),
    "cidr": ("A.B.C.D/E", "IP address and prefix length"),
    "host": ("<host>", "IP address or name of a host"),
    "interface": ("<interface>", "Name of an interface"),
    "ip": ("A.B.C.D", "IP address"),
    "line": ("LINE", "Text to the end of the line"),
    "mask": ("A.B.C.D", "IP subnet mask"),
    "masklen": ("<mask>", "Subnet mask, or its length"),
    "number": ("", ""),
    "prefix": ("A.B.C.D/E", "Prefix"),
    "text": ("<text>", "Text"),
    "word": ("WORD", "Word"),
}
