"""The language: what texts mean, and where mistakes are."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from netloom.errors import UsageError
from netloom.packet.filters import tree
from netloom.packet.filters.language import DEEPEST, WORDS, parse
from netloom.packet.filters.tree import (
    All,
    Any,
    Carries,
    Cast,
    Flags,
    Not,
    Number,
    Octets,
    Port,
    Relation,
    Sum,
    Tag,
    Way,
)
from tests.packet.filters.expressions import LINKED, TAGGED, joined, table
from tests.packet.filters.expressions import WORDS as EXPRESSIONS


def _port(number: int) -> Port:
    return Port("", "or", number, number)


TCP, UDP = Carries("", 6), Carries("", 17)


def unplaced(node: object) -> object:
    """The same without columns."""
    if isinstance(node, tuple):
        return tuple(map(unplaced, node))
    if isinstance(node, Struct):
        return type(node)(**{name: unplaced(getattr(node, name)) for name in node.__struct_fields__ if name != "at"})
    return node


def understood_or_refused(text: str) -> None:
    refused = None
    try:
        parse(text)
    except UsageError as exc:
        refused = exc
    if refused is not None:
        assert refused.text == text
        assert refused.column is not None
        assert 0 <= refused.column <= len(text)


def meant(text: str) -> object:
    return unplaced(parse(text).condition)


def test_nothing_is_everything() -> None:
    assert parse(" ").condition == All(())


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("tcp", TCP),
        ("icmp6", Carries("ip6", 58)),
        ("arp", Carries("ether", 0x0806)),
        ("pppoed", Carries("ether", 0x8863)),
        ("tcp and udp and tcp", All((TCP, UDP, TCP))),
        ("tcp and udp or tcp", Any((All((TCP, UDP)), TCP))),
        ("tcp or udp and tcp", All((Any((TCP, UDP)), TCP))),
        ("tcp and (udp or tcp)", All((TCP, Any((UDP, TCP))))),
        ("not tcp or udp", Any((Not(TCP), UDP))),
        ("not not tcp", TCP),
        ("!!!tcp", Not(TCP)),
        ("port 80 or 443", Any((Port("", "or", 80, 80), Port("", "or", 443, 443)))),
        ("port 80 or not 443", Any((Port("", "or", 80, 80), Not(Port("", "or", 443, 443))))),
        ("tcp dst port (80 or 443)", Any((Port("tcp", "dst", 80, 80), Port("tcp", "dst", 443, 443)))),
        ("port not (80 or 443)", Not(Any((Port("", "or", 80, 80), Port("", "or", 443, 443))))),
        ("port 80 or (90 and not 100)", Any((_port(80), All((_port(90), Not(_port(100))))))),
        ("port 80 and (len > 5) or 90", Any((All((_port(80), Relation(">", tree.Length(), Number(5)))), _port(90)))),
        ("src or dst port 0x50", Port("", "or", 80, 80)),
        ("dst and src portrange 9-7", Port("", "and", 7, 9)),
        ("vlan", Tag("vlan", None)),
        ("vlan (5) and mpls 0x10", All((Tag("vlan", 5), Tag("mpls", 16)))),
        ("ip broadcast", Cast("ip", True)),
        ("ip6 multicast or multicast", Any((Cast("ip6", False), Cast("ether", False)))),
        ("inbound or outbound", Any((Way(False), Way(True)))),
        ("less 5", Relation("<=", tree.Length(), Number(5))),
        ("greater 5", Relation(">=", tree.Length(), Number(5))),
        ("fragment or tunnel", Any((tree.Fragment(), tree.Tunnel()))),
        ("anomaly or anomaly cut", Any((tree.Anomaly(7), tree.Anomaly(1)))),
        ("flags SA", Flags(18, 18)),
        ("flags S/SA", Flags(2, 18)),
        ("ttl < 5", Relation("<", tree.Hops(), Number(5))),
    ],
)  # fmt: skip
def test_conditions(text: str, condition: object) -> None:
    assert meant(text) == condition


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", Sum("+", Number(1), Sum("*", Number(2), Number(3)))),
        ("1 - 2 - 3", Sum("-", Sum("-", Number(1), Number(2)), Number(3))),
        ("1 | 2 ^ 3 & 4", Sum("|", Number(1), Sum("^", Number(2), Sum("&", Number(3), Number(4))))),
        ("1 & 2 << 3 + 4", Sum("&", Number(1), Sum("<<", Number(2), Sum("+", Number(3), Number(4))))),
        ("1 + 2 / 3", Sum("+", Number(1), Sum("/", Number(2), Number(3)))),
        ("8 % 4 / 2", Sum("/", Sum("%", Number(8), Number(4)), Number(2))),
        ("(1 + 2) * 3", Sum("*", Sum("+", Number(1), Number(2)), Number(3))),
        ("-1", Sum("-", Number(0), Number(1))),
        ("tcp[tcpflags]", Octets("tcp", Number(13), 1)),
        ("wlan[2:4]", Octets("ether", Number(2), 4)),
        ("ip[ip[0] & 15]", Octets("ip", Sum("&", Octets("ip", Number(0), 1), Number(15)), 1)),
    ],
)  # fmt: skip
def test_values(text: str, value: tree.Value) -> None:
    assert meant(f"{text} = 7") == Relation("==", value, Number(7))
    assert meant(f"7 != {text}") == Relation("!=", Number(7), value)


@pytest.mark.parametrize("text", table(EXPRESSIONS, TAGGED))
def test_the_table_is_understood(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("tcp udp", 4, "'udp' stands where and, or, or the end is expected", ""),
        ("tcp porrt 80", 4, "'porrt'", "port"),
        ("TCP", 0, "'TCP' is no word", "tcp"),
        ("tcp and", 7, "ends where a condition is expected", ""),
        ("and tcp", 0, "'and'", ""),
        ("(tcp", 4, "')' is expected", ""),
        ("tcp)", 3, "')' stands where", ""),
        ("tcp or 80", 7, "a number alone", "port 80"),
        ("(port 80) or 90", 13, "a number alone", ""),
        ("len", 0, "compared with nothing", "VALUE = VALUE"),
        ("ip[0] & 5", 6, "compared with nothing", ""),
        ("tcp[13] = ", 10, "a value is expected", ""),
        ("tcp[13 = 5", 7, "']' is expected", ""),
        ("tcp[0:3] = 1", 6, "'3' octets can't be read at once", "1, 2 or 4"),
        ("ah[0] = 1", 0, "'ah' has no octets", "tcp"),
        ("ip[2:2] / 0 = 1", 8, "a division by zero", ""),
        ("ip[2:2] >> 33 = 1", 8, "a shift by more than 31 bits", ""),
        ("len-5 > 1", 0, "'len-5'", ""),
        ("len > 5-3", 6, "'5-3' is no value", "spaces around -"),
        ("len > 4294967296", 6, "larger than 32 bits", ""),
        ("vlan 4096", 0, "4095 is the largest", ""),
        ("mpls 1048576", 0, "1048575", ""),
        ("pppoes 65536", 0, "65535", ""),
        ("arp broadcast", 0, "arp has no broadcast", ""),
        ("tcp multicast", 0, "tcp has no multicast", ""),
        ("ether", 0, "ether alone", "ether host"),
        ("gateway 192.0.2.1", 0, "'gateway' isn't understood", "ether host"),
        ("ip gateway 192.0.2.1", 3, "'gateway' isn't understood", ""),
        ("ip6 protochain 6", 4, "'protochain' isn't understood", "proto"),
        ("geneve", 0, "'geneve' isn't understood", "6081"),
        ("flags XY", 6, "no flags", "FSRPAUEC"),
        ("flags", 5, "no flags", ""),
        ("flags SF/S", 0, "not among", ""),
        ("less tcp", 5, "less how many", ""),
        ("tcp @", 4, "'@'", ""),
        ("(tcp) + 1 = 2", 6, "a condition stands where a value is expected", ""),
    ],
)
def test_a_mistake_is_pointed_at(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert (caught.value.text, caught.value.column) == (text, column)
    assert message in str(caught.value)
    assert f"column {column + 1}" in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "text", ["(" * 50_000, "not " * 15_000, "-" * 50_000, "ip[" * 10_000, "port (" * 9000, "(" * 41 + "tcp" + ")" * 41]
)
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


def test_what_is_deep_enough_is_understood() -> None:
    assert parse("(" * DEEPEST + "tcp" + ")" * DEEPEST).condition == Carries("", 6, DEEPEST)


@pytest.mark.parametrize(
    "text", ["tcp and udp or " * 2000 + "tcp", "1 + " * 15_000 + "1 = 1", "len / (" + "1 + " * 15_000 + "1) = 1"]
)
def test_height_is_bounded(text: str) -> None:
    with pytest.raises(UsageError, match="nested too deep"):
        parse(text)


def test_a_list_may_be_long() -> None:
    found = parse("port " + " or ".join(map(str, range(5000)))).condition
    assert isinstance(found, Any)
    assert len(found.parts) == 5000


_PIECES = st.sampled_from(
    [*WORDS, *"()[]!/:&|<>=-+*%^", "&&", "80", "0x1f", "10.1", "192.0.2.1", "::1", "2:0:0:0:0:1", "\\tcp", "SA", "cut"]
)


@given(st.lists(_PIECES, max_size=30).map(" ".join))
@example("port ( 80 or tcp [ 0 ] = 1 )")
def test_any_words_are_understood_or_refused(text: str) -> None:
    understood_or_refused(text)


@given(st.text(max_size=80))
def test_any_text_is_understood_or_refused(text: str) -> None:
    understood_or_refused(text)


@given(joined(LINKED))
def test_what_is_made_up_is_understood(text: str) -> None:
    assert meant(text) == meant(f"  ({text}) ")


LONG = ["portrange " + "a-" * 30_000, "a" * 65_000, "1:" * 30_000, "host " + "1." * 30_000, "net 10/" + "a" * 60_000]


@pytest.mark.parametrize("text", LONG, ids=lambda text: str(text[:12]))
def test_long_words_are_told_shortly(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert len(str(caught.value)) < 150
