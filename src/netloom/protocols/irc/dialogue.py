"""The client's side of one session: registration, capabilities, logging in, channels, texts (modern.ircdocs.horse)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections import deque
from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct

from netloom.errors import Blocked, ConnectionLost, PeerRefused, Phase, RemoteProtocolError, Unauthenticated
from netloom.protocols.irc.login import log_in
from netloom.wire.irc import isupport
from netloom.wire.irc import numerics as n
from netloom.wire.irc.message import Message, Reader, TooLong, emit, pieces
from netloom.wire.irc.names import fold
from netloom.wire.sasl import Login

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.stream import Stream

WANTED = (
    "account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost", "echo-message", "extended-join",
    "labeled-response", "message-tags", "multi-prefix", "server-time", "setname", "userhost-in-names",
)  # fmt: skip
"""What is asked for where it is offered."""

_LINE_LIMIT = 16 * 1024  # some servers say more than 512 bytes
_NICKS = 8
"""Nicks that are tried."""
_CAPS = 500
_MOTD = 500
_BEFORE_A_TEXT = 200
"""Bytes of a line that names stand in, where ours aren't known: `:nick!user@host PRIVMSG `."""
_TAKEN = (n.ERR_NICKNAMEINUSE, n.ERR_NICKCOLLISION, n.ERR_UNAVAILRESOURCE)
_CONTROL = re.compile(r"[\r\n\0]")


class Identity(Struct, frozen=True, kw_only=True):
    """Who we say we are, and how that is shown."""

    nick: str
    username: str
    realname: str
    server_password: str = ""
    login: Login | None = None
    in_clear: bool = False


class Dialogue:
    """One session over a stream that stands. What the server has told of itself is here, however far it came."""

    def __init__(self, link: Stream, identity: Identity) -> None:
        self.identity = identity
        self.nick = identity.nick
        self.mask = ""
        self.account = ""
        self.mechanism = ""
        self.server = ""
        self.offered: dict[str, str] = {}
        self.caps: set[str] = set()
        self.isupport: dict[str, str] = {}
        self.welcome: dict[str, tuple[str, ...]] = {}
        self.motd: list[str] = []
        self.registered = False
        self.link = link
        self._reader = Reader(line_limit=_LINE_LIMIT)
        self._waiting: deque[Message] = deque()
        self._begun = False
        self._farewell = ""
        self._marks: deque[str] = deque()

    @property
    def private(self) -> bool:
        """Whether TLS stands."""
        return self.link.info("tls") is not None

    # Messages

    async def say(self, command: str, *params: str) -> None:
        """Say something. Raises LocalProtocolError for what can't be said in one line."""
        await self.link.write(emit(Message(command, params)))

    async def hear(self) -> Message:
        """The next message; PINGs are answered. Raises PeerRefused where the server ends it with a reason."""
        while True:
            while not self._waiting:
                await self._fill()
            message = self._waiting.popleft()
            if message.command == "PING":
                await self.say("PONG", *message.params[-1:])
                continue
            self._note(message)
            return message

    async def _fill(self) -> None:
        data = await self.link.read()
        if not data:
            self._ended()
        try:
            self._waiting.extend(message for message in self._reader.feed(data) if not isinstance(message, TooLong))
        except RemoteProtocolError as error:
            if not self._begun:
                error.seen = data[:64]
            raise
        self._begun = True

    def _ended(self) -> NoReturn:
        """Raise what it means that the server has closed, or is about to."""
        if self._farewell:
            raise PeerRefused(f"the server ended it: {self._farewell[:300]}", code="ERROR", text=self._farewell)
        raise ConnectionLost("the server closed the connection")

    def _note(self, message: Message) -> None:
        """What changes what we know."""
        command, params = message.command, message.params
        if command == "PONG":
            self._note_mark(message.text)
        elif command == n.RPL_ISUPPORT:
            self.isupport = isupport.parse(params[1:-1], self.isupport)
        elif command == "NICK" and params and self.is_me(message.nick):
            self.nick, self.mask = params[0], ""
        elif command == "CAP" and len(params) > 2 and params[1] in ("NEW", "DEL", "ACK"):
            self._note_caps(params[1], params[-1])
        elif command == "ERROR":
            self._farewell = _CONTROL.sub(" ", message.text) or "without a reason"
        elif command == n.RPL_LOGGEDIN and len(params) > 2:
            self.account = params[2]
        elif self.is_me(message.nick) and "!" in message.source:
            self.mask = message.source

    def _note_mark(self, token: str) -> None:
        """PINGs are answered in their order; a server that doesn't repeat what they said answers the oldest."""
        known = token in self._marks
        while self._marks:
            if self._marks.popleft() == token or not known:
                break

    def _note_caps(self, verb: str, words: str) -> None:
        for word in words.split():
            name, _, value = word.partition("=")
            if verb == "ACK":
                (self.caps.discard if name.startswith("-") else self.caps.add)(name.removeprefix("-"))
            elif verb == "NEW" and len(self.offered) < _CAPS:
                self.offered[name] = value
            elif verb == "DEL":
                self.offered.pop(name, None)
                self.caps.discard(name)

    # Names

    def fold(self, name: str) -> str:
        """A name as this server compares it."""
        return fold(name, self.isupport.get("CASEMAPPING", "rfc1459").lower())

    def is_me(self, nick: str) -> bool:
        """Whether a nick is ours."""
        return self.fold(nick) == self.fold(self.nick)

    def is_channel(self, name: str) -> bool:
        """Whether a name is a channel's."""
        return name[:1] != "" and name[0] in self.isupport.get("CHANTYPES", "#&")

    # Registration

    async def register(self) -> None:
        """Up to the end of the server's welcome. Raises Unauthenticated, PeerRefused, Blocked."""
        identity = self.identity
        self.link.enter(Phase.GREETING)
        await self.say("CAP", "LS", "302")
        if identity.server_password:
            if not (self.private or identity.in_clear):
                self.refuse_in_clear()
            await self.say("PASS", identity.server_password)
        await self.say("NICK", self.nick)
        await self.say("USER", identity.username, "0", "*", identity.realname)
        tried = 1
        while not self.registered:
            message = await self.hear()
            if message.command in _TAKEN and tried < _NICKS:
                tried += 1
                await self._another_nick()
            else:
                await self._registering(message)
        await self.barrier()

    def refuse_in_clear(self) -> NoReturn:
        """Nothing that a listener could use again is said without TLS."""
        raise Blocked(
            "the connection has no TLS: the password wasn't sent",
            hint="ircs://; -O allow_plain_auth=yes sends it for everybody on the way to read",
        )

    async def _another_nick(self) -> None:
        """The same with digits, in the length that is sure to be taken where it is long."""
        self.nick = f"{self.identity.nick[:12]}{secrets.randbelow(9000) + 1000}"
        await self.say("NICK", self.nick)

    async def _registering(self, message: Message) -> None:
        command, params = message.command, message.params
        if command.isdigit() and not message.source:
            raise RemoteProtocolError(
                "a numeric reply without its server", rule="RFC 2812 §2.4", seen=emit(message, 1 << 20)[:64]
            )
        if command == "CAP" and len(params) > 2:
            await self._negotiate(params)
        elif command == n.RPL_WELCOME and params:
            self.nick, self.server = params[0], message.source
            self.registered = True
            self._keep(message)
        elif command == "ERROR":
            self._ended()
        elif command in (n.ERR_PASSWDMISMATCH, n.ERR_YOUREBANNEDCREEP):
            raise Unauthenticated(f"we aren't let in: {message.text[:300]}", code=command, text=message.text)
        elif command[:1] in "45" and command.isdigit() and not _about_caps(message):
            self.refuse(message, "registration was refused")

    async def _negotiate(self, params: tuple[str, ...]) -> None:
        verb, words = params[1].upper(), params[-1]
        if verb == "LS":
            for word in words.split()[: _CAPS - len(self.offered)]:
                name, _, value = word.partition("=")
                self.offered[name] = value
            if params[2] == "*" and len(params) > 3:
                return  # more of them follow
            await self._request()
        elif verb == "ACK":
            if self.identity.login is not None and "sasl" in self.caps and not self.mechanism:
                self.link.enter(Phase.AUTH)
                self.mechanism = await log_in(self, self.identity.login)
                self.link.enter(Phase.GREETING)
            await self.say("CAP", "END")
        elif verb == "NAK":
            self._want_sasl("")
            await self.say("CAP", "END")

    async def _request(self) -> None:
        wanted = [name for name in WANTED if name in self.offered]
        if self.identity.login is not None:
            self._want_sasl("sasl" if "sasl" in self.offered else "")
            wanted.append("sasl")
        if wanted:
            await self.say("CAP", "REQ", " ".join(wanted))
        else:
            await self.say("CAP", "END")

    def _want_sasl(self, offered: str) -> None:
        if self.identity.login is not None and not offered:
            raise Unauthenticated(
                "the server offers no SASL to log in with", hint="-O sasl=none says user and password with PASS"
            )

    def _keep(self, message: Message) -> None:
        """What the welcome says, the first of each."""
        if message.command == n.RPL_MOTD:
            if len(self.motd) < _MOTD:
                self.motd.append(message.text)
        elif message.command.isdigit():
            self.welcome.setdefault(message.command, message.params[1:])

    async def barrier(self) -> None:
        """Everything that we have said has been answered when this returns."""
        await self.answers(self._keep)

    async def answers(self, take: Callable[[Message], None]) -> None:
        """Give what comes until the server has done all that we have said."""
        mark = await self.mark()
        while not self.is_mark(message := await self.hear(), mark):
            take(message)

    async def mark(self) -> str:
        """Ask for something that is answered after all that was said before."""
        token = secrets.token_hex(6)
        self._marks.append(token)
        await self.say("PING", token)
        return token

    def is_mark(self, message: Message, token: str) -> bool:
        """Whether this is the answer to it."""
        return message.command == "PONG" and token not in self._marks

    # Channels and texts

    async def join(self, channel: str, key: str = "") -> None:
        """Be in a channel. Raises PeerRefused."""
        await self.say("JOIN", channel, *([key] if key else []))
        joined = False
        early: list[Message] = []

        def take(message: Message) -> None:
            nonlocal joined
            if message.command in ("PRIVMSG", "NOTICE", "KICK"):
                early.append(message)
            elif message.command == "JOIN" and message.params and self.is_me(message.nick):
                joined = joined or self.fold(message.params[0]) == self.fold(channel)
            elif is_no(message) and self._is_about(message, channel):
                self.refuse(message, f"{channel} can't be joined")

        await self.answers(take)
        self._waiting.extendleft(reversed(early))  # what was said meanwhile is heard yet
        if not joined:
            raise PeerRefused(f"{channel} wasn't joined, and nobody said why", code="JOIN")

    def _is_about(self, message: Message, target: str) -> bool:
        return any(self.fold(param) == self.fold(target) for param in message.params[1:-1])

    async def tell(self, target: str, text: str, *, notice: bool, burst: int, pace: float) -> int:
        """Say a text, in as many lines as it takes; gives their count. Raises PeerRefused where one is refused."""
        command = "NOTICE" if notice else "PRIVMSG"
        lines = list(self.lines(command, target, text))
        for number, line in enumerate(lines):
            if number >= burst and pace:
                await asyncio.sleep(pace)  # servers end a connection that says much at once
            await self.say(command, target, line)

        def take(message: Message) -> None:
            if is_no(message):
                self.refuse(message, f"{target} wasn't told")

        await self.answers(take)
        return len(lines)

    def lines(self, command: str, target: str, text: str) -> list[str]:
        """A text in pieces that fit in a line, also with our names before them as others hear it."""
        before = len(self.mask.encode()) + 2 if self.mask else _BEFORE_A_TEXT
        room = max(64, 512 - before - len(f"{command} {target} :\r\n".encode("utf-8", "surrogateescape")))
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        return [piece for line in lines if line for piece in pieces(line, room)]

    def refuse(self, message: Message, what: str) -> NoReturn:
        """Raise what a "no" means."""
        said = message.text[:300]
        raise PeerRefused(f"{what}: {message.command} {said}", code=_code(message), text=message.text)

    async def quit(self) -> None:
        """Say goodbye, and hear the server's. One that just closes is none the worse."""
        with contextlib.suppress(ConnectionLost, PeerRefused, RemoteProtocolError):
            await self.say("QUIT", "netloom")
            while True:
                await self.hear()
        await self.link.close()


def is_no(message: Message) -> bool:
    """Whether a message is a refusal: a numeric of 400 to 599 and their kin, or FAIL (IRCv3 standard-replies)."""
    command = message.command
    return command in ("FAIL", n.ERR_INVALIDMODEPARAM) or (command.isdigit() and command[0] in "45")


def _about_caps(message: Message) -> bool:
    """Whether it is a server without CAP, or without a MOTD."""
    return message.command == n.ERR_NOMOTD or (
        message.command in (n.ERR_UNKNOWNCOMMAND, n.ERR_NOTREGISTERED, n.ERR_INVALIDCAPCMD)
        and ("CAP" in message.params or message.command != n.ERR_UNKNOWNCOMMAND)
    )


def _code(message: Message) -> str:
    return message.params[1] if message.command == "FAIL" and len(message.params) > 1 else message.command
