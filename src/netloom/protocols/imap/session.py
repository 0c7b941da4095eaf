"""One connection at the server: its commands one after the other, and who may say which (RFC 9051 §3)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from netloom.contents import Exists, Forbidden, NotFound, TooLarge
from netloom.contents.mail import InUse
from netloom.contents.mail.visitor import mechanisms, takes_passwords
from netloom.errors import NetloomError, NetworkError, RemoteProtocolError
from netloom.wire.imap import commands, framing, responses, sequence
from netloom.wire.imap.responses import Condition
from netloom.wire.imap.tokens import Cursor

if TYPE_CHECKING:
    from netloom.contents.mail import Mail
    from netloom.contents.mail.folders import Folders
    from netloom.contents.mail.visitor import Visitor
    from netloom.links.context import Context
    from netloom.links.stream import Stream
    from netloom.protocols.imap.view import View
    from netloom.wire.imap.commands import Command
    from netloom.wire.imap.framing import Parts
    from netloom.wire.imap.responses import Response

FREE_LITERAL = 4096
"""Octets of a literal that needn't be asked for (RFC 7888 §5)."""
_STRANGERS = 16 * 1024
_COMMAND = 512 * 1024
_OUT = 64 * 1024
_FAREWELL = 5.0
_LOGIN = {"AUTHENTICATE": "LOGIN"}
"""Either is how one logs in: who wants that to be refused needn't know which."""
_RESPONSE = re.compile(r"(?:\[([^\] ]+)(?: ([^\]]*))?\] ?)?(.*)", re.DOTALL)
_UNTOLD = frozenset({"CAPABILITY", "NOOP", "ID", "ENABLE", "IDLE", "LOGOUT", "STARTTLS", "NAMESPACE", "CHECK"})
"""Commands that leave no access record."""
_STILL = frozenset({"FETCH", "STORE", "SEARCH"})
"""Commands in whose answers numbers must not shift (RFC 9051 §7.5.1)."""

Handler = Callable[["Session", "Command"], Awaitable[Condition]]


class End(Exception):
    """The session ends with these words."""

    def __init__(self, bye: Condition, last: Condition | None = None) -> None:
        self.bye = bye
        self.last = last


def ok(text: str, code: str = "", values: str = "") -> Condition:
    """It went well. The session adds the tag."""
    return Condition("", "OK", text, code, values)


def no(text: str, code: str = "", values: str = "") -> Condition:
    """It didn't."""
    return Condition("", "NO", text, code, values)


def bad(text: str, code: str = "") -> Condition:
    """It can't be meant."""
    return Condition("", "BAD", text, code)


SAID = Condition("", "")
"""The command was answered already."""


class Session:
    """Who is there, what is selected, and what waits to be sent. `handlers` are the commands by name."""

    def __init__(self, link: Stream, content: Mail, context: Context, handlers: dict[str, Handler]) -> None:
        self.link = link
        self.content = content
        self.context = context
        self.options = context.options
        self.visitor: Visitor | None = None
        self.view: View | None = None
        self.rev2 = False
        self.utf8 = False
        self.mute = False
        """TLS was agreed on and isn't there: nothing is said in the clear."""
        self.sent = 0
        self._handlers = handlers
        self._out = bytearray()
        self._errors = 0

    # What commands use

    @property
    def is_secured(self) -> bool:
        return self.link.info("tls") is not None

    @property
    def is_private(self) -> bool:
        """Whether passwords may be said as they are."""
        return self.is_secured or bool(self.context.endpoint.socket) or self.options.allow_plain_auth

    @property
    def peer(self) -> str:
        """The client's address."""
        return self.context.peer.rpartition(":")[0].strip("[]")

    @property
    def folders(self) -> Folders:
        """The visitor's mailboxes."""
        if self.visitor is None:
            raise RuntimeError("nobody is logged in")
        return self.content.folders(self.visitor.owner)

    def say(self, response: Response) -> None:
        """Add a response to what is to be sent."""
        self.give(responses.emit(response, utf8=self.utf8))

    def give(self, octets: bytes) -> None:
        """Add what is written already."""
        self._out += octets
        self.sent += len(octets)

    async def flush(self) -> None:
        """Send what waits."""
        out, self._out = self._out, bytearray()
        if out:
            await self.link.write(bytes(out))

    async def flush_some(self) -> None:
        """Send where much waits, so that a client that doesn't read holds up its own session and no memory."""
        if len(self._out) > _OUT:
            await self.flush()

    async def sync(self, *, expunges: bool) -> None:
        """Tell what has changed in the selected mailbox."""
        view = self.view
        if view is None or not view.is_behind:
            return
        recent = view.mailbox.index.recent
        if recent and view.writes:
            view.recent |= await view.mailbox.claim_recent()
        for line in view.changes(expunges=expunges):
            self.give(line)

    def capabilities(self) -> tuple[str, ...]:
        """What can be done here and now."""
        names = ["IMAP4rev1", "IMAP4rev2", "LITERAL-", "SASL-IR", "ID", "ENABLE"]
        if self.visitor is None:
            if self.context.can_secure and not self.is_secured:
                names.append("STARTTLS")
            if not takes_passwords(self.context.accounts, private=self.is_private):
                names.append("LOGINDISABLED")
            names += [f"AUTH={name}" for name in mechanisms(self.context.accounts, private=self.is_private)]
        else:
            names += [
                "NAMESPACE", "CHILDREN", "LIST-EXTENDED", "LIST-STATUS", "STATUS=SIZE", "SPECIAL-USE", "IDLE",
                "UNSELECT", "UIDPLUS", "MULTIAPPEND", "MOVE", "ESEARCH", "SEARCHRES", "WITHIN", "BINARY", "UTF8=ACCEPT",
                f"APPENDLIMIT={self.content.limits.message}",
            ]  # fmt: skip
        return tuple(names)

    def enter(self, visitor: Visitor) -> None:
        """Somebody is let in."""
        self.visitor = visitor
        self.link.set_idle(self.idle + _FAREWELL)

    @property
    def idle(self) -> float:
        """Seconds of silence that are borne: of those who are logged in, more (RFC 9051 §5.4)."""
        return float(self.context.idle if self.visitor is None else self.options.autologout)

    # The dialogue

    async def run(self) -> None:
        """Greet, and answer commands until the end."""
        self.link.set_idle(self.idle + _FAREWELL)
        try:
            if (refused := self._refusal("greeting")) is not None:
                raise End(replace(refused, tag="*", kind="BYE"))
            self.say(Condition("*", "OK", "netloom IMAP4rev2 is ready", "CAPABILITY", " ".join(self.capabilities())))
            while True:
                parts = await self._next()
                if parts is not None:
                    await self._answer(parts)
                if self.context.closing:
                    raise End(Condition("*", "BYE", "the server stops"))
        except End as end:
            await self.end(end.bye, end.last)

    async def end(self, bye: Condition, last: Condition | None = None) -> None:
        """Say this, and close."""
        with contextlib.suppress(NetloomError):
            if not self.mute:
                self.say(replace(bye, text=bye.text[:200]))
                if last is not None:
                    self.say(last)
                await self.flush()
            await self.link.close()

    async def _next(self) -> Parts | None:
        """The next command; None for one that was refused before all of it was sent."""
        parts: list[bytes] = []
        room = _STRANGERS if self.visitor is None else _COMMAND
        while True:
            line = await self.read_line()
            parts.append(line.text)
            room -= len(line.text)
            if line.literal is None and room >= 0:
                return tuple(parts)
            if self.visitor is not None and len(parts) == 1 and b" APPEND " in line.text[:64].upper():
                room += self.content.limits.message
            size = line.literal or 0
            if size > room or len(parts) >= 2 * framing.PARTS_LIMIT:
                self._refuse(line, parts[0])
                return None
            if line.waits:
                self.say(responses.Continue("go on"))
            elif size > FREE_LITERAL:
                raise End(Condition("*", "BYE", "literals above 4096 octets are to be announced", "TOOBIG"))
            await self.flush()
            room -= size
            async with asyncio.timeout(self.options.transfer_deadline):
                parts.append(await self.link.read_exactly(size))

    def _refuse(self, line: framing.Line, first: bytes) -> None:
        """Too much was announced. Who waits for a word isn't given it; who doesn't can't be followed any more."""
        if not line.waits:
            raise End(Condition("*", "BYE", "that is too much", "TOOBIG"))
        tag = first.partition(b" ")[0].decode("ascii", "replace")
        refusal = Condition(tag, "NO", "that is too much", "TOOBIG")
        with contextlib.suppress(RemoteProtocolError):
            Cursor((tag.encode(),)).tag()
            self.say(refusal)
            self._count(refusal)

    async def read_line(self) -> framing.Line:
        """A line. What is to be said is sent before, unless further commands stand here already."""
        if b"\n" not in self.link.peek() or len(self._out) > _OUT:
            await self.flush()
        async with asyncio.timeout(self.idle):
            return await self.link.parse(framing.parse_line, framing.LINE_LIMIT)

    async def _answer(self, parts: Parts) -> None:
        cursor = Cursor(parts, utf8=self.utf8)
        try:
            tag, name = commands.read_head(cursor)
        except RemoteProtocolError as exc:
            self.say(Condition("*", "BAD", exc.message))
            self._count(bad(""))
            return
        started = time.time()
        self.sent = 0
        # Who idles has nothing under way that a server which stops should wait for
        with self.context.working() if name != "IDLE" else contextlib.nullcontext():
            answer, target = await self._carried_out(tag, name, cursor)
            await self.sync(expunges=name not in _STILL)
        if name not in _UNTOLD:
            user = self.visitor.user if self.visitor else ""
            self.context.access(name, target, status=answer.kind, user=user, size=self.sent, started=started)
        if answer is not SAID:
            self.say(replace(answer, tag=tag, text=answer.text[:400]))
            self._count(answer)

    async def _carried_out(self, tag: str, name: str, cursor: Cursor) -> tuple[Condition, str]:
        """Do what a command says; gives the answer, and what it was about for the access record."""
        target = ""
        try:
            handler = self._allowed(name)
            arguments = commands.read_arguments(name, cursor)
            target = _target(arguments) if self.context.reports or self.context.faulty else ""
            steps = (name, "command") if getattr(handler, "needs", "") else (name, _LOGIN.get(name, ""))
            if (refused := self._refusal(*steps, target=target)) is not None:
                return refused, target
            return await handler(self, commands.Command(tag, name, arguments)), target
        except _Refused as refused:
            return refused.answer, target
        except RemoteProtocolError as exc:
            return bad(exc.message), target
        except NetloomError as exc:
            if isinstance(exc, NetworkError):
                raise
            return refusal(exc), target

    def _refusal(self, *steps: str, target: str = "") -> Condition | None:
        """What a fault wants to be answered, if it does; its words may begin with a code in brackets."""
        said = self.context.refuses(*steps, target=target)
        if said is None:
            return None
        code, values, words = _RESPONSE.fullmatch(said.words()).groups("")  # type: ignore[union-attr]  # any text is one
        answer = Condition("", said.code, words, code.upper(), values)
        if said.code == "BYE":
            raise End(replace(answer, tag="*"))
        return answer

    def _allowed(self, name: str) -> Handler:
        handler = self._handlers.get(name)
        if handler is None:
            raise _Refused(bad(f"{name[:40]} isn't known here"))
        needs = getattr(handler, "needs", "")
        if needs and self.visitor is None:
            raise _Refused(bad("log in first"))
        if needs == "selected" and self.view is None:
            raise _Refused(bad("no mailbox is selected"))
        return handler

    def _count(self, answer: Condition) -> None:
        self._errors = self._errors + 1 if answer.kind == "BAD" or answer.code == "TOOBIG" else 0
        if self._errors >= self.options.max_errors:
            raise End(Condition("*", "BYE", "too many errors"))


class _Refused(Exception):
    """A command isn't for now."""

    def __init__(self, answer: Condition) -> None:
        self.answer = answer


def needs(state: str) -> Callable[[Handler], Handler]:
    """Marks a command that only somebody who is logged in (`user`), or has a mailbox `selected`, may say."""

    def mark(handler: Handler) -> Handler:
        handler.needs = state  # type: ignore[attr-defined]
        return handler

    return mark


def refusal(error: NetloomError) -> Condition:
    """What a content's refusal is here (RFC 5530)."""
    codes: tuple[tuple[type[NetloomError], str], ...] = (
        (NotFound, "NONEXISTENT"), (Exists, "ALREADYEXISTS"), (Forbidden, "CANNOT"), (TooLarge, "LIMIT"),
        (InUse, "INUSE"),
    )  # fmt: skip
    code = next((code for kind, code in codes if isinstance(error, kind)), "UNAVAILABLE")
    return no(error.message if code != "UNAVAILABLE" else "the mailbox can't be used now", code)


def _target(arguments: commands.Arguments | None) -> str:
    """What a command was about, for the access record."""
    match arguments:
        case commands.Login(user, _):
            return user[:200]
        case commands.Authenticate(mechanism, _):
            return mechanism
        case commands.Fetch(numbers, _) | commands.Expunge(numbers) | commands.Store(numbers, _, _, _):
            return sequence.emit(numbers)[:100].decode("ascii")
        case commands.Copy(numbers, mailbox):
            return f"{sequence.emit(numbers)[:100].decode('ascii')} {mailbox[:200]}"
        case commands.Rename(old, new):
            return f"{old[:200]} {new[:200]}"
    return str(getattr(arguments, "mailbox", ""))[:200]
