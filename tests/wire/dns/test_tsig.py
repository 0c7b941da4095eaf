"""DNS: signatures of messages, against dnspython's in both directions."""

from __future__ import annotations

import base64
import time
from contextlib import suppress

import dns.message
import dns.name
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import pytest

from netloom.endpoint import Secret
from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import codes, tsig
from netloom.wire.dns.message import Edns, Message, Question, Record, emit, parse
from netloom.wire.dns.names import from_text
from tests.fuzzing import hammer

SECRET = base64.b64encode(bytes(range(32))).decode()
NAME = from_text("example.com")
KEY = tsig.key("Key.Example", Secret(SECRET))
RING = dns.tsigkeyring.from_text({"key.example.": ("hmac-sha256", SECRET)})


def now() -> int:
    """A signature is good for five minutes, which a whole test run may outlast."""
    return int(time.time())


QUERY = emit(Message(77, codes.RD, (Question(NAME, codes.SOA),), edns=Edns()))
ANSWER = emit(Message(77, codes.QR, (Question(NAME, codes.SOA),), (Record(NAME, codes.A, 1, 60, b"\1\2\3\4"),)))


@pytest.mark.parametrize("algorithm", tsig.ALGORITHMS)
def test_dnspython_takes_our_signature(algorithm: str) -> None:
    key = tsig.key("key.example", Secret(SECRET), algorithm)
    ring = dns.tsigkeyring.from_text({"key.example.": (algorithm, SECRET)})
    read = dns.message.from_wire(tsig.Chain(key).sign(QUERY, now()), keyring=ring)
    assert read.had_tsig
    assert read.id == 77


def test_we_take_dnspythons_and_it_takes_our_answer() -> None:
    query = dns.message.make_query("example.com", "SOA", use_edns=True)
    query.use_tsig(RING)
    wire = query.to_wire()
    chain = tsig.Chain(KEY)
    assert chain.check(wire, parse(wire), now()) == 0
    reply = emit(Message(query.id, codes.QR, (Question(NAME, codes.SOA),)))
    signed = chain.sign(reply, now())
    assert dns.message.from_wire(signed, keyring=RING, request_mac=query.mac).had_tsig


def test_several_messages_are_one_chain() -> None:
    """RFC 8945 §5.3.1, as dnspython reads a transfer."""
    ours, theirs = tsig.Chain(KEY), tsig.Chain(KEY)
    request = ours.sign(QUERY, now())
    assert theirs.check(request, parse(request), now()) == 0
    context = None
    for number in range(4):
        wire = theirs.sign(ANSWER, now() + number)
        assert ours.check(wire, parse(wire), now()) == 0
        read = dns.message.from_wire(
            wire, keyring=RING, request_mac=tsig.signature(parse(request)).mac if number == 0 else b"",  # type: ignore[union-attr]
            xfr=True, tsig_ctx=context, multi=True,
        )  # fmt: skip
        context = read.tsig_ctx
        assert read.had_tsig


@pytest.mark.parametrize("place", range(0, len(ANSWER), 7))
def test_a_changed_octet_is_noticed(place: int) -> None:
    signed = bytearray(tsig.Chain(KEY).sign(ANSWER, now()))
    signed[place] ^= 0x10
    with suppress(RemoteProtocolError):
        message = parse(bytes(signed))
        if place > 1 and message.additional:  # the id is given again in the signature, for forwarders
            assert tsig.Chain(KEY).check(bytes(signed), message, now()) == tsig.BADSIG


def test_other_keys_times_and_orders() -> None:
    signed = tsig.Chain(KEY).sign(QUERY, now())
    message = parse(signed)
    other = tsig.key("key.example", Secret(base64.b64encode(b"x" * 32).decode()))
    assert tsig.Chain(other).check(signed, message, now()) == tsig.BADSIG
    assert tsig.Chain(tsig.key("other", Secret(SECRET))).check(signed, message, now()) == tsig.BADKEY
    assert (
        tsig.Chain(tsig.key("key.example", Secret(SECRET), "hmac-sha512")).check(signed, message, now()) == tsig.BADKEY
    )
    assert tsig.Chain(KEY).check(signed, message, now() + tsig.FUDGE) == 0
    assert tsig.Chain(KEY).check(signed, message, now() + tsig.FUDGE + 1) == tsig.BADTIME
    late = tsig.Chain(KEY)
    late.sign(QUERY, now())
    assert late.check(signed, message, now()) == tsig.BADSIG  # a question isn't the answer to another


def test_a_forwarder_may_change_the_id() -> None:
    signed = b"\xff\xff" + tsig.Chain(KEY).sign(QUERY, now())[2:]
    assert tsig.Chain(KEY).check(signed, parse(signed), now()) == 0


@pytest.mark.parametrize("error", [tsig.BADSIG, tsig.BADKEY, tsig.BADTIME])
def test_a_refusal_says_why(error: int) -> None:
    signed = tsig.Chain(KEY).sign(QUERY, now())
    said = tsig.signature(parse(signed))
    assert said is not None
    data = tsig.refused(emit(Message(77, codes.QR | codes.NOTAUTH)), said, error, now())
    assert tsig.Chain(KEY).check(data, parse(data), now()) == error
    read = tsig.signature(parse(data))
    assert read is not None
    assert (read.error, read.mac) == (error, b"")
    assert read.other == (now().to_bytes(6) if error == tsig.BADTIME else b"")
    reasons = {16: dns.tsig.PeerBadSignature, 17: dns.tsig.PeerBadKey, 18: dns.tsig.PeerBadTime}
    with pytest.raises(reasons[error]):
        dns.message.from_wire(data, keyring=RING, request_mac=said.mac)


def test_a_signature_is_the_last_record_and_alone() -> None:
    message = parse(tsig.Chain(KEY).sign(QUERY, now()))
    record = message.additional[-1]
    for additional in ((record, record), (record, Record(NAME, 1, 1, 0, bytes(4)))):
        with pytest.raises(RemoteProtocolError, match="last"):
            tsig.signature(message.replace(additional=additional))
    with pytest.raises(RemoteProtocolError, match="signed"):
        tsig.Chain(KEY).check(QUERY, parse(QUERY), now())
    for end in range(len(record.rdata)):
        cut = Record(record.name, record.rdtype, record.rdclass, 0, record.rdata[:end])
        with pytest.raises(RemoteProtocolError):
            tsig.signature(message.replace(additional=(cut,)))


def test_a_secret_need_not_be_base64() -> None:
    plain = tsig.key("k", Secret("correct horse!"))
    assert plain.digest(b"x") != KEY.digest(b"x")
    assert "horse" not in repr(plain)


def test_algorithms_that_nobody_has() -> None:
    with pytest.raises(LocalProtocolError, match="hmac-md5"):
        tsig.key("k", Secret("x"), "hmac-md5")


@pytest.mark.fuzz
def test_hostile_signatures() -> None:
    def check(data: bytes) -> None:
        message = parse(data)
        if tsig.signature(message) is not None:
            tsig.Chain(KEY).check(data, message, now())

    hammer(check, [tsig.Chain(KEY).sign(QUERY, now()), tsig.Chain(KEY).sign(ANSWER, now())])
