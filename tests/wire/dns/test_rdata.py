"""DNS: record data of every type, against dnspython, and what isn't of its type."""

from __future__ import annotations

import ipaddress
import socket

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import codes, rdata
from netloom.wire.dns.names import to_text
from tests.fuzzing import hammer
from tests.wire.dns.samples import EVERY, TEXTS, wire_of


@pytest.mark.parametrize(("name", "text"), EVERY)
def test_text_and_wire_are_dnspythons(name: str, text: str) -> None:
    number = codes.type_number(name)
    wire = wire_of(name, text)
    reference = dns.rdata.from_wire("IN", name, wire, 0, len(wire)).to_text()
    assert rdata.text(number, codes.IN, wire) == reference
    assert rdata.from_text(number, text) == wire
    assert rdata.from_text(number, reference) == wire


@pytest.mark.parametrize(("name", "text"), EVERY)
def test_names_in_data_are_found(name: str, text: str) -> None:
    number = codes.type_number(name)
    wire = wire_of(name, text)
    if number in rdata.LAYOUTS:
        assert rdata.read(wire, 0, len(wire), number, {}) == wire
        for start, end in rdata.names_in(number, wire):
            assert to_text(wire[start:end]).rstrip(".").lower() in text.lower()


def test_every_type_with_a_form_of_its_own_has_a_sample() -> None:
    special = {"OPT", "TKEY", "TSIG", "WKS", "BRID", "HHIT"}
    for number in dns.rdatatype.RdataType:
        made = dns.rdata.get_rdata_class(dns.rdataclass.IN, number)  # type: ignore[no-untyped-call]
        name = dns.rdatatype.to_text(number)
        if made is not dns.rdata.GenericRdata and name not in special:
            assert name in TEXTS


def test_an_unknown_type_is_spelled_as_rfc_3597_has_it() -> None:
    assert rdata.text(65400, codes.IN, b"\1\2\xff") == r"\# 3 0102ff"
    assert rdata.from_text(65400, r"\# 3 0102ff") == b"\1\2\xff"
    assert rdata.text(codes.A, codes.CH, b"\2hi\0\0\1") == "hi. 1"


@given(st.binary(min_size=16, max_size=16) | st.lists(st.sampled_from([0, 0, 0, 1, 0xFFFF]), min_size=8, max_size=8))
def test_ipv6_addresses_are_short(octets: bytes | list[int]) -> None:
    if isinstance(octets, list):
        octets = b"".join(group.to_bytes(2) for group in octets)
    shown = rdata.text(codes.AAAA, codes.IN, octets)
    assert ipaddress.IPv6Address(shown).packed == octets
    assert shown == socket.inet_ntop(socket.AF_INET6, octets)


def test_parts_by_name() -> None:
    assert rdata.fields(codes.MX, codes.IN, wire_of("MX", "10 mail.example.com.")) == {
        "preference": 10,
        "exchange": "mail.example.com.",
    }
    assert rdata.fields(codes.SRV, codes.IN, wire_of("SRV", "1 2 3 a."))["target"] == "a."
    assert rdata.fields(codes.SOA, codes.IN, wire_of("SOA", TEXTS["SOA"][0]))["minimum"] == 4294967295
    assert rdata.fields(codes.CAA, codes.IN, wire_of("CAA", '0 issue "ca"')) == {
        "flags": 0,
        "tag": "issue",
        "value": "ca",
    }
    assert rdata.fields(codes.TXT, codes.IN, b"\2a\xc3\1b") == {"strings": ["a\\xc3", "b"]}
    assert rdata.fields(codes.A, codes.IN, b"\1\2\3\4") == {}


@pytest.mark.parametrize(
    ("rdtype", "data"),
    [
        (codes.A, b"\1\2\3"), (codes.A, b""), (codes.AAAA, bytes(15)), (codes.NS, b""), (codes.NS, b"\0\0"),
        (codes.MX, b"\0"), (codes.MX, b"\0\1"), (codes.SOA, b"\0\0" + bytes(19)), (codes.SRV, bytes(6)),
        (codes.TXT, b""), (codes.TXT, b"\5abc"), (codes.CAA, b"\0"), (codes.CAA, b"\0\5ab"), (codes.CAA, b"\0\0x"),
        (codes.CAA, b"\0\1\xffx"), (43, b"\0"), (46, b""), (65, b"\0"), (codes.CNAME, b"\xc0\0"),
        (29, bytes(16)[:15]),
    ],
)  # fmt: skip
def test_what_is_not_of_its_type(rdtype: int, data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        rdata.text(rdtype, codes.IN, data)
    if rdtype in (codes.MX, codes.SOA, codes.SRV, codes.TXT, codes.CAA):
        with pytest.raises(RemoteProtocolError):
            rdata.fields(rdtype, codes.IN, data)


@pytest.mark.parametrize(
    ("name", "text"), [("A", "1.2.3"), ("MX", "mail"), ("TXT", '"a'), ("SOA", "x"), ("A", ""), ("NS", "a..b")]
)
def test_what_is_no_text(name: str, text: str) -> None:
    with pytest.raises(LocalProtocolError, match=name):
        rdata.from_text(codes.type_number(name), text)


@pytest.mark.fuzz
def test_hostile_data() -> None:
    samples = [codes.type_number(name).to_bytes(2) + wire_of(name, text) for name, text in EVERY]

    def both(data: bytes) -> None:
        number = int.from_bytes(data[:2])
        rdata.text(number, codes.IN, data[2:])
        rdata.fields(number, codes.IN, data[2:])

    hammer(both, samples)
