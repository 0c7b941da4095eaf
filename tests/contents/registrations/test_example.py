"""The example is as RDAP has it, and stays in what documentation may use (RFC 5737, RFC 3849, RFC 5398, RFC 6761)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.registrations import Registrations
from netloom.contents.registrations.example import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))


def values(found: Any) -> Iterator[tuple[str, Any]]:
    """Every member of every object, however deep."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield name, value
            yield from values(value)
    elif isinstance(found, list):
        for value in found:
            yield from values(value)


@pytest.mark.parametrize("kind", ["domain", "nameserver", "entity", "ip network", "autnum"])
def test_there_is_one_of_each_kind(kind: str) -> None:
    assert any(one["objectClassName"] == kind for one in EXAMPLE)


def test_nobody_is_meant_by_it() -> None:
    for name, value in values(EXAMPLE):
        if name == "ldhName":
            assert value.endswith("example.test")
        elif name in ("startAddress", "endAddress"):
            address = ip_address(value)
            assert any(address.version == place.version and address in place for place in PLACES)
        elif name in ("startAutnum", "endAutnum"):
            assert 64496 <= value <= 64511


def test_it_is_what_is_served_without_another() -> None:
    Registrations(EXAMPLE)
