"""SMTP, the server's side: mail for mailboxes, never a relay (RFC 5321, 1870, 2034, 2920, 3030, 3207, 4954, 6531)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
import time
from typing import TYPE_CHECKING

from netloom.contents import Forbidden
from netloom.contents.mail import Mail, mailbox_name
from netloom.errors import NetloomError, PeerRefused, RemoteProtocolError
from netloom.links.sasl import authenticate, offered
from netloom.protocols.smtp.transaction import ROOM, Transaction, deliver, read_chunk, read_data, too_large, trace
from netloom.wire.smtp import auth, commands, replies
from netloom.wire.smtp.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.accounts import Accounts
    from netloom.links.context import Context
    from netloom.links.stream import Stream
    from netloom.wire.smtp.addresses import Mailbox
    from netloom.wire.smtp.commands import Command

_GONE = 421  # whoever says it closes the connection (RFC 5321 §3.8)
_TOLD = ("MAIL", "RCPT")  # commands whose refusal leaves an access record
_GRACE = 2.0  # seconds in which what a client said ahead is still heard out
_FAREWELL = 5.0  # seconds more than a client has, in which it is told that it was too slow
_OUT = 64 * 1024
_ROOM_FOR_LINE = 2 * commands.RESPONSE_LIMIT
_ELSEWHERE = {"GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "CONNECT", "HOST:"}  # a browser was sent here
_NOT_HERE = {"TURN", "ATRN", "ETRN", "SEND", "SOML", "SAML", "EXPN"}  # known, and not done here
_BODIES = ("7BIT", "8BITMIME")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


async def serve(link: Stream, content: Mail, context: Context) -> None:
    """One connection. A client that is too slow, errs too often or is there when the server stops is told 421."""
    link.set_idle(context.idle + _FAREWELL)
    session = Session(link, content, context)
    try:
        await session.run()
    except asyncio.CancelledError:
        if context.closing:
            await session.end(421, "4.3.2 the server stops")
        raise
    except TimeoutError:
        await session.end(421, "4.4.2 too slow")
    except RemoteProtocolError as exc:
        # Where a command ends isn't certain any more, so that nothing further can be taken for one
        await session.end(500, f"5.5.2 {exc.message}")
    finally:
        session.forget()


class _End(Exception):
    """The session ends with this reply."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


class Session:
    """The state of one connection: who the client says it is, who it has shown to be, and the mail under way."""

    def __init__(self, link: Stream, content: Mail, context: Context) -> None:
        self._link = link
        self._content = content
        self._context = context
        self._options = context.options
        self._name = context.options.name or _own_name(context.endpoint.host)
        self._size_limit = max(1, content.limits.message - ROOM)
        self._busy = contextlib.ExitStack()
        self._out = bytearray()
        self._mute = False
        self._helo = ""
        self._extended = False
        self._user = ""
        self._mail: Transaction | None = None
        self._commands = 0
        self._errors = 0

    async def run(self) -> None:
        """Greet, and answer commands until the end."""
        try:
            self._say(self._refusal("greeting") or Reply(220, (f"{self._name} ESMTP netloom",)))
            while True:
                command = await self._next()
                with self._context.working():
                    reply = await self._answer(command)
                    if reply is not None:
                        self._say(reply)
                        self._count(reply)
        except _End as end:
            await self.end(end.reply.code, *end.reply.lines, grace=_GRACE)

    async def end(self, code: int, *lines: str, grace: float = 0.0) -> None:
        """Say this, and close. Nothing is said in the clear where TLS was agreed on and isn't there."""
        with contextlib.suppress(NetloomError):
            if not self._mute:
                self._say(Reply(code, tuple(line[:200] for line in lines)))
                await self._flush()
            await (self._link.part(grace) if grace else self._link.close())

    def forget(self) -> None:
        """The mail that is under way won't come."""
        self._mail = None
        self._busy.close()

    # The dialogue

    def _say(self, reply: Reply) -> None:
        self._out += replies.emit(reply)

    async def _flush(self) -> None:
        out, self._out = bytes(self._out), bytearray()
        if out:
            await self._link.write(out)

    async def _next(self) -> Command:
        """The next command. Replies wait while further commands stand here already (RFC 2920 §3.2)."""
        if b"\n" not in self._link.peek() or len(self._out) > _OUT:
            await self._flush()
        async with asyncio.timeout(self._context.idle):
            return await self._link.parse(commands.parse, _ROOM_FOR_LINE)

    async def _answer(self, command: Command) -> Reply | None:
        self._commands += 1
        if self._commands > self._options.max_commands:
            raise _End(Reply(421, ("4.7.0 too many commands without a mail",)))
        verb = command.verb
        handle = _VERBS.get(verb)
        if handle is not None:
            refusal = self._refusal(verb, command.argument)
            try:
                return refusal or await handle(self, command.argument)
            except RemoteProtocolError as exc:
                if verb in _FRAMES:
                    raise
                return Reply(501, (f"5.5.4 {exc.message}"[:400],))
        if verb in _ELSEWHERE:
            raise _End(Reply(421, ("4.7.0 this is a mail server",)))
        if verb in _NOT_HERE:
            return Reply(502, ("5.5.1 not done here",))
        return Reply(500, ("5.5.2 no such command",))

    def _refusal(self, at: str, argument: str = "") -> Reply | None:
        """The reply that a fault wants, if it does: `at` is the greeting, a command, or the message after DATA."""
        about = argument.partition("<")[2].partition(">")[0] or argument
        no = self._context.refuses(at, target=about)
        if no is None:
            return None
        reply = Reply(no.number, (no.words(f"{no.code[0]}.3.0 refused on purpose"),))
        if at in _TOLD:
            self._context.access(at, about[:200], status=no.code, user=self._user)
        if reply.code == _GONE:
            raise _End(reply)
        return reply

    def _count(self, reply: Reply) -> None:
        self._errors += reply.code >= 500
        if self._errors >= self._options.max_errors:
            raise _End(Reply(421, ("4.7.0 too many errors",)))
        if self._context.closing and self._mail is None:
            raise _End(Reply(421, ("4.3.2 the server stops",)))

    # Who is there

    async def _ehlo(self, argument: str) -> Reply:
        self._helo = commands.parse_hello(argument)
        self._extended = True
        self.forget()
        return replies.emit_extensions(self._name, self._extensions())

    async def _ehlo_less(self, argument: str) -> Reply:
        self._helo = commands.parse_hello(argument)
        self._extended = False
        self.forget()
        return Reply(250, (self._name,))

    def _extensions(self) -> dict[str, str]:
        extensions = {
            "PIPELINING": "", "SIZE": str(self._size_limit), "8BITMIME": "", "SMTPUTF8": "", "ENHANCEDSTATUSCODES": "",
            "CHUNKING": "", "HELP": "",
        }  # fmt: skip
        if self._context.can_secure and not self._secured:
            extensions["STARTTLS"] = ""
        mechanisms = self._mechanisms()
        if mechanisms and not self._user:
            extensions["AUTH"] = " ".join(mechanisms)
        return extensions

    @property
    def _secured(self) -> bool:
        return self._link.info("tls") is not None

    def _mechanisms(self) -> tuple[str, ...]:
        context = self._context
        private = self._secured or bool(context.endpoint.socket) or self._options.allow_plain_auth
        return offered(context.accounts, private=private)

    async def _starttls(self, argument: str) -> Reply | None:
        if argument:
            return Reply(501, ("5.5.4 STARTTLS has no argument",))
        if self._secured:
            return Reply(503, ("5.5.1 TLS is there already",))
        if not self._context.can_secure:
            return Reply(502, ("5.5.1 there is no TLS here",))
        if self._link.peek():
            # Injected by somebody in between: taken for the secured client's own if they stayed (CVE-2011-0411)
            raise _End(Reply(554, ("5.5.0 nothing may follow STARTTLS before the handshake",)))
        self._say(Reply(220, ("2.0.0 begin TLS",)))
        await self._flush()
        self._mute = True
        await self._context.secure(self._link)
        self._mute = False
        self._helo = self._user = ""
        self.forget()
        return None

    async def _auth(self, argument: str) -> Reply:
        if not self._extended or self._user or self._mail is not None:
            return Reply(503, ("5.5.1 AUTH comes once, after EHLO and before a mail",))
        attempt = auth.parse_attempt(argument)
        mechanisms = self._mechanisms()
        if attempt.mechanism not in mechanisms:
            if attempt.mechanism in offered(self._context.accounts, private=True):
                return Reply(538, ("5.7.11 not without TLS",))
            return Reply(504, ("5.5.4 this way to authenticate isn't offered",))
        started = time.time()
        host = _address(self._context.peer)
        try:
            account = await authenticate(attempt, self._context.accounts, host, self._name, self._challenge)
        except PeerRefused:
            return Reply(501, ("5.7.0 given up",))
        code = 535 if account is None else 235
        self._user = "" if account is None else account.name
        self._context.access("AUTH", attempt.mechanism, status=str(code), user=self._user, started=started)
        if account is None:
            return Reply(code, ("5.7.8 who you are isn't shown by that",))
        return Reply(code, ("2.7.0 welcome",))

    async def _challenge(self, challenge: bytes) -> bytes:
        """Ask the client, which may give up: PeerRefused."""
        self._say(Reply(334, (auth.encode(challenge),)))
        await self._flush()
        async with asyncio.timeout(self._context.idle):
            line = await self._link.parse(
                lambda buffer: commands.parse_line(buffer, commands.RESPONSE_LIMIT), _ROOM_FOR_LINE
            )
        if line == "*":
            raise PeerRefused("the client gave up")
        return auth.decode(line)

    # The envelope

    async def _mail_from(self, argument: str) -> Reply:
        if not self._helo:
            return Reply(503, ("5.5.1 EHLO or HELO comes first",))
        if self._mail is not None:
            return Reply(503, ("5.5.1 a mail is under way already",))
        if self._context.endpoint.scheme == "submission" and len(self._context.accounts) and not self._user:
            return Reply(530, ("5.7.0 authenticate first",))
        mail = commands.parse_mail(argument)
        parameters = mail.parameters
        unknown = parameters.keys() - {"SIZE", "BODY", "SMTPUTF8", "AUTH"}
        if unknown:
            return Reply(555, (f"5.5.4 {min(unknown)[:40]} isn't known",))
        if "BODY" in parameters and (parameters["BODY"] or "").upper() not in _BODIES:
            return Reply(501, ("5.5.4 BODY is 7BIT or 8BITMIME",))
        if (commands.parse_size(mail) or 0) > self._size_limit:
            return too_large(self._size_limit)
        wide = "SMTPUTF8" in parameters
        if mail.sender is not None and mail.sender.needs_utf8 and not wide:
            return Reply(553, ("5.6.7 an address beyond ASCII needs SMTPUTF8",))
        self._mail = Transaction(mail.sender, wide, self._size_limit)
        self._busy.enter_context(self._context.working())
        return Reply(250, ("2.1.0 sender ok",))

    async def _rcpt_to(self, argument: str) -> Reply:
        if self._mail is None:
            return Reply(503, ("5.5.1 MAIL comes first",))
        rcpt = commands.parse_rcpt(argument)
        if rcpt.parameters:
            return Reply(555, (f"5.5.4 {min(rcpt.parameters)[:40]} isn't known",))
        if rcpt.recipient.needs_utf8 and not self._mail.wide:
            return Reply(553, ("5.6.7 an address beyond ASCII needs SMTPUTF8",))
        if len(self._mail.recipients) >= self._options.max_recipients:
            return Reply(452, (f"4.5.3 a mail has {self._options.max_recipients} recipients at most",))
        reply = self._recipient(rcpt.recipient)
        if reply.positive:
            self._mail.recipients.append(rcpt.recipient)
        else:
            self._context.access("RCPT", rcpt.recipient.address[:200], status=str(reply.code), user=self._user)
        return reply

    def _recipient(self, recipient: Mailbox) -> Reply:
        """Whether there is a mailbox: an account's, or anybody's where there are no accounts; and a postmaster's."""
        domains = [domain.lower() for domain in self._options.domains]
        if domains and recipient.domain and recipient.domain.lower() not in domains:
            return Reply(550, ("5.7.1 this is no relay: no mail for that domain",))
        try:
            name = mailbox_name(recipient.address)
        except Forbidden as exc:
            return Reply(553, (f"5.1.3 {exc.message}",))
        accounts = self._context.accounts
        if len(accounts) and name != "postmaster" and name not in _mailboxes(accounts):
            return Reply(550, ("5.1.1 there is no such mailbox",))
        return Reply(250, ("2.1.5 recipient ok",))

    # The mail itself

    async def _data(self, argument: str) -> Reply:
        if argument:
            return Reply(501, ("5.5.4 DATA has no argument",))
        mail = self._mail
        if mail is None or mail.chunks:
            return Reply(503, ("5.5.1 MAIL and RCPT come first, and BDAT goes on with BDAT",))
        if not mail.recipients:
            return Reply(554, ("5.5.1 no recipient was accepted",))
        self._say(Reply(354, ("end with a dot on a line of its own",)))
        await self._flush()
        try:
            async with asyncio.timeout(self._options.transfer_deadline):
                await read_data(self._link, mail)
        except RemoteProtocolError as exc:
            reply = too_large(mail.limit) if mail.oversize else Reply(554, (f"5.6.0 {exc.message}",))
            self._record(mail, reply)
            raise _End(reply) from None
        return await self._deliver(mail)

    async def _bdat(self, argument: str) -> Reply:
        bdat = commands.parse_bdat(argument)
        mail = self._mail if self._mail is not None and self._mail.recipients else None
        if bdat.size > 2 * self._size_limit:
            raise _End(too_large(self._size_limit))
        async with asyncio.timeout(self._options.transfer_deadline):
            await read_chunk(self._link, mail, bdat.size)
        if mail is None:
            return Reply(503, ("5.5.1 MAIL and RCPT come first",))
        mail.chunks += 1
        if bdat.last or mail.oversize:
            return await self._deliver(mail)
        return Reply(250, (f"2.0.0 {bdat.size} octets taken",))

    async def _deliver(self, mail: Transaction) -> Reply:
        number = secrets.token_hex(6)
        by = f"by {self._name} with {self._protocol(mail)} id {number}"
        reply = self._refusal("message", mail.describe())
        if reply is None:
            reply = await deliver(mail, self._content, trace(mail, self._helo, self._context.peer, by), number)
        self._record(mail, reply)
        if reply.positive:
            self._commands = self._errors = 0
        self.forget()
        return reply

    def _record(self, mail: Transaction, reply: Reply) -> None:
        self._context.access(
            "MAIL", mail.describe(), status=str(reply.code), user=self._user, size=mail.size, started=mail.started
        )

    def _protocol(self, mail: Transaction) -> str:
        """The word of `with` (RFC 3848, RFC 6531 §4.3)."""
        if not self._extended:
            return "SMTP"
        return ("UTF8SMTP" if mail.wide else "ESMTP") + "S" * self._secured + "A" * bool(self._user)

    # The rest

    async def _rset(self, argument: str) -> Reply:
        if argument:
            return Reply(501, ("5.5.4 RSET has no argument",))
        self.forget()
        return Reply(250, ("2.0.0 forgotten",))

    async def _noop(self, argument: str) -> Reply:
        return Reply(250, ("2.0.0 ok",))

    async def _vrfy(self, argument: str) -> Reply:
        """Who has a mailbox isn't told: a mail shows it (RFC 5321 §7.3)."""
        if not argument:
            return Reply(501, ("5.5.4 VRFY names somebody",))
        return Reply(252, ("2.0.0 send a mail to see",))

    async def _help(self, argument: str) -> Reply:
        return Reply(214, ("2.0.0 " + " ".join(_VERBS),))

    async def _quit(self, argument: str) -> Reply:
        if argument:
            return Reply(501, ("5.5.4 QUIT has no argument",))
        raise _End(Reply(221, ("2.0.0 goodbye",)))


_VERBS: dict[str, Callable[[Session, str], Awaitable[Reply | None]]] = {
    "EHLO": Session._ehlo,
    "HELO": Session._ehlo_less,
    "STARTTLS": Session._starttls,
    "AUTH": Session._auth,
    "MAIL": Session._mail_from,
    "RCPT": Session._rcpt_to,
    "DATA": Session._data,
    "BDAT": Session._bdat,
    "RSET": Session._rset,
    "NOOP": Session._noop,
    "VRFY": Session._vrfy,
    "HELP": Session._help,
    "QUIT": Session._quit,
}
_FRAMES = ("DATA", "BDAT", "STARTTLS")  # after a mistake in these nobody knows where the next command begins


def _own_name(host: str) -> str:
    """What the server calls itself: the name it listens on, or this machine's where it listens everywhere."""
    if host == "*":
        return socket.gethostname()
    return host if _HOST.fullmatch(host) and not host[-1].isdigit() else "localhost"


def _mailboxes(accounts: Accounts) -> set[str]:
    found = set()
    for account in accounts:
        with contextlib.suppress(Forbidden):  # a name that can't be a mailbox has none
            found.add(mailbox_name(account.name))
    return found


def _address(peer: str) -> str:
    """The address in `address:port`."""
    return peer.rpartition(":")[0].strip("[]")
