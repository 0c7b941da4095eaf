"""SMTP authentication: what a client says is what a server hears, and nothing odd passes."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.credentials import Credentials
from netloom.wire.smtp import auth
from netloom.wire.smtp.auth import Attempt
from tests.fuzzing import hammer

if TYPE_CHECKING:
    from collections.abc import Callable

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x01\r\n "), min_size=1, max_size=40)
users = st.builds(Credentials, texts, texts)
ANN = Credentials("ann", "secret")


@given(st.builds(Credentials, texts, texts, st.one_of(st.just(""), texts)))
def test_plain_both_ways(credentials: Credentials) -> None:
    assert auth.parse_plain(auth.plain_answer(credentials)) == credentials


@given(users)
def test_login_both_ways(credentials: Credentials) -> None:
    assert auth.parse_login(*auth.login_answers(credentials)) == credentials


@given(users)
def test_xoauth2_both_ways(credentials: Credentials) -> None:
    assert auth.parse_xoauth2(auth.xoauth2_answer(credentials)) == credentials


@given(users)
def test_cram_md5_both_ways(credentials: Credentials) -> None:
    challenge = auth.cram_md5_challenge("1.2", "mx.example")
    heard = auth.parse_cram_md5(auth.cram_md5_answer(challenge, credentials))
    assert heard.username == credentials.username
    assert hmac.compare_digest(heard.digest, auth.cram_md5_digest(challenge, credentials.password))
    assert heard.digest != auth.cram_md5_digest(challenge, credentials.password + "x")


@given(st.builds(Attempt, st.sampled_from(auth.MECHANISMS), st.none() | st.binary(max_size=60)))
def test_attempts_both_ways(attempt: Attempt) -> None:
    assert auth.parse_attempt(auth.emit_attempt(attempt)) == attempt


def test_the_examples_of_the_rfcs() -> None:
    # RFC 4616 §4, RFC 2195 §2
    assert auth.plain_answer(Credentials("tim", "tanstaaftanstaaf")) == b"\0tim\0tanstaaftanstaaf"
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    answer = auth.cram_md5_answer(challenge, Credentials("tim", "tanstaaftanstaaf"))
    assert answer == b"tim b913a602c7eda7a495b4e6e7334d3890"
    assert auth.encode(answer) == "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"
    assert auth.emit_attempt(Attempt("PLAIN", b"")) == "PLAIN ="
    assert auth.emit_attempt(Attempt("LOGIN")) == "LOGIN"


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("parse", "sample"),
    [
        (lambda data: auth.parse_attempt(data.decode("utf-8", "replace")), b"PLAIN AGFubgBzZWNyZXQ="),
        (lambda data: auth.decode(data.decode("utf-8", "replace")), b"AGFubgBzZWNyZXQ="),
        (auth.parse_plain, b"\0ann\0secret"),
        (lambda data: auth.parse_login(data, data), b"ann"),
        (auth.parse_cram_md5, b"tim b913a602c7eda7a495b4e6e7334d3890"),
        (auth.parse_xoauth2, b"user=ann\x01auth=Bearer t0ken\x01\x01"),
    ],
    ids=["attempt", "base64", "plain", "login", "cram-md5", "xoauth2"],
)
def test_hostile_bytes(parse: Callable[[bytes], object], sample: bytes) -> None:
    hammer(parse, [sample])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: auth.plain_answer(Credentials("a\0b", "x")),
        lambda: auth.plain_answer(Credentials("ann", "")),
        lambda: auth.login_answers(Credentials("ann", "a\0b")),
        lambda: auth.login_answers(Credentials("ann", "x", "bob")),
        lambda: auth.cram_md5_answer(b"<1@x>", Credentials("a\rb", "x")),
        lambda: auth.cram_md5_answer(b"<1@x>", Credentials("ann", "x", "bob")),
        lambda: auth.cram_md5_challenge("1 2", "x"),
        lambda: auth.cram_md5_challenge("1", "x\r\n"),
        lambda: auth.xoauth2_answer(Credentials("ann\x01", "x")),
        lambda: auth.xoauth2_answer(Credentials("ann", "")),
        lambda: auth.emit_attempt(Attempt("PLAIN\r\nDATA")),
    ],
)
def test_illegal_answers_are_never_sent(wrong: Callable[[], object]) -> None:
    with pytest.raises(LocalProtocolError):
        wrong()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: auth.parse_plain(b"ann\0secret"),
        lambda: auth.parse_plain(b"\0\0secret"),
        lambda: auth.parse_plain(b"\0ann\0"),
        lambda: auth.parse_plain(b"\0ann\0a\0b"),
        lambda: auth.parse_plain(b"\0ann\0\xff"),
        lambda: auth.parse_login(b"", b"x"),
        lambda: auth.parse_login(b"ann", b"a\0b"),
        lambda: auth.parse_cram_md5(b"b913a602c7eda7a495b4e6e7334d3890"),
        lambda: auth.parse_cram_md5(b"tim x913a602c7eda7a495b4e6e7334d3890"),
        lambda: auth.parse_xoauth2(b"user=ann\x01auth=Basic x\x01\x01"),
        lambda: auth.parse_attempt(""),
        lambda: auth.parse_attempt("PLAIN !"),
        lambda: auth.parse_attempt("PLAIN AA"),
        lambda: auth.parse_attempt("X\u017f"),
        lambda: auth.decode("AA=A"),
        lambda: auth.decode("\xfc"),
    ],
)
def test_answers_that_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(RemoteProtocolError):
        wrong()


def test_secrets_are_not_shown() -> None:
    attempt = Attempt("PLAIN", auth.plain_answer(ANN))
    assert "secret" not in repr(attempt) + repr(ANN)
