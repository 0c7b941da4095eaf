from __future__ import annotations

import base64

import pytest

from netloom.errors import PeerRefused, Unauthenticated
from tests.protocols.ws.stage import serving

ACCOUNTS = ("ann:secret", "bob:pw:none")


@pytest.mark.parametrize("version", ["1.1", "2-prior"])
@pytest.mark.parametrize(
    ("credentials", "status"),
    [
        ("", 0),
        ("Basic ann:secret", 0),
        ("basic ann:secret", 0),
        ("Basic ann:wrong", 401),
        ("Basic eve:secret", 401),
        ("Basic bob:pw", 403),
        ("Bearer abc", 401),
        ("Digest abc", 401),
        ("Basic", 401),
    ],
)
async def test_who_may_come_in(version: str, credentials: str, status: int) -> None:
    scheme, _, token = credentials.partition(" ")
    if ":" in token:
        token = base64.b64encode(token.encode()).decode().replace("=", "%3D")
    options = {"headers": f"Authorization:{scheme}%20{token}"} if credentials else {}
    async with serving(accounts=ACCOUNTS) as stage, stage.attempt("/", version=version, **options) as attempt:
        await attempt.client.connect()
    if not status:
        assert attempt.error is None
        assert stage.records[0].user == ("ann" if credentials else "")
    else:
        assert isinstance(attempt.error, Unauthenticated if status == 401 else PeerRefused)
        assert attempt.error.code == status


async def test_without_accounts_credentials_dont_matter() -> None:
    async with serving() as stage, stage.attempt("/", headers="Authorization:Basic%20x") as attempt:
        await attempt.client.connect()
    assert attempt.error is None
