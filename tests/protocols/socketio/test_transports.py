from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.errors import ConnectionLost, RemoteProtocolError
from netloom.links.http.websocket import WebSocket
from netloom.links.memory import pair
from netloom.links.stream import Stream
from netloom.protocols.socketio.hub import Hub
from netloom.protocols.socketio.options import Options
from netloom.protocols.socketio.transports import attend, poll, post, upgrade

if TYPE_CHECKING:
    from netloom.protocols.socketio.session import Session


class Asking:
    """An exchange: what is posted, and what was answered. A `broken` one can't be."""

    def __init__(self, body: bytes = b"", *, broken: bool = False) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.gone = asyncio.Event()
        self._body = body
        self._broken = broken

    async def read(self, limit: int) -> bytes:
        return self._body

    async def respond(self, status: int, headers: Any = (), body: bytes = b"") -> None:
        if self._broken:
            raise ConnectionLost("it has gone")
        self.answers.append((status, body))

    async def wait_closed(self) -> None:
        await self.gone.wait()


CONTEXT: Any = SimpleNamespace(until_closing=contextlib.nullcontext)


def begun(heard: list[Any] | None = None) -> tuple[Hub, Session]:
    hub = Hub(Bus())
    session = hub.open(Options(), "polling", "a")

    async def receive(said: Any) -> None:
        if heard is not None:
            heard.append(said)

    session.receive = receive
    return hub, session


def sockets() -> tuple[WebSocket, WebSocket]:
    loop = asyncio.get_running_loop()
    ours, theirs = Stream(loop), Stream(loop)
    pair(theirs, ours)
    return WebSocket(ours, client=False), WebSocket(theirs, client=True)


class TestPoll:
    async def test_what_waits(self) -> None:
        hub, session = begun()
        session.say(("a",))
        session.say((b"\xff",))
        link: Any = Asking()
        await poll(link, session, (), CONTEXT)
        assert link.answers == [(200, b"a\x1eb/w==")]
        assert not session.polling
        hub.close()

    async def test_a_client_that_goes_has_left(self) -> None:
        _, session = begun()
        link: Any = Asking()
        polling = asyncio.ensure_future(poll(link, session, (), CONTEXT))
        await asyncio.sleep(0)
        assert session.polling
        link.gone.set()
        await polling
        assert (session.closed, session.reason) == (True, "transport closed")

    async def test_an_answer_that_is_lost(self) -> None:
        _, session = begun()
        session.say(("a",))
        link: Any = Asking(broken=True)
        with pytest.raises(ConnectionLost):
            await poll(link, session, (), CONTEXT)
        assert session.closed

    async def test_one_that_is_cancelled_leaves_nothing(self) -> None:
        hub, session = begun()
        link: Any = Asking()
        polling = asyncio.ensure_future(poll(link, session, (), CONTEXT))
        await asyncio.sleep(0)
        polling.cancel()
        await asyncio.wait({polling})
        assert not session.polling
        assert len(asyncio.all_tasks()) == 1
        hub.close()


class TestPost:
    async def test_packets_in_order(self) -> None:
        heard: list[Any] = []
        hub, session = begun(heard)
        link: Any = Asking(b"\x1e".join(b"4%d" % number for number in range(250)))
        await post(link, session, (), Options())
        assert heard == [str(number) for number in range(250)]
        assert link.answers == [(200, b"ok")]
        hub.close()

    async def test_others_have_their_turn(self) -> None:
        hub, session = begun([])
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.ensure_future(count())
        link: Any = Asking(b"\x1e".join([b"4"] * 9000))
        await post(link, session, (), Options())
        counting.cancel()
        assert turns >= 90
        hub.close()

    async def test_what_is_none(self) -> None:
        _, session = begun()
        link: Any = Asking(b"9")
        with pytest.raises(RemoteProtocolError):
            await post(link, session, (), Options())
        assert (session.closed, session.reason, session.posting) == (True, "parse error", False)
        assert link.answers == []


class TestUpgrade:
    async def test_it_goes_over(self) -> None:
        hub, session = begun()
        ours, theirs = sockets()
        await theirs.send("2probe")
        await theirs.send("5")
        assert await upgrade(ours, session, 5.0)
        assert await theirs.receive() == "3probe"
        assert (session.transport, session.probing) == ("websocket", False)
        hub.close()

    @pytest.mark.parametrize("said", [["2probe", "4x"], ["4x"], [b"x"], ["2probe", ""], []])
    async def test_it_does_not(self, said: list[str | bytes]) -> None:
        hub, session = begun()
        ours, theirs = sockets()
        for message in said:
            await theirs.send(message)
        await theirs.close()
        assert not await upgrade(ours, session, 5.0)
        assert (session.transport, session.probing) == ("polling", False)
        hub.close()

    async def test_a_session_that_ended_meanwhile(self) -> None:
        _, session = begun()
        ours, theirs = sockets()
        await theirs.send("2probe")
        upgrading = asyncio.ensure_future(upgrade(ours, session, 5.0))
        assert await theirs.receive() == "3probe"
        session.close()
        await theirs.send("5")
        assert not await upgrading


class TestAttend:
    async def test_both_directions(self) -> None:
        heard: list[Any] = []
        _, session = begun(heard)
        ours, theirs = sockets()
        attending = asyncio.ensure_future(attend(ours, session))
        session.say(("4a", b"\xff"))
        assert [await theirs.receive() for _ in range(2)] == ["4a", b"\xff"]
        await theirs.send("4b")
        session.say(("4last",))
        session.close("enough")
        assert await theirs.receive() == "4last", "what waits is still said"
        assert await theirs.receive() is None
        assert theirs.close_reason == "enough"
        await theirs.end()
        await attending
        assert heard in ([], ["b"])

    async def test_a_client_that_goes_without_a_word(self) -> None:
        _, session = begun()
        ours, theirs = sockets()
        attending = asyncio.ensure_future(attend(ours, session))
        await asyncio.sleep(0)
        theirs.stream.abort()
        await asyncio.wait({attending})
        assert session.reason == "transport closed"
        assert len(asyncio.all_tasks()) == 1

    async def test_a_bug_is_not_hidden(self) -> None:
        _, session = begun()

        async def fail(said: Any) -> None:
            raise ZeroDivisionError

        session.receive = fail
        ours, theirs = sockets()
        attending = asyncio.ensure_future(attend(ours, session))
        await theirs.send("4x")
        with pytest.raises(ZeroDivisionError):
            await attending
        assert session.closed
        ours.stream.abort()
