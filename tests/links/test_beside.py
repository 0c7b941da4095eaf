"""Further sockets of a conversation: at the server and at the client, in memory and with the kernel's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import ConnectError, ConnectionLost, Unsupported, UsageError
from netloom.links import virtual
from netloom.links.beside import ServedBeside, Waiting
from netloom.links.dial import Dialler
from netloom.links.dressing import Dressing
from netloom.links.faults.plan import Faults
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from netloom.links.system import SystemNetwork
from netloom.links.tls import ServerTLS, accept
from netloom.links.tls.describe import describe
from netloom.links.trace import Trace
from netloom.serving import Serving
from tests.worlds import LOOPS, Certificates, on_loop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from netloom.links.network import Network, SockAddr

LOOPBACK = (socket.AF_INET, ("127.0.0.1", 0))


@contextlib.asynccontextmanager
async def joined(network: Network, **options: Any) -> AsyncIterator[tuple[ServedBeside, Dialler, Stream]]:
    """A connection that stands: what is beside it at the server, the client's dialler and its stream."""
    came: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()

    class Accepted(Stream):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            came.set_result(self)

    given = LinkOptions(**options)
    listening = await network.listen(LOOPBACK, lambda: Accepted(asyncio.get_running_loop()), given)
    place = Endpoint.parse(f"tcp://127.0.0.1:{listening.address[1][1]}")
    dial = Dialler(network, place, replace(given, fault=()), Trace(network.clock))
    try:
        stream = await dial.stream()
        served = await came
        beside = ServedBeside(network, served, given, Dressing(faults=Faults(given.fault)), 1)
        try:
            yield beside, dial, stream
        finally:
            beside.close()
            served.abort()
    finally:
        listening.close()
        await dial.close()
        await asyncio.sleep(0)


def everywhere(main: Callable[[Network], Awaitable[None]], kind: str) -> None:
    """Run in memory on a virtual clock, or with the kernel's sockets on one of the event loops."""

    async def bounded(network: Network) -> None:
        async with asyncio.timeout(20):
            await main(network)

    if kind == "memory":
        virtual.run(bounded(MemoryNetwork()))
    else:
        on_loop(kind, bounded(SystemNetwork()))


KINDS = ("memory", *LOOPS)


async def said(left: Stream, right: Stream) -> None:
    """Both hear each other, and each other's end."""
    await left.write(b"to the right")
    await right.write(b"to the left")
    assert await right.read_exactly(12) == b"to the right"
    assert await left.read_exactly(11) == b"to the left"
    await left.close()
    assert await right.read() == b""
    await right.close()


@pytest.mark.parametrize("kind", KINDS)
class TestServed:
    def test_the_peer_comes(self, kind: str) -> None:
        async def main(network: Network) -> None:
            async with joined(network) as (beside, dial, stream):
                waiting = await beside.listen()
                theirs = await dial.beside(stream).dial(waiting.address[1][1])
                ours = await waiting.accept()
                assert ours.peer.startswith("127.0.0.1:")
                await said(ours, theirs)

        everywhere(main, kind)

    def test_nobody_else_may(self, kind: str) -> None:
        async def main(network: Network) -> None:
            async with joined(network) as (beside, dial, stream):
                waiting = await beside.listen()
                stranger = Waiting("127.0.0.2", lambda stream, _: stream)
                await stranger.open(network, LOOPBACK, LinkOptions())
                place = dial.beside(stream)
                unwanted = await place.dial(stranger.address[1][1])
                with contextlib.suppress(ConnectionLost):  # the kernel may tell of a reset
                    assert await unwanted.read() == b""
                first = await place.dial(waiting.address[1][1])
                ours = await waiting.accept()
                with pytest.raises(ConnectError):
                    await place.dial(waiting.address[1][1])
                await said(ours, first)
                stranger.abort()
                with pytest.raises(ConnectionLost):
                    await stranger.accept()

        everywhere(main, kind)

    def test_we_come_to_the_peer(self, kind: str) -> None:
        async def main(network: Network) -> None:
            async with joined(network) as (beside, dial, stream):
                waiting = await dial.beside(stream).listen()
                ours = await beside.dial(*waiting.address[1][:2])
                await said(ours, await waiting.accept())

        everywhere(main, kind)

    def test_all_goes_with_the_connection(self, kind: str) -> None:
        async def main(network: Network) -> None:
            async with joined(network) as (beside, dial, stream):
                left, taken = await beside.listen(), await beside.listen()
                place = dial.beside(stream)
                theirs = await place.dial(taken.address[1][1])
                ours = await taken.accept()
                waiting = await place.listen()
                out = await beside.dial(*waiting.address[1][:2])
                beside.close()
                await asyncio.sleep(0.01)
                for link in (theirs, await waiting.accept()):
                    with contextlib.suppress(ConnectionLost):
                        assert await link.read() == b""
                assert ours.transport.is_closing()
                assert out.transport.is_closing()
                with pytest.raises(ConnectError):
                    await place.dial(left.address[1][1])

        everywhere(main, kind)

    def test_ports_are_tried_in_their_order(self, kind: str) -> None:
        async def main(network: Network) -> None:
            async with joined(network) as (beside, _, _):
                first = await beside.listen()
                port = first.address[1][1]
                with pytest.raises(UsageError):
                    await beside.listen((port,))
                beside.drop(first)
                await asyncio.sleep(0.01)
                again = await beside.listen((port,))
                assert again.address[1][1] == port
                assert (await beside.listen((port, 0))).address[1][1] != port
                with pytest.raises(UsageError):
                    await beside.listen(())

        everywhere(main, kind)

    def test_faults_hold_there_too(self, kind: str) -> None:
        async def main(network: Network) -> None:
            async with joined(network, fault=("reset:3:to=server",)) as (beside, dial, stream):
                waiting = await beside.listen()
                theirs = await dial.beside(stream).dial(waiting.address[1][1])
                ours = await waiting.accept()
                await theirs.write(b"abcdef")
                assert await ours.read_exactly(3) == b"abc"
                with pytest.raises(ConnectionLost, match="on purpose"):
                    await ours.read()

        everywhere(main, kind)


@pytest.mark.parametrize("kind", LOOPS)
def test_sockets_have_the_options(kind: str) -> None:
    async def main(network: Network) -> None:
        async with joined(network, tos=16, nodelay=False) as (beside, dial, stream):
            waiting = await beside.listen()
            theirs = await dial.beside(stream).dial(waiting.address[1][1])
            ours = await waiting.accept()
            out = await dial.beside(stream).listen()
            back = await beside.dial(*out.address[1][:2])
            for link in (ours, theirs, back, await out.accept()):
                sock = link.info("socket")
                assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) == 16
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0

    everywhere(main, kind)


async def test_a_record_tells_of_the_first_connection_and_so_does_the_dialogue() -> None:
    network = MemoryNetwork()
    heard: list[bytes] = []
    async with joined(network) as (beside, dial, stream):
        dial.trace.dialogue = lambda: lambda _, data: heard.append(data)
        peer = dial.trace.peer
        waiting = await beside.listen()
        theirs = await dial.beside(stream).dial(waiting.address[1][1])
        back = await dial.beside(stream).listen()
        ours, out = await waiting.accept(), await beside.dial(*back.address[1][:2])
        for left, right in ((ours, theirs), (out, await back.accept())):
            await said(left, right)
        assert not heard
        assert dial.trace.peer == peer
        assert len(dial.trace.addresses) == 2


async def test_what_a_client_waits_for_goes_with_its_attempt() -> None:
    network = MemoryNetwork()
    async with joined(network) as (beside, dial, stream):
        waiting = await dial.beside(stream).listen()
        taken = await dial.beside(stream).listen()
        out = await beside.dial(*taken.address[1][:2])
        dial.let_go()
        with pytest.raises(ConnectionLost):
            await waiting.accept()
        with pytest.raises(ConnectionLost):
            await out.read()


async def test_another_host_only_where_it_is_named() -> None:
    network = MemoryNetwork()
    elsewhere = await network.listen((socket.AF_INET, ("192.0.2.7", 99)), _Refusing, LinkOptions())
    async with joined(network) as (_, dial, stream):
        assert (await dial.beside(stream).dial(99, "192.0.2.7")).peer == "192.0.2.7:99"
        with pytest.raises(ConnectError):
            await dial.beside(stream).dial(99)
    elsewhere.close()


class _Refusing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


async def test_the_address_that_answered_is_asked_again() -> None:
    """Whatever the name stands for by then, and whatever `resolve` says."""
    network = MemoryNetwork()
    async with joined(network, resolve="127.0.0.1") as (beside, dial, stream):
        waiting = await beside.listen()
        network.names["localhost"] = ["192.0.2.9"]
        await dial.beside(stream).dial(waiting.address[1][1])
        assert (await waiting.accept()).peer.startswith("127.0.0.1:")


async def test_a_unix_socket_has_nothing_beside_it(tmp_path: Path) -> None:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    network = SystemNetwork()

    async def handle(link: Stream) -> None:
        beside = ServedBeside(network, link, LinkOptions(), Dressing())
        for attempt in (beside.listen(), beside.dial("127.0.0.1", 99)):
            with pytest.raises(Unsupported):
                await attempt
        done.set_result(None)

    async with Serving([Endpoint.parse(f"unix://{tmp_path}/s")], [Handler(handle)]) as serving:
        dial = Dialler(network, serving.endpoint, LinkOptions(), Trace(network.clock))
        stream = await dial.stream()
        beside = dial.beside(stream)
        for attempt in (beside.listen(), beside.dial(99)):
            with pytest.raises(Unsupported):
                await attempt
        await done
        await dial.close()


async def test_nobody_can_connect_to_us_through_a_proxy() -> None:
    async with joined(MemoryNetwork()) as (_, dial, stream):
        dial.options = LinkOptions(proxy=("socks5://127.0.0.1",))
        with pytest.raises(Unsupported, match="proxy"):
            await dial.beside(stream).listen()


class TestListener:
    """What a server's connection has beside it is the listener's affair at its end."""

    @pytest.mark.parametrize("ends", ["by itself", "by a stop"])
    def test_it_goes_with_the_connection(self, ends: str) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            ports: list[SockAddr] = []

            async def serve(link: Stream, _: Any, context: Any) -> None:
                ports.append((await context.beside.listen()).address)
                await link.read()

            async with _Plain(network, serve) as listener:
                stream = Stream(asyncio.get_running_loop())
                await network.connect((socket.AF_INET, ("127.0.0.1", listener.port)), lambda: stream, LinkOptions())
                await asyncio.sleep(0.1)
                assert len(network.listeners) == 2
                if ends == "by itself":
                    await stream.close()
                    await asyncio.sleep(0.1)
                else:
                    await listener.close(0.0)
                assert ("127.0.0.1", ports[0][1][1]) not in network.listeners

        virtual.run(main())

    def test_datagrams_have_a_port_of_their_own(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()

            async def serve(link: Any, _: Any, context: Any) -> None:
                _, peer = await link.receive_from()
                own = await context.beside.datagrams(peer)
                await own.send(b"from elsewhere")
                await link.send(await own.receive(), peer)

            async with _Plain(network, serve, "udp") as listener:
                place = Endpoint.parse(f"tftp://127.0.0.1:{listener.port}")  # whose servers move
                dial = Dialler(network, place, LinkOptions(), Trace(network.clock))
                link = await dial.datagrams()
                await link.send(b"hello")
                heard, peer = await link.receive_from()
                assert heard == b"from elsewhere"
                assert isinstance(peer, tuple)
                assert peer[1] != listener.port
                await link.send(b"and back", peer)
                assert (await link.receive_from())[0] == b"and back"
                await listener.close(0.0)
                assert list(network.sockets) == [("127.0.0.1", link.info("sockname")[1])]
                await dial.close()

        virtual.run(main())


class _Plain:
    """A listener of one route that does what a function does."""

    def __init__(self, network: MemoryNetwork, serve: Any, scheme: str = "tcp") -> None:
        from netloom.accounts import Accounts
        from netloom.links.listener import Listener
        from netloom.links.route import Route
        from netloom.registry import settle

        declared, over, endpoint = settle(Endpoint.parse(f"{scheme}://127.0.0.1:0"))
        route = Route(declared=declared, scheme=over, endpoint=endpoint, content=None, options=None, serve=serve)
        self.listener = Listener(network, [route], LinkOptions(), Accounts())

    async def __aenter__(self) -> Any:
        await self.listener.open()
        return self.listener

    async def __aexit__(self, *_: object) -> None:
        await self.listener.close(0.0)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("minimum", ["1.2", "1.3"])
async def test_tls_takes_up_the_session_of_the_first(certificates: Certificates, minimum: str) -> None:
    network = MemoryNetwork()
    async with joined(network, ca=certificates.ca, tls_minimum=minimum) as (beside, dial, stream):
        tls = ServerTLS.from_files(certificates.good, certificates.good, minimum=minimum)
        ours = beside._link
        assert isinstance(ours, Stream)
        first, _ = await asyncio.gather(dial.secure(stream), accept(ours, tls))
        await ours.write(b"a ticket comes with this")
        await stream.read()
        waiting = await beside.listen()
        data = await dial.beside(stream).dial(waiting.address[1][1])
        other = await waiting.accept()
        second, theirs = await asyncio.gather(dial.secure(data, resume=stream), accept(other, tls, at_once=True))
        assert describe(second).resumed
        assert describe(theirs).resumed
        third, _ = await asyncio.gather(*await _another(dial, stream, beside, tls))
        assert not describe(third).resumed
        assert first.server_name == second.server_name == "127.0.0.1"


async def _another(dial: Dialler, stream: Stream, beside: ServedBeside, tls: ServerTLS) -> tuple[Any, Any]:
    """A further connection which isn't told of the first."""
    waiting = await beside.listen()
    data = await dial.beside(stream).dial(waiting.address[1][1])
    return dial.secure(data), accept(await waiting.accept(), tls, at_once=True)
