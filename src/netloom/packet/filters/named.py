"""What names and numbers behind `host`, `net`, `port`, `portrange` and `proto` mean."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import UsageError
from netloom.packet.filters import names
from netloom.packet.filters.tokens import hardware, number, shown
from netloom.packet.filters.tree import Address, Any, Carries, Hardware, Port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from netloom.packet.filters.language import Qualifiers
    from netloom.packet.filters.tokens import Token
    from netloom.packet.filters.tree import Condition, Number

_DOTTED = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}", re.ASCII)
_ALL = {4: 0xFFFFFFFF, 6: (1 << 128) - 1}
_FOUR = ("", "ip", "arp", "rarp")
_NAMES = 16
"""Addresses of one name."""
_DASHES = 8
"""In two names of ports and between them."""


class Naming(NamedTuple):
    """The filter's text, for errors, and what finds the addresses of hosts' names."""

    text: str
    resolve: Callable[[str], Iterable[str]] | None

    def error(self, message: str, at: int, hint: str = "") -> UsageError:
        """A mistake at a column."""
        return UsageError(f"{message}, at column {at + 1}", hint=hint, text=self.text, column=at)


def check(naming: Naming, qualifiers: Qualifiers, at: int) -> None:
    """Raise UsageError for qualifiers that don't go together."""
    protocol, way, kind = qualifiers
    if kind in ("port", "portrange"):
        if protocol not in ("", "tcp", "udp", "sctp"):
            raise naming.error(f"{protocol} has no ports", at, f"{kind} alone, or of tcp, udp or sctp")
    elif kind == "proto":
        if way != "or":
            raise naming.error("a protocol has no direction", at)
        if protocol not in ("", "ether", "ip", "ip6"):
            raise naming.error(f"{protocol} carries no protocol that has a number", at, "of ether, ip or ip6")
    elif protocol not in (*_FOUR, "ip6", "ether") or (kind == "net" and protocol == "ether"):
        raise naming.error(f"{protocol} has no {kind}", at, f"{kind} alone, or of ip, ip6, arp or rarp")


def is_address(text: str) -> bool:
    """Whether a word is an IPv4 address."""
    return text.count(".") == 3 and bool(_DOTTED.fullmatch(text))


def of_number(naming: Naming, found: Number, qualifiers: Qualifiers) -> Condition:
    """A number that was read as a value, but stands for itself."""
    kind = qualifiers.kind
    if kind == "net":
        return _net(naming, str(found.value), "", qualifiers, found.at)
    if kind == "host":
        raise naming.error(f"{found.value} is no whole address", found.at, f"net {found.value}")
    if kind == "proto":
        return _proto(naming, found.value, qualifiers, found.at)
    return Port(qualifiers.protocol, qualifiers.way, *_ports(naming, found.value, found.value, found.at), found.at)


def of_token(naming: Naming, token: Token, behind: str, qualifiers: Qualifiers) -> Condition:
    """A word or an address. `behind` is its prefix length (/8) or its mask ( mask 255.0.0.0)."""
    kind = qualifiers.kind
    if kind == "port":
        return _port(naming, token, qualifiers)
    if kind == "portrange":
        return _portrange(naming, token, qualifiers)
    if kind == "proto":
        return _protocol(naming, token, qualifiers)
    address = hardware(token.text)
    if qualifiers.protocol == "ether":
        if address is None or behind:
            raise naming.error(f"{shown(token.text)} is no hardware address", token.at, "ether host 02:00:00:00:00:01")
        return Hardware(qualifiers.way, address, token.at)
    if address is not None and not _DOTTED.fullmatch(token.text):
        raise naming.error(f"{shown(token.text)} is a hardware address", token.at, f"ether host {token.text}")
    if token.kind == "colons":
        return _six(naming, token.text, behind, qualifiers, token.at)
    if _DOTTED.fullmatch(token.text):
        return _net(naming, token.text, behind, qualifiers, token.at)
    return _host(naming, token, behind, qualifiers)


# Addresses


def _host(naming: Naming, token: Token, behind: str, qualifiers: Qualifiers) -> Condition:
    if naming.resolve is None or behind or qualifiers.kind == "net":
        raise naming.error(
            f"{shown(token.text)} is no address, and names of hosts aren't looked up",
            token.at,
            f"an address: {qualifiers.kind} {'192.0.2.0/24' if qualifiers.kind == 'net' else '192.0.2.1'}",
        )
    found: list[Condition] = []
    for text in naming.resolve(token.text):
        if len(found) == _NAMES:
            break
        if ":" not in text and qualifiers.protocol in _FOUR:
            found.append(_net(naming, text, "", qualifiers, token.at))
        elif ":" in text and qualifiers.protocol in ("", "ip6"):
            found.append(_six(naming, text, "", qualifiers, token.at))
    if not found:
        raise naming.error(f"{shown(token.text)} has no such address", token.at)
    return found[0] if len(found) == 1 else Any(tuple(found))


def _net(naming: Naming, text: str, behind: str, qualifiers: Qualifiers, at: int) -> Condition:
    """An IPv4 address; a network's may be without its last parts, and has a mask of those that are there."""
    parts = text.split(".")
    if any(int(part) > 255 for part in parts):
        raise naming.error(f"{shown(text)} is no IPv4 address", at, "192.0.2.1")
    if len(parts) < 4 and qualifiers.kind == "host":
        raise naming.error(f"{text} is no whole address", at, f"net {text}")
    if qualifiers.protocol not in _FOUR:
        raise naming.error(f"{text} is an IPv4 address, and {qualifiers.protocol} has none", at)
    value = int.from_bytes(bytes(int(part) for part in parts).ljust(4, b"\0"), "big")
    mask = _mask(naming, behind, 32, at) if behind else _ALL[4] << (4 - len(parts)) * 8 & _ALL[4]
    if value & ~mask:
        raise naming.error(f"{text}{behind} has bits behind its mask", at, f"net {IPv4Address(value & mask)}{behind}")
    return Address(qualifiers.protocol, qualifiers.way, 4, value, mask, at)


def _six(naming: Naming, text: str, behind: str, qualifiers: Qualifiers, at: int) -> Condition:
    try:
        value = int(IPv6Address(text))
    except ValueError:
        raise naming.error(f"{shown(text)} is no IPv6 address", at, "2001:db8::1") from None
    if qualifiers.protocol not in ("", "ip6"):
        raise naming.error(f"{text} is an IPv6 address, and {qualifiers.protocol} has none", at)
    if behind.startswith(" "):
        raise naming.error("networks of IPv6 have a prefix length", at, "net 2001:db8::/32")
    mask = _mask(naming, behind, 128, at) if behind else _ALL[6]
    if value & ~mask:
        raise naming.error(f"{text}{behind} has bits behind its mask", at, f"net {IPv6Address(value & mask)}{behind}")
    return Address(qualifiers.protocol, qualifiers.way, 6, value, mask, at)


def _mask(naming: Naming, behind: str, bits: int, at: int) -> int:
    if behind.startswith("/"):
        length = number(behind[1:])
        if length is None or length > bits:
            raise naming.error(f"{shown(behind)} is no prefix length", at, f"/0 to /{bits}")
        return (1 << bits) - (1 << bits - length)
    text = behind.removeprefix(" mask ")
    if not is_address(text) or any(int(part) > 255 for part in text.split(".")):
        raise naming.error(f"{shown(text)} is no mask", at, "net 192.0.2.0 mask 255.255.255.0")
    return int.from_bytes(bytes(map(int, text.split("."))), "big")


# Ports and protocols


def _port(naming: Naming, token: Token, qualifiers: Qualifiers) -> Condition:
    value = number(token.text)
    if value is not None:
        ports = _ports(naming, value, value, token.at)
        return Port(qualifiers.protocol, qualifiers.way, *ports, token.at)
    found = _service(naming, token, qualifiers)
    made = [Port(protocol, qualifiers.way, port, port, token.at) for protocol, port in found.items()]
    return made[0] if len(made) == 1 else Any(tuple(made))


def _service(naming: Naming, token: Token, qualifiers: Qualifiers) -> dict[str, int]:
    """A service's ports by the protocols that are meant. One that is the same for TCP and UDP is SCTP's as well."""
    known = names.port_numbers(token.text)
    if qualifiers.protocol == "sctp":  # no list has its own
        known = dict(zip(("sctp",), known.values(), strict=False))
    elif qualifiers.protocol:
        known = {protocol: port for protocol, port in known.items() if protocol == qualifiers.protocol}
    elif len(known) == 2 and len(set(known.values())) == 1:
        known = {"": known["tcp"]}
    if not known:
        raise naming.error(f"{shown(token.text)} is no port's name", token.at, "0 to 65535, or a name of /etc/services")
    return known


def _portrange(naming: Naming, token: Token, qualifiers: Qualifiers) -> Condition:
    """Two ports with - between them, of which names may have some, too."""
    pieces = token.text.split("-", _DASHES)
    for split in range(1, len(pieces) + 1):
        ends = ["-".join(pieces[:split]), "-".join(pieces[split:]) or token.text]
        found = [_one(end) for end in ends]
        if None not in found:
            low, high = sorted(one for one in found if one is not None)
            return Port(qualifiers.protocol, qualifiers.way, *_ports(naming, low, high, token.at), token.at)
    raise naming.error(f"{shown(token.text)} is no range of ports", token.at, "portrange 6000-6008")


def _one(text: str) -> int | None:
    value = number(text)
    return value if value is not None or not text else next(iter(names.port_numbers(text).values()), None)


def _ports(naming: Naming, low: int, high: int, at: int) -> tuple[int, int]:
    if high > 65535:
        raise naming.error(f"{high} is no port", at, "0 to 65535")
    return low, high


def _protocol(naming: Naming, token: Token, qualifiers: Qualifiers) -> Condition:
    value = number(token.text)
    if value is None and qualifiers.protocol == "ether":
        value = names.ETHER_NAMES.get(token.text)
    elif value is None:
        value = names.protocol_number(token.text)
    if value is None:
        raise naming.error(
            f"{shown(token.text)} is no protocol's name", token.at, "a number, or tcp, udp, icmp, ospf, gre …"
        )
    return _proto(naming, value, qualifiers, token.at)


def _proto(naming: Naming, value: int, qualifiers: Qualifiers, at: int) -> Condition:
    largest = 0xFFFF if qualifiers.protocol == "ether" else 0xFF
    if value > largest:
        raise naming.error(f"{value} is no protocol's number", at, f"0 to {largest}")
    return Carries(qualifiers.protocol, value, at)
