"""The client's side of one session: greeting, capabilities, TLS, logging in, and the maildrop (RFC 1939, RFC 2449)."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any, NoReturn

from netloom.errors import ConnectionLost, PeerRefused, Phase, RemoteProtocolError, Unauthenticated
from netloom.wire import sasl
from netloom.wire.pop3 import block, commands, responses
from netloom.wire.pop3.commands import Command
from netloom.wire.pop3.responses import Challenge, Response
from netloom.wire.smtp import auth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from netloom.links.stream import Stream
    from netloom.wire.sasl import Login

_SHOWN = 300
_TOLD = 4000
_KNOWN = ("PLAIN", "USER", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")
_INITIAL = 150  # octets that fit in AUTH's line (RFC 5034 §4), in base64
_ANY = 1 << 62  # all that stands in the stream's buffer, which has its own bound


class Dialogue:
    """One session over a stream that stands.

    `capabilities` are CAPA's, empty where the server doesn't know it; `mechanism` is how it was authenticated.
    """

    def __init__(self, link: Stream) -> None:
        self.greeting: Response | None = None
        self.capabilities: dict[str, str] = {}
        self.offers_starttls = False
        self.mechanisms: list[str] = []
        """The ways to log in that are offered; USER is the command of that name."""
        self.mechanism = ""
        self._link = link

    @property
    def private(self) -> bool:
        """Whether TLS stands."""
        return self._link.info("tls") is not None

    def enter(self, phase: Phase) -> None:
        """Tell the attempt where it stands."""
        self._link.enter(phase)

    async def greet(self) -> None:
        """Read the greeting and ask for capabilities. Raises PeerRefused, RemoteProtocolError for no POP3."""
        self._link.enter(Phase.GREETING)
        try:
            self.greeting = await self._response()
        except RemoteProtocolError as exc:
            exc.seen = exc.seen or self._link.peek()[:64]
            raise
        if not self.greeting.positive:
            _refuse(self.greeting, "the server doesn't serve us")
        await self._learn()
        self.offers_starttls = "STLS" in self.capabilities

    async def starttls(self, secure: Callable[[Stream], Awaitable[Any]]) -> None:
        """STLS and the handshake (RFC 2595 §4). Raises PeerRefused where the server doesn't want to; once it has
        agreed, whatever fails ends the session: nothing is said in the clear any more."""
        await self.ask(Command("STLS"))
        try:
            await secure(self._link)
        except BaseException:
            self._link.abort()
            raise
        await self._learn()

    async def login(self, login: Login) -> None:
        """Authenticate. Raises Unauthenticated, Blocked, PeerRefused."""
        mechanism = sasl.choose(login, _KNOWN, self.mechanisms, private=self.private)
        self._link.enter(Phase.AUTH)
        if mechanism == "USER":
            response = await self._say(Command("USER", login.credentials.username))
            if response.positive:
                response = await self._say(Command("PASS", login.credentials.password))
        else:
            exchange = sasl.Exchange(mechanism, login.credentials, secrets.token_urlsafe(18))
            response = await self._authenticate(exchange)
        if not response.positive:
            _refuse(response, f"{mechanism} authentication failed", login=True)
        self.mechanism = mechanism
        with contextlib.suppress(PeerRefused):
            await self._learn(known=True)

    async def ask(self, command: Command) -> Response:
        """A command and its one line. Raises PeerRefused for -ERR."""
        response = await self._say(command)
        if not response.positive:
            _refuse(response, f"{command.keyword} was refused")
        return response

    async def ask_lines(self, command: Command) -> list[str]:
        """A command and the lines that follow its answer. Raises PeerRefused for -ERR."""
        await self.ask(command)
        return responses.parse_lines(await self._block(responses.LISTING_LIMIT))

    async def pieces(self, limit: int) -> AsyncIterator[bytes]:
        """The lines after a positive answer as they come, `limit` bytes at most."""
        decoder = block.Decoder(limit)

        def take(buffer: bytes) -> tuple[bytes, int] | None:
            if not buffer:
                return None
            given = decoder.feed(buffer)
            return given, len(buffer) - len(decoder.unused)

        while not decoder.done:
            piece = await self._link.parse(take, limit=_ANY)
            if piece:
                yield piece

    async def each(self, asked: Iterable[Command], limit: int) -> list[bytes | None]:
        """Several commands with a message each; None for -ERR. They go at once where the server lets them."""
        listed = list(asked)
        at_once = "PIPELINING" in self.capabilities
        if at_once:
            await self._link.write(b"".join(commands.emit(command) for command in listed))
        found: list[bytes | None] = []
        for command in listed:
            response = await (self._response() if at_once else self._say(command))
            found.append(await self._block(limit) if response.positive else None)
        return found

    async def part(self) -> None:
        """Say goodbye, at which what was deleted goes. Raises PeerRefused where it didn't."""
        await self.ask(Command("QUIT"))
        await self._link.close()

    async def quit(self) -> None:
        """Say goodbye. A server that doesn't answer to it any more is none the worse."""
        with contextlib.suppress(ConnectionLost, RemoteProtocolError):
            await self._say(Command("QUIT"))
        await self._link.close()

    # Inside

    async def _say(self, command: Command) -> Response:
        await self._link.write(commands.emit(command))
        return await self._response()

    async def _response(self) -> Response:
        response = await self._link.parse(responses.parse)
        if isinstance(response, Challenge):
            raise RemoteProtocolError("a challenge is no answer to that", rule="RFC 1939 §3")
        return response

    async def _learn(self, *, known: bool = False) -> None:
        """CAPA. A server that doesn't know it has USER and PASS (RFC 1939 §7)."""
        response = await self._say(Command("CAPA"))
        if not response.positive:
            self.capabilities = {}
        else:
            lines = responses.parse_lines(await self._block(responses.LISTING_LIMIT))
            self.capabilities = responses.parse_capabilities(lines)
        if not known:
            offered = self.capabilities.get("SASL", "").upper().split()
            if "USER" in self.capabilities or not self.capabilities:
                offered.append("USER")
            self.mechanisms = offered

    async def _block(self, limit: int) -> bytes:
        return b"".join([piece async for piece in self.pieces(limit)])

    async def _authenticate(self, exchange: sasl.Exchange) -> Response:
        attempt = auth.Attempt(exchange.mechanism, exchange.begin(_INITIAL))
        await self._link.write(commands.emit(Command("AUTH", auth.emit_attempt(attempt))))
        while True:
            response = await self._link.parse(responses.parse)
            if isinstance(response, Response):
                if response.positive:
                    exchange.succeed()
                return response
            try:
                answer = exchange.answer(auth.decode(response.text))
            except RemoteProtocolError:
                await self._link.write(b"*\r\n")
                raise
            await self._link.write(auth.encode(answer).encode("ascii") + b"\r\n")


def _refuse(response: Response, what: str, *, login: bool = False) -> NoReturn:
    """Raise what -ERR means."""
    code = response.code or "-ERR"
    shown = f"[{response.code}] " if response.code else ""
    message = f"{what}: {shown}{response.text[:_SHOWN]}"
    text = response.text[:_TOLD]
    if response.code in ("IN-USE", "LOGIN-DELAY", "SYS/TEMP"):
        raise PeerRefused(message, code=code, text=text, hint="try again later")
    if login or response.code == "AUTH":
        hint = "the user, the password or the way to authenticate isn't right"
        raise Unauthenticated(message, code=code, text=text, hint=hint)
    raise PeerRefused(message, code=code, text=text)
