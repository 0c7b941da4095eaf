"""The kernel's ICMP sockets, on loopback: on both event loops, each with its own echoes, and without the right to any.

What comes of them on a way with routers is in tests/interop/test_icmp.py.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from netloom.errors import CapabilityError, ConnectError, NetloomError
from netloom.links import icmp_kernel
from netloom.links.icmp import Heard, IcmpLink
from netloom.links.options import LinkOptions
from netloom.links.system import SystemNetwork
from netloom.wire import icmp
from tests.interop.icmp_peers import need_ping, need_raw
from tests.worlds import LOOPS, on_loop

HOSTS: dict[int, Any] = {4: (socket.AF_INET, ("127.0.0.1", 0)), 6: (socket.AF_INET6, ("::1", 0, 0, 0))}
PATIENCE = 20.0
"""It only bounds a hang."""


async def opened(version: int, *, hears: bool = False, **options: Any) -> IcmpLink:
    link = IcmpLink(asyncio.get_running_loop())
    link.peer = "" if hears else HOSTS[version][1][0]
    remote, local = (None, HOSTS[version]) if hears else (HOSTS[version], None)
    await SystemNetwork().icmp(remote, local, lambda: link, LinkOptions(**options))
    return link


async def heard(link: IcmpLink) -> Heard:
    async with asyncio.timeout(PATIENCE):
        found = await link.hear()
    assert isinstance(found, Heard)
    return found


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("version", [4, 6])
def test_an_echo(version: int, loop: str) -> None:
    need_ping()

    async def main() -> None:
        async with await opened(version, ttl=33) as link:
            await link.send(icmp.emit(icmp.Echo(version, False, link.identifier, 7, b"warp")))
            found = await heard(link)
            assert found.message == icmp.Echo(version, True, link.identifier, 7, b"warp")
            assert found.host == HOSTS[version][1][0]
            assert found.sender.ttl == 64  # the answer's, not ours
        assert link.transport.is_closing()

    on_loop(loop, main())


@pytest.mark.parametrize("version", [4, 6])
def test_others_echoes_are_not_ours(version: int) -> None:
    need_ping()

    async def main() -> None:
        async with await opened(version) as one, await opened(version) as other:
            assert one.identifier != other.identifier
            for number, link in enumerate((one, other, one)):
                await link.send(icmp.emit(icmp.Echo(version, False, link.identifier, number)))
            assert [(await heard(one)).message.sequence for _ in range(2)] == [0, 2]  # type: ignore[union-attr]
            assert (await heard(other)).message.sequence == 1  # type: ignore[union-attr]

    on_loop("asyncio", main())


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("version", [4, 6])
def test_requests_are_heard(version: int, loop: str) -> None:
    need_raw()

    async def main() -> None:
        async with await opened(version, hears=True) as server, await opened(version, ttl=9) as client:
            asked = icmp.Echo(version, False, client.identifier, 1, b"who is there?")
            await client.send(icmp.emit(asked))
            while (found := await heard(server)).message != asked:
                pass  # somebody else pings this machine, too
            assert found.sender.ttl == 9
            assert found.sender.to == HOSTS[version][1][0]
            assert server.answers_itself == icmp_kernel.kernel_answers(version)

    on_loop(loop, main())


def test_without_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def denied(*args: Any, **more: Any) -> socket.socket:
        if args[2:3] in ((socket.IPPROTO_ICMP,), (socket.IPPROTO_ICMPV6,)):
            raise PermissionError(1, "Operation not permitted")
        return real(*args, **more)

    monkeypatch.setattr(socket, "socket", denied)

    async def refused(*, hears: bool) -> NetloomError:
        with pytest.raises(CapabilityError) as caught:
            await opened(4, hears=hears)
        return caught.value

    asked, hearing = on_loop("asyncio", refused(hears=False)), on_loop("asyncio", refused(hears=True))
    assert "net.ipv4.ping_group_range" in asked.hint
    assert "CAP_NET_RAW" in asked.hint
    assert "the kernel answers pings by itself" in hearing.hint


def test_an_address_that_is_not_ours() -> None:
    need_ping()

    async def main() -> None:
        with pytest.raises(ConnectError):
            await opened(4, bind="203.0.113.9")
        with pytest.raises(ConnectError):
            await opened(6, bind="127.0.0.1")

    on_loop("asyncio", main())


def test_spoken_from_an_address_of_ours() -> None:
    need_raw()

    async def main() -> None:
        async with await opened(4, hears=True) as server, await opened(4, bind="127.0.0.5") as client:
            await client.send(icmp.emit(icmp.Echo(4, False, client.identifier, 1)))
            while (await heard(server)).host != "127.0.0.5":
                pass
            assert (await heard(client)).host == "127.0.0.1"

    on_loop("asyncio", main())


def test_an_error_of_the_socket_is_told() -> None:
    need_ping()

    async def main() -> None:
        async with await opened(4) as link:
            link.transport.sendto(bytes(70_000))  # more than IP carries
            with pytest.raises(NetloomError):
                await heard(link)

    on_loop("asyncio", main())


def test_no_variable_means_that_the_kernel_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setitem(icmp_kernel._IGNORES, 4, tmp_path / "nothing")
    assert icmp_kernel.kernel_answers(4)
    (tmp_path / "silent").write_text("1\n")
    monkeypatch.setitem(icmp_kernel._IGNORES, 4, tmp_path / "silent")
    assert not icmp_kernel.kernel_answers(4)
