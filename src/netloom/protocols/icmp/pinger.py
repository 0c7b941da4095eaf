"""Pings in a row: sent at their times, matched with what comes back, given up when their time is over (RFC 792)."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections import deque
from ipaddress import ip_address
from typing import TYPE_CHECKING

import msgspec

from netloom.errors import DeadlineExceeded, NetloomError, Phase, RemoteProtocolError
from netloom.links.icmp import Heard, Reported
from netloom.wire import icmp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from netloom.links.icmp import IcmpLink

SEQUENCES = 1 << 16
_NONCE = 16
_HINT = "a host that is down looks like this, and so does a firewall that drops echo requests"


class Ping(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one ping. `rtt` in seconds, `ttl` as it was left; without an answer `error` says why."""

    sequence: int
    rtt: float | None = None
    ttl: int | None = None
    size: int = 0
    error: NetloomError | None = None


class _Underway(msgspec.Struct, frozen=True):
    sent: float
    until: float
    report: Reported | None = None


class Pinger:
    """Pings one host over a link. `duplicates` are answers that came again, `late` those that came too late.

    Answers count that are from the host itself, unless it is a group or a broadcast address, with the data that was
    sent: it is random, so that nobody can answer who hasn't heard the question.
    """

    def __init__(self, link: IcmpLink, *, wait: float, data: bytes = b"", size: int = 0) -> None:
        self.duplicates = 0
        self.late = 0
        self.sent = 0
        self._link = link
        self._wait = wait
        self._data = data or filler(size)
        self._loop = asyncio.get_running_loop()
        self._underway: dict[int, _Underway] = {}
        self._settled: deque[int] = deque(maxlen=1024)
        self._given_up: deque[int] = deque(maxlen=1024)

    async def pings(self, count: int, interval: float) -> AsyncGenerator[Ping, None]:
        """What becomes of each, as soon as that is known. `count` 0 goes on until nobody reads any more.

        Raises RemoteProtocolError for an answer that isn't one, and what ends the link.
        """
        following = self._loop.time()
        while self._underway or not count or self.sent < count:
            now = self._loop.time()
            if (not count or self.sent < count) and now >= following:
                await self._send()
                following = max(following + interval, now)
                continue
            for lost in self._overdue(now):
                yield lost
            due = [one.until for one in self._underway.values()]
            if not count or self.sent < count:
                due.append(following)
            if due and (ping := await self._heard(min(due))) is not None:
                yield ping

    async def _send(self) -> None:
        sequence = self.sent % SEQUENCES
        link = self._link
        first = not self.sent
        self.sent += 1
        if first:
            link.enter(Phase.REQUEST)
        echo = icmp.Echo(link.version, False, link.identifier, sequence, self._data)
        data = icmp.emit(echo)
        self._underway[sequence] = _Underway(self._clock(), self._loop.time() + self._wait)
        await link.send(data)
        if first:
            link.enter(Phase.FIRST_BYTE)

    async def _heard(self, until: float) -> Ping | None:
        """What is heard by then, if it settles a ping."""
        try:
            async with asyncio.timeout_at(until):
                heard = await self._link.hear()
        except TimeoutError:
            return None
        return self._reported(heard) if isinstance(heard, Reported) else self._answered(heard)

    def _answered(self, heard: Heard) -> Ping | None:
        said = heard.message
        if not isinstance(said, icmp.Echo) or not said.reply or said.identifier != self._link.identifier:
            return None
        if not self._may_answer(heard.host):
            return None
        one = self._underway.get(said.sequence)
        if one is None:
            self.duplicates += said.sequence in self._settled
            self.late += said.sequence in self._given_up
            return None
        if said.data != self._data:
            raise RemoteProtocolError(
                f"the answer has other data than the ping: {len(said.data)} bytes for {len(self._data)}",
                rule="RFC 792 p. 14" if said.version == 4 else "RFC 4443 §4.2",
                offset=icmp.HEADER_SIZE,
            )
        self._settle(said.sequence, self._settled)
        rtt = max(0.0, heard.sender.at - one.sent)
        return Ping(sequence=said.sequence, rtt=rtt, ttl=heard.sender.ttl, size=heard.size)

    def _reported(self, report: Reported) -> Ping | None:
        sequence = report.sequence
        if sequence is None or sequence not in self._underway or not report.is_final:
            return None
        self._settle(sequence, self._settled)
        return Ping(sequence=sequence, error=report.as_error(self._link.peer))

    def _overdue(self, now: float) -> list[Ping]:
        over = [sequence for sequence, one in self._underway.items() if one.until <= now]
        for sequence in over:
            self._settle(sequence, self._given_up)
        return [Ping(sequence=sequence, error=self._silence()) for sequence in over]

    def _silence(self) -> NetloomError:
        words = f"no answer from {self._link.peer} within {self._wait:g} s"
        return DeadlineExceeded(words, hint=_HINT, phase=Phase.FIRST_BYTE)

    def _settle(self, sequence: int, into: deque[int]) -> None:
        del self._underway[sequence]
        into.append(sequence)

    def _may_answer(self, host: str) -> bool:
        asked = ip_address(self._link.peer.partition("%")[0])
        came = ip_address(host.partition("%")[0])
        return came == asked or asked.is_multicast or _is_broadcast(self._link)

    def _clock(self) -> float:
        trace = self._link.trace
        return trace.clock() if trace is not None else self._loop.time()


def _is_broadcast(link: IcmpLink) -> bool:
    """Whether the socket may send to all: then anybody may answer."""
    sock = link.info("socket")
    return sock is not None and bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST))


def filler(size: int) -> bytes:
    """Data of a size: random, then a pattern in which a damaged octet shows."""
    return (secrets.token_bytes(_NONCE) + bytes(range(256)) * (size // 256 + 1))[:size]
