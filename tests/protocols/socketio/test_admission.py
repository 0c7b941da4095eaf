from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from netloom.accounts import Account, Accounts, Right
from netloom.endpoint import Secret
from netloom.links.virtual import run
from netloom.protocols.socketio.admission import Gate

KNOWN = [
    Account(name="ann", password=Secret("secret"), tokens=(Secret("abc"),)),
    Account(name="bob", password=Secret("pw"), rights=frozenset()),
]


def gate(accounts: Accounts, account: Account | None = None) -> tuple[Gate, list[tuple[Any, ...]]]:
    told: list[tuple[Any, ...]] = []

    def access(verb: str, target: str, *, status: str, user: str, started: float) -> None:
        told.append((verb, target, status, user))

    link: Any = SimpleNamespace(peer="127.0.0.1:5")
    context: Any = SimpleNamespace(accounts=accounts, access=access)
    return Gate(link, context, account), told


@pytest.mark.parametrize(
    ("auth", "admitted", "user"),
    [
        ({}, True, ""),
        ({"x": 1}, True, ""),
        ({"token": "abc"}, True, "ann"),
        ({"token": "abd"}, False, ""),
        ({"token": 5}, False, ""),
        ({"token": None}, False, ""),
        ({"token": "x" * 10_000}, False, ""),
        ({"user": "ann", "password": "secret"}, True, "ann"),
        ({"username": "ann", "password": "secret"}, True, "ann"),
        ({"user": "ann", "password": "wrong"}, False, ""),
        ({"user": "ann", "password": ["secret"]}, False, ""),
        ({"password": "secret"}, False, ""),
        ({"user": "ann"}, True, ""),
        ({"user": "bob", "password": "pw"}, False, "bob"),
    ],
)
async def test_credentials(auth: dict[str, Any], admitted: bool, user: str) -> None:
    made, told = gate(Accounts(KNOWN))
    found, account = await made.admit(auth, "/x")
    assert (found, account.name if account is not None else "") == (admitted, user)
    assert told == [("CONNECT", "/x", "ok" if admitted else "refused", user)]


async def test_the_handshakes_count() -> None:
    made, _ = gate(Accounts(KNOWN, anonymous=frozenset()), KNOWN[0])
    assert await made.admit({}, "/") == (True, KNOWN[0])
    assert await made.admit({"token": "wrong"}, "/") == (False, None)


async def test_nobody_in_particular() -> None:
    made, _ = gate(Accounts(KNOWN, anonymous=frozenset()))
    assert await made.admit({}, "/") == (False, None)
    made, _ = gate(Accounts(anonymous=frozenset({Right.READ})))
    assert await made.admit({"token": "whatever"}, "/") == (True, None)


def test_failures_are_remembered() -> None:
    async def main() -> None:
        for auth in ({"token": "x"}, {"user": "ann", "password": "x"}):
            accounts = Accounts(KNOWN)
            made, _ = gate(accounts)
            for _ in range(10):
                await made.admit(dict(auth), "/")
            assert accounts.delay_for("127.0.0.1") > 0

    run(main())
