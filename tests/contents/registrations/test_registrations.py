"""Registrations: what is found by an address, a number, a name or a pattern, and files that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents import Invalid
from netloom.contents.registrations import Registrations, addresses_of, contact
from netloom.contents.registrations.example import EXAMPLE
from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LAYERS: list[dict[str, Any]] = [
    {"objectClassName": "ip network", "handle": "ALL", "startAddress": "0.0.0.0", "endAddress": "255.255.255.255"},
    {"objectClassName": "ip network", "handle": "ODD", "startAddress": "10.0.0.3", "endAddress": "10.0.0.200"},
    {"objectClassName": "ip network", "handle": "ONE", "startAddress": "10.0.0.9", "endAddress": "10.0.0.9"},
    {"objectClassName": "autnum", "handle": "WIDE", "startAutnum": 1, "endAutnum": 4294967295},
    {"objectClassName": "autnum", "handle": "SMALL", "startAutnum": 64496, "endAutnum": 64500},
    {"objectClassName": "domain", "ldhName": "XN--BCHER-KVA.example.", "handle": "D"},
]


def handle(found: Any) -> Any:
    return None if found is None else found["handle"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10.0.0.9", "ONE"),
        ("10.0.0.8", "ODD"),
        ("10.0.0.2", "ALL"),
        ("10.0.0.8/31", "ODD"),
        ("10.0.0.0/24", "ALL"),  # more than the odd one has
        ("2001:db8::1", None),
    ],
)
def test_the_smallest_network_around(text: str, wanted: str | None) -> None:
    assert handle(Registrations(LAYERS).network(text)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("64500", "SMALL"), ("AS64501", "WIDE"), ("as64496", "SMALL"), ("0", None)]
)
def test_the_smallest_range_around(text: str, wanted: str | None) -> None:
    assert handle(Registrations(LAYERS).autnum(text)) == wanted


@pytest.mark.parametrize("name", ["bücher.example", "xn--bcher-kva.EXAMPLE", "BÜCHER.example."])
def test_names_are_compared_as_they_are_asked_for(name: str) -> None:
    assert handle(Registrations(LAYERS).domain(name)) == "D"


@pytest.mark.parametrize(
    ("look", "text"),
    [
        ("network", "10.0.0.256"), ("network", "example"), ("autnum", "AS4294967296"), ("autnum", "AS-1"),
        ("autnum", "٣"), ("domain", ""), ("domain", "a..b"), ("domain", "x" * 64), ("domain", "a/b"),
        ("nameserver", "ü" * 300), ("domains", "*"), ("domains", "a*b"), ("domains", "a*.b*"), ("domains", "*.test"),
        ("nameservers_at", "here"), ("domains_at", "10/8"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(look: str, text: str) -> None:
    with pytest.raises(Invalid):
        getattr(Registrations(), look)(text)


class TestSearches:
    def test_patterns(self) -> None:
        content = Registrations()
        names = [one["ldhName"] for one in content.nameservers("ns*.example.test")]
        assert names == ["ns1.example.test", "ns2.example.test"]
        assert [one["ldhName"] for one in content.nameservers("NS1.EXAMPLE.TEST")] == ["ns1.example.test"]
        assert content.domains("ex*") == [content.domain("example.test")]
        assert content.domains("exo*") == []
        assert content.nameservers("ns1.example.test*.test") == []  # the ends don't overlap

    def test_by_what_belongs_to_them(self) -> None:
        content = Registrations()
        domain = content.domain("example.test")
        assert content.domains_of("ns2.*") == [domain]
        assert content.domains_at("192.0.2.53") == [domain]
        assert content.domains_at("192.0.2.99") == []
        assert content.nameservers_at("2001:DB8::0:54") == [content.nameserver("ns2.example.test")]

    def test_holders(self) -> None:
        content = Registrations()
        ann = content.entity("ann-TEST")
        assert ann is not None
        assert content.entities("Ann W*", by="fn") == [ann]
        assert content.entities("ann*", by="handle") == [ann]
        assert content.entities("Bob*", by="fn") == []

    def test_there_is_a_limit(self) -> None:
        many = [{"objectClassName": "domain", "ldhName": f"d{number}.test"} for number in range(50)]
        assert len(Registrations(many, results=7).domains("d*")) == 7


def test_find_takes_a_text_for_what_it_looks_like() -> None:
    content = Registrations()
    for text, kind in (
        ("192.0.2.7", "ip network"),
        ("2001:db8:1::/48", "ip network"),
        ("AS64500", "autnum"),
        ("64500", "autnum"),
        ("example.test", "domain"),
        ("NS1.example.test.", "nameserver"),
        ("ANN-TEST", "entity"),
    ):
        assert [one["objectClassName"] for one in content.find(text)] == [kind], text
    assert content.find("nobody") == content.find("") == []


@given(st.text(max_size=60))
def test_find_never_fails(text: str) -> None:
    assert isinstance(Registrations().find(text), list)


def test_what_an_object_says() -> None:
    ann = Registrations().entity("ANN-TEST")
    assert ann is not None
    assert contact(ann, "fn") == "Ann Weaver"
    assert contact(ann, "adr") == "1 Loom Lane, Warpford, 00000, Nowhere"
    assert contact(ann, "tel") == ""
    for card in (None, "vcard", ["vcard"], ["vcard", "x"], ["vcard", [None, [], ["fn", {}, "text", 7]]]):
        assert contact({"vcardArray": card}, "fn") == ""
    for given_addresses in (None, "x", {"v4": "x"}, {"v4": ["x", 7]}):
        assert addresses_of({"ipAddresses": given_addresses}) in ([], addresses_of({"ipAddresses": {"v4": [7]}}))


class TestArguments:
    def test_the_default(self) -> None:
        content = Registrations.from_argument("")
        assert content.describe() == "registrations: 1 domain, 2 nameservers, 2 networks, 1 range, 1 holder"
        assert Registrations([]).describe() == "registrations: none"

    @pytest.mark.parametrize("whole", [True, False])
    def test_a_file(self, whole: bool, tmp_path: Path) -> None:
        path = tmp_path / "mill.json"
        path.write_text(json.dumps(EXAMPLE if whole else EXAMPLE[0]))
        content = Registrations.from_argument(str(path))
        assert content.domain("example.test") == EXAMPLE[0]
        assert (content.network("192.0.2.1") is not None) == whole

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "no JSON"),
            ("[[[", "no JSON"),
            ("[" * 100_000, "no JSON"),
            ("7", "a list of RDAP objects is expected"),
            ("[7]", "registration 1 is none of domain"),
            ('[{"objectClassName": "dog"}]', "registration 1 is none of domain"),
            ('[{"objectClassName": ["domain"]}]', "registration 1 is none of domain"),
            ('{"objectClassName": "domain"}', "domain, has no ldhName"),
            ('{"objectClassName": "domain", "ldhName": 7}', "registration 1, domain"),
            ('{"objectClassName": "domain", "ldhName": "a..b"}', "'a..b' is no name"),
            ('{"objectClassName": "ip network", "startAddress": "1.2.3.4"}', "has no endAddress"),
            ('{"objectClassName": "ip network", "startAddress": "1.2.3.4", "endAddress": "::1"}', "ip network"),
            ('{"objectClassName": "ip network", "startAddress": "1.2.3.4", "endAddress": "1.2.3.3"}', "ip network"),
            ('{"objectClassName": "autnum", "startAutnum": "x", "endAutnum": 3}', "autnum"),
        ],
    )
    def test_files_that_are_none(self, text: str, words: str, tmp_path: Path) -> None:
        path = tmp_path / "mill.json"
        path.write_text(text)
        with pytest.raises(UsageError) as caught:
            Registrations.from_argument(str(path))
        assert words in caught.value.message
        assert str(path) in caught.value.message

    def test_no_file_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="can't be read"):
            Registrations.from_argument(str(tmp_path / "nothing"))
