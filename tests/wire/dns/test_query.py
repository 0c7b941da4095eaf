"""DNS: questions from a template, and which messages are answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.wire.dns import codes, edns
from netloom.wire.dns.message import Edns, Message, Question, Record, emit, parse
from netloom.wire.dns.names import from_text
from netloom.wire.dns.query import Query, Template

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = from_text("www.example.com")
QUESTION = Question(NAME, codes.A)
COOKIE = (codes.OPTION_COOKIE, bytes(8))
FORM = Template(codes.RD, Edns(1232, options=((codes.OPTION_NSID, b""), COOKIE)))
NOISE = bytes.fromhex("00") + b"\xff\0\xff" * 6


def asked(question: Question = QUESTION, case: bytes = NOISE[: len(NAME)]) -> Query:
    return FORM.query(0x1234, question, case, b"12345678")


def answer(query: Query, **changes: object) -> bytes:
    """The true answer, or with some fields made otherwise."""
    heard = parse(query.data)
    made = Message(
        query.id,
        codes.QR | codes.RD,
        heard.questions,
        (Record(heard.questions[0].name, 1, 1, 60, b"\1\2\3\4"),),
        edns=heard.edns,
    )
    return emit(made.replace(**changes))


def test_a_query_is_what_dnspython_would_ask() -> None:
    query = asked()
    reference = dns.message.from_wire(query.data)
    assert reference.id == 0x1234
    assert reference.flags == codes.RD
    assert reference.question[0].name.to_text().lower() == "www.example.com."
    assert reference.payload == 1232
    assert [int(option.otype) for option in reference.options] == [codes.OPTION_NSID, codes.OPTION_COOKIE]
    assert parse(query.data).edns == Edns(1232, options=((codes.OPTION_NSID, b""), (codes.OPTION_COOKIE, b"12345678")))
    assert parse(Template(0, None).query(1, QUESTION).data) == Message(1, 0, (QUESTION,))


def test_the_answer_is_one_and_has_the_name_as_it_was_meant() -> None:
    query = asked()
    assert query.data[12:29] != NAME
    data = answer(query)
    assert query.answers(data)
    assert NAME not in data
    restored = query.read(data)
    assert restored == parse(query.restored(data))
    assert restored.questions == (QUESTION,)
    assert restored.answers[0].name == NAME
    assert query.has_cookie(restored)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 0x1235},
        {"flags": codes.RD},
        {"questions": (Question(NAME, codes.A),)},  # in another case
        {"questions": (Question(from_text("ww2.example.com"), codes.A),)},
        {"questions": (Question(NAME, codes.AAAA),)},
        {"questions": (Question(NAME, codes.A, codes.CH),)},
        {"questions": ()},
        {"questions": (QUESTION, QUESTION)},
    ],
)
def test_what_is_no_answer(changes: dict[str, object]) -> None:
    query = asked()
    assert not query.answers(answer(query, **changes))


def test_another_case_is_noticed() -> None:
    query = asked()
    assert query.answers_but_for_case(answer(query, questions=(QUESTION,)))
    for changes in ({"id": 1}, {"flags": 0}, {"questions": ()}, {"questions": (Question(NAME, codes.MX),)}):
        assert not query.answers_but_for_case(answer(query, **changes))
    assert query.restored(answer(query, questions=(QUESTION,))) == answer(query, questions=(QUESTION,))


def test_a_refusal_may_leave_the_question_out() -> None:
    query = asked()
    assert query.answers(answer(query, questions=(), answers=(), flags=codes.QR | codes.FORMERR))
    transfer = asked(Question(NAME, codes.AXFR))
    assert transfer.answers(answer(transfer, questions=()))
    update = emit(Message(9, codes.UPDATE << 11, (Question(NAME, codes.SOA),)))
    told = Query(9, update, Question(NAME, codes.SOA), update[12:])
    assert told.answers(emit(Message(9, codes.QR | codes.UPDATE << 11)))


def test_a_cookie_has_to_be_ours_or_absent() -> None:
    query = asked()
    for given_cookie, good in (
        (b"12345678abcdefgh", True),
        (b"12345678", True),
        (b"12345679abcdefgh", False),
        (b"", False),
    ):
        message = Message(1, codes.QR, edns=Edns(options=((codes.OPTION_COOKIE, given_cookie),)))
        assert query.has_cookie(message) == good
    assert query.has_cookie(Message(1, codes.QR, edns=Edns()))
    assert query.has_cookie(Message(1, codes.QR))


@given(st.binary(max_size=60))
def test_arbitrary_octets_are_no_answer(data: bytes) -> None:
    query = asked()
    assert not query.answers(data)
    assert not query.answers_but_for_case(data)
    query.restored(data)


COUNTS = st.lists(st.integers(0, 3), min_size=4, max_size=4).map(lambda counts: b"".join(n.to_bytes(2) for n in counts))
OCTETS = st.lists(st.sampled_from([0, 1, 4, 12, 29, 41, 0xC0, 0xFF]), max_size=30).map(bytes)


@given(COUNTS, OCTETS)
def test_reading_skips_only_the_question_that_is_known(counts: bytes, rest: bytes) -> None:
    """Whatever the header claims: it is what parsing all of the message gives."""
    query = asked()
    data = b"\x12\x34\x80\x03" + counts + query.asked + rest
    assert attempt(query.read, data) == attempt(lambda data: parse(query.restored(data)), data)


def attempt(read: Callable[[bytes], Message], data: bytes) -> Message | str:
    try:
        return read(data)
    except RemoteProtocolError:
        return "refused"


@given(st.text("abc", min_size=1, max_size=60))
def test_padded_questions_have_the_same_length(label: str) -> None:
    question = Question(from_text(label), codes.A)
    padded = FORM.padded(question).query(1, question)
    assert len(padded.data) % edns.QUERY_BLOCK == 0
    assert parse(padded.data).questions == (question,)
    assert Template(0, None).padded(question).edns is None
