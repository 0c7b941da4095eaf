"""Names and identifiers, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given

from netloom.wire.snmp.mib import Mib, Node, Syntax
from netloom.wire.snmp.mibs import standard
from tests.wire.snmp.strategies import OIDS

SMALL = Mib(
    [
        Node("acme", (1, 3, 6, 1, 4, 1, 9999), "ACME-MIB"),
        Node("acmeName", (1, 3, 6, 1, 4, 1, 9999, 1), "ACME-MIB", Syntax("OctetString")),
    ]
)


@pytest.mark.parametrize(
    ("text", "oid"),
    [
        ("1.3.6.1", (1, 3, 6, 1)),
        (".1.3.6.1", (1, 3, 6, 1)),
        ("acmeName", (1, 3, 6, 1, 4, 1, 9999, 1)),
        ("acmeName.0", (1, 3, 6, 1, 4, 1, 9999, 1, 0)),
        ("ACME-MIB::acmeName.5.6", (1, 3, 6, 1, 4, 1, 9999, 1, 5, 6)),
        ('acmeName."ab"', (1, 3, 6, 1, 4, 1, 9999, 1, 2, 97, 98)),
        ("acmeName.'ab'.3", (1, 3, 6, 1, 4, 1, 9999, 1, 97, 98, 3)),
    ],
)
def test_names(text: str, oid: tuple[int, ...]) -> None:
    assert SMALL.oid(text) == oid


@pytest.mark.parametrize(
    "text",
    ["", "acmeNam.0", "OTHER::acmeName", "acmeName.x", "acmeName.", "acme Name", "acmeName.99999999999", "1.3.x"],
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SMALL.oid(text)


def test_a_slip_is_told() -> None:
    with pytest.raises(ValueError, match="did you mean acmeName"):
        SMALL.oid("acmeNames.0")


def test_back() -> None:
    assert SMALL.name((1, 3, 6, 1, 4, 1, 9999, 1, 0)) == "acmeName.0"
    assert SMALL.name((1, 3, 6, 1, 4, 1, 9999)) == "acme"
    assert SMALL.name((1, 3, 6, 1, 4, 1, 9999, 7, 0)) == "1.3.6.1.4.1.9999.7.0"
    assert SMALL.name((2, 5)) == "2.5"


@given(OIDS)
def test_there_and_back(oid: tuple[int, ...]) -> None:
    assert standard().oid(standard().name(oid)) == oid


def test_a_copy_knows_more() -> None:
    more = SMALL.with_nodes([Node("acmeOther", (1, 3, 6, 1, 4, 1, 9999, 2), "ACME-MIB")])
    assert more.oid("acmeOther.1") == (1, 3, 6, 1, 4, 1, 9999, 2, 1)
    assert more.syntax((1, 3, 6, 1, 4, 1, 9999, 1, 0)) == Syntax("OctetString")
    assert "acmeOther" not in SMALL.names
    assert Mib().syntax((1, 3)) is None
