"""FTP, the client's side of data connections: EPSV, PASV, EPRT, PORT, TLS (RFC 959 §3.2, RFC 2428, RFC 4217 §10)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost, NetloomError, Phase, Unsupported
from netloom.links.network import describe
from netloom.protocols.ftp.dialogue import expect, refuse, unknown
from netloom.wire.ftp import addresses

if TYPE_CHECKING:
    from netloom.links.beside import Waiting
    from netloom.links.stream import Stream
    from netloom.protocols.ftp.dialogue import Dialogue
    from netloom.protocols.ftp.options import FtpOptions
    from netloom.wire.ftp.replies import Reply


class Data:
    """One transfer: a data connection that is prepared, a command, and what the server says at the end.

    `ended` is whether it has.
    """

    def __init__(self, dialogue: Dialogue, options: FtpOptions) -> None:
        self._dialogue = dialogue
        self._options = options
        self._waiting: Waiting | None = None
        self._link: Stream | None = None
        self._verdict: Reply | None = None
        self.ended = False

    async def begin(self, verb: str, argument: str, start: int = 0) -> Stream:
        """Have a command begin, from a byte on; gives the connection. Raises PeerRefused, ConnectError, TLSError."""
        dialogue = self._dialogue
        dialogue.link.enter(Phase.REQUEST)
        try:
            await self._prepare()
            dialogue.link.enter(Phase.REQUEST)
            if start:
                reply = await dialogue.ask("REST", str(start))
                if not reply.intermediate:
                    refuse(reply, f"to begin at byte {start} was refused")
            await dialogue.tell(verb, argument)
            dialogue.busy = True
            reply = await dialogue.reply()
            if not reply.preliminary:
                dialogue.busy = False
                self._verdict = expect(reply, f"{verb} was refused")
            return await self._open()
        except BaseException:
            self.abort()
            raise

    async def end(self) -> None:
        """What the server says at the end. Raises PeerRefused."""
        reply, self._verdict = self._verdict, None
        if reply is None:
            reply = await self._dialogue.reply()
            while reply.preliminary:
                reply = await self._dialogue.reply()
        self._dialogue.busy = False
        self.ended = True
        expect(reply, "the transfer failed")

    async def end_after(self, problem: NetloomError) -> None:
        """The data connection broke: the server may say why, which counts more. Raises it, or the problem."""
        self.abort()
        await self.end()
        raise problem

    async def leave(self) -> None:
        """No more is wanted: whatever the server says to that, or does: ProFTPD may end the dialogue."""
        self.abort()
        if self._verdict is None:
            try:
                await self._dialogue.reply()
            except ConnectionLost:
                self._dialogue.over = True
        self._dialogue.busy = False

    def abort(self) -> None:
        """Let go of the data connection."""
        if self._waiting is not None:
            self._waiting.abort()
        if self._link is not None:
            self._link.abort()

    # Inside

    async def _prepare(self) -> None:
        peer = self._dialogue.link.info("peername")
        if not isinstance(peer, tuple):
            raise Unsupported("data needs connections of its own, which aren't there beside a Unix socket")
        if self._options.active:
            await self._wait()
        else:
            await self._connect(is_ipv6=":" in peer[0])

    async def _connect(self, *, is_ipv6: bool) -> None:
        dialogue = self._dialogue
        beside = dialogue.dial.beside(dialogue.link)
        if self._options.epsv or is_ipv6:
            reply = await dialogue.ask("EPSV")
            if reply.code == 229:
                self._link = await beside.dial(addresses.parse_extended_passive(reply.text))
                return
            if is_ipv6 or not unknown(reply):
                refuse(reply, "EPSV was refused")
        reply = await dialogue.ask("PASV")
        if reply.code != 227:
            refuse(reply, "PASV was refused")
        host, port = addresses.parse_passive(reply.text)
        # Behind a NAT the address is often wrong, and a hostile server could have us connect to others with it
        self._link = await beside.dial(port, host if self._options.pasv_address else "")

    async def _wait(self) -> None:
        dialogue = self._dialogue
        self._waiting = await dialogue.dial.beside(dialogue.link).listen()
        _, host, port = describe(self._waiting.address)
        is_ipv6 = ":" in host
        if self._options.epsv or is_ipv6:
            reply = await dialogue.ask("EPRT", addresses.emit_extended_port(host, port))
            if reply.complete:
                return
            if is_ipv6 or not unknown(reply):
                refuse(reply, "EPRT was refused")
        await dialogue.done("PORT", addresses.emit_port(host, port), "PORT was refused")

    async def _arrival(self, waiting: Waiting) -> Stream:
        """The server's connection; it may say instead that it can't come."""
        coming = asyncio.ensure_future(waiting.accept())
        hearing = asyncio.ensure_future(self._dialogue.reply())
        try:
            await asyncio.wait({coming, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if hearing.done():
                self._verdict = expect(hearing.result(), "the transfer failed")
            return await coming
        finally:
            for task in (coming, hearing):
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task})

    async def _open(self) -> Stream:
        dialogue = self._dialogue
        if self._waiting is not None:
            self._link = await self._arrival(self._waiting)
        link = self._link
        if link is None:
            raise RuntimeError("nothing was prepared")
        if dialogue.protected:
            trace = dialogue.dial.trace
            tls_of = trace.tls_of
            try:
                # Some servers take only who shows to be the same client (vsftpd's require_ssl_reuse)
                await dialogue.dial.secure(link, resume=dialogue.link)
            except NetloomError as exc:
                await self.end_after(exc)
            finally:
                trace.tls_of = tls_of  # the record tells of the dialogue's
        link.enter(Phase.TRANSFER if link.peek() or link.at_eof else Phase.FIRST_BYTE)
        return link


async def end_writing(link: Stream) -> None:
    """Say that this was all, and go on listening: what a server still says on the connection (TLS's tickets), unread
    when it is closed, would have the system reset it, and throw away what the server hasn't read."""
    await link.write_eof()
    layer = link.info("tls")
    if layer is not None:
        layer.lower.write_eof()


def check_end(link: Stream, size: int, expected: int | None) -> None:
    """Raise ConnectionLost where all that came isn't all there was."""
    if expected is not None and size != expected:
        raise ConnectionLost(f"{expected} bytes were announced and {size} came")
    layer = link.info("tls")
    if expected is None and layer is not None and layer.truncated:
        raise ConnectionLost("TLS wasn't ended: what came may not be all")
