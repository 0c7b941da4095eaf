"""One connection: what it hears and says, its timer, loss, and its end."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from netloom.errors import ConnectionLost, NetloomError, RemoteProtocolError
from netloom.links.memory import MemoryDatagrams
from netloom.links.options import LinkOptions
from netloom.links.system import SystemNetwork
from netloom.links.virtual import run
from tests.links.http.lab import hello
from tests.links.http.lab_h3 import H3Place, Http3, ca, head, hostile, serving_h3, tls

if TYPE_CHECKING:
    from netloom.links.quic.link import QuicLink


class TestLoss:
    @pytest.mark.parametrize("share", [0.1, 0.3])
    def test_what_is_lost_is_said_again(self, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
        chance = random.Random(42)  # the same on every run
        real = MemoryDatagrams.sendto

        def lossy(self: MemoryDatagrams, data: Any, addr: Any = None) -> None:
            if chance.random() >= share:
                real(self, data, addr)

        async def main() -> None:
            async with serving_h3(hello) as place:
                monkeypatch.setattr(MemoryDatagrams, "sendto", lossy)
                for _ in range(5):
                    peer = await place.raw()
                    for _ in range(10):
                        assert await peer.answered(peer.ask(head())) == (200, b"hello")

        run(main())

    def test_the_order_does_not_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        chance = random.Random(7)  # the same on every run
        real = MemoryDatagrams.sendto

        def late(self: MemoryDatagrams, data: Any, addr: Any = None) -> None:
            asyncio.get_running_loop().call_later(chance.random() / 10, real, self, bytes(data), addr)

        async def main() -> None:
            async with serving_h3(hello) as place:
                monkeypatch.setattr(MemoryDatagrams, "sendto", late)
                peer = await place.raw()
                numbers = [peer.ask(head()) for _ in range(50)]
                for number in numbers:
                    assert await peer.answered(number) == (200, b"hello")

        run(main())


class TestNoise:
    def test_what_somebody_else_says_changes_nothing(self) -> None:
        chance = random.Random(1)  # the same on every run

        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                [link] = [context._link for context in place.listener.connections.values()]
                for _ in range(300):
                    noise = chance.randbytes(chance.randrange(1, 1400))
                    link.received(noise, ("127.0.0.1", 9))  # type: ignore[union-attr]  # a connection of QUIC
                    peer.link.received(noise, ("127.0.0.1", 9))
                assert await peer.answered(peer.ask(head())) == (200, b"hello")

        run(main())

    def test_what_the_engine_does_not_foresee_ends_the_connection(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer, other = await place.raw(), await place.raw()

                def surprised(*_: object) -> None:
                    raise KeyError("unforeseen")

                monkeypatch.setattr(peer.link.engine, "receive_datagram", surprised)
                peer.ask(head())
                assert "KeyError" in await peer.gone()
                assert isinstance(peer.error, RemoteProtocolError)
                assert await other.answered(other.ask(head())) == (200, b"hello")

        run(main())


class TestTheEnd:
    def test_whoever_attaches_late_hears_of_it(self) -> None:
        heard: list[NetloomError] = []

        class Late:
            def lost(self, error: NetloomError) -> None:
                heard.append(error)

        async def main() -> None:
            async with hostile() as (place, _):
                peer = await place.raw()
                link: QuicLink = peer.link
                link.close(0x100)
                link.close(0x101)  # once is enough
                link.drop()
                link.drop()
                link.attach(Late())  # type: ignore[arg-type]  # nothing but the end is told
                assert link.over
                assert isinstance(heard[0], ConnectionLost)

        run(main())

    def test_what_came_before_somebody_attached_is_kept(self) -> None:
        async def main() -> None:
            async with hostile() as (place, server):
                peer = await place.raw()
                other = server.peers[0]
                other.link._receiver = None
                number = peer.ask(b"early")
                await asyncio.sleep(0.1)
                other.link.attach(other)
                await other.until(lambda: number in other.ended)
                assert other.said[number] == b"early"

        run(main())

    def test_no_timer_is_left(self) -> None:
        async def main() -> None:
            async with serving_h3(hello) as place:
                peer = await place.raw()
                await peer.answered(peer.ask(head()))
                peer.link.drop()
            loop: Any = asyncio.get_running_loop()
            await asyncio.sleep(0)
            assert [handle for handle in loop._scheduled if not handle.cancelled()] == []

        run(main())


def test_the_virtual_clock_passes_as_the_network_does() -> None:
    async def main() -> None:
        async with serving_h3(hello, fault=("latency:1:to=server",)) as place:
            peer = await place.raw(ca=ca(), fault=("latency:1",))
            began = asyncio.get_running_loop().time()
            await peer.answered(peer.ask(head()))
            assert asyncio.get_running_loop().time() - began == pytest.approx(2.0, abs=0.3)

    run(main())


def test_on_real_sockets_and_every_event_loop() -> None:
    async def main() -> None:
        place = H3Place(SystemNetwork(), LinkOptions())
        await place.open([place.route(hello, "https://127.0.0.1:0", options=Http3())], tls())
        peer = await place.raw()
        for _ in range(20):
            assert await peer.answered(peer.ask(head())) == (200, b"hello")
        peer.link.close(0x100)
        assert peer.socket is not None
        await peer.socket.close()
        await place.listener.close(0.0)

    for factory in (asyncio.new_event_loop, uvloop.new_event_loop):
        failures: list[dict[str, Any]] = []
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.get_loop().set_exception_handler(lambda _, failed: failures.append(failed))  # noqa: B023  # at once
            runner.run(main())
        assert failures == []
