"""SASL from the client's side."""

from __future__ import annotations

import pytest

from netloom.errors import Blocked, RemoteProtocolError, Unauthenticated
from netloom.wire import sasl, scram
from netloom.wire.credentials import Credentials
from netloom.wire.sasl import Exchange, Login
from netloom.wire.smtp import auth

ANN = Credentials("ann", "s3cret")
KNOWN = ("PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")


@pytest.mark.parametrize(
    ("offered", "private", "login", "chosen"),
    [
        (["PLAIN", "CRAM-MD5"], True, Login(credentials=ANN), "PLAIN"),
        (["CRAM-MD5", "LOGIN"], True, Login(credentials=ANN), "LOGIN"),
        (["PLAIN", "CRAM-MD5"], False, Login(credentials=ANN), "CRAM-MD5"),
        (["PLAIN", "CRAM-MD5", "SCRAM-SHA-256"], False, Login(credentials=ANN), "SCRAM-SHA-256"),
        (["PLAIN"], False, Login(credentials=ANN, in_clear=True), "PLAIN"),
        (["PLAIN", "LOGIN"], True, Login(credentials=ANN, mechanism="LOGIN"), "LOGIN"),
        (["ANONYMOUS"], False, Login(credentials=ANN, mechanism="ANONYMOUS"), "ANONYMOUS"),
    ],
)
def test_which_is_taken(offered: list[str], private: bool, login: Login, chosen: str) -> None:
    assert sasl.choose(login, KNOWN, offered, private=private) == chosen


@pytest.mark.parametrize("offered", [["PLAIN"], ["LOGIN", "PLAIN"]])
def test_no_password_goes_in_the_clear(offered: list[str]) -> None:
    with pytest.raises(Blocked):
        sasl.choose(Login(credentials=ANN), KNOWN, offered, private=False)


@pytest.mark.parametrize(("offered", "mechanism"), [([], ""), (["GSSAPI"], ""), (["PLAIN"], "CRAM-MD5")])
def test_nothing_that_fits(offered: list[str], mechanism: str) -> None:
    with pytest.raises(Unauthenticated):
        sasl.choose(Login(credentials=ANN, mechanism=mechanism), KNOWN, offered, private=True)


def test_what_is_answered() -> None:
    assert auth.parse_plain(begun("PLAIN").begin(100) or b"") == ANN
    assert begun("ANONYMOUS").begin(100)
    assert begun("EXTERNAL").begin(100) == b""
    login = begun("LOGIN")
    assert (login.begin(100), login.answer(b"Username:"), login.answer(b"Password:")) == (None, b"ann", b"s3cret")
    bearer = begun("XOAUTH2")
    assert auth.parse_xoauth2(bearer.begin(100) or b"") == ANN
    bearer.succeed()  # there may be nothing more to say
    assert bearer.answer(b'{"status":"401"}') == b""
    challenge = auth.cram_md5_challenge("1", "x")
    digest = auth.parse_cram_md5(begun("CRAM-MD5").answer(challenge))
    assert digest.digest == auth.cram_md5_digest(challenge, "s3cret")


def begun(mechanism: str) -> Exchange:
    return Exchange(mechanism, ANN, "nonce")


@pytest.mark.parametrize("room", [-1, 100])
def test_scram(room: int) -> None:
    exchange = begun("SCRAM-SHA-256")
    first = exchange.begin(room)
    if room < 0:
        assert first is None
        first = exchange.answer(b"")
    server = scram.Server(scram.parse_first(first or b""), "more", b"salt", "s3cret")
    proof = exchange.answer(server.challenge())
    with pytest.raises(RemoteProtocolError, match="before it was over"):
        exchange.succeed()  # the server hasn't shown that it knows the password
    assert exchange.answer(server.verdict(proof) or b"") == b""
    exchange.succeed()


@pytest.mark.parametrize("room", [-1, 5])
def test_what_has_to_wait(room: int) -> None:
    exchange = begun("PLAIN")
    assert exchange.begin(room) is None
    with pytest.raises(RemoteProtocolError, match="before it was over"):
        exchange.succeed()
    assert auth.parse_plain(exchange.answer(b"")) == ANN
    exchange.succeed()


@pytest.mark.parametrize("mechanism", sasl.MECHANISMS)
def test_nobody_asks_without_end(mechanism: str) -> None:
    exchange = begun(mechanism)

    def ask() -> None:
        for _ in range(3):
            exchange.answer(b"<1@x>")

    with pytest.raises(RemoteProtocolError, match="asks on" if mechanism != scram.MECHANISM else "challenge"):
        ask()
