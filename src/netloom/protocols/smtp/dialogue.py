"""The client's side of one session: greeting, EHLO, STARTTLS, AUTH, and mails one after the other (RFC 5321 §3)."""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from netloom.errors import ConnectionLost, PeerRefused, Phase, RemoteProtocolError, Unauthenticated
from netloom.wire import sasl
from netloom.wire.smtp import auth, commands, data, replies
from netloom.wire.smtp.addresses import encode_xtext
from netloom.wire.smtp.commands import Command, Mail, Rcpt
from netloom.wire.smtp.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from netloom.links.stream import Stream
    from netloom.protocols.smtp.compose import Letter
    from netloom.wire.sasl import Login
    from netloom.wire.smtp.addresses import Mailbox

_GONE = 421  # whoever says it closes the connection (RFC 5321 §3.8)
_GROUP = 100  # recipients that are named at once: a server takes as many (RFC 5321 §4.5.3.1.8)
_PIECE = 256 * 1024
_KNOWN = ("PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")
_INITIAL = 8192  # octets that may stand in AUTH's line
_SHOWN = 300
_TOLD = 4000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How to deliver. `notify`, `ret` and `envid` are RFC 3461's; with `strict`, all recipients or none."""

    strict: bool = False
    chunking: bool = False
    pipelining: bool = True
    notify: str = ""
    ret: str = ""
    envid: str = ""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What the server said to a mail and to each of its recipients, `CODE text` by address."""

    reply: Reply
    accepted: dict[str, str]
    refused: dict[str, str]


class Dialogue:
    """One session over a stream that stands. `extensions` are what the last EHLO offered; `name` is ours.

    `mechanism` is how it was authenticated, empty before.
    """

    def __init__(self, link: Stream, name: str = "") -> None:
        self.greeting: Reply | None = None
        self.hostname = ""
        self.extensions: dict[str, str] = {}
        self.extended = False
        self.offers_starttls = False
        self.mechanism = ""
        self._link = link
        self._name = name or _literal(link.info("sockname"))

    @property
    def private(self) -> bool:
        """Whether TLS stands."""
        return self._link.info("tls") is not None

    async def greet(self) -> Reply:
        """Read the greeting. Raises PeerRefused where the server takes no mail, RemoteProtocolError for no SMTP."""
        self._link.enter(Phase.GREETING)
        try:
            reply = await self._reply()
        except RemoteProtocolError as exc:
            exc.seen = self._link.peek()[:64]
            raise
        self.greeting = reply
        if reply.code != 220:
            _refuse(reply, "the server takes no mail")
        self.hostname = reply.lines[0].partition(" ")[0]
        return reply

    async def hello(self) -> Reply:
        """EHLO, or HELO where the server doesn't know that (RFC 5321 §3.2)."""
        self._link.enter(Phase.GREETING)
        reply = await self._ask(Command("EHLO", self._name))
        self.extended = reply.code == 250
        if self.extended:
            self.extensions = replies.parse_extensions(reply)
        elif reply.code in (500, 501, 502, 504, 550):
            self.extensions = {}
            reply = await self._ask(Command("HELO", self._name))
        if reply.code != 250:
            _refuse(reply, "EHLO was refused")
        self.offers_starttls = self.offers_starttls or "STARTTLS" in self.extensions
        return reply

    async def starttls(self, secure: Callable[[Stream], Awaitable[Any]]) -> None:
        """STARTTLS and the handshake (RFC 3207). Raises PeerRefused where the server doesn't want to; once it has
        agreed, whatever fails ends the session: nothing is said in the clear any more.

        What the server offered before is forgotten: say `hello` again.
        """
        reply = await self._ask(Command("STARTTLS"))
        if reply.code != 220:
            _refuse(reply, "STARTTLS was refused")
        try:
            await secure(self._link)
        except BaseException:
            self._link.abort()
            raise
        self.extensions = {}

    async def login(self, login: Login) -> None:
        """Authenticate (RFC 4954). Raises Unauthenticated, Blocked, PeerRefused for a temporary failure."""
        offered = replies.auth_mechanisms(self.extensions)
        mechanism = sasl.choose(login, _KNOWN, offered, private=self.private)
        self._link.enter(Phase.AUTH)
        exchange = sasl.Exchange(mechanism, login.credentials, secrets.token_urlsafe(18))
        attempt = auth.Attempt(mechanism, exchange.begin(_INITIAL))
        reply = await self._ask(Command("AUTH", auth.emit_attempt(attempt)))
        while reply.code == 334:
            try:
                answer = exchange.answer(auth.decode(reply.text))
            except RemoteProtocolError:
                await self._link.write(b"*\r\n")
                raise
            await self._link.write(auth.encode(answer).encode("ascii") + b"\r\n")
            reply = await self._reply()
        if reply.code != 235:
            _refuse(reply, f"{mechanism} authentication failed", login=True)
        exchange.succeed()
        self.mechanism = mechanism

    async def deliver(self, letter: Letter, how: Delivery) -> Sent:
        """Send one mail. Raises PeerRefused where the server refuses it, its sender, or all of its recipients."""
        link = self._link
        self._check(letter)
        mail = Mail(letter.sender, self._mail_parameters(letter, how))
        rcpt = self._rcpt_parameters(how)
        lines = [commands.emit_rcpt(Rcpt(recipient, rcpt)) for recipient in letter.recipients]
        opening = commands.emit_mail(mail)
        bdat = how.chunking and "CHUNKING" in self.extensions
        content = letter.content if bdat else data.encode(letter.content)
        link.enter(Phase.REQUEST)
        try:
            answers = await self._envelope(opening, lines, grouped=how.pipelining and "PIPELINING" in self.extensions)
            accepted, refused = _sorted(letter.recipients, answers)
            if refused and (how.strict or not accepted):
                _refuse(next(reply for reply in answers if not reply.positive), _told(refused, len(answers)))
            reply = await (self._chunks(content) if bdat else self._data(content))
        except PeerRefused as exc:
            if exc.code != _GONE:
                with contextlib.suppress(ConnectionLost):
                    await self._ask(Command("RSET"))
            raise
        return Sent(reply=reply, accepted=accepted, refused=refused)

    async def quit(self) -> None:
        """Say goodbye. A server that doesn't answer to it any more is none the worse."""
        with contextlib.suppress(ConnectionLost, RemoteProtocolError):
            await self._ask(Command("QUIT"))
        await self._link.close()

    # Commands and replies

    async def _ask(self, command: Command) -> Reply:
        await self._link.write(commands.emit(command))
        return await self._reply()

    async def _reply(self) -> Reply:
        return await self._link.parse(replies.parse)

    async def _lasting(self) -> Reply:
        """A reply, of several that are due: with 421 the connection ends, and the others never come."""
        reply = await self._reply()
        if reply.code == _GONE:
            _refuse(reply, "the server closes the connection")
        return reply

    # A mail

    def _check(self, letter: Letter) -> None:
        """What the server said that it doesn't take isn't tried."""
        limit = replies.size_limit(self.extensions)
        if limit is not None and len(letter.content) > limit:
            raise PeerRefused(f"the mail has {len(letter.content)} bytes, and the server takes {limit}", code=552)
        if letter.needs_utf8 and "SMTPUTF8" not in self.extensions:
            raise PeerRefused("the server takes no addresses and headers beyond ASCII (SMTPUTF8)", code=553)
        if letter.needs_8bit and not {"8BITMIME", "SMTPUTF8"} & self.extensions.keys():
            raise PeerRefused(
                "the server takes no 8-bit text (8BITMIME)", code=554, hint="encode it: quoted-printable or base64"
            )

    def _mail_parameters(self, letter: Letter, how: Delivery) -> dict[str, str | None]:
        parameters: dict[str, str | None] = {}
        if "SIZE" in self.extensions:
            parameters["SIZE"] = str(len(letter.content))
        if letter.needs_8bit and "8BITMIME" in self.extensions:
            parameters["BODY"] = "8BITMIME"
        if letter.needs_utf8:
            parameters["SMTPUTF8"] = None
        if (how.ret or how.envid or how.notify) and "DSN" not in self.extensions:
            raise PeerRefused("the server offers no delivery reports (DSN)", code=555)
        if how.ret:
            parameters["RET"] = how.ret
        if how.envid:
            parameters["ENVID"] = encode_xtext(how.envid)
        return parameters

    def _rcpt_parameters(self, how: Delivery) -> dict[str, str | None]:
        return {"NOTIFY": how.notify} if how.notify else {}

    async def _envelope(self, opening: bytes, lines: list[bytes], *, grouped: bool) -> list[Reply]:
        """MAIL and all RCPT; gives the replies to the latter."""
        size = _GROUP if grouped else 1
        groups = [lines[at : at + size] for at in range(0, len(lines), size)]
        if not grouped:
            groups.insert(0, [])
        first, answers = opening, []
        for group in groups:
            await self._link.write(first + b"".join(group))
            begun = await self._lasting() if first else None
            answers += [await self._lasting() for _ in group]
            if begun is not None and not begun.positive:
                _refuse(begun, "the sender was refused")
            first = b""
        return answers

    async def _data(self, content: bytes) -> Reply:
        reply = await self._ask(Command("DATA"))
        if reply.code != 354:
            _refuse(reply, "DATA was refused")
        await self._give(content)
        return await self._verdict()

    async def _chunks(self, content: bytes) -> Reply:
        for at in range(0, len(content) or 1, _PIECE):
            piece = content[at : at + _PIECE]
            last = at + _PIECE >= len(content)
            await self._give(commands.emit_bdat(piece, last=last))
            if last:
                break
            reply = await self._reply()
            if reply.code != 250:
                _refuse(reply, "the mail was refused")
        return await self._verdict()

    async def _give(self, content: bytes) -> None:
        """Send it piece by piece. A server that has had enough says why before it closes: that is what counts."""
        try:
            for at in range(0, len(content), _PIECE):
                await self._link.write(content[at : at + _PIECE])
        except ConnectionLost:
            if not self._link.peek():
                raise
            reply = await self._reply()
            if not reply.positive:
                _refuse(reply, "the mail was refused")
            raise

    async def _verdict(self) -> Reply:
        self._link.enter(Phase.FIRST_BYTE)
        reply = await self._reply()
        if reply.code != 250:
            _refuse(reply, "the mail was refused")
        return reply


def _literal(sockname: object) -> str:
    """Our address as a name (RFC 5321 §4.1.3): true, and it tells nothing that the server doesn't see anyway."""
    try:
        address = ipaddress.ip_address(str(sockname[0]).partition("%")[0]) if isinstance(sockname, tuple) else None
    except ValueError:
        address = None
    if address is None:
        return "localhost"
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


def _sorted(recipients: Iterable[Mailbox], answers: list[Reply]) -> tuple[dict[str, str], dict[str, str]]:
    accepted: dict[str, str] = {}
    refused: dict[str, str] = {}
    for recipient, reply in zip(recipients, answers, strict=True):
        (accepted if reply.positive else refused)[recipient.address] = f"{reply.code} {reply.text[:_SHOWN]}"
    return accepted, refused


def _told(refused: dict[str, str], count: int) -> str:
    if count == 1:
        return f"{next(iter(refused))} was refused"
    return f"{len(refused)} of {count} recipients were refused, the first {next(iter(refused))}"


def _refuse(reply: Reply, what: str, *, login: bool = False) -> NoReturn:
    """Raise what a reply that isn't as it should be means."""
    said = " ".join(reply.lines)[:_SHOWN]
    text = reply.text[:_TOLD]
    if reply.positive:
        raise RemoteProtocolError(f"{what}: {reply.code} {said} is no answer to that", rule="RFC 5321 §4.3.2")
    message = f"{what}: {reply.code} {said}"
    if "STARTTLS" in said.upper() and reply.code in (454, 530, 538, 550, 554):
        raise PeerRefused(message, code=reply.code, text=text, hint="-O tls=starttls")
    if reply.code in (530, 534, 535, 538) or (login and not reply.transient):
        hint = "the user, the password or the way to authenticate isn't right" if login else "smtp://USER:PASSWORD@HOST"
        raise Unauthenticated(message, code=reply.code, text=text, hint=hint)
    raise PeerRefused(message, code=reply.code, text=text, hint="try again later" if reply.transient else "")
