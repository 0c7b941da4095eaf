"""HTTP/3 against hostile peers: any bytes at every stage, addresses that are made up, and files that aren't served."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, NetloomError, RemoteProtocolError
from netloom.links.http.client import open_http
from netloom.links.http.messages import Request
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.quic import configuration
from netloom.links.quic.engine import Engine
from netloom.links.tls import ClientTLS
from netloom.links.virtual import run
from netloom.serving import Serving
from netloom.wire.http3 import frames, qpack, varint
from tests.links.http.lab import TEXT, hello
from tests.links.http.lab_h3 import (
    SETTINGS,
    WINDOWS,
    H3Place,
    answer,
    authority,
    ca,
    head,
    hostile,
    serving_h3,
)

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.http.exchange import Exchange
    from tests.links.http.lab_h3 import Peer

SEEDS = range(60)
ASKED = Request(method="GET", target="/", scheme="https", authority="localhost")
GREASE = varint.emit(0x21 + 0x1F * 3)


def noise(chance: random.Random) -> bytes:
    """Any bytes, or frames whose payloads are any bytes."""
    payload = chance.randbytes(chance.randrange(200))
    made = [
        payload,
        varint.emit(chance.randrange(64)) + payload,
        frames.emit(chance.choice([0, 1, 3, 4, 5, 7, 13, 0x21]), payload),
        frames.emit(frames.HEADERS, b"\0\0" + payload),
        head() + payload,
        head() + frames.emit(frames.DATA, payload) + payload,
        SETTINGS + payload,
    ]
    return chance.choice(made)


async def read(exchange: Exchange) -> None:
    await exchange.respond(200, TEXT, await exchange.read(1 << 20))


class TestAnyBytes:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_at_a_server(self, seed: int, caplog: pytest.LogCaptureFixture) -> None:
        chance = random.Random(seed)  # the same on every run

        async def main() -> None:
            async with serving_h3(read) as place:
                peer, other = await place.raw(), await place.raw()
                with contextlib.suppress(ConnectionLost):
                    for _ in range(20):
                        if peer.error is not None:
                            break
                        if chance.random() < 0.5:
                            peer.begin(noise(chance))
                        else:
                            peer.ask(noise(chance))
                        await asyncio.sleep(0.01)
                assert await other.answered(other.ask(head())) == (200, b"")

        run(main())
        assert "a bug" not in caplog.text

    @pytest.mark.parametrize("seed", SEEDS)
    def test_at_a_client(self, seed: int) -> None:
        chance = random.Random(seed)  # the same on every run

        async def script(peer: Peer) -> None:
            await peer.until(lambda: 0 in peer.ended)
            if chance.random() < 0.5:
                peer.begin(noise(chance))
            if chance.random() < 0.5:
                peer.send(0, answer(200, b"good so far"))
            peer.send(0, noise(chance), end=True)

        async def main() -> None:
            async with hostile() as (place, server):
                connection = await place.h3(idle=5.0)
                asking = asyncio.ensure_future(connection.request(ASKED))
                await server.came.wait()
                with contextlib.suppress(ConnectionLost):
                    await script(server.peers[0])
                # Noise that happens to be an answer is one; whatever else is the peer's fault.
                with contextlib.suppress(RemoteProtocolError, ConnectionLost):
                    await (await asking).read(1 << 20)
                await connection.close()

        run(main())

    @pytest.mark.parametrize("seed", range(20))
    def test_instead_of_quic(self, seed: int) -> None:
        chance = random.Random(seed)  # the same on every run

        class Babbler(asyncio.DatagramProtocol):
            def connection_made(self, transport: Any) -> None:
                self.transport = transport

            def datagram_received(self, data: bytes, addr: Any) -> None:
                mangled = bytearray(data)
                for _ in range(chance.randrange(1, 5)):
                    mangled[chance.randrange(len(mangled))] = chance.randrange(256)
                self.transport.sendto(
                    chance.choice([bytes(mangled), chance.randbytes(chance.randrange(1, 1300))]), addr
                )

        async def main() -> None:
            place = H3Place(MemoryNetwork(), LinkOptions())
            await place.network.datagrams(None, (socket.AF_INET, ("127.0.0.1", 4433)), Babbler, LinkOptions())
            place.endpoint = Endpoint.parse("https://127.0.0.1:4433")
            with pytest.raises((NetloomError, TimeoutError)):
                async with asyncio.timeout(10.0):
                    await place.h3()

        run(main())


class TestAddressesThatAreMadeUp:
    def test_nobody_is_answered_with_more_than_was_sent(self) -> None:
        """A real beginning of a handshake, sent from an address whose owner never answers."""

        async def main() -> None:
            async with serving_h3(hello) as place:
                made = configuration.for_client(ClientTLS(alpn=("h3",)), "localhost", WINDOWS, 30.0, None)
                engine = Engine(configuration=made)
                engine.connect(("127.0.0.1", place.endpoint.port), 0.0)
                flight = [data for data, _ in engine.datagrams_to_send(0.0)]
                heard: list[bytes] = []

                class Victim(asyncio.DatagramProtocol):
                    def datagram_received(self, data: bytes, addr: Any) -> None:
                        heard.append(data)

                remote = (socket.AF_INET, ("127.0.0.1", place.endpoint.port))
                transport = await place.network.datagrams(remote, None, Victim, LinkOptions())
                for data in flight:
                    transport.sendto(data)
                await asyncio.sleep(120.0)  # whatever the server would say again, it has said by then
                assert 0 < sum(map(len, heard)) < 3 * sum(map(len, flight)) / 10
                assert not place.listener.connections

        run(main())

    def test_a_token_is_no_use_from_elsewhere(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                made = configuration.for_client(ClientTLS(alpn=("h3",)), "localhost", WINDOWS, 30.0, None)
                engine = Engine(configuration=made)
                there = ("127.0.0.1", place.endpoint.port)
                engine.connect(there, 0.0)
                heard: list[bytes] = []

                class Ear(asyncio.DatagramProtocol):
                    def datagram_received(self, data: bytes, addr: Any) -> None:
                        heard.append(data)

                first, second = [
                    await place.network.datagrams((socket.AF_INET, there), None, Ear, LinkOptions()) for _ in range(2)
                ]
                first.sendto(engine.datagrams_to_send(0.0)[0][0])
                await asyncio.sleep(0.1)
                engine.receive_datagram(heard.pop(), there, 0.1)
                for data, _ in engine.datagrams_to_send(0.1):
                    second.sendto(data)
                await asyncio.sleep(0.1)
                assert not place.listener.connections
                assert all(each[0] & 0xF0 == 0xF0 for each in heard)  # asked to come back, again

        run(main())


class TestWhatIsServed:
    @pytest.mark.parametrize(
        "path", [b"/../secret", b"/%2e%2e/secret", b"/..%2fsecret", b"/a/../../secret", b"//etc/passwd", b"/%00"]
    )
    def test_no_path_leads_out(self, tmp_path: Path, path: bytes) -> None:
        (tmp_path / "www").mkdir()
        (tmp_path / "www" / "open.txt").write_text("open")
        (tmp_path / "secret").write_text("not for you")

        async def main() -> None:
            network = MemoryNetwork()
            wanted = [Endpoint.parse("https://127.0.0.1:0#http3=only")]
            async with Serving(wanted, [Files(tmp_path / "www")], network=network, authority=authority()) as serving:
                place = H3Place(network, LinkOptions())
                place.endpoint = serving.endpoint
                peer = await place.raw()
                fields = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", path)]
                status, body = await peer.answered(peer.ask(head(fields)))
                assert status in (400, 403, 404)
                assert b"not for you" not in body

        run(main())

    def test_what_might_be_another_request_further_on_is_refused(self) -> None:
        async def main() -> None:
            seen: list[Exchange] = []

            async def handler(exchange: Exchange) -> None:
                seen.append(exchange)
                await exchange.respond(200, TEXT, b"")

            async with serving_h3(handler) as place:
                peer = await place.raw()
                for name, value in (
                    (b"x", b"a\r\nx-injected: 1"),
                    (b"x", b"a\nb"),
                    (b"x\r\ny", b"1"),
                    (b"transfer-encoding", b"chunked"),
                    (b"content-length", b"1, 2"),
                    (b"content-length", b"+1"),
                ):
                    fields = [*_get(), (name, value)]
                    assert (await peer.answered(peer.ask(frames.emit(frames.HEADERS, qpack.emit(fields)))))[0] == 400
                twice = [*_get(), (b"content-length", b"1"), (b"content-length", b"2")]
                assert (await peer.answered(peer.ask(head(twice))))[0] == 400
                assert seen == []

        run(main())


def _get() -> list[tuple[bytes, bytes]]:
    return [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")]


class TestFloods:
    def test_streams_that_nobody_knows(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer, other = await place.raw(), await place.raw()
                with contextlib.suppress(Exception):  # the engine refuses what is too much
                    for number in range(5000):
                        peer.begin(GREASE)
                        if number % 100 == 0:
                            await asyncio.sleep(0.01)
                            if peer.error is not None:
                                break
                assert await other.answered(other.ask(head())) == (200, b"hello")

        run(main())

    def test_settings_again_and_again(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                peer.begin(SETTINGS + frames.emit(frames.SETTINGS, b"") * 1000)
                assert "FRAME_UNEXPECTED" in await peer.gone()

        run(main())


def test_a_client_trusts_nobody_by_itself() -> None:
    async def main() -> None:
        async with serving_h3(hello) as place:
            dial = place.dialler()
            with pytest.raises(NetloomError, match="trust"):
                await open_http(dial, version="3")
            assert ca()

    run(main())
