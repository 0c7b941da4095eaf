"""DNS: whole messages both ways, against dnspython, cut, mutated and truncated."""

from __future__ import annotations

from contextlib import suppress

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dns import codes
from netloom.wire.dns import message as wire
from netloom.wire.dns.message import Edns, Message, Question, Record, emit, framed, parse, unframed
from netloom.wire.dns.names import from_text
from tests.fuzzing import cuts, hammer
from tests.wire.dns.samples import EVERY, wire_of

NAME = from_text("www.example.com")
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
names = st.lists(st.sampled_from(["www", "mail", "example", "com", "a", r"\000x", "WWW"]), max_size=5).map(
    lambda labels: from_text(".".join(labels))
)
single = names.map(lambda name: (codes.NS, name))
mx = st.tuples(u16, names).map(lambda pair: (codes.MX, pair[0].to_bytes(2) + pair[1]))
soa = st.tuples(names, names, st.binary(min_size=20, max_size=20)).map(lambda parts: (codes.SOA, b"".join(parts)))
other = st.tuples(st.sampled_from([codes.A, codes.TXT, 48, 65400]), st.binary(max_size=40))
known = st.sampled_from([(codes.type_number(name), wire_of(name, text)) for name, text in EVERY])
data = single | mx | soa | other | known
records = st.builds(
    lambda name, pair, ttl, group: Record(name, pair[0], group, ttl, pair[1]),
    names,
    data,
    u32,
    st.sampled_from([1, 3, 255]),
)
several = st.lists(records, max_size=4).map(tuple)
edns = st.builds(
    Edns,
    u16,
    st.integers(0, 255),
    st.integers(0, 255),
    u16,
    st.lists(st.tuples(u16, st.binary(max_size=9)), max_size=3).map(tuple),
)
questions = st.lists(st.builds(Question, names, u16, u16), max_size=2).map(tuple)
messages = st.builds(Message, u16, u16, questions, several, several, several, st.none() | edns)


@given(messages)
def test_what_is_emitted_is_parsed_again(message: Message) -> None:
    assert parse(emit(message)) == message


@given(messages)
def test_ends_are_noticed_wherever_a_message_is_cut(message: Message) -> None:
    whole = emit(message)
    for end in range(len(whole)):
        with pytest.raises(RemoteProtocolError):
            parse(whole[:end])
    with pytest.raises(RemoteProtocolError, match="follow"):
        parse(whole + b"\0")


@given(st.binary(max_size=80))
def test_arbitrary_octets(octets: bytes) -> None:
    with suppress(RemoteProtocolError):
        assert emit(parse(octets))


@given(st.lists(st.sampled_from(EVERY), min_size=1, max_size=12), st.booleans())
def test_dnspythons_messages(pairs: list[tuple[str, str]], do: bool) -> None:
    """What dnspython writes we read, and what we write of it dnspython reads, with the same records."""
    reference = dns.message.make_response(dns.message.make_query("www.example.com", "ANY"))
    reference.want_dnssec(do)
    for name, text in pairs:
        reference.find_rrset(reference.answer, NAME_OF, 1, codes.type_number(name), create=True).add(  # type: ignore[arg-type]
            dns.rrset.from_text("www.example.com.", 300, "IN", name, text)[0], 300
        )
    ours = parse(reference.to_wire())
    assert sorted(record.data for record in ours.answers) == sorted(
        rd.to_text() for rrset in reference.answer for rd in rrset
    )
    assert {record.seconds for record in ours.answers} == {300}
    assert ours.has(codes.QR)
    assert (ours.edns is not None and ours.edns.do) == do
    again = dns.message.from_wire(emit(ours))
    assert again.answer == reference.answer
    assert again.question == reference.question
    assert again.flags == reference.flags
    assert again.ednsflags == reference.ednsflags


NAME_OF = dns.name.from_text("www.example.com")


def test_a_message_octet_by_octet() -> None:
    answer = Record(NAME, codes.A, codes.IN, 300, bytes([203, 0, 113, 7]))
    message = Message(
        0x1234, codes.QR | codes.AA | codes.RD, (Question(NAME, codes.A),), (answer,), edns=Edns(1232, flags=codes.DO)
    )
    wire = bytes.fromhex(
        "1234 8500 0001 0001 0000 0001 03777777 076578616d706c65 03636f6d 00 0001 0001"
        "c00c 0001 0001 0000012c 0004 cb007107 00 0029 04d0 00008000 0000"
    )
    assert emit(message) == wire
    assert parse(wire) == message
    assert answer.plain() == {"name": "www.example.com.", "type": "A", "ttl": 300, "data": "203.0.113.7"}
    assert str(answer) == "www.example.com. 300 IN A 203.0.113.7"
    assert str(Question(NAME, codes.TXT, codes.CH)) == "www.example.com. CH TXT"


def test_compressed_data_of_rarer_types_is_read() -> None:
    """SRV, NAPTR, RT and their like: some servers compress them (RFC 3597 §4)."""
    head = bytes.fromhex("0000 8000 0001 0001 0000 0000") + NAME + b"\0\x21\0\1"
    wire = head + b"\xc0\x0c" + b"\0\x21\0\1" + bytes(4) + b"\0\x08" + bytes(6) + b"\xc0\x10"
    assert parse(wire).answers[0].data == "0 0 0 example.com."


def test_a_ttl_with_its_highest_bit_set_is_none() -> None:
    assert Record(NAME, codes.A, codes.IN, 0x80000001, b"\1\2\3\4").seconds == 0


def test_the_rcode_has_twelve_bits() -> None:
    message = Message(1, codes.QR | 7, edns=Edns(rcode=1))
    assert message.rcode == codes.BADCOOKIE
    assert dns.message.from_wire(emit(message)).rcode() == codes.BADCOOKIE


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        ("", "header"),
        ("0000 0000 0001 0000 0000 0000", "ends within"),
        ("0000 0000 0001 0000 0000 0000 00 0001", "ends after"),
        ("0000 8000 0000 0001 0000 0000 00 0001 0001 00000000 0005 01020304", "ends after"),
        ("0000 8000 0000 0001 0000 0000 00 0002 0001 00000000 0003 016100 00", "follow"),
        ("0000 8000 0000 0001 0000 0000 00 0002 0001 00000000 0002 0161", "ends within"),
        ("0000 8000 0000 0001 0000 0000 00 0002 0001 00000000 0004 016100 00", "NS data"),
        ("0000 8000 0000 0001 0000 0000 00 0006 0001 00000000 0003 000000", "SOA data"),
        ("0000 8000 0000 0001 0000 0000 c016 0001 0001 00000000 0000 00", "pointer"),
        ("0000 8000 0000 0000 0000 0002 00 0029 0200 00000000 0000 00 0029 0200 00000000 0000", "more than one OPT"),
        ("0000 8000 0000 0000 0000 0001 0161 00 0029 0200 00000000 0000", "root"),
        ("0000 8000 0000 0000 0000 0001 00 0029 0200 00000000 0003 000a 00", "option"),
        ("0000 8000 0000 0000 0000 0001 00 0029 0200 00000000 0004 000a 0001", "option"),
    ],
)
def test_what_is_no_message(wire: str, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=words) as caught:
        parse(bytes.fromhex(wire))
    assert caught.value.rule


@pytest.mark.parametrize(
    "message",
    [
        Message(0x10000, 0),
        Message(0, 0, (Question(b"\5ab", 1),)),
        Message(0, 0, (Question(NAME, 0x10000),)),
        Message(0, 0, (), (Record(NAME, 1, 1, -1, b""),)),
        Message(0, 0, (), (Record(NAME, codes.MX, 1, 0, b"\0\1\5ab"),)),
        Message(0, 0, edns=Edns(options=((1, bytes(0x10000)),))),
    ],
)
def test_what_cannot_be_said(message: Message) -> None:
    with pytest.raises(LocalProtocolError):
        emit(message)


class TestTruncation:
    MANY = tuple(Record(NAME, codes.A, codes.IN, 60, bytes([192, 0, 2, number])) for number in range(100))
    GLUE = tuple(Record(from_text(f"ns{number}.example.com"), codes.A, codes.IN, 60, bytes(4)) for number in range(40))
    NS = (Record(from_text("example.com"), codes.NS, codes.IN, 60, from_text("ns0.example.com")),)

    def test_answers_that_do_not_fit_set_tc_and_keep_edns(self) -> None:
        wire = emit(Message(1, codes.QR, (Question(NAME, 1),), self.MANY, self.NS, self.GLUE, Edns()), 512)
        assert len(wire) <= 512
        short = parse(wire)
        assert short.has(codes.TC)
        assert short.edns == Edns()
        assert 0 < len(short.answers) < 100
        assert short.answers == self.MANY[: len(short.answers)]
        assert not short.authority
        assert not short.additional

    def test_answers_alone_that_do_not_fit_set_tc(self) -> None:
        assert parse(emit(Message(1, codes.QR, (Question(NAME, 1),), self.MANY), 512)).has(codes.TC)

    def test_additional_records_are_left_out_without_a_word(self) -> None:
        short = parse(
            emit(Message(1, codes.QR | codes.AA, (Question(NAME, 1),), self.MANY[:1], self.NS, self.GLUE), 300)
        )
        assert not short.has(codes.TC)
        assert 0 < len(short.additional) < 40

    def test_a_referral_needs_all_of_its_glue(self) -> None:
        assert parse(emit(Message(1, codes.QR, (Question(NAME, 1),), (), self.NS, self.GLUE), 300)).has(codes.TC)

    def test_authority_that_does_not_fit_sets_tc(self) -> None:
        assert parse(emit(Message(1, codes.QR, (Question(NAME, 1),), self.MANY[:1], self.NS * 20), 150)).has(codes.TC)

    def test_a_question_always_fits_or_it_is_an_error(self) -> None:
        with pytest.raises(LocalProtocolError, match="question"):
            emit(Message(1, 0, (Question(NAME, 1),)), 20)

    @given(messages, st.integers(300, 600))
    def test_whatever_is_left_can_be_read(self, message: Message, limit: int) -> None:
        wire = emit(message, limit)
        assert len(wire) <= limit
        short = parse(wire)
        assert short.questions == message.questions
        assert short.answers == message.answers[: len(short.answers)]
        assert short.has(codes.TC) >= (len(short.answers) < len(message.answers))


def test_on_a_stream_a_length_comes_first() -> None:
    wire = emit(Message(7, 0, (Question(NAME, 1),)))
    assert cuts(unframed, framed(wire)) == (wire, len(wire) + 2)
    assert cuts(unframed, b"\0\0") == (b"", 2)


EACH = tuple(Record(NAME, codes.type_number(name), codes.IN, 60, wire_of(name, text)) for name, text in EVERY)
ALIAS = (Record(NAME, codes.CNAME, codes.IN, 60, NAME), Record(NAME, codes.SOA, codes.IN, 60, NAME * 2 + bytes(20)))
SAMPLES = [
    emit(Message(7, codes.QR, (Question(NAME, 255),), EACH, edns=Edns(options=((codes.OPTION_COOKIE, bytes(24)),)))),
    emit(Message(7, codes.RD, (Question(NAME, 1),), edns=Edns())),
    emit(Message(7, codes.QR, (Question(NAME, 1),), ALIAS)),
]


@pytest.mark.fuzz
def test_hostile_messages() -> None:
    def read(octets: bytes) -> None:
        message = parse(octets)
        for record in message.answers + message.authority + message.additional:
            record.plain()

    hammer(read, SAMPLES)


@pytest.mark.fuzz
def test_whatever_was_parsed_can_be_said_again() -> None:
    def there_and_back(octets: bytes) -> None:
        message = parse(octets)
        assert parse(emit(message)) == message

    hammer(there_and_back, SAMPLES, seed=2)


def test_questions_are_read_whatever_follows() -> None:
    message = emit(Message(7, 0x8180, (Question(b"\1a\0", 1, 1), Question(b"\1b\0", 28, 1))))
    assert wire.questions(message) == wire.questions(message + b"x") == parse(message).questions
    with pytest.raises(RemoteProtocolError):
        wire.questions(message[:-1])
    with pytest.raises(RemoteProtocolError, match="header"):
        wire.questions(message[:11])
