"""Registrations in words: the `name: value` lines that WHOIS answers have by custom (RFC 3912, RFC 2622)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netloom.contents.registrations import addresses_of, contact

if TYPE_CHECKING:
    from netloom.contents.registrations import Registered

_WIDTH = 16
_DATES = {"registration": "created", "last changed": "changed", "expiration": "expires", "transfer": "transferred"}
_DEPTH = 3


def lines_of(one: Registered, depth: int = 0) -> list[str]:
    """An object, and below it whom it belongs to."""
    said = [f"{name + ':':<{_WIDTH}}{value}" for name, value in _fields(one)]
    for entity in _list(one, "entities") if depth < _DEPTH else ():
        if isinstance(entity, Mapping):
            said += ["", *lines_of(entity, depth + 1)]
    return said


def _fields(one: Registered) -> list[tuple[str, Any]]:
    kind = one.get("objectClassName")
    rows: list[tuple[str, Any]] = []
    match kind:
        case "domain":
            rows += [("domain", one.get("ldhName")), ("domain-unicode", one.get("unicodeName"))]
            rows += [
                ("nserver", _nameserver(other)) for other in _list(one, "nameservers") if isinstance(other, Mapping)
            ]
            secure = one.get("secureDNS")
            if isinstance(secure, Mapping):
                rows.append(("dnssec", "signedDelegation" if secure.get("delegationSigned") else "unsigned"))
        case "nameserver":
            rows += [("nserver", one.get("ldhName"))] + [("address", str(found)) for found in addresses_of(one)]
        case "ip network":
            name = "inet6num" if one.get("ipVersion") == "v6" else "inetnum"
            rows += [(name, f"{one.get('startAddress')} - {one.get('endAddress')}"), ("netname", one.get("name"))]
        case "autnum":
            first, last = one.get("startAutnum"), one.get("endAutnum")
            rows += [("aut-num", f"AS{first}" if first == last else f"AS{first} - AS{last}")]
            rows += [("as-name", one.get("name"))]
        case "entity":
            rows += [("role", role) for role in _list(one, "roles")]
            rows += [("person", contact(one, "fn")), ("org", contact(one, "org")), ("address", contact(one, "adr"))]
            rows += [("e-mail", contact(one, "email")), ("phone", contact(one, "tel"))]
    rows += [("nic-hdl" if kind == "entity" else "handle", one.get("handle")), ("country", one.get("country"))]
    rows += [("status", status) for status in _list(one, "status")] + _dates(one) + _elsewhere(one)
    return [(name, value) for name, value in rows if isinstance(value, str) and value]


def _nameserver(one: Registered) -> str:
    return " ".join([str(one.get("ldhName", "")), *map(str, addresses_of(one))]).strip()


def _dates(one: Registered) -> list[tuple[str, Any]]:
    return [
        (_DATES[event["eventAction"]], event.get("eventDate"))
        for event in _list(one, "events")
        if isinstance(event, Mapping) and event.get("eventAction") in _DATES
    ]


def _elsewhere(one: Registered) -> list[tuple[str, Any]]:
    """Which server knows more (RFC 9083 §4.7): a domain's by its own line, a network's by the one that ARIN began."""
    host = one.get("port43")
    if not isinstance(host, str):
        return []
    return [("whois", host)] if one.get("objectClassName") == "domain" else [("ReferralServer", f"whois://{host}")]


def _list(one: Registered, name: str) -> list[Any]:
    found = one.get(name)
    return found if isinstance(found, list) else []
