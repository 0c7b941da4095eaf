"""Who may begin a connection of QUIC, and what the socket says to whom."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.quic.server import Acceptor, configured
from netloom.links.tls import ServerTLS
from netloom.links.virtual import run
from netloom.wire import quic
from tests.links.http.lab import hello
from tests.links.http.lab_h3 import WINDOWS, authority, ca, head, hostile, serving_h3, shown, tls

if TYPE_CHECKING:
    from netloom.links.network import SockAddr
    from netloom.links.quic.link import QuicLink

HOME: SockAddr = (socket.AF_INET, ("127.0.0.1", 0))


class Ear(asyncio.DatagramProtocol):
    """Hears everything, and says what it is told."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append(data)


def initial(*, token: bytes = b"", version: int = 1, size: int = 1200, destination: bytes = b"12345678") -> bytes:
    """How a client begins, by its form: what is encrypted is noise."""
    ids = bytes([len(destination)]) + destination + b"\x04abcd"
    begun = b"\xc3" + version.to_bytes(4, "big") + ids + bytes([0x40 | len(token) >> 8, len(token) & 0xFF]) + token
    rest = size - len(begun) - 2
    return begun + (0x4000 | rest).to_bytes(2, "big") + bytes(rest)


async def told(*said: bytes) -> tuple[int, list[bytes], list[QuicLink]]:
    """How many bytes a server was sent, and what it answered; those that it let in."""
    network, let_in = MemoryNetwork(), []

    def accept(link: QuicLink) -> bool:
        let_in.append(link)
        return True

    datagrams = Datagrams(asyncio.get_running_loop())
    await network.datagrams(None, HOME, lambda: datagrams, LinkOptions())
    acceptor = Acceptor(datagrams, configured(shown(), 30.0), accept)
    datagrams.attach(acceptor)
    ear = Ear()
    place = (socket.AF_INET, datagrams.info("sockname"))
    await network.datagrams(place, None, lambda: ear, LinkOptions())
    for data in said:
        ear.transport.sendto(data)
    await asyncio.sleep(60.0)  # whatever is to be said again has been by then
    acceptor.close()
    return sum(map(len, said)), ear.heard, let_in


class TestWhoBegins:
    def test_whoever_begins_is_asked_to_come_back(self) -> None:
        sent, heard, let_in = run(told(initial()))
        assert let_in == []
        [retry] = heard
        header = quic.parse(retry, 8)
        assert header is not None
        assert (retry[0] & 0xF0, header.destination) == (0xF0, b"abcd")
        assert len(retry) < sent / 3

    @pytest.mark.parametrize("said", [b"", b"\xc3", bytes(1200), b"\x40" + bytes(100), initial(size=1199)])
    def test_what_is_no_beginning_has_no_answer(self, said: bytes) -> None:
        assert run(told(said or b"\0"))[1:] == ([], [])

    def test_an_id_that_is_too_short(self) -> None:
        assert run(told(initial(destination=b"1234567")))[1:] == ([], [])

    def test_another_version_is_told_of_ours(self) -> None:
        sent, heard, _ = run(told(initial(version=0xFACEB00C)))
        [negotiation] = heard
        assert negotiation[1:5] == bytes(4)
        assert negotiation.endswith(b"\x041234" * 0 + b"\0\0\0\1")
        assert len(negotiation) < sent

    @pytest.mark.parametrize("token", [b"x", b"x" * 100, bytes(300)])
    def test_a_token_that_is_not_ours(self, token: bytes) -> None:
        sent, heard, let_in = run(told(initial(token=token)))
        assert let_in == []
        assert sum(map(len, heard)) < sent

    def test_a_flood_of_beginnings_keeps_nothing(self) -> None:
        said = [initial(destination=number.to_bytes(8, "big")) for number in range(2000)]
        sent, heard, let_in = run(told(*said))
        assert let_in == []
        assert len(heard) == 2000
        assert sum(map(len, heard)) < sent / 3


class TestRouting:
    def test_each_connection_has_its_own(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peers = [await place.raw() for _ in range(20)]
                for peer in peers:
                    assert await peer.answered(peer.ask(head())) == (200, b"hello")
                assert len(place.listener.connections) == 20

        run(main())

    def test_a_connection_that_has_ended_is_forgotten(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                [acceptor] = place.listener._quic
                assert acceptor._links
                peer.link.close(0x100)
                await asyncio.sleep(10.0)
                assert not acceptor._links
                assert not acceptor._ids
                assert not place.listener.connections

        run(main())

    def test_a_client_that_vanishes_is_forgotten(self) -> None:
        async def main() -> None:
            async with serving_h3(hello, idle=10.0) as place:
                peer = await place.raw()
                peer.link.drop()
                await asyncio.sleep(40.0)
                assert not place.listener.connections
                assert not place.listener._quic[0]._links

        run(main())

    def test_a_handshake_that_is_never_finished(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                task = asyncio.create_task(place.raw(fault=("stall:1000",)))
                await asyncio.sleep(60.0)
                assert not place.listener.connections
                task.cancel()
                await asyncio.wait({task})

        run(main())


def test_a_certificate_is_replaced_while_serving() -> None:
    server = tls()
    current = configured(lambda line: server, 30.0)
    first = current(None)
    assert current(None) is first
    issued = authority().issue(["other.example"])
    server.pem = (issued.cert_pem, issued.key_pem)
    assert current(None) is not first


def test_each_connection_is_shown_its_certificate() -> None:
    wanted = [authority().issue([f"{number}.example"]) for number in range(20)]
    servers = [ServerTLS(each.cert_pem, each.key_pem) for each in wanted]
    asked = iter([servers[0], *servers, *servers[:2]])
    current = configured(lambda line: next(asked), 30.0)
    found = [current(None) for _ in range(22)]
    assert len({id(each) for each in found[:20]}) == 20
    assert found[20] is not found[0]  # it was forgotten: so many aren't kept


def test_both_ends_stand_on_any_socket() -> None:
    async def main() -> None:
        async with hostile() as (place, server):
            peer = await place.raw(ca=ca())
            assert peer.link.opened.done()
            assert server.peers[0].link.peer.startswith("127.0.0.1:")
            assert WINDOWS.stream

    run(main())
