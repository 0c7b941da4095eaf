"""SASL at a server: what is offered to whom, and who passes."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import pbkdf2_hmac, sha256
from typing import TYPE_CHECKING

import pytest

from netloom.accounts import Account, Accounts, PasswordHash
from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError
from netloom.links.sasl import MECHANISMS, authenticate, offered
from netloom.wire import scram
from netloom.wire.credentials import Credentials
from netloom.wire.sasl import Exchange
from netloom.wire.smtp.auth import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable

ANN = Account(name="ann", password=Secret("pässword"), tokens=(Secret("token"),))
EVE = Account(name="eve", password=PasswordHash.of("hashed", log2_n=4))
KEYS = Account(name="key")


@pytest.mark.parametrize(
    ("accounts", "private", "names"),
    [
        ([ANN], True, ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2")),
        ([ANN], False, ("SCRAM-SHA-256", "CRAM-MD5")),
        ([EVE], True, ("PLAIN", "LOGIN")), ([EVE], False, ()), ([KEYS], True, ()), ([], True, ()),
    ],
)  # fmt: skip
def test_offered(accounts: list[Account], private: bool, names: tuple[str, ...]) -> None:
    assert offered(Accounts(accounts), private=private) == names


async def attempt(given: Credentials, mechanism: str, *, at_once: bool, accounts: Accounts) -> Account | None:
    """A client that authenticates, with its first answer in the command or asked for."""
    exchange = Exchange(mechanism, given, "nonce")
    initial = exchange.begin(1000 if at_once else -1)

    async def ask(challenge: bytes) -> bytes:
        return exchange.answer(challenge)

    account = await authenticate(Attempt(mechanism, initial), accounts, "192.0.2.1", "mx", ask)
    if account is not None:
        exchange.succeed()
    return account


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_each(mechanism: str, at_once: bool) -> None:
    accounts = Accounts([ANN, EVE])
    accounts.throttle.free = 10
    right = "token" if mechanism == "XOAUTH2" else "pässword"
    assert await attempt(Credentials("ann", right), mechanism, at_once=at_once, accounts=accounts) == ANN
    for name, password in (("ann", "wrong"), ("bob", right), ("eve", right)):
        assert await attempt(Credentials(name, password), mechanism, at_once=at_once, accounts=accounts) is None


async def _nobody(challenge: bytes) -> bytes:
    raise AssertionError(challenge)


async def test_cram_md5_begins_with_a_challenge() -> None:
    with pytest.raises(RemoteProtocolError, match="begins with a challenge"):
        await authenticate(Attempt("CRAM-MD5", b"x"), Accounts([ANN]), "192.0.2.1", "mx", _nobody)


@pytest.mark.parametrize("last", [b"x", b"c=biws"])
async def test_scram_ends_with_an_empty_answer(last: bytes) -> None:
    """Until the client has taken note of what we showed, nobody is in."""
    client = scram.Client("ann", "pässword", "abc")
    answers: list[Callable[[bytes], bytes]] = [client.answer, lambda shown: client.check(shown) + last]

    async def ask(challenge: bytes) -> bytes:
        return answers.pop(0)(challenge)

    with pytest.raises(RemoteProtocolError, match="is empty"):
        await authenticate(Attempt(scram.MECHANISM, client.first()), Accounts([ANN]), "192.0.2.1", "mx", ask)


@pytest.mark.parametrize("other", ["ann", "eve"])
async def test_scram_as_another(other: str) -> None:
    """The proof itself is right (RFC 5802 §3)."""
    gs2, bare = f"n,a={other},".encode(), b"n=ann,r=abc"

    async def ask(challenge: bytes) -> bytes:
        if challenge.startswith(b"v="):
            return b""
        nonce, salt, count = (part[2:] for part in challenge.split(b","))
        key = hmac.digest(
            pbkdf2_hmac("sha256", "pässword".encode(), b64decode(salt), int(count)), b"Client Key", "sha256"
        )
        final = b"c=" + b64encode(gs2) + b",r=" + nonce
        signature = hmac.digest(sha256(key).digest(), b",".join((bare, challenge, final)), "sha256")
        return final + b",p=" + b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True)))

    accounts = Accounts([ANN])
    found = await authenticate(Attempt(scram.MECHANISM, gs2 + bare), accounts, "192.0.2.1", "mx", ask)
    assert found == (ANN if other == "ann" else None)


async def test_nobody_acts_as_another() -> None:
    accounts = Accounts([ANN, EVE])
    same = Credentials("ann", "pässword", authorize_as="ann")
    assert await attempt(same, "PLAIN", at_once=True, accounts=accounts) == ANN
    other = Credentials("ann", "pässword", authorize_as="eve")
    assert await attempt(other, "PLAIN", at_once=True, accounts=accounts) is None


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_failures_are_remembered(mechanism: str) -> None:
    accounts = Accounts([ANN])
    accounts.throttle.free = 1
    await attempt(Credentials("ann", "wrong"), mechanism, at_once=False, accounts=accounts)
    accounts.failed("192.0.2.1")
    assert accounts.delay_for("192.0.2.1") > 0
    assert accounts.delay_for("192.0.2.2") == 0
