"""Challenges and credentials: the framework, Basic and Bearer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.http import authentication
from netloom.wire.http.authentication import Authentication
from tests.fuzzing import hammer

tokens = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=10).filter(lambda t: t.strip("-"))
sayable = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc"], exclude_characters="\xa0\x7f\xad"), max_size=20
)
plain = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
SAMPLES = [
    'Basic realm="a \\"b\\", c"',
    'Digest realm="x", qop="auth, auth-int", nonce=abc, algorithm=SHA-256, Basic realm=y, Negotiate, NTLM TlRM==',
    "Bearer abc.def-_~+/==",
    "",
]


def made(scheme: str, token: str, parameters: dict[str, str]) -> Authentication:
    return Authentication(scheme, token, {} if token else parameters)


@given(
    st.builds(made, tokens, st.sampled_from(["", "YWJj", "a-._~+/=="]), st.dictionaries(tokens, sayable, max_size=5))
)
def test_what_is_emitted_is_parsed_again(what: Authentication) -> None:
    assert authentication.parse(authentication.emit(what)) == [what]
    assert authentication.parse_credentials(authentication.emit(what)) == what


@given(st.text(st.characters(codec="latin-1")))
def test_any_text_raises_only_the_peers_error(text: str) -> None:
    try:
        authentication.parse(text)
    except RemoteProtocolError as raised:
        error = raised
    else:
        return
    assert error.rule
    assert error.offset is not None


@pytest.mark.fuzz
def test_hostile_bytes() -> None:
    hammer(lambda data: authentication.parse(data.decode("latin-1")), [sample.encode() for sample in SAMPLES])


def test_several_challenges_in_one_field() -> None:
    found = authentication.parse(SAMPLES[1])
    assert [challenge.scheme for challenge in found] == ["digest", "basic", "negotiate", "ntlm"]
    assert found[0].parameters["qop"] == "auth, auth-int"
    assert found[1].parameters == {"realm": "y"}
    assert found[3].token == "TlRM=="
    assert authentication.parse_all(["Basic", "Bearer x"])[1].token == "x"


@pytest.mark.parametrize("value", ["=", "Basic x y=", 'Basic realm="x', "Basic @", "a" * 20_000, "a, " * 100])
def test_what_is_refused(value: str) -> None:
    with pytest.raises(RemoteProtocolError):
        authentication.parse(value)


def test_credentials_are_one() -> None:
    for value in ("", "Basic, Bearer"):
        with pytest.raises(RemoteProtocolError):
            authentication.parse_credentials(value)


@given(plain.filter(lambda name: ":" not in name), plain)
def test_basic_is_read_again(username: str, password: str) -> None:
    found = authentication.parse_credentials(authentication.basic(username, password))
    given_ = authentication.parse_basic(found.token)
    assert (given_.username, given_.password) == (username, password)


def test_basic_by_the_book() -> None:
    assert authentication.basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert authentication.parse_basic("dGVzdDoxMjPCow==").password == "123£"
    assert authentication.parse_basic("dGVzdDoxMjOj").password == "123£"  # ISO 8859-1


@pytest.mark.parametrize(("username", "password"), [("a:b", ""), ("a\n", ""), ("a", "b\0"), ("a", "\r")])
def test_basic_refuses(username: str, password: str) -> None:
    with pytest.raises(LocalProtocolError):
        authentication.basic(username, password)


@pytest.mark.parametrize("token", ["", "???", "YQ", "YWI=", "YQo6Yg==", "ä"])
def test_basic_that_is_none(token: str) -> None:
    with pytest.raises(RemoteProtocolError):
        authentication.parse_basic(token)


def test_bearer() -> None:
    assert authentication.bearer("abc.def~==") == "Bearer abc.def~=="
    for token in ("", "a b", "a\r\nX: 1", "=a", "ä"):
        with pytest.raises(LocalProtocolError):
            authentication.bearer(token)


def test_secrets_are_not_shown() -> None:
    shown = repr(authentication.parse("Bearer canary, Digest response=canary"))
    assert "canary" not in shown
