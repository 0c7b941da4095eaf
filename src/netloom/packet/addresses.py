"""Addresses as fields of layers take them: hardware addresses as text (IEEE 802 §8), those of IP as values."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from netloom.errors import UsageError

Mac = str
"""Six octets in hexadecimal, lower case, with colons."""

_OCTETS = r"(?:[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2}(?:\1[0-9a-fA-F]{2})*)?)?"
_CANONICAL = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


def mac(address: bytes) -> Mac:
    """Octets as text; six of them, or as many as a kind of hardware has."""
    return address.hex(":")


def octets(text: object) -> bytes:
    """Text as octets, however many. Raises UsageError."""
    if not isinstance(text, str) or not re.fullmatch(_OCTETS, text):
        raise UsageError(f"{str(text)[:40]!r} is no hardware address", hint="02:00:00:00:00:01")
    return bytes.fromhex(text.replace("-", "").replace(":", ""))


def packed(text: object) -> bytes:
    """Text as six octets. Raises UsageError."""
    found = octets(text)
    if len(found) != 6:
        raise UsageError(f"{str(text)[:40]!r} is no hardware address of six octets", hint="02:00:00:00:00:01")
    return found


def canonical(text: object) -> Mac:
    """Text as `mac` spells it: lower case, with colons. Raises UsageError."""
    return text if isinstance(text, str) and _CANONICAL.fullmatch(text) else mac(packed(text))


def number(text: Mac) -> int:
    """Text as a number of 48 bits. Raises UsageError."""
    return int.from_bytes(packed(text), "big")


def ipv4(value: IPv4Address | str) -> IPv4Address:
    """An address, also from text. Raises UsageError."""
    if isinstance(value, IPv4Address):
        return value
    try:
        return IPv4Address(value)
    except ValueError:
        raise UsageError(f"{str(value)[:40]!r} is no IPv4 address", hint="192.0.2.1") from None


def ipv6(value: IPv6Address | str) -> IPv6Address:
    """An address, also from text. Raises UsageError."""
    if isinstance(value, IPv6Address):
        return value
    try:
        return IPv6Address(value)
    except ValueError:
        raise UsageError(f"{str(value)[:40]!r} is no IPv6 address", hint="2001:db8::1") from None
