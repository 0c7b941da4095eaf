"""One client's connection at the server: commands at a bounded rate, PINGs, labels, and the ends (RFC 1459 §8)."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import TYPE_CHECKING

from netloom.errors import ConnectionLost, DeadlineExceeded, RemoteProtocolError
from netloom.protocols.irc.authentication import Exchange
from netloom.protocols.irc.commands import COMMANDS, ELSEWHERE
from netloom.protocols.irc.outbox import Outbox
from netloom.protocols.irc.registration import complete
from netloom.protocols.irc.said import Said
from netloom.protocols.irc.session import Session
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import CLIENT_TAGS_LIMIT, Message, Reader, TooLong

if TYPE_CHECKING:
    from netloom.links.context import Context
    from netloom.links.faults.refusing import No
    from netloom.links.stream import Stream
    from netloom.protocols.irc.network import Network

_PIECE = 16 * 1024
_ABOUT_COMMANDS = (n.ERR_UNKNOWNCOMMAND, n.ERR_NEEDMOREPARAMS)  # they name the command, and not what it is about
_SECRET = frozenset(("PASS", "AUTHENTICATE"))
_SPARED = frozenset(("PING", "PONG", "QUIT"))  # what keeps the connection, or ends it
_GRACE = 2.0  # seconds in which what a client says ahead is still heard, so that it hears why it is let go
_FAREWELL = 5.0  # seconds more than a client has, in which it is told why it is let go
_GRAIN = 0.01
_LABEL_LIMIT = 64
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_CN = re.compile(r"(?:^|,)CN=([^,+\\]+)(?:,|$)")


class Connection:
    """From the first byte to the last."""

    def __init__(self, link: Stream, network: Network, context: Context) -> None:
        options = context.options
        self._link = link
        self._network = network
        self._context = context
        self._outbox = Outbox(link, options.sendq)
        self._session = Session(network, context, self._outbox, options.name or _own_name(context.endpoint.host))
        self._exchange = Exchange(self._session)
        self._budget = Budget(options.flood, options.flood_burst)
        self._heard = 0.0
        self._pulse: asyncio.TimerHandle | None = None
        self._see_certificate()

    def _see_certificate(self) -> None:
        """Whom a client's certificate names: it was asked for one, and the handshake has checked it."""
        session, link = self._session, self._link
        session.secured = link.info("tls") is not None
        tls = link.trace.tls if link.trace is not None and session.secured else None
        if tls is not None and tls.chain and tls.verified:
            found = _CN.search(tls.chain[0].subject)
            session.external = found[1] if found is not None else ""

    async def run(self) -> None:
        """Serve until either side ends it."""
        self._link.set_idle(self._context.idle + _FAREWELL)
        self._heard = self._link.loop.time()
        self._watch()
        reason = "Connection closed"
        try:
            if (no := self._context.refuses("connect")) is not None:
                self._say_no(no, no.words())
                self._session.end(no.words())
            async with asyncio.timeout(self._context.idle) as patience:
                await self._converse(patience)
        except TimeoutError:
            reason = "Registration timeout"
        except RemoteProtocolError as error:
            reason = f"Protocol error: {error.message}"
        except (ConnectionLost, DeadlineExceeded):
            pass  # it has gone
        except asyncio.CancelledError:
            reason = "Server shutting down" if self._context.closing else reason
            raise
        finally:
            self._leave("SendQ exceeded" if self._outbox.overflowed else self._session.over or reason)
        await self._link.part(_GRACE)  # clients say much before they listen

    def _leave(self, reason: str) -> None:
        session = self._session
        if self._pulse is not None:
            self._pulse.cancel()
        if session.registered:
            session.record("QUIT", session.nick, reason)
        self._network.leave(session, reason)
        self._say_goodbye(reason)

    def _say_goodbye(self, reason: str) -> None:
        self._session.tell(Said(Message("ERROR", (f"Closing Link: {self._session.host} ({reason})",))))
        self._outbox.flush()

    # Reading

    async def _converse(self, patience: asyncio.Timeout) -> None:
        link, reader, session = self._link, Reader(tags_limit=CLIENT_TAGS_LIMIT), self._session
        while not session.over:
            data = await link.read(_PIECE)
            if not data:
                return
            self._heard = link.loop.time()
            for message in reader.feed(data):
                if delay := self._budget.spend(link.loop.time()):
                    await asyncio.sleep(delay)  # who gives too many commands waits, and isn't read from meanwhile
                with self._context.working():
                    await self._obey(message)
                    if not session.registered and session.nick and session.username and not session.negotiating:
                        await complete(session)
                    if session.registered and patience.when() is not None:
                        patience.reschedule(None)
                if session.over:
                    return

    async def _obey(self, message: Message | TooLong) -> None:
        session = self._session
        if isinstance(message, TooLong):
            session.reply(n.ERR_INPUTTOOLONG, "Input line was too long")
            return
        label = message.tags.get("label", "")
        if label and len(label) <= _LABEL_LIMIT and {"labeled-response", "batch"} <= session.caps:
            session.begin_label()
            try:
                await self._do(message)
            finally:
                session.end_label(label)
        else:
            await self._do(message)

    async def _do(self, message: Message) -> None:
        session, name = self._session, message.command
        used = self._network.used
        if name == "AUTHENTICATE":
            if self._refused(message, name):
                return
            if message.params:
                await self._exchange.authenticate(message)
            else:
                session.reply(n.ERR_NEEDMOREPARAMS, name, "Not enough parameters")
            return
        command = COMMANDS.get(name)
        if command is None or (not session.registered and not command.first):
            if not session.registered and name in ELSEWHERE:
                session.end("This is an IRC server")
            elif not session.registered:
                session.reply(n.ERR_NOTREGISTERED, "You have not registered")
            else:
                session.reply(n.ERR_UNKNOWNCOMMAND, name, "Unknown command")
            return
        used[name] = used.get(name, 0) + 1
        if len(message.params) < command.least:
            session.reply(n.ERR_NEEDMOREPARAMS, name, "Not enough parameters")
            return
        if not self._refused(message, name, "command" if session.registered and name not in _SPARED else ""):
            command.do(session, message)

    def _refused(self, message: Message, *steps: str) -> bool:
        """Whether a fault wanted a command to be refused, by a numeric reply or by the end of the link."""
        session = self._session
        about = message.params[0] if message.params and message.command not in _SECRET else ""
        no = self._context.refuses(*steps, target=about)
        if no is None:
            return False
        session.record(message.command, about, no.code)
        about = message.command if no.code in _ABOUT_COMMANDS else about or message.command
        self._say_no(no, about, no.words())
        return True

    def _say_no(self, no: No, *params: str) -> None:
        """A numeric reply, or the end of the link."""
        if no.code == "ERROR":
            self._session.end(params[-1])
        else:
            self._session.reply(no.code, *params)

    # PING

    def _watch(self) -> None:
        """The one timer: who has been silent for half of what is borne is asked whether they are there."""
        loop, idle = self._link.loop, self._context.idle
        silent = loop.time() - self._heard
        if silent >= idle:
            reason = f"Ping timeout: {idle:g} seconds"
            self._session.end(reason)
            self._say_goodbye(reason)
            self._link.transport.close()
            return
        if silent >= idle / 2 and self._session.registered:
            self._outbox.push(Said(Message("PING", (self._session.server,))).form(set()))
        due = idle / 2 if silent < idle / 2 else idle
        self._pulse = loop.call_later(max(due - silent, _GRAIN), self._watch)


class Budget:
    """Commands a client may give: `burst` at once, then `rate` a second; a rate of 0 is any."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._at: float | None = None

    def spend(self, now: float) -> float:
        """One command; gives the seconds to wait before it."""
        if not self._rate:
            return 0.0
        if self._at is not None:
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        self._left -= 1
        return -self._left / self._rate if self._left < 0 else 0.0


def _own_name(host: str) -> str:
    """What the server calls itself: clients know a server's name by the dot in it."""
    name = socket.gethostname() if host == "*" else host
    if not _HOST.fullmatch(name) or name[-1].isdigit():
        name = "localhost"
    return name if "." in name else f"irc.{name}"
