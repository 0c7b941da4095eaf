from __future__ import annotations

import asyncio

import pytest

from netloom.errors import RemoteProtocolError
from netloom.links.virtual import run
from netloom.protocols.socketio.options import Options
from netloom.protocols.socketio.session import Session, Transport
from netloom.wire.socketio import engine
from netloom.wire.socketio.engine import Kind, Packet
from tests.worlds import pending_timers


def made(transport: Transport = "polling", **options: float) -> Session:
    session = Session("sid", Options(**options), transport, 10_000)  # type: ignore[arg-type]
    session.heard = []  # type: ignore[attr-defined]

    async def receive(said: str | bytes) -> None:
        session.heard.append(said)  # type: ignore[attr-defined]

    session.receive = receive
    return session


async def test_the_handshake() -> None:
    for transport, upgrades in (("polling", ["websocket"]), ("websocket", [])):
        session = made(transport, ping_interval=2.5, ping_timeout=1, max_payload=5000)  # type: ignore[arg-type]
        packet = engine.parse(session.handshake)
        assert packet.kind is Kind.OPEN
        assert isinstance(packet.data, str)
        handshake = engine.parse_handshake(packet.data)
        assert (handshake.sid, handshake.upgrades) == ("sid", upgrades)
        assert (handshake.ping_interval, handshake.ping_timeout, handshake.max_payload) == (2500, 1000, 5000)
        assert ".0" not in session.handshake, "some clients read only whole numbers"
        session.close()


def test_its_heartbeat() -> None:
    async def main() -> None:
        session = made(ping_interval=10.0, ping_timeout=5.0)
        session.joined()
        for beat in range(1, 4):
            assert await session.next() == ["2"]
            assert asyncio.get_running_loop().time() == pytest.approx(beat * 10.0 + (beat - 1) * 3.0)
            await asyncio.sleep(3.0)
            await session.hear(Packet(Kind.PONG))
        assert await session.next() == ["2"]
        assert await session.next() == []
        assert (session.closed, session.reason) == (True, "ping timeout")
        assert asyncio.get_running_loop().time() == pytest.approx(4 * 10.0 + 3 * 3.0 + 5.0)
        assert not pending_timers(asyncio.get_running_loop())

    run(main())


def test_one_that_connects_to_nothing() -> None:
    async def main() -> None:
        session = made(connect_timeout=7.0)
        assert await session.next() == []
        assert session.reason == "no namespace was connected"
        assert asyncio.get_running_loop().time() == pytest.approx(7.0)
        other = made(connect_timeout=7.0, ping_interval=100.0)
        other.joined()
        await asyncio.sleep(50.0)
        assert not other.closed
        other.close()
        assert not pending_timers(asyncio.get_running_loop())

    run(main())


async def test_what_is_to_be_said() -> None:
    session = made()
    session.say(("a",))
    session.offer(("b",))
    session.say_later(iter([("c",)]))
    assert await session.next() == ["a", "b", "c"]
    waiting = asyncio.ensure_future(session.next())
    await asyncio.sleep(0)
    session.offer(("d",))
    assert await waiting == ["d"]
    session.close()


async def test_one_that_is_too_slow() -> None:
    session = made(buffered=3)
    for number in range(10):
        assert session.offer((str(number),)) is (number < 3)
    assert not session.closed
    for _ in range(4):
        session.say(("due",))
    assert (session.closed, session.reason) == (True, "too slow")
    session.say(("x",))
    session.say_later(iter([("x",)]))
    assert session.offer(("x",))
    assert await session.next() == ["7", "8", "9", "due", "due", "due"], "what waited is still there"
    assert await session.next() == []


async def test_what_a_client_says() -> None:
    session = made()
    ended = []
    session.ends.append(lambda: ended.append(1))
    await session.hear(Packet(Kind.MESSAGE, "x"))
    await session.hear(Packet(Kind.MESSAGE, b"y"))
    await session.hear(Packet(Kind.NOOP))
    assert session.heard == ["x", b"y"]  # type: ignore[attr-defined]
    for kind in (Kind.OPEN, Kind.PING, Kind.UPGRADE):
        with pytest.raises(RemoteProtocolError):
            await session.hear(Packet(kind))
    await session.hear(Packet(Kind.CLOSE))
    assert (session.closed, session.reason, ended) == (True, "the client has gone", [1])
    await session.hear(Packet(Kind.MESSAGE, "z"))
    session.close("again")
    assert (session.heard, session.reason, ended) == (["x", b"y"], "the client has gone", [1])  # type: ignore[attr-defined]


async def test_an_upgrade_lets_a_poll_go() -> None:
    session = made()
    waiting = asyncio.ensure_future(session.next())
    await asyncio.sleep(0)
    session.probe()
    assert await waiting == []
    assert await session.next() == []
    session.say(("a",))
    assert await session.next() == ["a"]
    session.settle("websocket")
    waiting = asyncio.ensure_future(session.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    session.close()
    assert await waiting == []


def test_it_waits_while_we_are_deaf() -> None:
    async def main() -> None:
        session = made(ping_interval=10.0, ping_timeout=5.0)
        session.joined()
        await asyncio.sleep(9.0)
        with session.deaf():
            await asyncio.sleep(100.0)
        assert await session.next() == ["2"]
        assert asyncio.get_running_loop().time() == pytest.approx(119.0)
        with session.deaf():
            session.close()
        assert not pending_timers(asyncio.get_running_loop())

    run(main())
