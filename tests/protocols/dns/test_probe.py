"""DNS: what a probe learns, and what it still knows when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.errors import Status
from netloom.wire.dns import codes
from netloom.wire.dns.message import Edns, Record
from netloom.wire.dns.names import from_text
from tests.protocols.dns.lab import answered
from tests.protocols.dns.test_ways import tried

NAME = from_text("www.example.test")


def probed(place: str = "/www.example.test", **changes: Any) -> Any:
    return tried(lambda data, _: [answered(data, **changes)], f"dns://127.0.0.1{place}")[0]


def test_every_fact() -> None:
    options = (
        (codes.OPTION_NSID, b"fra1"),
        (codes.OPTION_SUBNET, bytes.fromhex("0001 18 10 c00002")),
        (codes.OPTION_ERROR, b"\0\3"),
    )
    answers = (
        Record(NAME, codes.CNAME, codes.IN, 300, from_text("x.example.test")),
        Record(from_text("x.example.test"), codes.A, codes.IN, 60, b"\xc0\0\2\1"),
    )
    flags = codes.QR | codes.RD | codes.RA | codes.AD
    found = probed(
        "/www.example.test#nsid,subnet=192.0.2.0/24", answers=answers, flags=flags, edns=Edns(4096, options=options)
    )
    facts = found.facts
    assert facts.pop("size") > 80
    assert facts == {
        "rcode": "NOERROR",
        "flags": ["rd", "ra", "ad"],
        "answers": [
            {"name": "www.example.test.", "type": "CNAME", "ttl": 300, "data": "x.example.test."},
            {"name": "x.example.test.", "type": "A", "ttl": 60, "data": "192.0.2.1"},
        ],
        "min_ttl": 60,
        "transport": "udp",
        "edns": 4096,
        "server": "fra1",
        "subnet": "192.0.2.0/24/16",
        "errors": ["Stale Answer"],
    }
    assert found.summary == "NOERROR · 2 answers · 192.0.2.1 · ttl 60 · Stale Answer"


@pytest.mark.parametrize("name", ["NXDOMAIN", "SERVFAIL", "REFUSED", "YXDOMAIN"])
def test_a_refusal_keeps_the_facts(name: str) -> None:
    found = probed(answers=(), flags=codes.QR | codes.RCODES[name])
    assert found.status is Status.REFUSED_BY_PEER
    assert found.facts["rcode"] == found.summary == name
    assert name in found.message


def test_no_data_is_an_answer() -> None:
    found = probed(answers=())
    assert found.status is Status.SUCCESS
    assert found.summary == "NOERROR · no answers"


def test_malformed_data_is_the_servers_fault_and_the_header_is_known() -> None:
    found = probed(answers=(Record(NAME, codes.A, codes.IN, 1, b"\1\2\3"),))
    assert found.status is Status.PROTOCOL_ERROR
    assert "A data" in found.message
    assert found.facts["rcode"] == "NOERROR"


def test_without_a_name_a_refusal_shows_a_name_server() -> None:
    refusal = {"answers": (), "flags": codes.QR | codes.REFUSED}
    assert probed("", **refusal).status is Status.SUCCESS
    assert "name server" in probed("", **refusal).summary
    assert probed("/?type=NS", **refusal).status is Status.REFUSED_BY_PEER
    assert probed("", answers=(), flags=codes.QR | codes.SERVFAIL).status is Status.REFUSED_BY_PEER


def test_long_data_is_cut_in_the_summary() -> None:
    text = b"".join(bytes((200,)) + b"x" * 200 for _ in range(2))
    found = probed(answers=(Record(NAME, codes.TXT, codes.IN, 1, text),))
    assert len(found.summary) < 100
    assert len(found.facts["answers"][0]["data"]) > 400


def test_several_questions_add_up() -> None:
    found = probed("/www.example.test?type=A,A")
    assert len(found.facts["answers"]) == 2
    assert found.summary.startswith("NOERROR · 2 answers")
