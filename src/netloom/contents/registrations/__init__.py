"""Registrations: who holds a domain, an address, a number, for WHOIS and RDAP alike.

They are kept in RDAP's own form, as that is the one which says what is what (RFC 9083 §5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network, summarize_address_range
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec

from netloom.contents import Invalid
from netloom.contents._argument import split
from netloom.contents.registrations.example import EXAMPLE
from netloom.errors import UsageError

__all__ = ["CONTENT", "Registered", "Registrations"]

Registered = Mapping[str, Any]
"""An object as RFC 9083 §5 has it: a domain, a nameserver, an entity, an IP network or a range of numbers."""
Network = IPv4Network | IPv6Network

_KINDS = {
    "domain": "domain", "nameserver": "nameserver", "entity": "entity", "ip network": "network", "autnum": "range",
}  # fmt: skip
_LIMIT = 64 << 20
_NAMES = 255
_WORDS = 128


class Registrations:
    """Objects by what they are about. They are shared between askers: don't change them.

    `results` bounds what a search brings.
    """

    KIND: ClassVar[str] = "registrations"

    def __init__(self, objects: Iterable[Registered] | None = None, *, results: int = 100) -> None:
        """Without objects, an example. Raises UsageError for one that can't be told from others."""
        self.results = results
        self._domains: dict[str, Registered] = {}
        self._nameservers: dict[str, Registered] = {}
        self._entities: dict[str, Registered] = {}
        self._networks: dict[Network, Registered] = {}
        self._ranges: list[tuple[int, int, Registered]] = []
        for number, one in enumerate(EXAMPLE if objects is None else objects, 1):
            self._add(one, f"registration {number}")

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """The objects of a JSON file: one, or a list of them. Raises UsageError."""
        try:
            with Path(path).open("rb") as file:
                text = file.read(_LIMIT + 1)
            found = msgspec.json.decode(text) if len(text) <= _LIMIT else None
        except OSError as exc:
            raise UsageError(f"{path} can't be read: {exc.strerror}") from None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as exc:
            raise UsageError(f"{path} is no JSON: {exc}") from None
        if isinstance(found, dict):
            found = [found]
        if not isinstance(found, list):
            raise UsageError(f"{path}: a list of RDAP objects is expected, of {_LIMIT >> 20} MiB at most")
        try:
            return cls(found)
        except UsageError as exc:
            raise UsageError(f"{path}: {exc.message}", hint=exc.hint) from None

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """`registrations`, or `registrations:FILE`. Raises UsageError."""
        file, _ = split(cls.KIND, argument, ())
        return cls.from_file(file) if file else cls()

    def describe(self) -> str:
        counts = Counter({
            "domain": len(self._domains), "nameserver": len(self._nameservers), "network": len(self._networks),
            "range": len(self._ranges), "holder": len(self._entities),
        })  # fmt: skip
        told = [f"{count} {word}{'s' if count > 1 else ''}" for word, count in counts.items() if count]
        return f"registrations: {', '.join(told) or 'none'}"

    # One of them; Invalid for what can't be one, None for what isn't there

    def domain(self, name: str) -> Registered | None:
        """A domain by its name (RFC 9082 §3.1.3)."""
        return self._domains.get(_name(name))

    def nameserver(self, name: str) -> Registered | None:
        """A nameserver by its name (RFC 9082 §3.1.4)."""
        return self._nameservers.get(_name(name))

    def entity(self, handle: str) -> Registered | None:
        """Who or what holds things, by its handle (RFC 9082 §3.1.5)."""
        return self._entities.get(handle.casefold())

    def network(self, text: str) -> Registered | None:
        """The smallest network around an address or a network (RFC 9082 §3.1.1)."""
        try:
            wanted: Network | None = ip_network(text, strict=False)
        except ValueError:
            raise Invalid(f"{text[:_WORDS]!r} is neither an address nor a network") from None
        while wanted is not None:
            if wanted in self._networks:
                return self._networks[wanted]
            wanted = wanted.supernet() if wanted.prefixlen else None
        return None

    def autnum(self, text: str) -> Registered | None:
        """The smallest range around an autonomous system's number (RFC 9082 §3.1.2)."""
        number = _number(text)
        around = [(end - start, one) for start, end, one in self._ranges if start <= number <= end]
        return min(around, key=lambda pair: pair[0])[1] if around else None

    def find(self, text: str) -> list[Registered]:
        """What a person may mean by a text: an address, a number, a name, a handle. Nothing is no error."""
        for look in (self.network, self.autnum, self.domain, self.nameserver, self.entity):
            try:
                found = look(text)
            except Invalid:
                continue
            if found is not None:
                return [found]
        return []

    # Many of them: `*` stands for any rest, at the end of a pattern or of its first label (RFC 9082 §4.1)

    def domains(self, pattern: str) -> list[Registered]:
        """Domains by a pattern."""
        return self._search(self._domains, pattern)

    def nameservers(self, pattern: str) -> list[Registered]:
        """Nameservers by a pattern."""
        return self._search(self._nameservers, pattern)

    def nameservers_at(self, address: str) -> list[Registered]:
        """Nameservers by an address of theirs."""
        wanted = _address(address)
        return [one for one in self._nameservers.values() if wanted in addresses_of(one)][: self.results]

    def domains_of(self, pattern: str) -> list[Registered]:
        """Domains by a pattern of a nameserver's name."""
        matches = _pattern(pattern)
        return self._with_nameserver(lambda one: matches(_said(one, "ldhName")))

    def domains_at(self, address: str) -> list[Registered]:
        """Domains by an address of a nameserver of theirs."""
        wanted = _address(address)
        return self._with_nameserver(lambda one: wanted in addresses_of(one))

    def entities(self, pattern: str, *, by: str) -> list[Registered]:
        """Holders by a pattern of their name (`by` "fn") or of their handle ("handle")."""
        matches = _pattern(pattern)
        found = [
            one for handle, one in self._entities.items() if matches(handle if by == "handle" else contact(one, "fn"))
        ]
        return found[: self.results]

    def _with_nameserver(self, fits: Any) -> list[Registered]:
        found = [
            one
            for one in self._domains.values()
            if any(fits(other) for other in _list(one, "nameservers") if isinstance(other, Mapping))
        ]
        return found[: self.results]

    def _search(self, among: Mapping[str, Registered], pattern: str) -> list[Registered]:
        matches = _pattern(pattern)
        return [one for name, one in among.items() if matches(name)][: self.results]

    def _add(self, one: Registered, place: str) -> None:
        kind = one.get("objectClassName") if hasattr(one, "get") else None  # it may come from a file
        if not isinstance(kind, str) or kind not in _KINDS:
            raise UsageError(f"{place} is none of {', '.join(_KINDS)}", hint='"objectClassName": "domain"')
        try:
            match kind:
                case "domain":
                    self._domains[_name(one["ldhName"])] = one
                case "nameserver":
                    self._nameservers[_name(one["ldhName"])] = one
                case "entity":
                    self._entities[one["handle"].casefold()] = one
                case "autnum":
                    self._ranges.append((int(one["startAutnum"]), int(one["endAutnum"]), one))
                case _:
                    ends = ip_address(one["startAddress"]), ip_address(one["endAddress"])
                    for network in summarize_address_range(*ends):
                        self._networks[network] = one
        except KeyError as exc:
            raise UsageError(f"{place}, {kind}, has no {exc.args[0]}", hint="RFC 9083 §5") from None
        except (AttributeError, Invalid, TypeError, ValueError) as exc:
            raise UsageError(f"{place}, {kind}: {exc}") from None


# What an object says, wherever it came from


def contact(entity: Registered, what: str) -> str:
    """A property of an entity's card (RFC 7095), such as "fn", "org" or "email"; nothing where it has none."""
    card = entity.get("vcardArray")
    rows = card[1] if isinstance(card, list) and len(card) == 2 and isinstance(card[1], list) else []
    for row in rows:
        if isinstance(row, list) and len(row) >= 4 and row[0] == what:
            value = row[3]
            parts = value if isinstance(value, list) else [value]
            return ", ".join(part for part in parts if isinstance(part, str) and part)
    return ""


def addresses_of(nameserver: Registered) -> list[Any]:
    """A nameserver's addresses."""
    given = nameserver.get("ipAddresses")
    found = []
    for family in ("v4", "v6") if isinstance(given, Mapping) else ():
        for text in _list(given, family):
            try:
                found.append(ip_address(text))
            except ValueError:
                continue
    return found


def _list(one: Any, name: str) -> list[Any]:
    found = one.get(name)
    return found if isinstance(found, list) else []


def _said(one: Registered, name: str) -> str:
    found = one.get(name)
    return _name(found) if isinstance(found, str) else ""


def _name(text: str) -> str:
    """A name for comparing: its A-labels in lower case, without the root's dot. Raises Invalid."""
    name = text.rstrip(".").lower()
    if not name.isascii():
        import idna

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise Invalid(f"{text[:_WORDS]!r} is no name") from None
    if not name or len(name) > _NAMES or not all(0 < len(label) < 64 for label in name.split(".")) or "/" in name:
        raise Invalid(f"{text[:_WORDS]!r} is no name")
    return name


def _number(text: str) -> int:
    digits = text[2:] if text[:2].lower() == "as" else text
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 10 or int(digits) >= 1 << 32:
        raise Invalid(f"{text[:_WORDS]!r} is no autonomous system's number")
    return int(digits)


def _address(text: str) -> Any:
    try:
        return ip_address(text)
    except ValueError:
        raise Invalid(f"{text[:_WORDS]!r} is no address") from None


def _pattern(text: str) -> Any:
    """Whether a name matches. Raises Invalid for a `*` that stands elsewhere, or alone."""
    wanted = text.casefold()
    begins, star, ends = wanted.partition("*")
    if not star:
        return lambda name: name.casefold() == wanted
    if not begins or "*" in ends or (ends and not ends.startswith(".")):
        raise Invalid(f"{text[:_WORDS]!r}: a `*` stands at the end, or before a dot, behind something")
    size = len(begins) + len(ends)
    return lambda name: len(name) >= size and name.casefold().startswith(begins) and name.casefold().endswith(ends)


CONTENT = Registrations
