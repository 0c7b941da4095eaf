"""Jump hosts, in memory: our own server is the one that is jumped through."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.accounts import READS, Account
from netloom.contents.echo import Echo
from netloom.endpoint import Endpoint, Secret
from netloom.errors import NetworkError, PeerRefused, Status, Unauthenticated, UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.ssh.client import connect
from netloom.links.ssh.jump import located
from netloom.serving import Serving
from tests.links.ssh.servers import Place, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ANN = Account(name="ann", password=Secret("secret"))
EVE = Account(name="eve", password=Secret("secret"), rights=READS)


@contextlib.asynccontextmanager
async def behind(
    forward: str = "loopback", accounts: tuple[Account, ...] = (ANN, EVE)
) -> AsyncIterator[tuple[Place, Endpoint]]:
    """A jump host, and an echo behind it."""
    network = MemoryNetwork()
    async with (
        served(*accounts, options=f"host_key=none,forward={forward}", network=network) as bastion,
        Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Echo()], network=network) as echo,
    ):
        yield bastion, echo.endpoint


def by(bastion: Place, echo: Endpoint, user: str, told: str = "hostkey=no%2Cconfig=none") -> Endpoint:
    return Endpoint.parse(f"{echo}#proxy=ssh://{user}@{bastion.endpoint.authority}%23{told}")


async def test_bytes_go_both_ways() -> None:
    async with behind() as (bastion, echo):
        dial = bastion.dial(by(bastion, echo, "ann:secret"))[0]
        stream = await dial.stream()
        data = bytes(range(256)) * 1000
        await stream.write(data)
        assert await stream.read_exactly(len(data)) == data
        await stream.write_eof()
        assert await stream.read() == b""
        assert "proxy" in dial.trace.phases()
        assert not {"greeting", "auth"} & set(dial.trace.phases())
        assert bastion.said("FORWARD") == [("ann", f"127.0.0.1:{echo.port}", "")]


async def test_two_in_a_row() -> None:
    async with behind() as (bastion, echo):
        hop = f"ssh://ann:secret@{bastion.endpoint.authority}%23hostkey=no%2Cconfig=none"
        dial = bastion.dial(Endpoint.parse(f"{echo}#proxy={hop},proxy={hop}"))[0]
        stream = await dial.stream()
        await stream.write(b"through two")
        assert await stream.read_exactly(11) == b"through two"


@pytest.mark.parametrize(("user", "accounts"), [("guest", ()), ("eve:secret", (ANN, EVE))])
async def test_only_those_who_may_write_get_through(user: str, accounts: tuple[Account, ...]) -> None:
    """And never those who are nobody in particular."""
    async with behind(accounts=accounts) as (bastion, echo):
        with pytest.raises(PeerRefused, match=rf"didn't connect to {echo.authority}: .*isn't allowed") as caught:
            await bastion.dial(by(bastion, echo, user))[0].stream()
        assert str(bastion.endpoint.authority) in caught.value.message


async def test_nobody_does_by_default() -> None:
    async with behind("no") as (bastion, echo):
        with pytest.raises(PeerRefused, match="isn't allowed"):
            await bastion.dial(by(bastion, echo, "ann:secret"))[0].stream()


async def test_errors_name_the_jump_host() -> None:
    async with behind() as (bastion, echo):
        with pytest.raises(NetworkError, match=r"jump host ssh://ann@127.0.0.1.*isn't known") as caught:
            await bastion.dial(by(bastion, echo, "ann:secret", "config=none"))[0].stream()
        assert caught.value.status is Status.TLS_ERROR
        with pytest.raises(Unauthenticated, match=r"ssh://ann@127.0.0.1") as denied:
            await bastion.dial(by(bastion, echo, "ann:wrong"))[0].stream()
        assert "wrong" not in denied.value.message
        with pytest.raises(UsageError, match="no option of the proxy"):
            await bastion.dial(by(bastion, echo, "ann:secret", "colour=red"))[0].stream()


async def test_a_closed_port_behind_it() -> None:
    async with behind() as (bastion, _):
        with pytest.raises(PeerRefused, match="nothing listens there"):
            await bastion.dial(by(bastion, Endpoint.parse("tcp://127.0.0.1:9"), "ann:secret"))[0].stream()


async def test_by_name_in_the_configuration(home: Path) -> None:
    async with behind() as (bastion, _):
        place = bastion.endpoint
        (home / ".ssh" / "config").write_text(
            f"Host gate\n  HostName 127.0.0.1\n  Port {place.port}\n  User ann\n"
            f"Host inner\n  HostName 127.0.0.1\n  Port {place.port}\n"
            f"  ProxyJump ssh://ann:secret@gate#hostkey=no\n"
        )
        found = await located(Endpoint.parse("ssh://gate#hostkey=no"))
        assert (found.host, found.port) == ("127.0.0.1", place.port)
        connection = await connect(*bastion.dial(Endpoint.parse("ssh://ann:secret@inner#hostkey=no")))
        assert connection.user == "ann"
        assert bastion.said("FORWARD") == [("ann", f"127.0.0.1:{place.port}", "")]
