"""DNS: who is told how much, and what isn't answered at all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.accounts import Accounts
from netloom.endpoint import Secret
from netloom.protocols.dns.request import AMPLIFICATION, UDP_SIZE, Refusal, Request, Source
from netloom.wire.dns import codes, edns, tsig
from netloom.wire.dns.message import Edns, Message, Question, Record, emit, parse
from netloom.wire.dns.names import from_text
from tests.fuzzing import hammer

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = from_text("wWw.exAmple.test")
QUESTION = Question(NAME, codes.A)
UDP, TCP, TLS = Source("192.0.2.9", datagram=True), Source("192.0.2.9"), Source("192.0.2.9", encrypted=True)
MANY = tuple(Record(NAME.lower(), codes.A, codes.IN, 60, bytes([192, 0, 2, number])) for number in range(100))
NOBODY = Accounts()
SECRET = "bG9vbWxvb21sb29tbG9vbQ=="


def asked(options: Sequence[tuple[int, bytes]] = (), *, size: int = 4096, **changes: object) -> bytes:
    message = Message(77, codes.RD | codes.CD, (QUESTION,), edns=Edns(size, options=tuple(options)))
    return emit(message.replace(**changes))


def read(data: bytes, source: Source = UDP) -> Request:
    request = Request.read(data, source, NOBODY)
    assert request is not None
    return request


def refused(data: bytes, source: Source = UDP) -> Message:
    with pytest.raises(Refusal) as caught:
        Request.read(data, source, NOBODY)
    assert parse(caught.value.data).rcode == caught.value.rcode
    return parse(caught.value.data)


class TestFrames:
    def test_a_response_has_what_the_request_had(self) -> None:
        said = parse(read(asked()).respond(codes.NOERROR, MANY[:1], flags=codes.AA))
        assert said.id == 77
        assert said.flags == codes.QR | codes.AA | codes.RD | codes.CD
        assert said.questions == (QUESTION,)  # in the asker's case
        assert said.answers[0].name == NAME
        assert said.edns == Edns(UDP_SIZE)

    def test_without_edns_there_is_none_in_the_response(self) -> None:
        assert parse(read(asked(edns=None)).respond(codes.NXDOMAIN)).edns is None

    def test_do_is_echoed(self) -> None:
        request = read(asked(edns=Edns(1232, flags=codes.DO)))
        assert request.do
        said = parse(request.respond(0))
        assert said.edns is not None
        assert said.edns.do


class TestNoAnswer:
    @pytest.mark.parametrize(
        "data", [b"", b"\0" * 11, asked(flags=codes.QR), emit(Message(1, codes.QR | codes.NXDOMAIN))]
    )
    def test_answers_and_scraps_are_not_answered(self, data: bytes) -> None:
        assert Request.read(data, UDP, NOBODY) is None

    @pytest.mark.parametrize("data", [asked() + b"\0", asked()[:-1], asked()[:20], b"\0\1\1\0\xff\xff" + bytes(6)])
    def test_what_is_malformed_gets_a_header(self, data: bytes) -> None:
        said = refused(data)
        assert said == Message(int.from_bytes(data[:2]), codes.QR | (data[2] & 0x79) << 8 | codes.FORMERR)

    def test_another_version_of_edns(self) -> None:
        said = refused(asked(edns=Edns(version=1)))
        assert said.rcode == codes.BADVERS
        assert said.edns is not None
        assert said.edns.version == 0

    @pytest.mark.parametrize("size", [0, 7, 9, 15, 41])
    def test_a_cookie_of_a_wrong_size(self, size: int) -> None:
        assert refused(asked([(codes.OPTION_COOKIE, bytes(size))])).rcode == codes.FORMERR


class TestAmplification:
    def test_somebody_unverified_gets_three_times_as_much(self) -> None:
        data = asked()
        said = read(data).respond(0, MANY)
        assert len(said) <= AMPLIFICATION * len(data)
        assert parse(said).has(codes.TC)

    @given(st.integers(0, 65535), st.integers(0, 60), st.integers(0, 99))
    def test_whatever_is_asked(self, size: int, padding: int, count: int) -> None:
        data = asked([(codes.OPTION_PADDING, bytes(padding))], size=size)
        said = read(data).respond(0, MANY[:count], MANY[:5], MANY[5:9])
        assert len(said) <= min(AMPLIFICATION * len(data), max(512, min(size, UDP_SIZE)))

    def test_a_cookie_that_we_gave_shows_who_asks(self) -> None:
        client = b"12345678"
        first = parse(read(asked([(codes.OPTION_COOKIE, client)])).respond(0, MANY))
        assert first.has(codes.TC)
        assert first.edns is not None
        cookie = first.edns.option(codes.OPTION_COOKIE)
        assert cookie is not None
        assert cookie.startswith(client)
        verified = read(asked([(codes.OPTION_COOKIE, cookie)])).respond(0, MANY[:60])
        assert not parse(verified).has(codes.TC)
        assert len(verified) > AMPLIFICATION * len(asked([(codes.OPTION_COOKIE, cookie)]))
        stolen = Request.read(asked([(codes.OPTION_COOKIE, cookie)]), Source("192.0.2.10", datagram=True), NOBODY)
        assert stolen is not None
        assert parse(stolen.respond(0, MANY[:60])).has(codes.TC)

    def test_who_says_nothing_of_sizes_gets_512(self) -> None:
        assert read(emit(Message(1, 0, tuple([QUESTION] * 40)))).limit == 512
        assert read(asked(edns=None)).limit == AMPLIFICATION * len(asked(edns=None))

    def test_streams_have_room(self) -> None:
        said = parse(read(asked(), TCP).respond(0, MANY))
        assert len(said.answers) == 100
        assert not said.has(codes.TC)


class TestPadding:
    def test_an_encrypted_answer_has_the_length_of_many(self) -> None:
        padded = asked([(codes.OPTION_PADDING, b"")])
        assert len(read(padded, TLS).respond(0, MANY[:1])) == edns.RESPONSE_BLOCK
        assert len(read(padded, TLS).respond(0, MANY[:40])) % edns.RESPONSE_BLOCK == 0
        assert len(read(padded, TCP).respond(0, MANY[:1])) < edns.RESPONSE_BLOCK
        assert len(read(asked(), TLS).respond(0, MANY[:1])) < edns.RESPONSE_BLOCK


class TestSignatures:
    ACCOUNTS = Accounts.from_texts([f"ann:{SECRET}"])
    KEY = tsig.key("ann", Secret(SECRET))

    def test_who_signs_is_known_and_gets_a_signed_answer(self) -> None:
        chain = tsig.Chain(self.KEY)
        now = int(time.time())
        request = Request.read(chain.sign(asked(), now), UDP, self.ACCOUNTS)
        assert request is not None
        assert request.account is not None
        assert request.account.name == "ann"
        assert not request.plain
        said = request.respond(0, MANY)
        assert chain.check(said, parse(said), now) == 0

    @pytest.mark.parametrize(
        ("name", "secret", "algorithm", "late", "error"),
        [
            ("eve", SECRET, "hmac-sha256", 0, tsig.BADKEY),
            ("ann", "YmFkYmFkYmFk", "hmac-sha256", 0, tsig.BADSIG),
            ("ann", SECRET, "hmac-sha256", -1000, tsig.BADTIME),
        ],
    )
    def test_others_are_told_why_not(self, name: str, secret: str, algorithm: str, late: int, error: int) -> None:
        data = tsig.Chain(tsig.key(name, Secret(secret), algorithm)).sign(asked(), int(time.time()) + late)
        with pytest.raises(Refusal) as caught:
            Request.read(data, TCP, self.ACCOUNTS)
        said = parse(caught.value.data)
        assert said.rcode == codes.NOTAUTH
        signature = tsig.signature(said)
        assert signature is not None
        assert signature.error == error

    def test_two_signatures_are_none(self) -> None:
        record = parse(tsig.Chain(self.KEY).sign(asked(), 1)).additional[0]
        with pytest.raises(Refusal) as caught:
            Request.read(asked(additional=(record, record)), TCP, self.ACCOUNTS)
        assert caught.value.rcode == codes.FORMERR


@pytest.mark.fuzz
@pytest.mark.parametrize("source", [UDP, TLS])
def test_hostile_requests(source: Source) -> None:
    """Whatever comes: an answer that can be read, or none."""
    accounts = Accounts.from_texts([f"ann:{SECRET}"])

    def sound(said: bytes, data: bytes) -> None:
        parse(said)
        assert not source.datagram or len(said) <= AMPLIFICATION * len(data)

    def take(data: bytes) -> None:
        try:
            request = Request.read(data, source, accounts)
        except Refusal as refusal:
            sound(refusal.data, data)
            raise
        if request is not None:
            said = request.respond(0, MANY)
            sound(said, data)

    samples = [
        asked([(codes.OPTION_COOKIE, b"12345678")]),
        asked([(codes.OPTION_PADDING, bytes(9))]),
        asked(edns=None),
        tsig.Chain(tsig.key("ann", Secret(SECRET))).sign(asked(), int(time.time())),
    ]
    hammer(take, samples, allowed=Refusal)  # type: ignore[arg-type]  # any exception will do
