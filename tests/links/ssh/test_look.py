"""A look at a server without logging in."""

from __future__ import annotations

import pytest

from netloom.accounts import Account
from netloom.endpoint import Secret
from netloom.errors import NetworkError, Status
from netloom.links.ssh.look import host_key, look
from netloom.wire.ssh import key_type
from tests.links.ssh.servers import served

ANN = Account(name="ann", password=Secret("secret"))


async def test_the_ways_to_log_in() -> None:
    async with served(ANN, anonymous=False) as place:
        seen = look(*place.dial(place.url("ann")))
        assert sorted(await seen.auth_methods()) == ["keyboard-interactive", "password"]
        assert seen.user == "ann"
        assert seen.greeting is not None
        assert (str(seen.greeting.version), key_type(seen.greeting.host_key)) == ("SSH-2.0-netloom", "ssh-ed25519")
        assert place.said("LOGIN") == []


async def test_where_no_proof_is_asked_for() -> None:
    async with served() as place:
        assert await look(*place.dial(place.url("guest"))).auth_methods() == ["none"]


async def test_a_name_tells_nothing_where_there_are_accounts() -> None:
    async with served(ANN) as place:
        for name in ("ann", "guest"):
            methods = await look(*place.dial(place.url(name))).auth_methods()
            assert sorted(methods) == ["keyboard-interactive", "password"]


async def test_an_unknown_key_ends_it_before_the_user_is_named() -> None:
    async with served(ANN) as place:
        dial, endpoint, options = place.dial(place.url("guest", "config=none"))
        seen = look(dial, endpoint, options)
        with pytest.raises(NetworkError, match="isn't known") as caught:
            await seen.auth_methods()
        assert caught.value.status is Status.TLS_ERROR
        assert place.said("LOGIN") == []
        assert seen.greeting is not None
        assert seen.greeting.proposal is not None


async def test_a_key_of_each_type() -> None:
    async with served() as place:
        dial, endpoint, options = place.dial(place.url("guest", "config=none"))
        assert key_type(await host_key(dial, endpoint, options, "ssh-ed25519")) == "ssh-ed25519"
        assert await host_key(dial, endpoint, options, "rsa-sha2-256") == b""


async def test_it_leaves_no_connection() -> None:
    async with served() as place:
        dial, endpoint, options = place.dial(place.url("guest"))
        await look(dial, endpoint, options).auth_methods()
        assert all(link.transport.is_closing() for link in dial._links)
