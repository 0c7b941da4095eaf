"""POP3, the server's side: a maildrop to be read and emptied (RFC 1939, 2449, 2595, 3206, 5034, 6856)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from netloom.contents.mail import InUse, visitor
from netloom.errors import NetloomError, NetworkError, PeerRefused, RemoteProtocolError
from netloom.protocols.pop3.maildrop import Maildrop, top
from netloom.wire import dots
from netloom.wire.pop3 import commands, responses
from netloom.wire.pop3.responses import Challenge, Response
from netloom.wire.smtp import auth

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.contents.mail import Mail
    from netloom.contents.mail.visitor import Visitor
    from netloom.links.context import Context
    from netloom.links.stream import Stream
    from netloom.wire.pop3.commands import Command

_FAREWELL = 5.0
_OUT = 64 * 1024
_PIECE = 256 * 1024
_ROOM_FOR_LINE = 2 * commands.RESPONSE_LIMIT
_FAILED = Response(False, "who you are isn't shown by that", "AUTH")
_EARLY = frozenset({"CAPA", "NOOP", "QUIT", "USER", "PASS", "AUTH", "STLS", "UTF8"})
_ONLY_EARLY = frozenset({"USER", "PASS", "AUTH", "STLS", "UTF8"})
_LOGIN = frozenset({"PASS", "AUTH"})
_TOLD = frozenset({"RETR", "TOP", "DELE", "PASS", "AUTH"})
"""Commands that leave an access record."""


async def serve(link: Stream, content: Mail, context: Context) -> None:
    """One connection. A client that is too slow, errs too often or is there when the server stops is told so."""
    session = Session(link, content, context)
    try:
        await session.run()
    except asyncio.CancelledError:
        if context.closing:
            await session.end(Response(False, "the server stops", "SYS/TEMP"))
        raise
    except TimeoutError:
        await session.end(Response(False, "too slow"))
    except RemoteProtocolError as exc:
        # Where a command ends isn't certain any more, so that nothing further can be taken for one
        await session.end(Response(False, exc.message[:400]))
    finally:
        session.leave()


class _End(Exception):
    """The session ends with this."""

    def __init__(self, response: Response) -> None:
        self.response = response


class Session:
    """The state of one connection: who is there, and what of the maildrop is to go."""

    def __init__(self, link: Stream, content: Mail, context: Context) -> None:
        self._link = link
        self._content = content
        self._context = context
        self._options = context.options
        self._visitor: Visitor | None = None
        self._maildrop: Maildrop | None = None
        self._held = contextlib.ExitStack()
        self._out = bytearray()
        self._mute = False
        self._user = ""
        self._errors = 0

    async def run(self) -> None:
        """Greet, and answer commands until the end."""
        self._link.set_idle(self._idle + _FAREWELL)
        try:
            refusal = self._refusal("greeting")
            if refusal is not None:
                raise _End(refusal)  # who isn't served is told so, and let go (RFC 1939 §4)
            self._say(Response(True, "netloom POP3 is ready"))
            while True:
                command = await self._next()
                with self._context.working():
                    await self._answer(command)
                if self._context.closing:
                    raise _End(Response(False, "the server stops", "SYS/TEMP"))
        except _End as end:
            await self.end(end.response)

    async def end(self, response: Response) -> None:
        """Say this, and close. Nothing is said in the clear where TLS was agreed on and isn't there."""
        with contextlib.suppress(NetloomError):
            if not self._mute:
                self._say(response)
                await self._flush()
            await self._link.close()

    def leave(self) -> None:
        """Let go of the maildrop. Without QUIT nothing is removed (RFC 1939 §6)."""
        self._held.close()

    # The dialogue

    def _say(self, response: Response | Challenge) -> None:
        self._out += responses.emit(response)

    async def _give(self, content: bytes) -> None:
        """Lines after a positive answer."""
        octets = dots.stuff(content)
        for at in range(0, len(octets), _PIECE):
            self._out += octets[at : at + _PIECE]
            if len(self._out) > _OUT:
                await self._flush()

    async def _flush(self) -> None:
        out, self._out = bytes(self._out), bytearray()
        if out:
            await self._link.write(out)

    @property
    def _idle(self) -> float:
        """Seconds of silence that are borne: of those who are logged in, more (RFC 1939 §3)."""
        return float(self._context.idle if self._visitor is None else self._options.autologout)

    async def _next(self) -> Command:
        """The next command. Answers wait while further commands stand here already (RFC 2449 §6.6)."""
        if b"\n" not in self._link.peek() or len(self._out) > _OUT:
            await self._flush()
        async with asyncio.timeout(self._idle):
            return await self._link.parse(commands.parse, _ROOM_FOR_LINE)

    async def _answer(self, command: Command) -> None:
        keyword = command.keyword
        started = time.time()
        content: bytes | None = None
        try:
            answer = await self._carried_out(command)
            response, content = answer if isinstance(answer, tuple) else (answer, None)
        except RemoteProtocolError as exc:
            response = Response(False, exc.message[:400])
        except NetloomError as exc:
            if isinstance(exc, NetworkError):
                raise
            response = Response(False, "the maildrop can't be used now", "SYS/TEMP")
        if response is _SAID:
            return
        if keyword in _TOLD:
            user = self._visitor.user if self._visitor else self._user
            target = command.argument if keyword not in ("PASS", "AUTH") else ""
            status, size = "+OK" if response.positive else "-ERR", len(content or b"")
            self._context.access(keyword, target, status=status, user=user, size=size, started=started)
        self._say(response)
        if content is not None:
            await self._give(content)
        self._errors = 0 if response.positive else self._errors + 1
        if self._errors >= self._options.max_errors:
            raise _End(Response(False, "too many errors"))

    async def _carried_out(self, command: Command) -> Response | tuple[Response, bytes]:
        keyword = command.keyword
        handle = _COMMANDS.get(keyword)
        if handle is None:
            return Response(False, "no such command")
        if self._maildrop is None and keyword not in _EARLY:
            return Response(False, "log in first")
        if self._maildrop is not None and keyword in _ONLY_EARLY:
            return Response(False, "somebody is logged in already")
        return self._refusal(keyword, command.argument) or await handle(self, command.argument)

    def _refusal(self, step: str, argument: str = "") -> Response | None:
        """What a fault wants to be answered, if it does, at the greeting or a command."""
        steps = [step]
        if self._maildrop is not None and step not in _EARLY:
            steps.append("command")
        elif step in _LOGIN:
            steps.append("login")
        no = self._context.refuses(*steps, target=argument if step != "PASS" else self._user)
        if no is None:
            return None
        if step in _LOGIN:
            self._user = ""
        return Response(False, no.words()[:400], "" if no.code == "-ERR" else no.code)

    # Who is there

    @property
    def _secured(self) -> bool:
        return self._link.info("tls") is not None

    @property
    def _private(self) -> bool:
        return self._secured or bool(self._context.endpoint.socket) or self._options.allow_plain_auth

    @property
    def _peer(self) -> str:
        return self._context.peer.rpartition(":")[0].strip("[]")

    async def _capa(self, argument: str) -> tuple[Response, bytes]:
        _nothing(argument)
        accounts = self._context.accounts
        capabilities = {
            "TOP": "", "UIDL": "", "RESP-CODES": "", "AUTH-RESP-CODE": "", "PIPELINING": "", "EXPIRE": "NEVER",
            "UTF8": "USER", "IMPLEMENTATION": "netloom",
        }  # fmt: skip
        if self._maildrop is None:
            if visitor.takes_passwords(accounts, private=self._private):
                capabilities["USER"] = ""
            mechanisms = visitor.mechanisms(accounts, private=self._private)
            if mechanisms:
                capabilities["SASL"] = " ".join(mechanisms)
            if self._context.can_secure and not self._secured:
                capabilities["STLS"] = ""
        lines = "".join(f"{line}\r\n" for line in responses.emit_capabilities(capabilities))
        return Response(True, "what can be done here"), lines.encode()

    async def _stls(self, argument: str) -> Response:
        _nothing(argument)
        if self._secured:
            return Response(False, "TLS is there already")
        if not self._context.can_secure:
            return Response(False, "there is no TLS here")
        if self._link.peek():
            # Injected by somebody in between: taken for the secured client's own if they stayed (CVE-2011-0411)
            raise _End(Response(False, "nothing may follow STLS before the handshake"))
        self._say(Response(True, "begin TLS"))
        await self._flush()
        self._mute = True
        await self._context.secure(self._link)
        self._mute = False
        self._user = ""
        return _SAID

    async def _user_(self, argument: str) -> Response:
        if not visitor.takes_passwords(self._context.accounts, private=self._private):
            return Response(False, "not without TLS")
        if not argument:
            return Response(False, "a name is expected")
        self._user = argument
        return Response(True, "and the password?")

    async def _pass(self, argument: str) -> Response:
        user, self._user = self._user, ""
        if not user:
            return Response(False, "USER comes first")
        return await self._entered(await visitor.enter(self._context.accounts, user, argument, self._peer))

    async def _auth(self, argument: str) -> Response | tuple[Response, bytes]:
        accounts = self._context.accounts
        mechanisms = visitor.mechanisms(accounts, private=self._private)
        if not argument:  # how it was asked before CAPA
            return Response(True, "what is offered"), "".join(f"{name}\r\n" for name in mechanisms).encode()
        attempt = auth.parse_attempt(argument)
        if attempt.mechanism not in mechanisms:
            if attempt.mechanism in visitor.mechanisms(accounts, private=True):
                return Response(False, "not without TLS")
            return Response(False, "this way to authenticate isn't offered")
        name = self._options.name or "localhost"
        try:
            known = await visitor.authenticate(attempt, accounts, self._peer, name, self._challenge)
        except PeerRefused:
            return Response(False, "given up")
        return await self._entered(known)

    async def _challenge(self, challenge: bytes) -> bytes:
        """Ask the client, which may give up: PeerRefused."""
        self._say(Challenge(auth.encode(challenge)))
        await self._flush()
        async with asyncio.timeout(self._idle):
            line = await self._link.parse(
                lambda buffer: commands.parse_line(buffer, commands.RESPONSE_LIMIT), _ROOM_FOR_LINE
            )
        if line == "*":
            raise PeerRefused("the client gave up")
        return auth.decode(line)

    async def _entered(self, known: Visitor | None) -> Response:
        if known is None:
            return _FAILED
        await self._content.welcome(known.owner)
        mailbox = self._content.mailbox(known.owner)
        await mailbox.refresh()
        try:
            self._held.enter_context(mailbox.held(self))
        except InUse as exc:
            return Response(False, exc.message, "IN-USE")
        self._visitor = known
        self._maildrop = Maildrop(mailbox, writes=known.writes)
        self._link.set_idle(self._idle + _FAREWELL)
        count, size = self._maildrop.status()
        return Response(True, f"messages: {count}, octets: {size}")

    async def _utf8(self, argument: str) -> Response:
        _nothing(argument)
        return Response(True, "UTF-8 it is")

    # The maildrop

    @property
    def _drop(self) -> Maildrop:
        if self._maildrop is None:
            raise RuntimeError("nobody is logged in")
        return self._maildrop

    async def _stat(self, argument: str) -> Response:
        _nothing(argument)
        count, size = self._drop.status()
        return Response(True, f"{count} {size}")

    async def _list(self, argument: str) -> Response | tuple[Response, bytes]:
        return self._told(argument, self._drop.sizes())

    async def _uidl(self, argument: str) -> Response | tuple[Response, bytes]:
        return self._told(argument, self._drop.uids())

    def _told(self, argument: str, told: dict[int, str]) -> Response | tuple[Response, bytes]:
        numbers = commands.parse_numbers(argument, 0, 1)
        if numbers:
            (number,) = numbers
            return Response(True, f"{number} {told[number]}") if number in told else _no_message(number)
        count, size = self._drop.status()
        lines = "".join(f"{number} {value}\r\n" for number, value in told.items())
        return Response(True, f"messages: {count}, octets: {size}"), lines.encode()

    async def _retr(self, argument: str) -> Response | tuple[Response, bytes]:
        (number,) = commands.parse_numbers(argument, 1, 1)
        data = await self._drop.read(number, whole=True)
        return _no_message(number) if data is None else (Response(True, f"{len(data)} octets"), data)

    async def _top(self, argument: str) -> Response | tuple[Response, bytes]:
        number, lines = commands.parse_numbers(argument, 2, 2)
        data = await self._drop.read(number)
        if data is None:
            return _no_message(number)
        return Response(True, "the top of it"), top(data, lines)

    async def _dele(self, argument: str) -> Response:
        (number,) = commands.parse_numbers(argument, 1, 1)
        if not self._drop.writes:
            return Response(False, "you may only read here", "SYS/PERM")
        return Response(True, "it goes at the end") if self._drop.delete(number) else _no_message(number)

    async def _rset(self, argument: str) -> Response:
        _nothing(argument)
        self._drop.reset()
        return Response(True, "nothing goes")

    async def _noop(self, argument: str) -> Response:
        _nothing(argument)
        return Response(True, "ok")

    async def _quit(self, argument: str) -> Response:
        _nothing(argument)
        if self._maildrop is not None and not await self._maildrop.update(self):
            raise _End(Response(False, "some messages weren't removed", "SYS/TEMP"))
        raise _End(Response(True, "goodbye"))


_SAID = Response(True)
"""The command was answered already."""
_COMMANDS: dict[str, Callable[[Session, str], Awaitable[Response | tuple[Response, bytes]]]] = {
    "CAPA": Session._capa, "STLS": Session._stls, "USER": Session._user_, "PASS": Session._pass, "AUTH": Session._auth,
    "UTF8": Session._utf8, "STAT": Session._stat, "LIST": Session._list, "UIDL": Session._uidl, "RETR": Session._retr,
    "TOP": Session._top, "DELE": Session._dele, "RSET": Session._rset, "NOOP": Session._noop, "QUIT": Session._quit,
}  # fmt: skip


def _nothing(argument: str) -> None:
    if argument.strip(" "):
        raise RemoteProtocolError("no argument is expected", rule="RFC 1939 §5")


def _no_message(number: int) -> Response:
    return Response(False, f"there is no message {number}")
