"""Who may connect and what they may do then: passwords, tokens, rights, and whose session it is (MQTT 5.0 §5.4)."""

from __future__ import annotations

import asyncio

import pytest

from netloom.accounts import NONE as NOTHING
from netloom.accounts import Account, Accounts
from netloom.endpoint import Secret
from netloom.links.virtual import run
from netloom.wire.mqtt.packets import V5, V311, Disconnect, Publish, Will
from netloom.wire.mqtt.properties import Properties
from netloom.wire.mqtt.reasons import Reason
from tests.protocols.mqtt.lab import lab

VERSIONS = pytest.mark.parametrize("version", [V311, V5])


class TestRights:
    ACCOUNTS = ("ann:secret", "bob:pw:read")

    @VERSIONS
    async def test_passwords(self, version: int) -> None:
        async with lab(accounts=self.ACCOUNTS) as place:
            wrong = 4 if version == V311 else Reason.BAD_USER_NAME_OR_PASSWORD
            for user, password, reason in (
                ("ann", b"secret", 0), ("ann", b"wrong", wrong), ("ann", None, wrong), ("eve", b"secret", wrong),
                ("ann", b"\xff\xfe", wrong), (None, None, 0),
            ):  # fmt: skip
                peer = await place.peer(version)
                answer = await peer.connect("x" + str(user), user=user, password=password)
                assert answer.reason == reason, (user, password)
            assert next(one.user for one in place.records if one.verb == "CONNECT") == "ann"
            assert "secret" not in repr(place.records)

    @VERSIONS
    async def test_who_may_publish(self, version: int) -> None:
        async with lab(accounts=self.ACCOUNTS) as place:
            ann = await place.client("ann", user="ann", password=b"secret")
            await ann.subscribe("#")
            for user, password in (("bob", b"pw"), (None, None)):
                peer = await place.client("", version, user=user, password=password)
                assert await peer.subscribe("#") == (0,)
                if version == V5:
                    assert await peer.publish("a", qos=1) == Reason.NOT_AUTHORIZED
                    assert await peer.publish("a", qos=2) == Reason.NOT_AUTHORIZED
                    await peer.publish("a")
                    assert (await peer.expect(Disconnect)).reason == Reason.NOT_AUTHORIZED
                else:
                    await peer.say(Publish(topic="a", qos=1, packet_id=1))
                assert await peer.hear() is None
                will = await place.peer(version)
                answer = await will.connect("will", will=Will(topic="a"), user=user, password=password)
                assert answer.reason == (5 if version == V311 else Reason.NOT_AUTHORIZED)
            assert await ann.quiet()
            assert "not authorized" in {one.status for one in place.records if one.verb == "PUBLISH"} or version == V311

    async def test_nobody_without_an_account(self) -> None:
        ann = Account(name="ann", password=Secret("pw"), tokens=(Secret("token"),))
        async with lab(accounts=Accounts([ann], anonymous=NOTHING)) as place:
            peer = await place.peer()
            assert (await peer.connect()).reason == Reason.NOT_AUTHORIZED
            by_token = await place.peer()
            assert (await by_token.connect("t", password=b"token")).reason == 0
            other = await place.peer()
            assert (await other.connect("o", password=b"another")).reason == Reason.BAD_USER_NAME_OR_PASSWORD

    async def test_whose_session_it_is(self) -> None:
        """Nobody takes over what another has left."""
        async with lab(accounts=self.ACCOUNTS) as place:
            ann = await place.client("thing", user="ann", password=b"secret", properties=Properties(session_expiry=100))
            await ann.subscribe("#", qos=1)
            for user, password in (("bob", b"pw"), (None, None)):
                thief = await place.peer()
                answer = await thief.connect("thing", clean_start=False, user=user, password=password)
                assert answer.reason == Reason.NOT_AUTHORIZED
            assert await ann.quiet()

    def test_mistakes_are_slow(self) -> None:
        async def main() -> None:
            async with lab(accounts=self.ACCOUNTS) as place:
                for _ in range(6):
                    assert (await (await place.peer()).connect("x", user="ann", password=b"no")).reason
                assert asyncio.get_running_loop().time() > 2.0

        run(main())
