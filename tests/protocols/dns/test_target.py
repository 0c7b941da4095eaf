"""DNS: what paths and queries of endpoints ask for."""

from __future__ import annotations

import pytest

from netloom.errors import UsageError
from netloom.protocols.dns.target import target
from netloom.wire.dns import codes
from netloom.wire.dns.message import Question
from netloom.wire.dns.names import from_text, to_text


@pytest.mark.parametrize(
    ("path", "query", "asked"),
    [
        ("/example.com", "", ["example.com. A"]),
        ("/example.com.", "type=MX", ["example.com. MX"]),
        ("/example.com", "type=MX,txt&type=A", ["example.com. MX", "example.com. TXT", "example.com. A"]),
        ("/example.com", "type=A;AAAA", ["example.com. A", "example.com. AAAA"]),
        ("/version.bind", "class=CH&type=TXT", ["version.bind. CH TXT"]),
        ("", "", [". NS"]),
        ("/", "type=DNSKEY", [". DNSKEY"]),
        ("/192.0.2.1", "", ["1.2.0.192.in-addr.arpa. PTR"]),
        ("/192.0.2.1", "type=PTR", ["1.2.0.192.in-addr.arpa. PTR"]),
        ("/192.0.2.1", "type=A", ["192.0.2.1. A"]),
        ("/host", "type=PTR", ["host. PTR"]),
        ("/a%5C.b.example", "", [r"a\.b.example. A"]),
        ("/b%C3%BCcher.example", "", ["xn--bcher-kva.example. A"]),
        ("/example.com", "type=TYPE65400", ["example.com. TYPE65400"]),
    ],
)
def test_questions(path: str, query: str, asked: list[str]) -> None:
    types_without_default = [str(question) for question in target(path, query).questions]
    assert types_without_default == asked


def test_an_ipv6_address_is_reversed() -> None:
    (question,) = target("/2001:db8::1", "").questions
    assert question.rdtype == codes.PTR
    assert to_text(question.name).endswith("8.b.d.0.1.0.0.2.ip6.arpa.")


def test_a_serial_begins_an_incremental_transfer() -> None:
    assert target("/example.com", "type=IXFR&serial=4294967295").serial == 4294967295
    assert target("/example.com", "").serial is None


def test_without_a_name_any_question_is_as_good() -> None:
    assert target("", "").open
    assert not target("", "type=NS").open
    assert not target("/example.com", "").open
    assert target("/a", "").questions == (Question(from_text("a"), codes.A),)


@pytest.mark.parametrize(
    ("path", "query", "hint"),
    [
        ("/a", "typ=MX", "type"),
        ("/a", "type=MXX", "MX"),
        ("/a", "class=XX", ""),
        ("/a", "class=IN,CH", "class"),
        ("/a..b", "", ""),
        ("/" + "a" * 64, "", ""),
        ("/a", "serial=x", "serial"),
        ("/a", "serial=4294967296", "serial"),
        ("/a", "serial=1&serial=2", "serial"),
        ("/a", "type=" + ",".join(["A"] * 65), "type"),
        ("/%F0%9F%92%A9%00.", "", ""),
    ],
)
def test_mistakes_say_what_would_be_right(path: str, query: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        target(path, query)
    assert hint in caught.value.hint
