"""MIB modules as people write them."""

from __future__ import annotations

import pytest

from netloom.errors import LocalProtocolError
from netloom.wire.snmp import smi
from netloom.wire.snmp.mib import Mib, Syntax
from netloom.wire.snmp.mibs import IMPORTABLE, standard

ACME = """
ACME-MIB DEFINITIONS ::= BEGIN  -- a comment
IMPORTS
    MODULE-IDENTITY, OBJECT-TYPE, NOTIFICATION-TYPE, enterprises, Integer32 FROM SNMPv2-SMI
    TEXTUAL-CONVENTION, DisplayString, TruthValue FROM SNMPv2-TC;

acme MODULE-IDENTITY
    LAST-UPDATED "202001010000Z"
    ORGANIZATION "acme ::= { enterprises 1 }"
    CONTACT-INFO "nobody"
    DESCRIPTION "a -- string { with } everything"
    REVISION "202001010000Z" DESCRIPTION "first"
    ::= { enterprises 9999 }

Colour ::= TEXTUAL-CONVENTION
    DISPLAY-HINT "d"
    STATUS current
    DESCRIPTION "a colour"
    SYNTAX INTEGER { red(1), green(2) }
Tenths ::= TEXTUAL-CONVENTION DISPLAY-HINT "d-1" STATUS current DESCRIPTION "x" SYNTAX Integer32 (0..1000)
Row ::= SEQUENCE { rowIndex Integer32, rowColour Colour }

objects OBJECT IDENTIFIER ::= { acme 1 }
deep OBJECT IDENTIFIER ::= { acme branch(7) leaf(3) }

temperature OBJECT-TYPE
    SYNTAX Tenths
    UNITS "C"
    MAX-ACCESS read-write
    STATUS current
    DESCRIPTION "how warm"
    DEFVAL { 215 }
    ::= { objects 1 }
rows OBJECT-TYPE SYNTAX SEQUENCE OF Row MAX-ACCESS not-accessible STATUS current DESCRIPTION "x" ::= { objects 2 }
row OBJECT-TYPE SYNTAX Row MAX-ACCESS not-accessible STATUS current DESCRIPTION "x" INDEX { IMPLIED rowIndex }
    ::= { rows 1 }
rowIndex OBJECT-TYPE SYNTAX Integer32 (1..10 | 20) MAX-ACCESS not-accessible STATUS current ::= { row 1 }
rowColour OBJECT-TYPE SYNTAX Colour { green(2) } MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { row 2 }
flags OBJECT-TYPE SYNTAX BITS { a(0), b(1) } MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { objects 3 }
on OBJECT-TYPE SYNTAX TruthValue MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { objects 4 }
words OBJECT-TYPE SYNTAX OCTET STRING (SIZE (0..255)) ACCESS read-only STATUS mandatory ::= { objects 5 }
tooWarm NOTIFICATION-TYPE OBJECTS { temperature } STATUS current DESCRIPTION "x" ::= { acme 0 1 }
oldTrap TRAP-TYPE ENTERPRISE acme VARIABLES { temperature } DESCRIPTION "x" ::= 7
END
"""


@pytest.fixture(scope="module")
def mib() -> Mib:
    known = standard()
    return known.with_nodes(smi.nodes(smi.parse(ACME), known.names, IMPORTABLE))


class TestAModule:
    @pytest.mark.parametrize(
        ("name", "oid"),
        [
            ("acme", "1.3.6.1.4.1.9999"),
            ("ACME-MIB::temperature", "1.3.6.1.4.1.9999.1.1"),
            ("rowColour", "1.3.6.1.4.1.9999.1.2.1.2"),
            ("branch", "1.3.6.1.4.1.9999.7"),
            ("deep", "1.3.6.1.4.1.9999.7.3"),
            ("leaf", "1.3.6.1.4.1.9999.7.3"),
            ("tooWarm", "1.3.6.1.4.1.9999.0.1"),
            ("oldTrap", "1.3.6.1.4.1.9999.0.7"),
        ],
    )
    def test_places(self, mib: Mib, name: str, oid: str) -> None:
        assert ".".join(map(str, mib.oid(name))) == oid

    @pytest.mark.parametrize(
        ("name", "syntax"),
        [
            ("temperature", Syntax("Integer32", "d-1", {})),
            ("rowColour", Syntax("Integer32", "d", {2: "green"})),
            ("rowIndex", Syntax("Integer32", "", {})),
            ("flags", Syntax("OctetString", "", {})),
            ("on", Syntax("Integer32", "", {1: "true", 2: "false"})),
            ("words", Syntax("OctetString", "", {})),
            ("rows", None),
            ("row", None),
        ],
    )
    def test_types(self, mib: Mib, name: str, syntax: Syntax | None) -> None:
        assert mib.names[name].syntax == syntax

    def test_notifications(self, mib: Mib) -> None:
        assert mib.names["tooWarm"].notifies
        assert mib.names["oldTrap"].notifies
        assert not mib.names["temperature"].notifies

    def test_what_stands_in_texts_counts_for_nothing(self, mib: Mib) -> None:
        assert mib.names["acme"].oid[-1] == 9999


class TestModules:
    def test_one_leans_on_another(self) -> None:
        other = """B DEFINITIONS ::= BEGIN IMPORTS acme, Colour FROM ACME-MIB;
            b OBJECT-TYPE SYNTAX Colour ACCESS read-only STATUS x ::= { acme 2 } END"""
        known = standard()
        found = smi.nodes(smi.parse(other) + smi.parse(ACME), known.names, IMPORTABLE)
        (node,) = [node for node in found if node.name == "b"]
        assert node.oid == (1, 3, 6, 1, 4, 1, 9999, 2)
        assert node.syntax == Syntax("Integer32", "d", {1: "red", 2: "green"})

    def test_one_that_isnt_there_is_named(self) -> None:
        text = "B DEFINITIONS ::= BEGIN IMPORTS acme FROM ACME-MIB; b OBJECT IDENTIFIER ::= { acme 2 } END"
        with pytest.raises(LocalProtocolError, match="acme of ACME-MIB"):
            smi.nodes(smi.parse(text), standard().names, IMPORTABLE)

    def test_the_smis_own_macros_are_passed_over(self) -> None:
        macro = 'OBJECT-TYPE MACRO ::= BEGIN TYPE NOTATION ::= "SYNTAX" END'
        text = f"M DEFINITIONS ::= BEGIN {macro} x OBJECT IDENTIFIER ::= {{ iso org(3) dod(6) 9 }} END"
        (node,) = [n for n in smi.nodes(smi.parse(text), standard().names, IMPORTABLE) if n.name == "x"]
        assert node.oid == (1, 3, 6, 9)

    def test_a_generic_trap_of_v1(self) -> None:
        text = "M DEFINITIONS ::= BEGIN linkDown TRAP-TYPE ENTERPRISE snmp ::= 2 END"
        (node,) = smi.nodes(smi.parse(text), standard().names, IMPORTABLE)
        assert node.oid == standard().oid("linkDown")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "M DEFINITIONS ::= BEGIN",
        "M DEFINITIONS ::= BEGIN x OBJECT IDENTIFIER ::= 5 END",
        "M DEFINITIONS ::= BEGIN x OBJECT IDENTIFIER ::= { y z } END",
        "M DEFINITIONS ::= BEGIN x OBJECT IDENTIFIER ::= { y(b) } END",
        "M DEFINITIONS ::= BEGIN x OBJECT-TYPE SYNTAX INTEGER { a(b) } ::= { y 1 } END",
        "M DEFINITIONS ::= BEGIN IMPORTS a FROM B END",
        "M DEFINITIONS ::= BEGIN x TRAP-TYPE ENTERPRISE y ::= z END",
    ],
)
def test_what_is_no_module(text: str) -> None:
    with pytest.raises(LocalProtocolError):
        smi.parse(text)


def test_names_that_lean_on_themselves() -> None:
    text = "M DEFINITIONS ::= BEGIN x OBJECT IDENTIFIER ::= { y 1 } y OBJECT IDENTIFIER ::= { x 1 } END"
    with pytest.raises(LocalProtocolError):
        smi.nodes(smi.parse(text), {}, {})


def test_a_module_has_a_limit() -> None:
    with pytest.raises(LocalProtocolError):
        smi.parse("x" * (smi.MODULE_LIMIT + 1))
