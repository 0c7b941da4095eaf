"""A client whose first TLS bytes are there before the server turns to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.errors import RemoteProtocolError
from netloom.links import virtual
from netloom.links.authority import Authority
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.links.tls import ClientTLS, ServerTLS, accept, secure

if TYPE_CHECKING:
    from collections.abc import Callable


def issued() -> ServerTLS:
    made = Authority.create().issue(["localhost"])
    return ServerTLS(made.cert_pem, made.key_pem)


async def hello_waits() -> tuple[Stream, Stream, asyncio.Task[object]]:
    """Both ends, the client's hello in the server's buffer."""
    loop = asyncio.get_running_loop()
    client, server = Stream(loop), Stream(loop)
    pair(client, server)
    shaking = asyncio.create_task(secure(client, "localhost", ClientTLS(verify=False)))
    while not server.peek():  # noqa: ASYNC110  # the loop turns until it is there
        await asyncio.sleep(0)
    return client, server, shaking


def on_virtual_clock(main: Callable[[], object]) -> None:
    virtual.run(main())  # type: ignore[arg-type]  # a coroutine


def test_a_hello_that_came_with_the_connection_is_the_handshakes_beginning() -> None:
    async def main() -> None:
        client, server, shaking = await hello_waits()
        await accept(server, issued(), at_once=True)
        await shaking
        await client.write(b"ping")
        assert await server.read_exactly(4) == b"ping"
        await client.close()
        await server.close()

    on_virtual_clock(main)


def test_bytes_before_starttls_are_refused() -> None:
    async def main() -> None:
        client, server, shaking = await hello_waits()
        with pytest.raises(RemoteProtocolError, match="before the TLS handshake"):
            await accept(server, issued())
        server.abort()
        with pytest.raises(Exception, match="during the TLS handshake"):
            await shaking
        client.abort()
        await asyncio.sleep(0)

    on_virtual_clock(main)
