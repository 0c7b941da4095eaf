"""FTP, the server's side of transfers: RETR, STOR, APPE, STOU and listings (RFC 959 §4.1.3, RFC 3659 §5, §7)."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from netloom.accounts import Right
from netloom.contents import Exists, Forbidden, NotFound, OutOfRange, TooLarge
from netloom.contents.files import join
from netloom.errors import ConnectionLost, NetloomError
from netloom.protocols.ftp import listings
from netloom.protocols.ftp.ways import open_data
from netloom.wire.ftp import text
from netloom.wire.ftp.replies import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from netloom.contents.files import OpenFile
    from netloom.links.stream import Stream
    from netloom.protocols.ftp.session import Handler, Session
    from netloom.protocols.ftp.ways import Way

    Begin = Callable[[Session, "Transfer", str], Awaitable[Reply]]

_READ = 1 << 20
_NAMES = 100
_CONTENTS_ERRORS = (NotFound, Forbidden, Exists, TooLarge, OutOfRange)
_ENDED = Reply(426, ("the dialogue ended before",))
_NO_WAY = Reply(425, ("say how first: EPSV or PASV, EPRT or PORT",))


class Transfer:
    """One transfer, which takes away from the session what was said for it: the way, and where to begin (REST).

    `size` counts the bytes on the data connection.
    """

    def __init__(self, session: Session, path: str) -> None:
        self.path = path
        self.size = 0
        self.rest = session.offset
        self._session = session
        self._way: Way | None = session.way
        session.way, session.offset = None, 0

    @property
    def refusal(self) -> Reply | None:
        """Why nothing can be transferred, before anything is looked at."""
        if self._way is None:
            return _NO_WAY
        if self._session.options.require_tls and not self._session.protected:
            return Reply(521, ("data is protected here: PROT P",))
        return None

    async def carry_out(self, begun: str, work: Callable[[Stream], Awaitable[None]]) -> Reply:
        """Say that it begins, open the data connection and do the work on it, while the client may say ABOR."""
        session, way = self._session, self._way
        if way is None:
            return _NO_WAY
        await session.say(Reply(150, (begun,)))
        return await session.meanwhile(self._run(way, work), lambda: self.size)

    def drop(self) -> None:
        """Let go of the data connection, or of waiting for it."""
        if self._way is not None:
            self._way.drop(self._session.context)

    async def give(self, data: Stream, chunks: AsyncGenerator[bytes]) -> None:
        """Send chunks. Returns once the system has taken all of them: 226 mustn't be said of less."""
        async with aclosing(chunks):
            async for chunk in chunks:
                await data.write(chunk)
                self.size += len(chunk)
        data.transport.set_write_buffer_limits(0)
        await data.write(b"")

    async def take(self, data: Stream) -> AsyncGenerator[bytes]:
        """What comes, to its end. Raises ConnectionLost where TLS didn't say that it ends: somebody may have cut it."""
        while chunk := await data.read(_READ):
            self.size += len(chunk)
            yield chunk
        layer = data.info("tls")
        if layer is not None and layer.truncated:
            raise ConnectionLost("TLS wasn't ended: what came may not be all")

    async def _run(self, way: Way, work: Callable[[Stream], Awaitable[None]]) -> Reply:
        try:
            async with asyncio.timeout(self._session.options.data_idle):
                data = await open_data(self._session, way)
        except TimeoutError:
            return Reply(425, ("nobody came to the data connection",))
        except NetloomError as error:
            return Reply(425, (f"no data connection: {error.message}"[:400],))
        try:
            await work(data)
            await data.close()  # clients wait for TLS's goodbye, whichever way the bytes went
        except _CONTENTS_ERRORS:
            raise
        except NetloomError as error:
            return Reply(426, (f"the data connection broke: {error.message}"[:400],))
        finally:
            data.abort()
        return Reply(226, (f"{self.size} bytes",))


def _transfer(verb: str, right: Right, begin: Begin) -> Handler:
    """A command that transfers: the right is asked for, then a way, and both ends of it are looked after."""

    async def handle(session: Session, argument: str) -> Reply:
        transfer = Transfer(session, join(session.cwd, listings.path_of(argument, verb)))
        try:
            if not session.may(right):
                reply = Reply(550, (f"you may not {right.value} here",))
            else:
                reply = transfer.refusal or await begin(session, transfer, argument)
        except _CONTENTS_ERRORS:
            raise
        except BaseException:
            session.record(verb, transfer.path, _ENDED, transfer.size)
            raise
        finally:
            transfer.drop()
        session.record(verb, transfer.path, reply, transfer.size)
        return reply

    return handle


async def _retr(session: Session, transfer: Transfer, argument: str) -> Reply:
    if session.ascii and transfer.rest:
        return Reply(554, ("REST counts bytes: TYPE I",))
    async with session.content.open(transfer.path) as file:
        size = file.entry.size
        if transfer.rest > size:
            raise OutOfRange(f"{transfer.path} has {size} bytes")
        chunks = _text_of(file) if session.ascii else _bytes_of(file, transfer.rest)
        told = "" if session.ascii else f" ({size - transfer.rest} bytes)"
        return await transfer.carry_out(f"sending {transfer.path}{told}", lambda data: transfer.give(data, chunks))


def _bytes_of(file: OpenFile, start: int) -> AsyncGenerator[bytes]:
    return cast(
        "AsyncGenerator[bytes]", file.read(start)
    )  # it is one, and is to be closed where it isn't read to its end


async def _text_of(file: OpenFile) -> AsyncGenerator[bytes]:
    encoder = text.Encoder()
    async with aclosing(_bytes_of(file, 0)) as chunks:
        async for chunk in chunks:
            yield encoder.feed(chunk)


async def _stor(session: Session, transfer: Transfer, argument: str) -> Reply:
    if session.ascii and transfer.rest:
        return Reply(554, ("REST counts bytes: TYPE I",))
    return await _store(session, transfer, f"taking {transfer.path}", transfer.rest)


async def _appe(session: Session, transfer: Transfer, argument: str) -> Reply:
    """Where an upload broke off, and nothing stands under its name, what is kept of it is what is added to."""
    try:
        entry = await session.content.stat(transfer.path)
        start = entry.size
    except NotFound:
        start = await session.content.partial(transfer.path)
    return await _store(session, transfer, f"adding to {transfer.path}", start)


async def _stou(session: Session, transfer: Transfer, argument: str) -> Reply:
    """Under a name that is free: the one that is asked for, or one like it. 150 tells it (RFC 1123 §4.1.2.9)."""
    wanted = transfer.path if argument else join(session.cwd, "upload")
    transfer.path = wanted
    for _ in range(_NAMES):
        try:
            await session.content.stat(transfer.path)
        except NotFound:
            break
        transfer.path = f"{wanted}.{secrets.token_hex(4)}"
    return await _store(session, transfer, f"FILE: {transfer.path}", 0, overwrite=False)


async def _store(session: Session, transfer: Transfer, told: str, start: int, *, overwrite: bool = True) -> Reply:
    """Write what comes. It is seen under its name when all of it has come; what came of it before is kept aside, so
    that REST, or APPE, goes on there."""
    content, path = session.content, transfer.path
    await _check_place(session, path)
    decoder = text.Decoder() if session.ascii else None

    async def work(data: Stream) -> None:
        async with content.write(path, offset=start, overwrite=overwrite, keep_partial=True) as sink:
            async with aclosing(transfer.take(data)) as chunks:
                async for chunk in chunks:
                    await sink.write(chunk if decoder is None else decoder.feed(chunk))
            if decoder is not None:
                await sink.write(decoder.finish())

    return await transfer.carry_out(told, work)


async def _check_place(session: Session, path: str) -> None:
    """A client that is told before it sends doesn't send in vain. Raises NotFound, Forbidden."""
    parent = await session.content.stat(path.rpartition("/")[0] or "/")
    if parent.kind != "directory":
        raise NotFound(f"there is no directory {parent.path}")
    try:
        present = await session.content.stat(path)
    except NotFound:
        return
    if present.kind == "directory":
        raise Forbidden(f"{path} is a directory")


def _listing(verb: str) -> Begin:
    async def begin(session: Session, transfer: Transfer, argument: str) -> Reply:
        lines = await listings.lines(session, verb, argument)
        # Lines end in CRLF whatever the type is, and where to begin is for files
        return await transfer.carry_out(
            f"listing {transfer.path}", lambda data: transfer.give(data, listings.octets(lines))
        )

    return begin


VERBS: dict[str, Handler] = {
    "RETR": _transfer("RETR", Right.READ, _retr),
    "STOR": _transfer("STOR", Right.WRITE, _stor),
    "APPE": _transfer("APPE", Right.WRITE, _appe),
    "STOU": _transfer("STOU", Right.WRITE, _stou),
    **{verb: _transfer(verb, Right.READ, _listing(verb)) for verb in ("LIST", "NLST", "MLSD")},
}
