"""Datagrams relayed: a socket for each peer, for as long as anybody talks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.errors import ConnectError, Status
from netloom.links import relay_datagrams
from netloom.links.datagrams import Datagrams
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.relay_datagrams import EARLY, Session, Sessions
from netloom.links.resolve import literal
from netloom.links.virtual import run

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    import pytest

    from netloom.links.network import SockAddr

IDLE = 60.0


def place(port: int) -> SockAddr:
    found = literal("127.0.0.1", port)
    assert found is not None
    return found


class World:
    """A relay at port 1 to a target at port 2, and peers."""

    def __init__(self, *, patience: float = 0.0) -> None:
        self.network = MemoryNetwork()
        self.patience = patience
        self.ended: list[Session] = []
        self.failing: ConnectError | None = None

    async def __aenter__(self) -> World:
        self.open = await self.socket(local=1)
        self.target = await self.socket(local=2)
        self.sessions = Sessions(self.open, self.dial, IDLE, self.ended.append)
        self.running = asyncio.ensure_future(self.sessions.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open.abort()
        await self.running
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert self.sessions.sizes == (0, 0)

    async def socket(self, *, local: int = 0, remote: int = 0) -> Datagrams:
        made = Datagrams(asyncio.get_running_loop())
        made.peer = f"127.0.0.1:{remote}" if remote else ""
        await self.network.datagrams(
            place(remote) if remote else None, place(local) if local else None, lambda: made, LinkOptions()
        )
        return made

    async def dial(self) -> Datagrams:
        await asyncio.sleep(self.patience)
        if self.failing is not None:
            raise self.failing
        return await self.socket(remote=2)


def in_world(work: Any, **fields: float) -> None:
    async def main() -> None:
        async with World(**fields) as world:
            await work(world)

    made: Coroutine[Any, Any, None] = main()
    run(made)


def test_each_peer_is_answered_for_itself() -> None:
    async def work(world: World) -> None:
        ann, bob = await world.socket(remote=1), await world.socket(remote=1)
        await ann.send(b"ann?")
        await bob.send(b"bob?")
        came = dict([await world.target.receive_from(), await world.target.receive_from()])
        assert len(set(came.values())) == 2, "each has a socket of its own"
        for word, peer in came.items():
            await world.target.send(word.replace(b"?", b"!"), peer)
        assert (await ann.receive(), await bob.receive()) == (b"ann!", b"bob!")
        assert world.sessions.sizes == (8, 8)
        await ann.send(b"again")
        assert (await world.target.receive_from())[1] == came[b"ann?"], "and keeps it"

    in_world(work)


def test_silence_ends_a_session_and_a_word_either_way_does_not() -> None:
    async def work(world: World) -> None:
        ann = await world.socket(remote=1)
        await ann.send(b"one")
        _, peer = await world.target.receive_from()
        await asyncio.sleep(IDLE - 1)
        await world.target.send(b"still", peer)
        await asyncio.sleep(IDLE - 1)
        assert not world.ended
        await asyncio.sleep(2)
        (session,) = world.ended
        assert (session.sizes, session.error) == ((3, 5), None)
        await ann.send(b"two")
        assert (await world.target.receive_from())[1] != peer, "then another begins"

    in_world(work)


def test_what_comes_before_the_socket_stands_waits_for_it() -> None:
    async def work(world: World) -> None:
        ann = await world.socket(remote=1)
        for word in (b"one", b"two"):
            await ann.send(word)
        await asyncio.sleep(1)
        assert world.sessions.sizes == (6, 0)
        assert [await world.target.receive(), await world.target.receive()] == [b"one", b"two"]

    in_world(work, patience=5.0)


def test_early_words_are_bounded_and_what_is_lost_is_not_counted() -> None:
    async def work(world: World) -> None:
        ann = await world.socket(remote=1)
        for _ in range(4):
            await ann.send(bytes(EARLY // 2))
        await asyncio.sleep(9)
        assert world.sessions.sizes == (EARLY, 0)

    in_world(work, patience=5.0)


def test_a_target_that_cannot_be_reached_is_the_sessions_outcome() -> None:
    async def work(world: World) -> None:
        world.failing = ConnectError("no way", status=Status.UNREACHABLE)
        ann = await world.socket(remote=1)
        await ann.send(b"x")
        await asyncio.sleep(1)
        assert [session.error for session in world.ended] == [world.failing]
        world.failing = None
        await ann.send(b"y")
        assert await world.target.receive() == b"y"

    in_world(work)


def test_a_closed_port_is_told_unless_it_opens_again() -> None:
    async def work(world: World) -> None:
        world.target.abort()
        ann = await world.socket(remote=1)
        await ann.send(b"x")
        await asyncio.sleep(IDLE + 1)
        (session,) = world.ended
        assert session.error is not None
        assert session.error.status is Status.REFUSED
        await ann.send(b"x")
        await asyncio.sleep(1)
        world.target = await world.socket(local=2)
        await ann.send(b"y")
        _, peer = await world.target.receive_from()
        await world.target.send(b"here", peer)
        await asyncio.sleep(IDLE + 1)
        assert world.ended[1].error is None

    in_world(work)


def test_who_answers_from_elsewhere_is_not_heard() -> None:
    async def work(world: World) -> None:
        ann = await world.socket(remote=1)
        await ann.send(b"x")
        _, peer = await world.target.receive_from()
        stranger = await world.socket(local=3)
        await stranger.send(b"trust me", peer)
        await asyncio.sleep(1)
        assert world.sessions.sizes == (1, 0)

    in_world(work)


def test_peers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_datagrams, "SESSIONS", 2)

    async def work(world: World) -> None:
        for _ in range(3):
            await (await world.socket(remote=1)).send(b"x")
        await asyncio.sleep(1)
        assert world.sessions.sizes == (2, 0)
        await asyncio.sleep(IDLE)
        await (await world.socket(remote=1)).send(b"y")
        await asyncio.sleep(1)
        assert world.sessions.sizes == (1, 0), "there is room again"

    in_world(work)


def test_the_end_of_the_open_socket_ends_all() -> None:
    async def work(world: World) -> None:
        await (await world.socket(remote=1)).send(b"x")
        await world.target.receive()
        world.open.abort()
        await world.running
        assert [session.sizes for session in world.ended] == [(1, 0)]

    in_world(work)
