"""SCRAM-SHA-256: the example of RFC 7677 §3 (user, pencil), and what is none."""

from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire import scram

NONCE = "rOprNGfwEbeRWgbNEkqO"
OTHER = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
SALT = b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")


def test_the_client() -> None:
    client = scram.Client("user", "pencil", NONCE)
    assert client.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    challenge = f"r={NONCE}{OTHER},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    proof = f"c=biws,r={NONCE}{OTHER},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    assert client.answer(challenge.encode()) == proof.encode()
    client.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def test_the_server() -> None:
    first = scram.parse_first(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    server = scram.Server(first, OTHER, SALT, "pencil")
    assert server.challenge().decode() == f"r={NONCE}{OTHER},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    proof = f"c=biws,r={NONCE}{OTHER},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    assert server.verdict(proof.encode()) == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


@settings(deadline=None)
@given(st.sampled_from(["ann", "a=b,c", "ä"]), st.sampled_from(["secret", "pass word", "ﬁ\u00aaß", "=,"]))
def test_both(user: str, password: str) -> None:
    client = scram.Client(user, password, "abc")
    first = scram.parse_first(client.first())
    assert first.username == user
    server = scram.Server(first, "def", b"salt1234", password)
    shown = server.verdict(client.answer(server.challenge()))
    assert shown is not None
    client.check(shown)


@pytest.mark.parametrize("password", ["wrong", None, "bell\x07"])
def test_who_doesnt_know_it(password: str | None) -> None:
    client = scram.Client("ann", "secret", "abc")
    server = scram.Server(scram.parse_first(client.first()), "def", b"salt", password)
    assert server.verdict(client.answer(server.challenge())) is None


@pytest.mark.parametrize("said", [b"v=AAAA", b"e=invalid-proof", b"", b"v=!"])
def test_a_server_that_doesnt_know_it(said: bytes) -> None:
    client = scram.Client("ann", "secret", "abc")
    client.answer(b"r=abcdef,s=c2FsdA==,i=4096")
    with pytest.raises(RemoteProtocolError):
        client.check(said)


@pytest.mark.parametrize(
    "said",
    [
        b"r=xyzdef,s=c2FsdA==,i=4096", b"r=abc,s=c2FsdA==,i=4096", b"r=abcdef,s=c2FsdA==,i=1",
        b"r=abcdef,s=c2FsdA==,i=999999999", b"r=abcdef,s=!,i=4096", b"", b"\xff",
    ],
)  # fmt: skip
def test_a_challenge_that_is_none(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        scram.Client("ann", "secret", "abc").answer(said)


@pytest.mark.parametrize(
    "said", [b"p=tls-unique,,n=a,r=b", b"n,,n=,r=b", b"n,,n=a=,r=b", b"n,,n=a,r=", b"n=a,r=b", b"\xff"]
)
def test_a_beginning_that_is_none(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        scram.parse_first(said)


@pytest.mark.parametrize(
    "said", [b"c=biws,r=abcdeX,p=AAAA", b"c=eSws,r=abcdef,p=AAAA", b"c=biws,r=abcdef", b"c=biws,r=abcdef,p=!!"]
)
def test_a_proof_of_another_exchange(said: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        scram.Server(scram.parse_first(b"n,,n=a,r=abc"), "def", b"salt", "x").verdict(said)


def test_what_none_may_have() -> None:
    assert scram.prepared("I\u00adX\u00aa") == b"IXa"
    with pytest.raises(LocalProtocolError):
        scram.prepared("a\0b")
