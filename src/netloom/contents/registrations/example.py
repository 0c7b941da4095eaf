"""What is registered by default: one domain with its nameservers, two networks, a range of numbers and a holder."""

from __future__ import annotations

from typing import Any

_EVENTS = [
    {"eventAction": "registration", "eventDate": "2001-02-03T04:05:06Z"},
    {"eventAction": "last changed", "eventDate": "2024-05-06T07:08:09Z"},
]
_HOLDER = {
    "objectClassName": "entity",
    "handle": "ANN-TEST",
    "vcardArray": [
        "vcard",
        [
            ["version", {}, "text", "4.0"],
            ["fn", {}, "text", "Ann Weaver"],
            ["org", {}, "text", "Example Weaving Mill"],
            ["adr", {}, "text", ["", "", "1 Loom Lane", "Warpford", "", "00000", "Nowhere"]],
            ["email", {}, "text", "ann@example.test"],
        ],
    ],
}


def _held_by(*roles: str) -> list[dict[str, Any]]:
    return [{**_HOLDER, "roles": list(roles)}]


def _nameserver(number: int) -> dict[str, Any]:
    return {
        "objectClassName": "nameserver",
        "ldhName": f"ns{number}.example.test",
        "ipAddresses": {"v4": [f"192.0.2.{52 + number}"], "v6": [f"2001:db8::{52 + number}"]},
    }


EXAMPLE: list[dict[str, Any]] = [
    {
        "objectClassName": "domain",
        "handle": "EXAMPLE-TEST",
        "ldhName": "example.test",
        "status": ["active"],
        "nameservers": [_nameserver(1), _nameserver(2)],
        "secureDNS": {"delegationSigned": False},
        "events": [*_EVENTS, {"eventAction": "expiration", "eventDate": "2034-02-03T04:05:06Z"}],
        "entities": _held_by("registrant", "administrative"),
    },
    _nameserver(1),
    _nameserver(2),
    {
        "objectClassName": "ip network",
        "handle": "NET-192-0-2-0-24",
        "startAddress": "192.0.2.0",
        "endAddress": "192.0.2.255",
        "ipVersion": "v4",
        "name": "EXAMPLE-V4",
        "type": "DOCUMENTATION",
        "country": "ZZ",
        "status": ["active"],
        "events": _EVENTS,
        "entities": _held_by("registrant", "technical"),
    },
    {
        "objectClassName": "ip network",
        "handle": "NET6-2001-DB8-32",
        "startAddress": "2001:db8::",
        "endAddress": "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "ipVersion": "v6",
        "name": "EXAMPLE-V6",
        "type": "DOCUMENTATION",
        "country": "ZZ",
        "status": ["active"],
        "events": _EVENTS,
        "entities": _held_by("registrant", "technical"),
    },
    {
        "objectClassName": "autnum",
        "handle": "AS64496",
        "startAutnum": 64496,
        "endAutnum": 64511,
        "name": "EXAMPLE-AS",
        "type": "DOCUMENTATION",
        "status": ["active"],
        "country": "ZZ",
        "events": _EVENTS,
        "entities": _held_by("registrant"),
    },
    {**_HOLDER, "events": _EVENTS},
]
