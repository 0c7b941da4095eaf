"""TLS over any link, both sides: how it talks, how it ends, and how it is resumed."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from netloom.errors import ConnectionLost, TLSError
from netloom.links.tls import ClientTLS, TLSLayer, accept, secure
from netloom.links.tls.describe import describe
from netloom.links.virtual import run
from tests.links.tls.ends import serving, shaken, streams

if TYPE_CHECKING:
    from netloom.links.stream import Stream
    from tests.worlds import Certificates


class TestTalking:
    def test_both_ways(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server = streams()
            ours, theirs = await shaken(client, server, ClientTLS(ca=certificates.ca), serving(certificates))
            assert isinstance(ours, TLSLayer)
            await client.write(b"hello\n")
            assert await server.read_line() == b"hello\n"
            big = os.urandom(700_000)
            sending = asyncio.ensure_future(server.write(big))
            assert await client.read_exactly(len(big)) == big
            await sending
            assert client.info("tls") is ours
            assert server.info("tls") is theirs
            assert client.transport.get_extra_info("peername") == ("127.0.0.1", 1)

        run(main())


class TestEnds:
    async def _talking(self, certificates: Certificates) -> tuple[Stream, Stream, TLSLayer, TLSLayer]:
        client, server = streams()
        ours, theirs = await shaken(client, server, ClientTLS(ca=certificates.ca), serving(certificates))
        return client, server, ours, theirs

    def test_close_notify(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server, _, theirs = await self._talking(certificates)
            await client.write(b"bye")
            await client.close()
            assert await server.read() == b"bye"
            assert await server.read() == b""
            assert not theirs.truncated

        run(main())

    def test_half_close(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server, _, theirs = await self._talking(certificates)
            await client.write(b"question")
            await client.write_eof()
            assert await server.read() == b"question"
            assert await server.read() == b""
            assert not theirs.truncated
            await server.write(b"answer")
            assert await client.read() == b"answer"
            await server.close()
            assert await client.read() == b""

        run(main())

    def test_truncation_is_told(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server, ours, theirs = await self._talking(certificates)
            await client.write(b"half")
            ours.lower.write_eof()
            assert await server.read() == b"half"
            assert await server.read() == b""
            assert theirs.truncated

        run(main())

    def test_a_reset(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server, *_ = await self._talking(certificates)
            client.abort()
            with pytest.raises(ConnectionLost, match="reset"):
                await server.read()

        run(main())

    def test_a_forged_record(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, server, ours, _ = await self._talking(certificates)
            ours.lower.write(b"\x17\x03\x03\x00\x20" + bytes(32))
            with pytest.raises(TLSError, match="TLS:"):
                await server.read()
            with pytest.raises((TLSError, ConnectionLost)):
                await client.read()

        run(main())

    def test_a_peer_that_has_gone_before(self, certificates: Certificates) -> None:
        """It would never say anything again: waiting for it would take until the deadline."""

        async def main() -> None:
            for end in ("write_eof", "close", "abort"):
                client, server = streams()
                made = getattr(server, end)()
                if made is not None:
                    await made
                await asyncio.sleep(1)
                with pytest.raises(TLSError, match="during the TLS handshake"):
                    await secure(client, "localhost", ClientTLS(ca=certificates.ca))
                client, server = streams()
                made = getattr(client, end)()
                if made is not None:
                    await made
                await asyncio.sleep(1)
                with pytest.raises(TLSError, match="during the TLS handshake"):
                    await accept(server, serving(certificates))

        run(main())

    def test_a_cancelled_handshake(self, certificates: Certificates) -> None:
        async def main() -> None:
            client, _ = streams()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(3):
                    await secure(client, "localhost", ClientTLS(ca=certificates.ca))
            client.abort()
            await client.close()

        run(main())


def test_tls_in_tls(certificates: Certificates) -> None:
    async def main() -> None:
        client, server = streams()
        for alpn in ("outer", "inner"):
            await shaken(
                client, server, ClientTLS(ca=certificates.ca, alpn=(alpn,)), serving(certificates, alpn=(alpn,))
            )
            assert client.trace is not None
            assert client.trace.tls is not None
            assert client.trace.tls.alpn == alpn
        await client.write(b"twice wrapped\n")
        assert await server.read_line() == b"twice wrapped\n"
        await client.close()
        assert await server.read() == b""

    run(main())


class TestResumption:
    def test_a_client_that_comes_back(self, certificates: Certificates) -> None:
        """Our server resumes sessions, also where the connection before was cut off."""

        async def main(end: str) -> None:
            config = serving(certificates)
            context = SSL.Context(SSL.TLS_CLIENT_METHOD)
            session = None
            for resumed in (False, True):
                client, server = streams()
                connection = SSL.Connection(context, None)
                if session is not None:
                    connection.set_session(session)
                connection.set_connect_state()
                ours = TLSLayer.under(client, connection)
                assert isinstance(ours, TLSLayer)
                _, theirs = await asyncio.gather(ours.shake_hands(ended=False), accept(server, config))
                await server.write(b"x")
                assert await client.read() == b"x"
                assert describe(theirs).resumed is resumed
                assert describe(ours).resumed is resumed
                session = connection.get_session()
                if end == "close":
                    await server.close()
                else:
                    server.abort()

        for end in ("close", "abort"):
            run(main(end))
