"""Changes: what becomes of addresses, ports and tags, as somebody spells it."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from netloom.errors import UsageError
from netloom.packet.addresses import packed

if TYPE_CHECKING:
    from collections.abc import Iterable

    Network = IPv4Network | IPv6Network

K = TypeVar("K")
V = TypeVar("V")

NONE, ANY, PUSH = -1, -2, -3
"""Words for tags: no tag, whichever it is, a further one."""
_WORDS = {"none": NONE, "any": ANY, "push": PUSH}
_VID = 4095


class Tags(Struct, frozen=True):
    """What becomes of VLAN tags: `numbers` by number, `other` those that aren't named, `untagged` frames, `push`.

    NONE takes a tag off. None leaves things as they are.
    """

    numbers: dict[int, int] = {}
    other: int | None = None
    untagged: int | None = None
    push: int | None = None

    def __bool__(self) -> bool:
        return bool(self.numbers) or (self.other, self.untagged, self.push) != (None, None, None)

    def of(self, number: int) -> int:
        """What becomes of a tag with a number."""
        found = self.numbers.get(number, self.other)
        return number if found is None else found


class Prefixes:
    """Prefixes of addresses onto others as long; the longest that fits counts."""

    def __init__(self, pairs: Iterable[tuple[Network, Network]] = ()) -> None:
        found: dict[int, dict[int, dict[int, int]]] = {4: {}, 16: {}}
        for old, new in pairs:
            size = old.max_prefixlen // 8
            shift = old.max_prefixlen - old.prefixlen
            by_length = found[size].setdefault(old.prefixlen, {})
            if by_length.setdefault(int(old.network_address) >> shift, int(new.network_address) >> shift) != (
                int(new.network_address) >> shift
            ):
                raise UsageError(f"{old} becomes two things")
        self._sorted = {size: sorted(each.items(), reverse=True) for size, each in found.items()}

    def __bool__(self) -> bool:
        return any(self._sorted.values())

    def address(self, address: bytes, size: int = 0) -> bytes:
        """An address; or its beginning, of an address of `size` octets, where a prefix fits into what is there."""
        there = 8 * len(address)
        number = int.from_bytes(address, "big")
        for length, pairs in self._sorted[size or len(address)]:
            if length > there:
                continue
            shift = there - length
            new = pairs.get(number >> shift)
            if new is not None:
                return (new << shift | number & (1 << shift) - 1).to_bytes(len(address), "big")
        return address


def prefixes(texts: Iterable[str]) -> Prefixes:
    """Of `OLD=NEW` texts. Raises UsageError."""
    return Prefixes(_pair_of_networks(text) for text in texts)


def _pair_of_networks(text: str) -> tuple[Network, Network]:
    old, new = (_network(part, text) for part in _sides(text, "10.0.0.0/16=198.18.0.0/16, or 10.0.0.1=192.0.2.1"))
    if (old.version, old.prefixlen) != (new.version, new.prefixlen):
        raise UsageError(f"{old} can't become {new}", hint="both have the same version and length")
    return old, new


def _network(text: str, where: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        hint = str(ip_network(text, strict=False))  # bits behind the prefix are a mistake: which of them is meant?
    except ValueError:
        hint = "10.0.0.0/16=198.18.0.0/16, or 10.0.0.1=192.0.2.1"
    raise UsageError(f"{text!r} in {where!r} is no address and no prefix", hint=hint)


def ports(texts: Iterable[str]) -> dict[int, int]:
    """Of `OLD=NEW` texts. Raises UsageError."""
    return _once((_number(old, 65535, text), _number(new, 65535, text)) for text, old, new in _all(texts, "80=8080"))


def hardware(texts: Iterable[str]) -> dict[bytes, bytes]:
    """Of `OLD=NEW` texts. Raises UsageError."""
    example = "02:00:00:00:00:01=02:00:00:00:00:02"
    return _once((packed(old), packed(new)) for _, old, new in _all(texts, example))


def tags(texts: Iterable[str]) -> Tags:
    """Of `OLD=NEW` texts, where OLD may be any, none or push, and NEW none. Raises UsageError."""
    found = _once((_tag(old, text), _tag(new, text)) for text, old, new in _all(texts, "10=20, 10=none, none=20"))
    for old, new in found.items():
        if new in (ANY, PUSH) or (old in (NONE, PUSH) and new == NONE):
            raise UsageError("a tag becomes a number or none", hint="10=20, any=none, none=20, push=30")
    named = {old: new for old, new in found.items() if old >= 0}
    return Tags(named, found.get(ANY), found.get(NONE), found.get(PUSH))


def names(found: dict[str, str], change: Prefixes) -> dict[str, str]:
    """What addresses are called, with addresses as they become."""
    return {_changed(address, change): name for address, name in found.items()}


def _changed(address: str, change: Prefixes) -> str:
    return str(ip_address(change.address(ip_address(address).packed)))


def _all(texts: Iterable[str], example: str) -> Iterable[tuple[str, str, str]]:
    return ((text, *_sides(text, example)) for text in texts)


def _sides(text: str, example: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not (sign and old.strip() and new.strip()):
        raise UsageError(f"OLD=NEW is expected, not {text!r}", hint=example)
    return old.strip(), new.strip()


def _once(pairs: Iterable[tuple[K, V]]) -> dict[K, V]:
    found: dict[K, V] = {}
    for old, new in pairs:
        if found.setdefault(old, new) != new:
            raise UsageError(f"{old!r} becomes two things" if isinstance(old, int) else "one thing becomes two")
    return found


def _number(text: str, largest: int, where: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= largest):
        raise UsageError(f"{text!r} in {where!r} is no number up to {largest}")
    return int(text)


def _tag(text: str, where: str) -> int:
    return _WORDS[text] if text in _WORDS else _number(text, _VID, where)
