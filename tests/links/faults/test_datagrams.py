"""Faults upon a datagram socket: each peer for itself, late ones that end with the socket, and bounds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.links.faults.datagrams import PEERS, DatagramFaults
from netloom.links.faults.plan import Faults
from netloom.links.faults.way import HELD
from netloom.links.virtual import run
from tests.worlds import pending_timers


class Hears(asyncio.DatagramProtocol):
    """Remembers what comes."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append((data, addr))

    def error_received(self, exc: Exception) -> None:
        self.heard.append(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self.heard.append("lost")


class Below(asyncio.DatagramTransport):
    """Remembers what is sent."""

    def __init__(self, peer: Any = None) -> None:
        super().__init__({"peername": peer})
        self.sent: list[Any] = []

    def sendto(self, data: Any, addr: Any = None) -> None:
        self.sent.append((data, addr))


def _placed(*faults: str, side: Any = "server", peer: Any = None) -> tuple[DatagramFaults, Hears, Below]:
    upper, below = Hears(), Below(peer)
    layer = DatagramFaults(upper, Faults(faults), side)
    layer.connection_made(below)
    return layer, upper, below


def test_late_datagrams_end_with_their_socket() -> None:
    async def main() -> None:
        layer, upper, below = _placed("latency:5:to=both", side="client", peer="p")
        layer.datagram_received(b"x", "p")
        layer.sendto(b"y")
        layer.connection_lost(None)
        await asyncio.sleep(10)
        assert upper.heard == ["lost"]
        assert below.sent == []
        assert not pending_timers(asyncio.get_running_loop())

    run(main())


def test_each_peer_of_a_server_has_a_number() -> None:
    async def main() -> None:
        layer, upper, _ = _placed("stall:on=2:to=server")
        for peer in ("a", "b", "c", "b", "a"):
            layer.datagram_received(peer.encode(), peer)
        assert upper.heard == [(b"a", "a"), (b"c", "c"), (b"a", "a")]
        assert [layer.line(peer).number for peer in ("a", "b", "c")] == [1, 2, 3]

    run(main())


def test_all_peers_of_a_client_are_one_connection() -> None:
    async def main() -> None:
        faults = Faults()
        layer = DatagramFaults(Hears(), faults, "client")
        layer.connection_made(Below())
        assert [layer.line(peer).number for peer in ("a", "b")] == [1, 1]
        other = DatagramFaults(Hears(), faults, "client")
        other.connection_made(Below())
        assert other.line("a").number == 2

    run(main())


def test_what_is_sent_goes_where_it_should() -> None:
    async def main() -> None:
        layer, _, below = _placed("latency:1:to=server", side="client", peer=("h", 1))
        layer.sendto(b"usual")
        layer.sendto(b"other", ("h", 2))
        await asyncio.sleep(2)
        assert below.sent == [(b"usual", None), (b"other", ("h", 2))]

    run(main())


@pytest.mark.parametrize("side", ["client", "server"])
def test_a_closed_port_is_told_to_clients_only(side: str) -> None:
    async def main() -> None:
        layer, upper, below = _placed("reject", side=side, peer="p")
        layer.sendto(b"x", "p")
        assert below.sent == []
        if side == "server":
            assert upper.heard == []
        else:
            (error,) = upper.heard
            assert isinstance(error, ConnectionRefusedError)
            assert "on purpose (fault reject)" in str(error)

    run(main())


def test_no_more_is_held_back_than_there_is_room_for() -> None:
    async def main() -> None:
        layer, upper, _ = _placed("latency:5:to=server")
        for _ in range(100):
            layer.datagram_received(bytes(HELD["datagrams"] // 10), "a")
        layer.datagram_received(b"", "b")
        await asyncio.sleep(6)
        assert [addr for _, addr in upper.heard].count("a") == 10
        assert upper.heard[-1] == (b"", "b")

    run(main())


def test_empty_ones_take_room_too() -> None:
    async def main() -> None:
        layer, upper, _ = _placed("latency:5:to=server")
        for _ in range(100_000):
            layer.datagram_received(b"", "a")
        await asyncio.sleep(6)
        assert 1000 < len(upper.heard) < 10_000

    run(main())


def test_the_longest_known_peer_is_forgotten_first() -> None:
    async def main() -> None:
        layer, upper, _ = _placed("latency:5:to=server")
        for peer in range(PEERS + 1):
            layer.datagram_received(b"x", peer)
        await asyncio.sleep(6)
        assert {addr for _, addr in upper.heard} == set(range(1, PEERS + 1))
        assert layer.line(0).number == PEERS + 2
        layer.connection_lost(None)

    run(main())
