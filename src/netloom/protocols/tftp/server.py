"""TFTP, the server's side: a tree of files for whoever asks, and a port for each transfer (RFC 1350, 1123, 2347, 7440).

There are no accounts and a request's sender may be forged: nobody is sent more than three times what they sent, until
they have answered from where they say they are; and files are written only where that was allowed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING

from netloom.contents import Exists, Forbidden, NotFound, OutOfRange, TooLarge
from netloom.errors import NetloomError, PeerRefused, RemoteProtocolError
from netloom.protocols.tftp.transfer import Refused, Transfer
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Code, Refusal, Request

if TYPE_CHECKING:
    from netloom.contents.files import Files
    from netloom.links.context import Context
    from netloom.links.datagrams import Datagrams, Peer
    from netloom.protocols.tftp.options import TftpOptions

log = logging.getLogger("netloom.serve")

FACTOR = 3
"""Bytes that are sent for one that came, to somebody who hasn't shown to be there."""
_CODES: dict[type[NetloomError], Code] = {
    NotFound: Code.NOT_FOUND, Forbidden: Code.ACCESS, TooLarge: Code.FULL, Exists: Code.EXISTS,
    OutOfRange: Code.UNDEFINED,
}  # fmt: skip
_CONTENTS_ERRORS = (NotFound, Forbidden, TooLarge, Exists, OutOfRange)
_QUIET = 1.0  # seconds without a word after which the same request, asked again, is a new one


async def serve(link: Datagrams, content: Files, context: Context) -> None:
    """One socket."""
    async with asyncio.TaskGroup() as tasks:
        desk = Desk(link, content, context, tasks)
        while True:
            data, peer = await link.receive_from()
            await desk.take(data, peer)


class Desk:
    """Where requests arrive: each that is taken becomes a transfer, which has a task and a socket of its own."""

    def __init__(self, link: Datagrams, content: Files, context: Context, tasks: asyncio.TaskGroup) -> None:
        self._link = link
        self._content = content
        self._context = context
        self._tasks = tasks
        self._transfers: dict[Peer, Transfer] = {}
        self._tasks_of: dict[Transfer, asyncio.Task[None]] = {}
        self._counted: set[Transfer] = set()
        self._per_host: Counter[str] = Counter()

    async def take(self, data: bytes, peer: Peer) -> None:
        """A datagram. What is no request isn't answered: an answer could be aimed at somebody else."""
        if data[:2] not in (b"\0\1", b"\0\2") or not isinstance(peer, tuple):
            return
        try:
            request = packets.parse(data)
        except RemoteProtocolError as error:
            await self._refuse(Code.ILLEGAL, error.message, data, peer)
            return
        if not isinstance(request, Request):
            return
        present = self._transfers.get(peer)
        if present is not None and present.is_for(request, _QUIET):
            await present.ask_again(FACTOR * len(data))  # the answer was lost, or is late
            return
        if present is not None:
            self._tasks_of.pop(present).cancel()
            self._forget(present)
        own: TftpOptions = self._context.options
        host = str(peer[0])
        if (
            self._context.closing
            or len(self._counted) >= own.transfers
            or self._per_host[host] >= own.transfers_per_peer
        ):
            log.warning("a transfer with %s is put off: there are %d", host, len(self._counted))
            return  # as if it had been lost: it will be asked for again
        transfer = Transfer(self._content, self._context, request, peer)
        transfer.allowance = FACTOR * len(data)
        self._transfers[peer] = transfer
        self._counted.add(transfer)
        self._per_host[host] += 1
        self._tasks_of[transfer] = self._tasks.create_task(self._run(transfer, data))

    async def _run(self, transfer: Transfer, data: bytes) -> None:
        started = time.time()
        try:
            status = await self._outcome(transfer, data)
            verb, name = "WRITE" if transfer.request.writes else "READ", transfer.request.name
            peer, size = transfer.peer, transfer.size
            self._context.access(verb, name, status=status, size=size, started=started, peer=peer)
            self._make_room(transfer)
            await transfer.linger()
        finally:
            self._tasks_of.pop(transfer, None)
            self._forget(transfer)

    async def _outcome(self, transfer: Transfer, data: bytes) -> str:
        """How a transfer ended, in a word or a number of TFTP's."""
        try:
            with self._context.working():
                await transfer.run()
            return "ok"
        except (*_CONTENTS_ERRORS, Refused) as error:
            code = error.number if isinstance(error, Refused) else _CODES[type(error)]
            if transfer.channel is not None:
                await transfer.channel.refuse(code, error.message[:400])
            else:
                await self._refuse(code, error.message, data, transfer.peer)
            return str(int(code))
        except PeerRefused as error:
            return f"given up: {error.code}"
        except NetloomError as error:
            log.debug("%s: %s", transfer.peer, error.message)
            return str(error.status)
        except asyncio.CancelledError:
            if transfer.channel is not None and self._context.closing:
                await transfer.channel.refuse(Code.UNDEFINED, "the server stops")
            raise
        except Exception:  # one transfer's bug isn't the others'
            log.exception("a bug in the server's side of tftp")
            return "error"

    def _forget(self, transfer: Transfer) -> None:
        """It has gone, with its socket."""
        if transfer.channel is not None:
            self._context.beside.drop(transfer.channel.link)
        if self._transfers.get(transfer.peer) is transfer:
            del self._transfers[transfer.peer]
        self._make_room(transfer)

    def _make_room(self, transfer: Transfer) -> None:
        """It doesn't count any more, even where somebody may still have to be told that it has ended."""
        if transfer not in self._counted:
            return
        self._counted.discard(transfer)
        host = str(transfer.peer[0])
        self._per_host[host] -= 1
        if not self._per_host[host]:
            del self._per_host[host]

    async def _refuse(self, code: Code, words: str, data: bytes, peer: Peer) -> None:
        """An error before there is a transfer: no more than may be sent to somebody who only asked."""
        room = FACTOR * len(data) - len(packets.emit(Refusal(code)))
        text = words.replace("\0", "").encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
        with contextlib.suppress(NetloomError):
            await self._link.send(packets.emit(Refusal(code, text)), peer)
