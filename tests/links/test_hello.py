"""The name in a ClientHello, heard without being taken."""

from __future__ import annotations

import asyncio

import pytest

from netloom.errors import ConnectionLost, RemoteProtocolError
from netloom.links.hello import LIMIT, asked_name
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.links.virtual import run
from netloom.wire.tls_hello import ClientHello, emit
from tests.wire.test_tls_hello import openssl


def nameless() -> bytes:
    message = emit(ClientHello(ciphers=(0x1301,)))
    return b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message


async def ends() -> tuple[Stream, Stream]:
    near, far = Stream(asyncio.get_running_loop()), Stream(asyncio.get_running_loop())
    pair(near, far)
    return near, far


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_the_name_is_heard_and_everything_stays(piece: int) -> None:
    async def main() -> None:
        client, server = await ends()
        said = openssl(b"WWW.Example.org", b"h2")
        asking = asyncio.ensure_future(asked_name(server))
        for at in range(0, len(said), piece):
            await client.write(said[at : at + piece])
            await asyncio.sleep(0)
        assert await asking == "www.example.org"
        assert await server.read_exactly(len(said)) == said

    run(main())


def test_none_may_be_asked_for() -> None:
    async def main() -> None:
        client, server = await ends()
        await client.write(nameless())
        assert await asked_name(server) == ""

    run(main())


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00"])
def test_something_else_is_no_hello(said: bytes) -> None:
    async def main() -> None:
        client, server = await ends()
        await client.write(said)
        with pytest.raises(RemoteProtocolError):
            await asked_name(server)

    run(main())


def test_one_that_never_ends_is_given_up() -> None:
    async def main() -> None:
        client, server = await ends()
        record = b"\x16\x03\x01\x40\x00" + bytes(16384)
        saying = asyncio.ensure_future(
            client.write(b"\x16\x03\x01\x00\x04\x01\x00\xff\xff" + record * (LIMIT // 16384))
        )
        with pytest.raises(RemoteProtocolError):
            await asked_name(server)
        saying.cancel()

    run(main())


def test_who_goes_before_is_lost() -> None:
    async def main() -> None:
        client, server = await ends()
        await client.write(openssl(b"example.org", b"h2")[:50])
        await client.close()
        with pytest.raises(ConnectionLost):
            await asked_name(server)

    run(main())
