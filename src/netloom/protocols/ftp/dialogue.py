"""FTP, the client's side of the dialogue: greeting, TLS, login, and what a server can do (RFC 959 §5.4, RFC 4217)."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
from typing import TYPE_CHECKING, NoReturn

from netloom.errors import (
    Blocked,
    ConnectionLost,
    PeerRefused,
    Phase,
    RemoteProtocolError,
    TLSError,
    Unauthenticated,
    UsageError,
)
from netloom.links.proxy import chain
from netloom.wire.ftp import commands, replies
from netloom.wire.ftp.commands import Command

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream
    from netloom.protocols.ftp.options import FtpOptions
    from netloom.wire.ftp.replies import Reply

_SHOWN = 300
_GONE = 421  # whoever says it closes the connection (RFC 959 §5.4)
_TOLD = 4000
_UNKNOWN = frozenset((500, 501, 502, 504, 530))
"""What servers say to a command that they don't know, some of them only before the login."""


class Dialogue:
    """A control connection, from its greeting on. `protected` is whether data connections have TLS; `busy`, whether a
    transfer is under way; `over`, whether the server has ended it."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: FtpOptions, link: Stream) -> None:
        self.link = link
        self.dial = dial
        self.greeting: Reply | None = None
        self.features: dict[str, str] | None = None
        self.offers_tls: bool | None = None
        self.entered = False
        self.protected = False
        self.busy = self.over = False
        self._endpoint = endpoint
        self._options = options
        self._parse = functools.partial(replies.parse, charset=options.charset)
        self._kind = ""

    @property
    def private(self) -> bool:
        """Whether it has TLS."""
        return self.link.info("tls") is not None

    async def begin(self) -> None:
        """Greeting, TLS as the options want it, login. Raises PeerRefused, Unauthenticated, TLSError, Blocked."""
        await self._greet()
        if self._options.vhost:
            expect(await self.ask("HOST", self._options.vhost), "HOST was refused")
        await self._secure()
        await self._login()
        self.link.enter(Phase.REQUEST)
        await self._protect()

    async def ask(self, verb: str, argument: str = "") -> Reply:
        """A command, and the first reply to it. Raises PeerRefused for 421, with which the connection ends."""
        await self.tell(verb, argument)
        reply = await self.reply()
        if reply.code == _GONE:
            self.over = True
            refuse(reply, f"{verb} was refused")
        return reply

    async def tell(self, verb: str, argument: str = "") -> None:
        """A command whose reply comes later."""
        await self.link.write(commands.emit(Command(verb, argument), self._options.charset))

    async def reply(self) -> Reply:
        """The next reply."""
        return await self.link.parse(self._parse)

    async def done(self, verb: str, argument: str, failed: str) -> Reply:
        """A command that has to be completed. Raises PeerRefused."""
        return expect(await self.ask(verb, argument), failed)

    async def learn(self) -> dict[str, str]:
        """What FEAT lists, asked for once; nothing where the server doesn't know it (RFC 2389 §3)."""
        if self.features is None:
            reply = await self.ask("FEAT")
            self.features = replies.parse_features(reply) if reply.complete else {}
            if "UTF8" in self.features and self._options.charset == "utf-8":
                await self.ask("OPTS", "UTF8 ON")  # some servers say names otherwise until they are told
        return self.features

    async def identify(self) -> str:
        """What SYST says, where it says anything."""
        reply = await self.ask("SYST")
        return reply.text[:200] if reply.code == 215 else ""

    async def directory(self) -> str:
        """Where one stands after the login, where that can be told."""
        reply = await self.ask("PWD")
        with contextlib.suppress(RemoteProtocolError):
            return replies.parse_quoted(reply.text) if reply.code == 257 else ""
        return ""

    async def use(self, kind: str) -> None:
        """TYPE A or I, where it isn't that already."""
        if self._kind != kind:
            await self.done("TYPE", kind, f"TYPE {kind} was refused")
            self._kind = kind

    async def quit(self) -> None:
        """Say goodbye. A server that doesn't answer to it any more is none the worse."""
        if not self.busy and not self.over:
            with contextlib.suppress(ConnectionLost, RemoteProtocolError, PeerRefused):
                await self.ask("QUIT")
        await self.link.close()

    # From the greeting to the login

    async def _greet(self) -> None:
        self.link.enter(Phase.GREETING)
        self.greeting = await self.reply()
        while self.greeting.preliminary:  # 120: ready in some minutes
            self.greeting = await self.reply()
        expect(self.greeting, "the server isn't ready")

    async def _secure(self) -> None:
        mode = self.dial.options.tls
        if self.private or mode == "never":
            return
        reply = await self.ask("AUTH", "TLS")
        self.offers_tls = reply.code in (234, 334)
        if reply.code == 234:
            try:
                await self.dial.secure(self.link)
            except TLSError as exc:
                if not mode:  # nobody asked for it: say how to do without
                    exc.hint = f"{exc.hint}, or do without TLS: #tls=never" if exc.hint else "#tls=never: without TLS"
                raise
        elif mode == "starttls":
            said = f"{reply.code} {reply.text[:_SHOWN]}"
            hint = "nothing was sent. ftps:// speaks TLS from the start; tls=try does without"
            raise TLSError(f"the server doesn't begin TLS: {said}", hint=hint)

    async def _login(self) -> None:
        endpoint = self._endpoint
        self.link.enter(Phase.AUTH)
        if endpoint.user and not self._may_tell():
            raise Blocked(
                "the connection has no TLS: the password wasn't sent",
                hint="ftps://, or -O tls=starttls; -O allow_plain_auth=yes sends it for everybody on the way to read",
            )
        reply = await self.ask("USER", endpoint.user or "anonymous")
        if reply.code == 331:
            if endpoint.user and endpoint.password is None:
                raise UsageError(f"there is no password for {endpoint.user}", hint="ftp://USER:PASSWORD@HOST")
            password = endpoint.password.reveal() if endpoint.password is not None else "anonymous@"
            reply = await self.ask("PASS", password if endpoint.user else "anonymous@")
        if reply.code == 332:
            account = self._options.account
            if account is None:
                raise Unauthenticated("the server wants to be told an account", code=332, hint="-O account=NAME")
            reply = await self.ask("ACCT", account.reveal())
        if not reply.complete:
            refuse(reply, "the login failed", login=not reply.transient)
        self.entered = True

    def _may_tell(self) -> bool:
        """Whether a password may be said: nobody on the way reads it, or that was allowed."""
        if self.private or self._options.allow_plain_auth:
            return True
        peer = self.link.info("peername")
        if not isinstance(peer, tuple):
            return bool(self._endpoint.socket)
        here = ipaddress.ip_address(peer[0].partition("%")[0]).is_loopback
        return here and not chain(self.dial.options, self._endpoint)

    async def _protect(self) -> None:
        """PBSZ and PROT (RFC 4217 §9): data is as private as the dialogue, unless that isn't wanted."""
        if not self.private:
            return
        clear = self._options.prot == "clear"
        await self.done("PBSZ", "0", "PBSZ was refused")
        reply = await self.ask("PROT", "C" if clear else "P")
        if not reply.complete:
            refuse(reply, f"{'clear' if clear else 'private'} data connections were refused")
        self.protected = not clear


def expect(reply: Reply, failed: str) -> Reply:
    """A reply that has to say that it is done (2yz). Raises PeerRefused, Unauthenticated."""
    if not reply.complete:
        refuse(reply, failed)
    return reply


def refuse(reply: Reply, what: str, *, login: bool = False) -> NoReturn:
    """Raise what a reply that isn't as it should be means."""
    said = " ".join(line.strip() for line in reply.lines)[:_SHOWN]
    if reply.code < 400:
        raise RemoteProtocolError(f"{what}: {reply.code} {said} is no answer to that", rule="RFC 959 §5.4")
    message, text = f"{what}: {reply.code} {said}", reply.text[:_TOLD]
    if login or reply.code in (530, 532):
        hint = "-O tls=starttls" if "TLS" in said.upper() else "are user and password right? ftp://USER:PASSWORD@HOST"
        raise Unauthenticated(message, code=reply.code, text=text, hint=hint)
    hint = "try again later" if reply.transient and reply.code not in (425, 426) else ""
    raise PeerRefused(message, code=reply.code, text=text, hint=hint)


def unknown(reply: Reply) -> bool:
    """Whether a server doesn't know a command, or an argument of it."""
    return reply.code in _UNKNOWN
