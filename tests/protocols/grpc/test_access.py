from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.accounts import Account, Accounts
from netloom.endpoint import Secret
from netloom.errors import (
    PeerRefused,
    Unauthenticated,
)
from tests.protocols.grpc.stage import Stage, serving

if TYPE_CHECKING:
    from netloom.contents.service import Call

ECHO = 'netloom.Loom/Echo {"text": "a"}'


class TestWho:
    def accounts(self, **more: Any) -> Accounts:
        return Accounts([Account(name="ann", password=Secret("weft"), tokens=(Secret("t0k3n"),))], **more)

    async def run(self, stage: Stage, user: str = "", **options: str) -> Any:
        talk = stage.attempt(**options)
        talk.client.endpoint = talk.client.endpoint.replace(
            user=user.partition(":")[0], password=Secret(user.partition(":")[2])
        )
        async with talk:
            await talk.client.run(ECHO)
        return talk.error

    async def test_credentials(self) -> None:
        nobody: frozenset[Any] = frozenset()
        async with serving(accounts=self.accounts(anonymous=nobody)) as stage:
            assert await self.run(stage, "ann:weft") is None
            assert await self.run(stage, token="t0k3n") is None
            assert await self.run(stage, metadata="authorization: Bearer t0k3n") is None
            for error in (await self.run(stage), await self.run(stage, "ann:wrong"), await self.run(stage, token="x")):
                assert isinstance(error, Unauthenticated)
                assert error.code == "UNAUTHENTICATED"
        users = {(record.user, record.status) for record in stage.records}
        assert users == {("ann", "OK"), ("", "UNAUTHENTICATED")}

    async def test_without_accounts_credentials_are_the_services_own(self) -> None:
        heard: list[Any] = []

        async def echo(request: Any, call: Call) -> Any:
            heard.append(call.get("authorization"))
            return request

        async with serving({"Echo": echo}) as stage:
            assert await self.run(stage, token="own") is None
        assert heard == ["Bearer own"]

    async def test_who_may_not(self) -> None:
        barred = Account(name="bob", password=Secret("warp"), rights=frozenset())
        async with serving(accounts=Accounts([barred])) as stage:
            error = await self.run(stage, "bob:warp")
            assert isinstance(error, PeerRefused)
            assert error.code == "PERMISSION_DENIED"
            assert await self.run(stage) is None
