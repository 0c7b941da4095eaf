"""SMTP replies, and what EHLO's reply offers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.smtp import replies
from netloom.wire.smtp.replies import Reply
from tests.fuzzing import cuts, hammer

lines = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=100)
EHLO = b"250-mx.example\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN\r\n250-AUTH=PLAIN CRAM-MD5\r\n250 starttls\r\n"
SAMPLES = [EHLO, b"220 mx.example ESMTP\r\n", b"550 5.7.1 No\r\n", b"354\r\n"]


@given(st.builds(Reply, st.integers(200, 599), st.lists(lines, min_size=1, max_size=5).map(tuple)))
def test_what_is_emitted_is_parsed_again(reply: Reply) -> None:
    data = replies.emit(reply)
    assert replies.parse(data + b"250 next\r\n") == (reply, len(data))


@pytest.mark.parametrize("sample", SAMPLES)
def test_cutting_changes_nothing(sample: bytes) -> None:
    assert cuts(replies.parse, sample)[1] == len(sample)


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    def look(data: bytes) -> None:
        found = replies.parse(data)
        if found is not None:
            replies.size_limit(replies.parse_extensions(found[0]))

    hammer(look, SAMPLES)


def test_fields() -> None:
    reply = Reply(550, ("5.7.1 No", "5.7.1 never"))
    assert (reply.enhanced, reply.positive, reply.transient) == ("5.7.1", False, False)
    assert reply.text == "5.7.1 No\n5.7.1 never"
    assert Reply(450, ("5.7.1 another class",)).enhanced == ""
    assert Reply(354).positive
    assert Reply(421).transient


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", 0),
        (b"H", 0),
        (b"\x15\x03\x01", 0),
        (b"650 x\r\n", 0),
        (b"2x", 1),
        (b"25\r\n", 2),
        (b"250x\r\n", 3),
        (b"250-a\r\n251", 9),
        (b"250 a\n", 5),
        (b"250 a\rb\r\n", 5),
        (b"250 a\0b\r\n", 5),
        (b"250-" + b"a" * 5000, 0),
        (b"250-\r\n" * 300, 256 * 6),
    ],
)
def test_errors_name_the_octet(data: bytes, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        replies.parse(data)
    assert caught.value.offset == offset
    assert caught.value.rule


@pytest.mark.parametrize(
    "reply",
    [
        Reply(199),
        Reply(600),
        Reply(250, ()),
        Reply(250, ("a\r\n250 b",)),
        Reply(250, ("a\0",)),
        Reply(250, ("a" * 600,)),
    ],
)
def test_illegal_replies_are_never_emitted(reply: Reply) -> None:
    with pytest.raises(LocalProtocolError):
        replies.emit(reply)


def test_extensions() -> None:
    found = replies.parse(EHLO)
    assert found is not None
    extensions = replies.parse_extensions(found[0])
    assert extensions == {"SIZE": "1000", "AUTH": "PLAIN LOGIN CRAM-MD5", "STARTTLS": ""}
    assert replies.auth_mechanisms(extensions) == ("PLAIN", "LOGIN", "CRAM-MD5")
    assert replies.size_limit(extensions) == 1000
    assert replies.parse_extensions(replies.emit_extensions("mx.example", extensions)) == extensions


def test_extensions_that_are_none() -> None:
    assert replies.parse_extensions(Reply(250, ("mx", "", "*** greeting ***", "\u017fIZE 1", "DSN"))) == {"DSN": ""}
    with pytest.raises(LocalProtocolError):
        replies.emit_extensions("mx", {"A B": ""})


@pytest.mark.parametrize(("value", "limit"), [("", None), ("0", None), ("5", 5)])
def test_size_limits(value: str, limit: int | None) -> None:
    assert replies.size_limit({"SIZE": value}) == limit


@pytest.mark.parametrize("value", ["x", "-1", "1" * 21, "\u0661"])
def test_size_limits_that_are_none(value: str) -> None:
    with pytest.raises(RemoteProtocolError):
        replies.size_limit({"SIZE": value})
