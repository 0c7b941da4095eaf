"""AUTH at the server: what is offered to whom, and who passes."""

from __future__ import annotations

import pytest

from netloom.accounts import Account, Accounts, PasswordHash
from netloom.endpoint import Secret
from netloom.errors import RemoteProtocolError
from netloom.protocols.smtp.sasl import authenticate, offered
from netloom.wire.credentials import Credentials
from netloom.wire.smtp import auth
from netloom.wire.smtp.auth import Attempt

ANN = Account(name="ann", password=Secret("pässword"), tokens=(Secret("token"),))
EVE = Account(name="eve", password=PasswordHash.of("hashed", log2_n=4))
KEYS = Account(name="key")


@pytest.mark.parametrize(
    ("accounts", "private", "names"),
    [
        ([ANN], True, ("CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2")), ([ANN], False, ("CRAM-MD5",)),
        ([EVE], True, ("PLAIN", "LOGIN")), ([EVE], False, ()), ([KEYS], True, ()), ([], True, ()),
    ],
)  # fmt: skip
def test_offered(accounts: list[Account], private: bool, names: tuple[str, ...]) -> None:
    assert offered(Accounts(accounts), private=private) == names


async def attempt(given: Credentials, mechanism: str, *, at_once: bool, accounts: Accounts) -> Account | None:
    """A client that authenticates, with its first answer in the command or asked for."""
    if mechanism == "PLAIN":
        answers = [auth.plain_answer(given)]
    elif mechanism == "XOAUTH2":
        answers = [auth.xoauth2_answer(given), b""]
    else:
        answers = [given.username.encode(), given.password.encode()]

    async def ask(challenge: bytes) -> bytes:
        return auth.cram_md5_answer(challenge, given) if mechanism == "CRAM-MD5" else answers.pop(0)

    initial = answers.pop(0) if at_once else None
    return await authenticate(Attempt(mechanism, initial), accounts, "192.0.2.1", "mx", ask)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("mechanism", auth.MECHANISMS)
async def test_each(mechanism: str, at_once: bool) -> None:
    if mechanism == "CRAM-MD5" and at_once:
        with pytest.raises(RemoteProtocolError, match="begins with a challenge"):
            await attempt(Credentials("ann", "x"), mechanism, at_once=True, accounts=Accounts([ANN]))
        return
    accounts = Accounts([ANN, EVE])
    accounts.throttle.free = 10
    right = "token" if mechanism == "XOAUTH2" else "pässword"
    assert await attempt(Credentials("ann", right), mechanism, at_once=at_once, accounts=accounts) == ANN
    for name, password in (("ann", "wrong"), ("bob", right), ("eve", right)):
        assert await attempt(Credentials(name, password), mechanism, at_once=at_once, accounts=accounts) is None


async def test_nobody_acts_as_another() -> None:
    accounts = Accounts([ANN, EVE])
    same = Credentials("ann", "pässword", authorize_as="ann")
    assert await attempt(same, "PLAIN", at_once=True, accounts=accounts) == ANN
    other = Credentials("ann", "pässword", authorize_as="eve")
    assert await attempt(other, "PLAIN", at_once=True, accounts=accounts) is None


@pytest.mark.parametrize("mechanism", auth.MECHANISMS)
async def test_failures_are_remembered(mechanism: str) -> None:
    accounts = Accounts([ANN])
    accounts.throttle.free = 1
    await attempt(Credentials("ann", "wrong"), mechanism, at_once=False, accounts=accounts)
    accounts.failed("192.0.2.1")
    assert accounts.delay_for("192.0.2.1") > 0
    assert accounts.delay_for("192.0.2.2") == 0
