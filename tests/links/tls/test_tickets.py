"""Session tickets at the server wait until something else is sent."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from netloom.errors import NetloomError, TLSError
from netloom.links.layer import Layer
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.system import SystemNetwork
from netloom.links.tls import ClientTLS, accept, secure
from netloom.links.tls.describe import describe
from netloom.links.tls.tickets import HeldTickets
from tests.links.tls.ends import serving, shaken, streams

if TYPE_CHECKING:
    from tests.worlds import Certificates

UPLOAD = b"x" * 400_000


class Counting(Layer):
    """Counts what comes."""

    seen = 0

    def data_received(self, data: bytes) -> None:
        self.seen += len(data)
        self.upper.data_received(data)


async def settled() -> None:
    """Until everything that was said in memory has come."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_nothing_comes_after_the_handshake(certificates: Certificates, version: str) -> None:
    client, server = streams()
    HeldTickets.under(server)
    counting = Counting.under(client)
    assert isinstance(counting, Counting)
    tls = serving(certificates)
    tls.context.set_max_proto_version(SSL.TLS1_2_VERSION if version == "TLSv1.2" else SSL.TLS1_3_VERSION)
    async with asyncio.timeout(20):
        theirs = asyncio.create_task(accept(server, tls))
        layer = await secure(client, "localhost", ClientTLS(ca=certificates.ca))
        at_the_end = counting.seen
        await theirs
    assert layer.connection.get_protocol_version_name() == version
    await settled()
    assert counting.seen == at_the_end
    await server.write(b"warp")
    assert await client.read() == b"warp"


@pytest.mark.parametrize("ends", ["writes", "write_eof", "close"])
async def test_they_come_with_what_is_sent_next(certificates: Certificates, ends: str) -> None:
    client, server = streams()
    HeldTickets.under(server)
    ours, tls = ClientTLS(ca=certificates.ca, minimum="1.3"), serving(certificates)
    layer, _ = await shaken(client, server, ours, tls)
    await client.write(b"weft")
    assert await server.read() == b"weft"
    async with asyncio.timeout(20):
        if ends == "writes":
            await server.write(b"warp")
        elif ends == "write_eof":
            await server.write_eof()
        else:
            await server.close()
        assert await client.read() == (b"warp" if ends == "writes" else b"")
    again, other = streams()
    second, _ = await asyncio.gather(secure(again, "localhost", ours, resume=layer), accept(other, tls))
    assert describe(second).resumed


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_an_alert_comes_before_the_end(certificates: Certificates, version: str) -> None:
    client, server = streams()
    HeldTickets.under(server)
    tls = serving(certificates, client_ca=certificates.ca)
    tls.context.set_max_proto_version(SSL.TLS1_2_VERSION if version == "TLSv1.2" else SSL.TLS1_3_VERSION)

    async def heard() -> bytes:
        await secure(client, "localhost", ClientTLS(ca=certificates.ca))
        return await client.read()

    async with asyncio.timeout(20):
        theirs = asyncio.create_task(accept(server, tls))
        with pytest.raises(NetloomError, match=r"certificate|handshake failure"):
            await heard()
        with pytest.raises(TLSError):
            await theirs


async def test_who_never_reads_loses_nothing(certificates: Certificates) -> None:
    """The client has closed before the server reads: a reset in between would take what it sent."""
    came: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()

    class Accepted(Stream):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            came.set_result(self)

    def upload(port: int) -> None:
        trusting = ssl.create_default_context(cafile=certificates.ca)
        trusting.minimum_version = ssl.TLSVersion.TLSv1_3
        with (
            socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as link,
        ):
            link.sendall(UPLOAD)

    place = (socket.AF_INET, ("127.0.0.1", 0))
    listening = await SystemNetwork().listen(place, lambda: Accepted(asyncio.get_running_loop()), LinkOptions())
    try:
        async with asyncio.timeout(20):
            client = asyncio.create_task(asyncio.to_thread(upload, listening.address[1][1]))
            server = await came
            HeldTickets.under(server)
            await accept(server, serving(certificates), at_once=True)
            await client
            found = b""
            while chunk := await server.read():
                found += chunk
        assert found == UPLOAD
        server.abort()
    finally:
        listening.close()
