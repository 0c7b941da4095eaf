"""DNS: answers as plain values, and refusals as exceptions."""

from __future__ import annotations

import pytest

from netloom.errors import PeerRefused, Status, Unauthenticated
from netloom.protocols.dns.answers import described, entry, flags_of, raise_for
from netloom.wire.dns import codes, tsig
from netloom.wire.dns.message import Edns, Message, Question, Record, emit, parse
from netloom.wire.dns.names import from_text

NAME = from_text("example.com")
QUESTION = Question(NAME, codes.MX)


def test_a_good_answer_raises_nothing() -> None:
    raise_for(Message(1, codes.QR), QUESTION)


@pytest.mark.parametrize("name", ["SERVFAIL", "REFUSED", "NXDOMAIN", "FORMERR", "NOTAUTH"])
def test_a_refusal_has_the_rcodes_name(name: str) -> None:
    with pytest.raises(PeerRefused, match=f"example.com. MX: {name}") as caught:
        raise_for(Message(1, codes.QR | codes.RCODES[name]), QUESTION)
    assert caught.value.code == name
    assert caught.value.status is Status.REFUSED_BY_PEER


def test_extended_errors_are_told() -> None:
    edns = Edns(options=((codes.OPTION_ERROR, b"\0\x06bad signature"),))
    with pytest.raises(PeerRefused, match=r"SERVFAIL \(DNSSEC Bogus: bad signature\)") as caught:
        raise_for(Message(1, codes.QR | codes.SERVFAIL, edns=edns), QUESTION)
    assert caught.value.text == "DNSSEC Bogus: bad signature"


@pytest.mark.parametrize(
    ("error", "code"), [(tsig.BADSIG, "BADSIG"), (tsig.BADKEY, "BADKEY"), (tsig.BADTIME, "BADTIME")]
)
def test_a_key_that_is_not_taken(error: int, code: str) -> None:
    said = tsig.Signature(NAME, from_text("hmac-sha256"), 1, 300, b"", 1, 0, b"")
    message = parse(tsig.refused(emit(Message(1, codes.QR | codes.NOTAUTH)), said, error, 2))
    with pytest.raises(Unauthenticated) as caught:
        raise_for(message, QUESTION)
    assert caught.value.code == code


def test_plain_values() -> None:
    record = Record(NAME, codes.MX, codes.IN, 60, b"\0\x0a\4mail" + NAME)
    assert described(record) == {
        "name": "example.com.", "type": "MX", "class": "IN", "ttl": 60, "data": "10 mail.example.com.",
        "preference": 10, "exchange": "mail.example.com.",
    }  # fmt: skip
    made = entry(record, "add")
    assert (made.name, made.kind, made.size) == ("example.com.", "MX", 20)
    assert made.value == {"ttl": 60, "class": "IN", "data": "10 mail.example.com.", "change": "add"}
    assert "change" not in entry(record, "").value
    assert flags_of(Message(1, codes.QR | codes.AA | codes.RD)) == ["aa", "rd"]
