"""RDAP: what is asked for in a path, what an answer is, and where to ask at all (RFC 9082, RFC 9083, RFC 9224)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import msgspec

from netloom.errors import LocalProtocolError, RemoteProtocolError

MEDIA_TYPE = "application/rdap+json"
CONFORMANCE = "rdap_level_0"
LOOKUPS = ("ip", "autnum", "domain", "nameserver", "entity")
SEARCHES: Mapping[str, tuple[str, ...]] = {
    "domains": ("name", "nsLdhName", "nsIp"),
    "nameservers": ("name", "ip"),
    "entities": ("fn", "handle"),
}
RESULTS = {
    "domains": "domainSearchResults",
    "nameservers": "nameserverSearchResults",
    "entities": "entitySearchResults",
}

_SAFE = ":*@!$&'()+,;=~"
_SAFE_IN_QUERY = ":*@!$'(),~"
_LONGEST = 1024
_TAG = re.compile(r"-([A-Za-z0-9]{1,32})$")
_BAD = re.compile(r"[\x00-\x1f\x7f]")

Network = IPv4Network | IPv6Network


class Query(msgspec.Struct, frozen=True):
    """What is asked for: `kind` is one of LOOKUPS, "help", or one of SEARCHES with the parameter `by`."""

    kind: str
    value: str = ""
    by: str = ""


def emit_query(query: Query) -> tuple[str, str]:
    """Its path below the server's base, without a leading slash, and its query string (RFC 9082 §3)."""
    if _BAD.search(query.value) or len(query.value) > _LONGEST:
        raise LocalProtocolError("what is asked for has control characters, or is too long", rule="RFC 9082 §3.1")
    if query.kind == "help":
        return "help", ""
    if not query.value:
        raise LocalProtocolError(f"which {query.kind}?", rule="RFC 9082 §3.1")
    if query.kind in SEARCHES:
        if query.by not in SEARCHES[query.kind]:
            raise LocalProtocolError(f"{query.kind} aren't searched by {query.by!r}", rule="RFC 9082 §3.2")
        return query.kind, urlencode({query.by: query.value}, safe=_SAFE_IN_QUERY)
    if query.kind not in LOOKUPS:
        raise LocalProtocolError(f"{query.kind!r} is nothing to ask for", rule="RFC 9082 §3.1")
    return f"{query.kind}/{quote(query.value, safe=_SAFE + ('/' if query.kind == 'ip' else ''))}", ""


def parse_query(path: str, query: str = "") -> Query:
    """A path below a server's base, without a leading slash. Raises RemoteProtocolError."""
    kind, _, rest = path.partition("/")
    try:
        value = unquote(rest, errors="strict")
        given = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError:
        raise RemoteProtocolError("percent-encoded UTF-8 is expected", rule="RFC 9082 §3") from None
    if kind == "help" and not rest:
        return Query("help")
    if kind in LOOKUPS:
        if not value or _BAD.search(value) or len(value) > _LONGEST or ("/" in rest and kind != "ip"):
            raise RemoteProtocolError(f"which {kind}? One is expected behind /{kind}/", rule="RFC 9082 §3.1")
        return Query(kind, value)
    if kind in SEARCHES and not rest:
        known = [(by, wanted) for by, wanted in given if by in SEARCHES[kind]]
        if len(known) != 1 or not known[0][1] or _BAD.search(known[0][1]) or len(known[0][1]) > _LONGEST:
            words = " or ".join(f"{by}=" for by in SEARCHES[kind])
            raise RemoteProtocolError(f"{kind} are searched by one of {words}", rule="RFC 9082 §3.2")
        return Query(kind, known[0][1], known[0][0])
    raise RemoteProtocolError("there is no such thing to ask for", rule="RFC 9082 §3", hint=f"/{', /'.join(LOOKUPS)}")


def is_query(path: str) -> bool:
    """Whether the end of a path asks for something, rather than being a server's base alone."""
    parts = [part for part in path.split("/") if part]
    return bool(parts) and (parts[-1] in ("help", *SEARCHES) or any(part in LOOKUPS for part in parts[-3:-1]))


# Answers


def parse_answer(data: bytes) -> dict[str, Any]:
    """A response: a JSON object (RFC 9083 §1.2). Raises RemoteProtocolError."""
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as exc:
        raise RemoteProtocolError(f"the answer is no JSON: {exc}", rule="RFC 7480 §4.2") from None
    if not isinstance(found, dict):
        raise RemoteProtocolError("the answer is no JSON object", rule="RFC 9083 §1.2", offset=0)
    return found


def listed(one: Mapping[str, Any], name: str) -> list[Any]:
    """A member that is to be a list, or nothing where it isn't one."""
    found = one.get(name)
    return found if isinstance(found, list) else []


def objects(one: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects in a member that is to be a list of them."""
    return [other for other in listed(one, name) if isinstance(other, Mapping)]


def word(one: Mapping[str, Any], name: str) -> str:
    """A member that is to be a text, or nothing."""
    found = one.get(name)
    return found if isinstance(found, str) else ""


def name_of(one: Mapping[str, Any]) -> str:
    """What an object is called: its name, its addresses, its numbers, its handle."""
    first, last = one.get("startAddress"), one.get("endAddress")
    if isinstance(first, str) and isinstance(last, str):
        return f"{first} - {last}"
    number, end = one.get("startAutnum"), one.get("endAutnum")
    if isinstance(number, int):
        return f"AS{number}" if number == end or not isinstance(end, int) else f"AS{number} - AS{end}"
    return word(one, "ldhName") or word(one, "handle")


def full_name(entity: Mapping[str, Any]) -> str:
    """An entity's name by its card (RFC 7095 §3.3)."""
    card = listed(entity, "vcardArray")
    rows = card[1] if len(card) == 2 and isinstance(card[1], list) else []
    for row in rows:
        if isinstance(row, list) and len(row) >= 4 and row[0] == "fn" and isinstance(row[3], str):
            return row[3]
    return ""


def holder_of(one: Mapping[str, Any], role: str = "registrant") -> str:
    """Who has a role for an object, by name or handle."""
    for entity in objects(one, "entities"):
        if role in listed(entity, "roles"):
            return full_name(entity) or word(entity, "handle")
    return ""


def events_of(one: Mapping[str, Any]) -> dict[str, str]:
    """When what happened, as the server writes it (RFC 9083 §4.5)."""
    return {word(event, "eventAction"): word(event, "eventDate") for event in objects(one, "events")}


# Where to ask


class Bootstrap(msgspec.Struct, frozen=True):
    """A registry of servers: domains' suffixes, networks, ranges of numbers ("1-5") or handles' tags, with URLs."""

    services: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    def find(self, query: Query) -> tuple[str, ...]:
        """The servers' base URLs for what fits a query best, https first; nothing where none does (RFC 9224 §4-5)."""
        best: tuple[int, tuple[str, ...]] = (-1, ())
        for entries, urls in self.services:
            fit = max((_fit(entry, query) for entry in entries), default=-1)
            best = max(best, (fit, urls), key=lambda pair: pair[0])
        return tuple(sorted(best[1], key=lambda url: not url.lower().startswith("https:")))


def parse_bootstrap(data: bytes) -> Bootstrap:
    """A bootstrap file (RFC 9224 §3), or one of handles' tags (RFC 8521 §3). Raises RemoteProtocolError."""
    found = parse_answer(data)
    services = []
    for service in listed(found, "services"):
        lists = [part for part in service if _texts(part)] if isinstance(service, list) else []
        # A service of tags begins with whom to write to
        if not isinstance(service, list) or len(lists) != len(service) or len(lists) not in (2, 3):
            raise RemoteProtocolError("a service is a list of entries and a list of URLs", rule="RFC 9224 §3")
        services.append((tuple(lists[-2]), tuple(lists[-1])))
    if not services:
        raise RemoteProtocolError("there are no services in it: is it a bootstrap file?", rule="RFC 9224 §3")
    return Bootstrap(tuple(services))


def _texts(part: Any) -> bool:
    return isinstance(part, Sequence) and not isinstance(part, str) and all(isinstance(one, str) for one in part)


def _fit(entry: str, query: Query) -> int:
    """How well an entry fits: the more of it does the better, -1 not at all."""
    match query.kind:
        case "domain" | "nameserver":
            return _suffix(entry, query.value)
        case "ip":
            return _within(entry, query.value)
        case "autnum":
            return _among(entry, query.value)
        case "entity":
            tag = _TAG.search(query.value)
            return 1 if tag is not None and tag[1].upper() == entry.upper() else -1
        case _:
            return -1


def _suffix(entry: str, name: str) -> int:
    wanted, labels = (text.lower().strip(".").split(".") for text in (entry, name))
    if wanted == [""]:
        return 0  # the root
    return len(wanted) if labels[-len(wanted) :] == wanted else -1


def _within(entry: str, text: str) -> int:
    try:
        around: Network = ip_network(entry)
        wanted: Network = ip_network(text, strict=False)
    except ValueError:
        return -1
    return around.prefixlen if wanted.version == around.version and wanted.subnet_of(around) else -1  # type: ignore[arg-type]  # of one version


def _among(entry: str, text: str) -> int:
    first, _, last = entry.partition("-")
    number = text[2:] if text[:2].lower() == "as" else text
    if not all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in (first, last or first, number)):
        return -1
    size = int(last or first) - int(first)
    return (1 << 32) - size if int(first) <= int(number) <= int(last or first) else -1
