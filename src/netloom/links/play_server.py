"""The server's side of a tape: each connection, and each peer of a datagram socket, gets a conversation."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from netloom.errors import ConnectionLost, NetloomError
from netloom.links.datagrams import Datagrams
from netloom.links.network import shown
from netloom.links.play import StreamPlayer
from netloom.links.play_beside import Served
from netloom.links.played import Departure, Played
from netloom.packet.tape.exchanges import Exchange, Exchanges, datagram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netloom.links.context import Context
    from netloom.links.stream import Stream
    from netloom.packet.tape.script import Script
    from netloom.packet.tape.shelf import Shelf

OPENING = 16 << 20
"""Octets that may be heard before it is known which conversation is meant."""
PEERS = 4096
"""Peers of a datagram socket that are remembered; whoever was silent the longest is forgotten first."""


class Visit(Struct, frozen=True):
    """What became of one peer. `started` in Unix seconds, `duration` in seconds; `error` is what broke the link."""

    peer: str
    started: float
    duration: float
    played: Played | None = None
    error: NetloomError | None = None


class _Nobody:
    """A peer that came and went without a word: a port was looked at."""


class TapeServer:
    """Plays scripts to whoever comes: a content for the bytes below any protocol. `tell` hears of each visit.

    `name` says in words what is played; `upgrades`: TLS begins in the middle of it.
    """

    def __init__(  # noqa: PLR0913  # what is played, to whom, and how
        self,
        streams: Shelf,
        datagrams: Shelf,
        tell: Callable[[Visit], None],
        *,
        timing: bool = False,
        name: str = "a tape",
        upgrades: bool = False,
    ) -> None:
        self.upgrades = upgrades
        self._name = name
        self._streams = streams
        self._datagrams = datagrams
        self._tell = tell
        self._timing = timing
        self._playing = 0

    @property
    def done(self) -> bool:
        """Whether everything has been played."""
        return not (self._playing or self._streams.left or self._datagrams.left)

    def describe(self) -> str:
        return self._name

    async def serve_bytes(self, link: Any, context: Context) -> None:
        """One connection, or a socket of datagrams."""
        if isinstance(link, Datagrams):
            await _Socket(link, self._datagrams, self._tell, timing=self._timing).serve()
            return
        started, began = time.time(), context.network.clock()
        played, error = None, None
        self._playing += 1
        try:
            with context.working():
                played = await self._play(link, context)
        except NetloomError as exc:
            error = exc
        except BaseException:
            error = ConnectionLost("the replay stops")
            raise
        finally:
            self._playing -= 1
            if not isinstance(played, _Nobody):
                self._tell(Visit(link.peer, started, context.network.clock() - began, played, error))

    async def _play(self, link: Stream, context: Context) -> Played | _Nobody | None:
        """The conversation that is meant; None where none is left, nobody where the peer goes without a word."""
        if not self._streams.left:
            return None
        scripts = self._streams.alike()
        begun = scripts[0].prelude()
        for cue in scripts[0].cues[:begun]:
            if self._timing and cue.step.pause:
                await asyncio.sleep(cue.step.pause)
            await link.write(cue.unit.data)
        script, early = await self._meant(link, scripts)
        if script is None and not early:
            return _Nobody()
        if script is not None:
            self._streams.take(script)
        else:  # it departs at once, from the first that nobody took meanwhile
            script = next((one for one in scripts if one in self._streams.left), None)
        if script is None:
            return None
        player = StreamPlayer(link, script, Served(context), timing=self._timing, begun=begun, early=early)
        return await player.play()

    async def _meant(self, link: Stream, scripts: Sequence[Script]) -> tuple[Script | None, bytes]:
        """Which one the peer means, and what it has said by then. Those that others took meanwhile aren't."""
        early, ended = b"", False
        while True:
            left = [script for script in scripts if script in self._streams.left]
            script, certain = self._streams.meant(left, early, ended=ended)
            if certain or ended:
                return script, early
            try:
                piece = await link.read()
            except ConnectionLost:
                piece = b""
            early += piece
            ended = not piece or len(early) > OPENING


class _Talk:
    """One peer, and the conversation that it has."""

    def __init__(self, script: Script, clock: float) -> None:
        self.exchanges = Exchanges(script)
        self._units = self.exchanges.part.units("udp") if self.exchanges.part is not None else None
        self.started, self.began = time.time(), clock
        self.heard = 0
        self.told = False

    def find(self, data: bytes) -> Exchange | None:
        """What a datagram asks; its answers are made."""
        unit = datagram(self._units, data)
        exchange = self.exchanges.find(unit)
        if exchange is not None:
            self.exchanges.meet(exchange, unit)
        return exchange


class _Socket:
    """All peers of one socket of datagrams."""

    def __init__(self, link: Datagrams, shelf: Shelf, tell: Callable[[Visit], None], *, timing: bool) -> None:
        self._link = link
        self._shelf = shelf
        self._tell = tell
        self._timing = timing
        self._talks: OrderedDict[Any, _Talk] = OrderedDict()

    async def serve(self) -> None:
        """Until the socket closes."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    data, peer = await self._link.receive_from()
                    found = self._find(peer, data)
                    if found is None:
                        self._depart(peer, data)
                    elif self._timing:
                        group.create_task(self._answer(*found, peer))
                    else:
                        await self._answer(*found, peer)
        except* NetloomError:
            pass  # the socket is closed

    def _find(self, peer: Any, data: bytes) -> tuple[_Talk, Exchange] | None:
        """Whom a datagram belongs to, and what it asks: it may begin a conversation."""
        talk = self._talks.get(peer)
        exchange = talk.find(data) if talk is not None else None
        if talk is None or exchange is None:
            script = self._shelf.asked(data)
            if script is None:
                return None
            self._shelf.take(script)
            talk = self._talks[peer] = _Talk(script, self._link.loop.time())
            exchange = talk.find(data)
            if len(self._talks) > PEERS:
                self._talks.popitem(last=False)
        self._talks.move_to_end(peer)
        talk.heard += len(data)
        return (talk, exchange) if exchange is not None else None

    async def _answer(self, talk: _Talk, exchange: Exchange, peer: Any) -> None:
        for cue, said in zip(exchange.answers, exchange.said, strict=True):
            if self._timing and cue.step.pause:
                await asyncio.sleep(cue.step.pause)
            await self._link.send(said, peer)
        if talk.exchanges.done and not talk.told:
            talk.told = True
            self._visited(talk, peer)

    def _depart(self, peer: Any, data: bytes) -> None:
        """Nothing in the recording asks that. Where nothing is left, nothing was expected."""
        left = self._shelf.left
        talk = self._talks.get(peer) or (_Talk(left[0], self._link.loop.time()) if left else None)
        if talk is not None:
            number = talk.exchanges.next.number if not talk.exchanges.done else len(talk.exchanges.script.cues)
            self._visited(talk, peer, Departure(number, data, "nobody asked that in the recording"))

    def _visited(self, talk: _Talk, peer: Any, departure: Departure | None = None) -> None:
        script = talk.exchanges.script
        met = [exchange for exchange in talk.exchanges.all if exchange.heard is not None]
        said = sum(len(said) for exchange in met for said in exchange.said)
        played = Played(script, sum(1 + len(exchange.said) for exchange in met), said, talk.heard, departure)
        self._tell(Visit(shown(peer), talk.started, self._link.loop.time() - talk.began, played))
