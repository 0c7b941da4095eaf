"""The PROXY protocol on links: said before anything else, and believed where it is asked for."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, RemoteProtocolError
from netloom.links.introducing import introduce, introduced, introduction
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.wire.proxy_protocol import Proxied

if TYPE_CHECKING:
    from netloom.wire.proxy_protocol import Version

ANN, SERVER = ("127.0.0.1", 40000), ("127.0.0.1", 1)
CASES = (
    Proxied(("192.0.2.1", 5), ("192.0.2.2", 80)),
    Proxied(("2001:db8::1", 5), ("2001:db8::2", 80)),
    Proxied(("/run/ann", 0), ("/run/server", 0)),
)


async def ends() -> tuple[Stream, Stream]:
    near, far = Stream(asyncio.get_running_loop()), Stream(asyncio.get_running_loop())
    pair(near, far)
    return near, far


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_what_is_told_is_heard_and_nothing_else_is_taken(version: Version) -> None:
    async def main() -> None:
        for case, shown in zip(CASES, ("192.0.2.1:5", "[2001:db8::1]:5", "/run/ann"), strict=True):
            client, server = await ends()
            await introduce(client, version, case)
            await client.write(b"and more")
            told = await introduced(server)
            if version == "v1" and case is CASES[2]:
                assert (told, server.peer) == (None, ""), "version 1 knows no Unix sockets"
            else:
                assert (told, server.peer) == (case, shown)
            assert await server.read_exactly(8) == b"and more"

    run(main())


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_it_is_ours_where_nothing_else_is_told(version: Version) -> None:
    async def main() -> None:
        client, server = await ends()
        await introduce(client, version, None)
        assert await introduced(server) == Proxied(ANN, SERVER)
        assert introduction(server) == Proxied(ANN, SERVER), "as the server sees it without"

    run(main())


@pytest.mark.parametrize("said", [b"PROXY UNKNOWN\r\n", b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"])
def test_one_that_tells_nothing_changes_nothing(said: bytes) -> None:
    async def main() -> None:
        client, server = await ends()
        server.peer = "as it was"
        await client.write(said)
        assert await introduced(server) is None
        assert server.peer == "as it was"

    run(main())


def test_something_else_is_refused() -> None:
    async def main() -> None:
        client, server = await ends()
        await client.write(b"GET / HTTP/1.1\r\n")
        with pytest.raises(RemoteProtocolError, match="PROXY"):
            await introduced(server)
        client, server = await ends()
        await client.write(b"PROXY TCP4 ")
        await client.close()
        with pytest.raises(ConnectionLost):
            await introduced(server)

    run(main())


def test_a_unix_socket_is_its_path() -> None:
    async def main() -> None:
        near, far = Stream(asyncio.get_running_loop()), Stream(asyncio.get_running_loop())
        pair(near, far, (socket.AF_UNIX, ""), (socket.AF_UNIX, "/run/s"))
        assert introduction(far) == Proxied(("", 0), ("/run/s", 0))

    run(main())
