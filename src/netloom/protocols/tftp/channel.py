"""TFTP, packets to and from one peer: who it is, how long it is waited for, what is sent again (RFC 1350 §4)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from netloom.errors import DeadlineExceeded, NetloomError, RemoteProtocolError
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Code, Refusal

if TYPE_CHECKING:
    from netloom.links.datagrams import Datagrams, Peer
    from netloom.wire.tftp.packets import Packet

FIRST = 1.0
"""Seconds until something is sent again for the first time, before it is known how long answers take; then twofold."""
SHORTEST = 0.2
LONGEST = 16.0


class Channel:
    """One transfer's packets. What isn't answered is sent again, after seconds that are learnt (RFC 1123 §4.2.3.2) or
    `fixed`.

    A peer that `moves` answers from a port of its own choice: whichever answers first is the one, and any other is told
    that it isn't (RFC 1350 §4). `allowance` is how many bytes may be sent to a peer that has only asked, whose address
    may be somebody else's; once it has answered from there, any number.
    """

    def __init__(self, link: Datagrams, *, tries: int, moves: bool = False, allowance: int | None = None) -> None:
        self.link = link
        self.fixed: float | None = None
        self.sent = b""
        self._tries = tries
        self._moves = moves
        self._peer: Peer = None
        self._allowance = allowance
        self._failed = 0
        self._due: float | None = None
        self._heard: float | None = None
        self._said: float | None = None
        self._usual: float | None = None
        self._varies = 0.0

    @property
    def quiet(self) -> float | None:
        """Seconds since the peer was heard last, None where it never was."""
        return None if self._heard is None else asyncio.get_running_loop().time() - self._heard

    async def send(self, packet: Packet) -> None:
        """Send a packet, which is what is sent again where nothing comes."""
        self.sent = packets.emit(packet)
        await self.repeat()

    async def pass_on(self, packet: Packet) -> None:
        """Send a packet that isn't repeated by itself."""
        await self._put(packets.emit(packet))

    async def repeat(self) -> None:
        """Send the last packet again."""
        await self._put(self.sent)

    @property
    def port(self) -> int | None:
        """The port that the peer has moved to, None where it stayed."""
        usual = self.link.info("peername")
        found = self._peer[1] if isinstance(self._peer, tuple) else None
        return None if isinstance(usual, tuple) and usual[1] == found else found

    def free(self, size: int) -> None:
        """So many bytes may be sent, whoever the peer is."""
        if self._allowance is not None:
            self._allowance = max(self._allowance, size)

    async def allow(self, size: int) -> None:
        """The peer has asked again: then it hasn't got our answer, and may be sent so many bytes more."""
        if self._allowance is not None:
            self._allowance += size
            await self.repeat()

    async def refuse(self, code: Code, text: str) -> None:
        """Say why there is nothing more, where the peer can still hear it."""
        with contextlib.suppress(NetloomError):
            await self.pass_on(Refusal(code, text))

    def moved(self) -> None:
        """Something has come that brings it on: patience begins anew."""
        self._failed, self._due = 0, None

    async def hear(self) -> Packet | None:
        """The peer's next packet, or None where it is time to send something again: what comes and doesn't bring it on
        puts that off no further.

        Raises DeadlineExceeded after so many times, RemoteProtocolError for what is no packet.
        """
        loop = asyncio.get_running_loop()
        if self._due is None:
            self._due = loop.time() + min(self.patience * 2.0**self._failed, max(LONGEST, self.patience))
        try:
            async with asyncio.timeout_at(self._due):
                packet = await self._next()
        except TimeoutError:
            self._due = None
            self._failed += 1
            if self._failed >= self._tries:
                raise DeadlineExceeded(f"nothing came, after {self._failed} tries") from None
            return None
        self._allowance = None
        self._heard = loop.time()
        self._learn()
        return packet

    async def linger(self, seconds: float) -> Packet | None:
        """A packet that still comes within so many seconds, or None."""
        try:
            async with asyncio.timeout(seconds):
                return await self._next()
        except TimeoutError:
            return None

    @property
    def patience(self) -> float:
        """Seconds until something is sent again for the first time (as RFC 6298 §2 finds them)."""
        if self.fixed is not None:
            return self.fixed
        return FIRST if self._usual is None else min(max(self._usual + 4 * self._varies, SHORTEST), FIRST)

    # Inside

    def _learn(self) -> None:
        """How long an answer took; one to what was sent twice tells nothing (RFC 6298 §3)."""
        said, self._said = self._said, None
        if said is None or self._failed or self._heard is None:
            return
        took = self._heard - said
        if self._usual is None:
            self._usual, self._varies = took, took / 2
        else:
            self._varies += (abs(self._usual - took) - self._varies) / 4
            self._usual += (took - self._usual) / 8

    async def _next(self) -> Packet:
        while True:
            data, peer = await self.link.receive_from()
            if not self._moves or self._peer == peer:
                return packets.parse(data)
            if self._peer is None:
                self._peer = peer
                return packets.parse(data)
            with contextlib.suppress(NetloomError):
                if not isinstance(packets.parse(data), Refusal):
                    await self.link.send(packets.emit(Refusal(Code.UNKNOWN_ID, "that isn't with you")), peer)

    async def _put(self, data: bytes) -> None:
        if self._allowance is not None:
            if len(data) > self._allowance:
                return  # as if it had been lost
            self._allowance -= len(data)
        self._said = asyncio.get_running_loop().time()
        await self.link.send(data, self._peer)


async def forbid(channel: Channel, error: RemoteProtocolError) -> None:
    """Tell a peer that what it said is illegal."""
    await channel.refuse(Code.ILLEGAL, error.message[:100])
