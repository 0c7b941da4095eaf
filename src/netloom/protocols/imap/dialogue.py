"""The client's side of one session: greeting, TLS, logging in, and commands with what is answered (RFC 9051 §3, §6)."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any, NoReturn

from netloom.errors import ConnectionLost, PeerRefused, Phase, RemoteProtocolError, Unauthenticated
from netloom.wire import sasl
from netloom.wire.imap import commands, framing, responses
from netloom.wire.imap.commands import Authenticate, Command
from netloom.wire.imap.responses import Capabilities, Condition, Continue, Identity
from netloom.wire.smtp import auth

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.stream import Stream
    from netloom.wire.imap.commands import Arguments
    from netloom.wire.imap.responses import Response
    from netloom.wire.sasl import Login

_INITIAL = 8192  # octets that may stand in AUTHENTICATE's line
_SHOWN = 300
_TOLD = 4000
_KNOWN = ("PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")
_MORE = 1 << 20  # octets of an answer besides a message
_LINE = 4 << 20  # of a line: some tell of many thousands of messages in one
_RESPONSES = 200_000  # to one command


def _first_line(buffer: bytes) -> tuple[framing.Line, int] | None:
    return framing.parse_line(buffer, _LINE, spoken=True)


def _further_line(buffer: bytes) -> tuple[framing.Line, int] | None:
    return framing.parse_line(buffer, _LINE)


class Dialogue:
    """One session over a stream that stands.

    `capabilities` are in upper case, as they were told last; `mechanism` is how it was authenticated, empty before.
    """

    def __init__(self, link: Stream, limit: int) -> None:
        self.greeting: Condition | None = None
        self.capabilities: frozenset[str] = frozenset()
        self.identity: dict[str, str] = {}
        self.offers_starttls = False
        self.mechanisms: list[str] = []
        """The ways to log in that are offered; LOGIN may be the command of that name."""
        self.mechanism = ""
        self.is_known = False
        """Whether somebody is logged in, by the server's own word where it greets with PREAUTH."""
        self._link = link
        self._limit = limit
        self._count = 0
        self._parts: list[bytes] = []  # of a response that hasn't come as a whole
        self._announced = 0
        self._idles = False
        self._octets = 0  # that were heard

    @property
    def private(self) -> bool:
        """Whether TLS stands."""
        return self._link.info("tls") is not None

    def enter(self, phase: Phase) -> None:
        """Tell the attempt where it stands."""
        self._link.enter(phase)

    async def greet(self) -> None:
        """Read the greeting. Raises PeerRefused where the server doesn't serve, RemoteProtocolError for no IMAP."""
        self._link.enter(Phase.GREETING)
        try:
            greeting = await self.hear()
        except RemoteProtocolError as exc:
            exc.seen = exc.seen or self._link.peek()[:64]
            raise
        if not isinstance(greeting, Condition) or greeting.tag != "*" or greeting.kind not in ("OK", "PREAUTH", "BYE"):
            raise RemoteProtocolError("OK, PREAUTH or BYE is expected as a greeting", rule="RFC 9051 §7.1")
        self.greeting = greeting
        if greeting.kind == "BYE":
            _refuse(greeting, "the server doesn't serve us")
        self.is_known = greeting.kind == "PREAUTH"
        if not self.capabilities:
            await self.ask("CAPABILITY")
        self.offers_starttls = "STARTTLS" in self.capabilities
        self._note_mechanisms()

    async def starttls(self, secure: Callable[[Stream], Awaitable[Any]]) -> None:
        """STARTTLS and the handshake. Raises PeerRefused where the server doesn't want to; once it has agreed,
        whatever fails ends the session: nothing is said in the clear any more."""
        await self.ask("STARTTLS")
        try:
            await secure(self._link)
        except BaseException:
            self._link.abort()
            raise
        self.capabilities = frozenset()  # what was offered in the clear counts for nothing (RFC 9051 §6.2.1)
        await self.ask("CAPABILITY")
        self._note_mechanisms()

    async def login(self, login: Login) -> None:
        """Authenticate. Raises Unauthenticated, Blocked, PeerRefused."""
        mechanism = sasl.choose(login, _KNOWN, self.mechanisms, private=self.private)
        self._link.enter(Phase.AUTH)
        self.capabilities, before = frozenset(), self.capabilities
        if mechanism == "LOGIN" and "AUTH=LOGIN" not in before:
            credentials = login.credentials
            answer = await self._tagged("LOGIN", commands.Login(credentials.username, credentials.password), before)
        else:
            exchange = sasl.Exchange(mechanism, login.credentials, secrets.token_urlsafe(18))
            answer = await self._authenticate(exchange, "SASL-IR" in before)
        if answer.kind != "OK":
            self.capabilities = before
            _refuse(answer, f"{mechanism} authentication failed", login=True)
        self.mechanism, self.is_known = mechanism, True
        if not self.capabilities:
            await self.ask("CAPABILITY")

    async def identify(self) -> None:
        """Ask the server what it is, where it tells (RFC 2971)."""
        if "ID" not in self.capabilities:
            return

        def take(response: Response) -> None:
            if isinstance(response, Identity):
                self.identity = dict(response.fields)

        with contextlib.suppress(PeerRefused):
            await self.ask("ID", commands.Id((("name", "netloom"),)), take)

    async def ask(
        self, name: str, arguments: Arguments | None = None, take: Callable[[Response], None] | None = None
    ) -> Condition:
        """Say a command, give each response that comes before its end to `take`, and return the end.

        Raises PeerRefused where that isn't OK.
        """
        answer = await self._tagged(name, arguments, self.capabilities, take)
        if answer.kind != "OK":
            _refuse(answer, f"{name} was refused")
        return answer

    async def logout(self) -> None:
        """Say goodbye. A server that doesn't answer to it any more is none the worse."""
        with contextlib.suppress(ConnectionLost, RemoteProtocolError, PeerRefused):
            await self._tagged("LOGOUT", None, self.capabilities, lambda _: None, parting=True)
        await self._link.close()

    # Idling

    async def idle(self) -> str:
        """Say IDLE; gives its tag. From then on `hear` what happens, until `done`."""
        tag = self._tag()
        await self._write(commands.lay(commands.emit(Command(tag, "IDLE")))[0])
        self._idles = True
        return tag

    async def done(self) -> None:
        """End IDLE; its end is heard, too."""
        self._idles = False
        await self._write(b"DONE\r\n")

    async def hear(self) -> Response:
        """The next response. May be cancelled: what has come of one isn't lost."""
        parts = self._parts
        while True:
            if len(parts) % 2:  # a literal was announced
                size = self._announced
                if size > self._limit + _MORE:
                    message = f"an answer of {size} bytes: more than {self._limit}"
                    raise RemoteProtocolError(message, rule="RFC 9051 §4.3", hint="-O max_message=BYTES")
                parts.append(await self._link.read_exactly(size))
            line = await self._link.parse(_first_line if not parts else _further_line, _LINE)
            parts.append(line.text)
            if line.literal is None:
                self._parts = []
                self._octets += sum(map(len, parts))
                try:
                    response = responses.parse(tuple(parts))
                except RemoteProtocolError as exc:
                    exc.seen = parts[0][:64]
                    raise
                self._learn(response)
                return response
            if len(parts) > 2 * framing.PARTS_LIMIT:
                raise RemoteProtocolError("an answer of too many parts", rule="RFC 9051 §4.3")
            self._announced = line.literal

    # Inside

    def _learn(self, response: Response) -> None:
        if isinstance(response, Capabilities):
            self.capabilities = frozenset(response.names)
        elif isinstance(response, Condition) and response.code == "CAPABILITY":
            self.capabilities = frozenset(response.values.upper().split())

    def _note_mechanisms(self) -> None:
        offered = sorted(name[5:] for name in self.capabilities if name.startswith("AUTH="))
        if "LOGINDISABLED" not in self.capabilities and "LOGIN" not in offered:
            offered.append("LOGIN")
        self.mechanisms = offered

    def _tag(self) -> str:
        self._count += 1
        return f"n{self._count}"

    async def _tagged(
        self,
        name: str,
        arguments: Arguments | None,
        offered: frozenset[str],
        take: Callable[[Response], None] | None = None,
        *,
        parting: bool = False,
    ) -> Condition:
        """A command and its end, whatever that is. Where somebody stopped to listen in between, IDLE ends before."""
        if self._idles:
            await self.done()
        tag = self._tag()
        free = 1 << 62 if "LITERAL+" in offered else 4096 if {"LITERAL-", "IMAP4REV2"} & offered else 0
        pieces = commands.lay(commands.emit(Command(tag, name, arguments)), free)
        for number, piece in enumerate(pieces):
            await self._write(piece)
            if number < len(pieces) - 1:
                refused = await self._until(tag, take)
                if refused is not None:
                    return refused
        answer = await self._until(tag, take, parting=parting)
        if answer is None:
            raise RemoteProtocolError("the server waits for more than there is", rule="RFC 9051 §7.6")
        return answer

    async def _until(
        self,
        tag: str,
        take: Callable[[Response], None] | None,
        *,
        parting: bool = False,
    ) -> Condition | None:
        """Responses up to a command's end, or up to `+`, which is None."""
        last = self._octets + self._limit + _MORE
        for _ in range(_RESPONSES):
            response = await self.hear()
            if self._octets > last:
                raise RemoteProtocolError(f"answers of more than {self._limit} bytes", hint="-O max_message=BYTES")
            if isinstance(response, Continue):
                return None
            if isinstance(response, Condition):
                if response.tag == tag:
                    return response
                if response.kind == "BYE" and not parting:
                    _refuse(response, "the server ends the session")
            if take is not None:
                take(response)
        raise RemoteProtocolError(f"more than {_RESPONSES} answers to one command", rule="RFC 9051 §7")

    async def _authenticate(self, exchange: sasl.Exchange, at_once: bool) -> Condition:
        tag = self._tag()
        command = Command(
            tag, "AUTHENTICATE", Authenticate(exchange.mechanism, exchange.begin(_INITIAL if at_once else -1))
        )
        await self._write(commands.lay(commands.emit(command))[0])
        while True:
            response = await self.hear()
            if isinstance(response, Condition):
                if response.tag == tag:
                    if response.kind == "OK":
                        exchange.succeed()
                    return response
                if response.kind == "BYE":
                    _refuse(response, "the server ends the session")
            elif isinstance(response, Continue):
                try:
                    answer = exchange.answer(auth.decode(response.text))
                except RemoteProtocolError:
                    await self._write(b"*\r\n")
                    raise
                await self._write(auth.encode(answer).encode("ascii") + b"\r\n")

    async def _write(self, octets: bytes) -> None:
        await self._link.write(octets)


def _refuse(answer: Condition, what: str, *, login: bool = False) -> NoReturn:
    """Raise what an answer that isn't OK means."""
    said = answer.text[:_SHOWN]
    code = answer.code or answer.kind
    message = f"{what}: {f'[{answer.code}] ' if answer.code else ''}{said}"
    text = answer.text[:_TOLD]
    if answer.code == "PRIVACYREQUIRED":
        raise PeerRefused(message, code=code, text=text, hint="-O tls=starttls")
    if login and answer.code not in ("UNAVAILABLE", "INUSE", "LIMIT"):
        hint = "the user, the password or the way to authenticate isn't right"
        raise Unauthenticated(message, code=code, text=text, hint=hint)
    hints = {
        "NONEXISTENT": "netloom list tells which mailboxes there are", "TRYCREATE": "-O create=yes makes it",
        "UNAVAILABLE": "try again later", "INUSE": "try again later",
    }  # fmt: skip
    raise PeerRefused(message, code=code, text=text, hint=hints.get(answer.code, ""))
