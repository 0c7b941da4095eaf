"""FTP, the server's side of the dialogue: commands one after the other, and what may be said meanwhile (RFC 959 §5)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING

from netloom.contents import Exists, Forbidden, NotFound, OutOfRange, TooLarge
from netloom.errors import NetloomError, RemoteProtocolError
from netloom.wire.ftp import commands, facts, replies
from netloom.wire.ftp.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from netloom.accounts import Account, Right
    from netloom.contents.files import Files
    from netloom.links.context import Context
    from netloom.links.stream import Stream
    from netloom.protocols.ftp.options import FtpOptions
    from netloom.protocols.ftp.ways import Way
    from netloom.wire.ftp.commands import Command

    Handler = Callable[["Session", str], Awaitable[Reply | None]]

FAREWELL = 5.0
"""Seconds more than a client has, in which it is told that it was too slow."""
LOGIN = 60.0
"""Seconds in which somebody has to have logged in."""
WITHOUT_LOGIN = frozenset(
    ("USER", "PASS", "ACCT", "AUTH", "PBSZ", "PROT", "CCC", "FEAT", "HELP", "HOST", "NOOP", "OPTS", "QUIT", "REIN")
) | {"SYST", "CLNT"}
_READS = frozenset(("RETR", "LIST", "NLST", "MLSD", "MLST", "STAT", "SIZE", "MDTM", "CWD", "XCWD"))
_CHANGES = frozenset(("STOR", "STOU", "APPE", "DELE", "MKD", "XMKD", "RMD", "XRMD", "RNFR", "RNTO"))
_TRANSFERS = frozenset(("RETR", "STOR", "APPE", "STOU", "LIST", "NLST", "MLSD"))
_LOGIN = frozenset(("USER", "PASS"))
_GONE = 421  # whoever says it closes the connection (RFC 959 §5.4)
_AHEAD = 16  # commands that may wait for a transfer's end
_TOLD = 400
_CODES: dict[type[NetloomError], int] = {NotFound: 550, Forbidden: 550, Exists: 553, TooLarge: 552, OutOfRange: 554}


class End(Exception):
    """The session ends with this reply."""

    def __init__(self, code: int, words: str) -> None:
        self.reply = Reply(code, (words,))


class Session:
    """The state of one connection: who is there, where they stand, and how the next transfer goes.

    `entered` is whether somebody logged in, as `account` or as anybody; `offset` and `renaming` are what REST and RNFR
    said; `protected` is whether data connections have TLS.
    """

    def __init__(self, link: Stream, content: Files, context: Context, verbs: Mapping[str, Handler]) -> None:
        self.link = link
        self.content = content
        self.context = context
        self.options: FtpOptions = context.options
        self.way: Way | None = None
        self.extended_only = False
        self.facts: tuple[str, ...] = facts.KNOWN
        self.host = context.beside.there
        self.started = 0.0
        self.failures = 0
        self.ready_for_protection = self.protected = False
        self.mute = False
        self.verbs = verbs
        self._waiting: deque[Command] = deque()
        self._until = asyncio.get_running_loop().time() + LOGIN
        self.entered = False
        self.leave()

    def leave(self) -> None:
        """Nobody is logged in (any more)."""
        if self.entered:
            self._until = asyncio.get_running_loop().time() + LOGIN
        self.user = ""
        self.account: Account | None = None
        self.entered = False
        self.cwd = "/"
        self.ascii = True  # RFC 959 §5.1: ASCII is where a session begins
        self.offset = 0
        self.renaming = ""

    @property
    def secured(self) -> bool:
        """Whether the dialogue has TLS."""
        return self.link.info("tls") is not None

    def may(self, right: Right) -> bool:
        """Whether whoever is there has a right."""
        return self.context.accounts.may(self.account, right)

    async def run(self) -> None:
        """Greet, and obey commands until the end."""
        try:
            await self.say(self._refusal("greeting") or Reply(220, ("netloom FTP ready",)))
            while True:
                command = self._waiting.popleft() if self._waiting else await self._next()
                with self.context.working():
                    await self._obey(command)
                if self.context.closing and not self._waiting:
                    raise End(421, "the server stops")
        except End as end:
            await self.end(end.reply)

    async def end(self, reply: Reply) -> None:
        """Say this, and close. Nothing is said in the clear where TLS was agreed on and isn't there."""
        with contextlib.suppress(NetloomError):
            if not self.mute:
                await self.say(reply)
            await self.link.close()

    async def say(self, reply: Reply) -> None:
        """Send a reply."""
        await self.link.write(replies.emit(reply))

    def record(self, verb: str, target: str, reply: Reply, size: int = 0) -> None:
        """Tell what was done."""
        user = self.user if self.account is not None else ""
        self.context.access(verb, target, status=str(reply.code), user=user, size=size, started=self.started)

    async def meanwhile(self, work: Coroutine[None, None, Reply], moved: Callable[[], int]) -> Reply:
        """Carry out a transfer, while the client may still say ABOR and STAT; anything else waits for its end.

        `moved` tells how many bytes have passed. A transfer doesn't outlive the dialogue.
        """
        self.link.set_idle(None)  # it is the data connection whose silence counts now
        transfer = asyncio.create_task(work)
        try:
            while not transfer.done():
                command = await self._heard_before(transfer)
                if command is None:
                    break
                if command.verb == "ABOR" and not transfer.done():
                    self._waiting.appendleft(command)  # after this reply to the transfer it is answered itself
                    return Reply(426, ("the transfer was aborted",))
                if command.verb == "STAT" and not command.argument and not transfer.done():
                    await self.say(Reply(213, (f"{moved()} bytes so far",)))
                elif len(self._waiting) < _AHEAD:
                    self._waiting.append(command)
                else:
                    raise End(421, "too many commands at once")
            return await transfer
        except RemoteProtocolError as error:  # of the dialogue: where a command ends isn't certain any more
            raise End(500, _sayable(error.message)) from None
        finally:
            if not transfer.done():
                transfer.cancel()
                await asyncio.wait({transfer})
            self.link.set_idle(self.context.idle + FAREWELL)

    async def _heard_before(self, transfer: asyncio.Task[Reply]) -> Command | None:
        """A command that comes before a transfer's end, or None at its end."""
        hearing = asyncio.create_task(self._hear())
        try:
            await asyncio.wait({transfer, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not hearing.done():
                hearing.cancel()
                await asyncio.wait({hearing})
        return None if hearing.cancelled() else hearing.result()

    # Inside

    async def _hear(self) -> Command:
        return await self.link.parse(commands.parse)

    async def _next(self) -> Command:
        """The next command. Raises TimeoutError for one that doesn't come."""
        left = self.context.idle
        if not self.entered:
            left = min(left, self._until - asyncio.get_running_loop().time())
        async with asyncio.timeout(left):
            return await self._hear()

    async def _obey(self, command: Command) -> None:
        self.started = time.time()
        verb = command.verb
        handle = self.verbs.get(verb)
        if handle is None:
            known = verb.isascii() and verb.isalpha() and len(verb) <= 8
            await self.say(Reply(500, (f"{verb} isn't known here" if known else "that is no command",)))
            return
        if not self.entered and verb not in WITHOUT_LOGIN:
            await self.say(Reply(530, ("log in first: USER and PASS",)))
            return
        if verb != "RNTO":
            self.renaming = ""
        reply = self._refusal(verb, command.argument) or await self._carry_out(handle, command)
        if reply is not None:
            await self.say(reply)

    def _refusal(self, step: str, argument: str = "") -> Reply | None:
        """The reply that a fault wants, if it does, at the greeting or a command."""
        about = self.user if step == "PASS" else argument
        no = self.context.refuses(step, "transfer" if step in _TRANSFERS else "", target=about)
        if no is None:
            return None
        words = _sayable(no.words())
        if no.number == _GONE:
            raise End(_GONE, words)
        reply = Reply(no.number, (words,))
        if step in _LOGIN:
            self.record("LOGIN", about, reply)
            self.leave()
        elif step in _CHANGES or step in _READS:
            self.record(step, about, reply)
        return reply

    async def _carry_out(self, handle: Handler, command: Command) -> Reply | None:
        try:
            return await handle(self, command.argument)
        except tuple(_CODES) as error:
            reply = Reply(_CODES[type(error)], (_sayable(error.message),))
            if command.verb in _CHANGES or command.verb in _READS:
                self.record(command.verb, command.argument, reply)
            return reply
        except RemoteProtocolError as error:
            return Reply(501, (_sayable(error.message),))


def _sayable(words: str) -> str:
    """What may stand in a reply: a name in it can have been anything."""
    return "".join(character if character >= " " else "?" for character in words[:_TOLD])
