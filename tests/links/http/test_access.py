from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from netloom.accounts import Account, Accounts, Right
from netloom.endpoint import Secret
from netloom.links.http.access import admit, host_of
from netloom.links.http.messages import Request
from netloom.links.virtual import run

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange, Fields


class Asking:
    """An exchange that remembers its answer."""

    def __init__(self, credentials: str, peer: str = "127.0.0.1:5") -> None:
        fields = (("authorization", credentials),) if credentials else ()
        self.request = Request(method="GET", target="/", headers=fields)
        self.peer = peer
        self.status = 0
        self.fields: dict[str, str] = {}

    async def respond(self, status: int, headers: Fields = (), body: bytes = b"") -> None:
        self.status, self.fields = status, dict(headers)


ANN, BOB, EVE = "Basic YW5uOnNlY3JldA==", "Basic Ym9iOnB3", "Basic ZXZlOng="
KNOWN = [
    Account(name="ann", password=Secret("secret"), tokens=(Secret("abc"),)),
    Account(name="bob", password=Secret("pw"), rights=frozenset({Right.READ})),
]


async def ask(credentials: str, accounts: Accounts, right: Right) -> tuple[int, str]:
    asking: Any = Asking(credentials)
    context: Any = SimpleNamespace(accounts=accounts)
    admitted, account = await admit(cast("Exchange", asking), context, right, (("x-more", "1"),))
    assert admitted is (asking.status == 0)
    assert ("www-authenticate" in asking.fields) is (asking.status == 401)
    assert ("x-more" in asking.fields) is (not admitted)
    return asking.status, account.name if account is not None else ""


@pytest.mark.parametrize(
    ("credentials", "reads", "writes"),
    [
        ("", (0, ""), (401, "")),
        (ANN, (0, "ann"), (0, "ann")),
        ("Bearer abc", (0, "ann"), (0, "ann")),
        ("bearer abd", (401, ""), (401, "")),
        (BOB, (0, "bob"), (403, "")),
        (EVE, (401, ""), (401, "")),
        ("Basic ???", (401, ""), (401, "")),
        ("Magic x", (401, ""), (401, "")),
    ],
)
async def test_with_accounts(credentials: str, reads: tuple[int, str], writes: tuple[int, str]) -> None:
    assert await ask(credentials, Accounts(KNOWN), Right.READ) == reads
    assert await ask(credentials, Accounts(KNOWN), Right.WRITE) == writes


async def test_where_nobody_reads_without_an_account() -> None:
    accounts = Accounts(KNOWN, anonymous=frozenset())
    assert await ask("", accounts, Right.READ) == (401, "")
    assert await ask(BOB, accounts, Right.READ) == (0, "bob")


@pytest.mark.parametrize("credentials", ["", ANN])
async def test_without_accounts(credentials: str) -> None:
    assert await ask(credentials, Accounts(), Right.WRITE) == (0, "")
    assert await ask(credentials, Accounts(anonymous=frozenset()), Right.READ) == (403, "")


@pytest.mark.parametrize("credentials", [EVE, "Basic ???", "Bearer x"])
def test_failures_are_remembered(credentials: str) -> None:
    async def main() -> None:
        accounts = Accounts(KNOWN)
        for _ in range(10):
            await ask(credentials, accounts, Right.READ)
        assert accounts.delay_for("127.0.0.1") > 0

    run(main())


def test_the_peer_by_its_address() -> None:
    assert host_of(cast("Exchange", Asking("", "[::1]:80"))) == "::1"
