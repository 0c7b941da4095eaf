"""What a protocol, an operation, a verb and a content are."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, ClassVar, Self, runtime_checkable
from typing import Protocol as Interface

import msgspec

from netloom.records import Entry, Message, Record, Said


class Scheme(msgspec.Struct, frozen=True):
    """A URL scheme: its default port (None: it must be given) and what carries it.

    `over` is tcp, tls, udp, udp+tcp, icmp (which has no ports: 0), unix, or a carrier: http, https, ssh. `starttls`
    says that a plain connection can be upgraded, so that a server wants a certificate.

    A carrier brings several protocols to one port. `channel` names what it opens for this one: over HTTP the token of
    Upgrade, or the media type of those requests that are its own (without one it is given any), over SSH the subsystem
    (without one it is given sessions). `path` is where the scheme lives by custom when a server's endpoint names none.
    `moves`: of datagrams, that a server may go on from another port than the one that was asked (RFC 1350 §4).
    """

    port: int | None
    over: str
    starttls: bool = False
    channel: str = ""
    path: str = ""
    moves: bool = False


Octets = bytes


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """How a protocol's first payload is recognised.

    `mask` selects bits of `bytes` at `offset`. `holds` are octets, letters in lower case, that stand somewhere in the
    payload, in any case. The function that `confirm` refers to is asked after a match.
    """

    offset: int = 0
    bytes: Octets
    mask: Octets = b""
    sender: str = "client"
    holds: Octets = b""
    confirm: str = ""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Something to try on the protocol's own default server: what demo, help and the matrix tests do with a verb.

    `place` is appended to the server's endpoint (path, query, options), `text` is a message, a body or a command.
    """

    verb: str
    place: str = ""
    text: str = ""


_NUMBER = re.compile(r"0|[1-9][0-9]*|0[xX][0-9a-fA-F]+", re.ASCII)


class Refusal(msgspec.Struct, frozen=True):
    """A way in which servers of a protocol say no when they are told to (the fault `refuse`).

    In a `code` that begins with a digit x is any digit. `at` is the step where it is said unless somebody wants it
    elsewhere. `number` is what goes over the wire where the code is only a name for it: it is taken as well.
    """

    code: str
    at: str
    summary: str
    number: int | None = None

    def means(self, code: str) -> bool:
        """Whether that is a code of this kind, in whichever case."""
        if self.number is not None and _NUMBER.fullmatch(code):
            return int(code, 0) == self.number
        if not self._is_pattern:
            return code.lower() == self.code.lower()
        return len(code) == len(self.code) and all(
            given.isdecimal() if digit == "x" else given == digit for digit, given in zip(self.code, code, strict=True)
        )

    def spelt(self, code: str) -> str:
        """A code that is meant, as it is declared."""
        return code if self._is_pattern else self.code

    @property
    def _is_pattern(self) -> bool:
        return self.code[:1].isdecimal() and "x" in self.code


class Step(msgspec.Struct, frozen=True):
    """Where servers of a protocol ask whether they are to say no: at a moment, or at a command of the client's.

    Nobody can list what clients may invent, as HTTP's methods: there `form` is a regular expression for those names.
    A step that is `apart` has refusals of its own: they are said nowhere else, and no others there. Where `over` is
    told, only schemes that this carries have the step.
    """

    name: str
    summary: str = ""
    form: str = ""
    apart: bool = False
    over: str = ""

    def means(self, word: str) -> bool:
        """Whether that is this step, in whichever case; a name of a form is as it is."""
        return re.fullmatch(self.form, word, re.ASCII) is not None if self.form else word.lower() == self.name.lower()


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration of a protocol.

    References such as `.client:Client` are relative to its own folder and loaded when needed.

    `identity` refers to a function from the server's options to the client's options that know this very server.
    `around` refers to an async context manager over a content, which is inside for as long as it is served.
    `replay` refers to what playing a recording of it has to know (`netloom.packet.tape.part`).
    `steps` are all those where its server asks whether one of the `refusals` is wanted.
    """

    name: str
    rfc: str
    summary: str
    schemes: Mapping[str, Scheme]
    contents: tuple[str, ...]
    client: str
    serve: str
    probe: str
    decode: str
    identity: str = ""
    around: str = ""
    replay: str = ""
    example: str = ""
    samples: tuple[Sample, ...] = ()
    recognise: tuple[Pattern, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    steps: tuple[Step, ...] = ()
    package: str = ""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration of an operation. `run(request, toolbox)` does the work and emits `record`s.

    `verb` names the client's verb that an operation needs, for the matrix; `group` is where help lists it. One that
    `judges` has failed where a record of it is no success; another raises when it has. `obstacle` says why a protocol
    can't meet it, where more than a verb is missing; empty where it can. One that is `offline` opens no
    connection: it emits from its own coroutine, and asks for an event loop when it has to wait (`netloom.loop`).
    """

    name: str
    group: str
    summary: str
    example: str
    request: type[msgspec.Struct]
    record: Any
    run: Callable[[Any, Any], Awaitable[None]]
    verb: str = ""
    judges: bool = True
    obstacle: Callable[[Protocol], str] | None = None
    offline: bool = False


class Reply:
    """What a verb brings back: the protocol's own `meta`, and a body in chunks or a structured value."""

    __slots__ = ("_chunks", "exit_status", "meta", "value")

    def __init__(
        self,
        meta: Mapping[str, Any] | None = None,
        *,
        body: bytes | AsyncIterator[bytes] | None = None,
        value: Any = None,
        exit_status: int | None = None,
    ) -> None:
        self.meta = dict(meta or {})
        self.value = value
        self.exit_status = exit_status
        self._chunks = _once(body) if isinstance(body, bytes | bytearray) else body

    @property
    def has_body(self) -> bool:
        return self._chunks is not None

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives; it can be read once."""
        if self._chunks is not None:
            async for chunk in self._chunks:
                yield chunk


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


class Client(Interface):
    """The root of every client: `Client(dial, endpoint, options)`, whose verbs dial when they are first called."""

    async def close(self) -> None:
        """Say goodbye where the protocol has a word for it, and let go of the links."""


@runtime_checkable
class Get(Interface):
    async def get(self, path: str) -> Reply: ...


@runtime_checkable
class Put(Interface):
    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply: ...


@runtime_checkable
class List(Interface):
    def list(self, path: str) -> AsyncIterator[Entry]: ...


@runtime_checkable
class Send(Interface):
    async def send(self, message: Message) -> Reply | None: ...


@runtime_checkable
class Listen(Interface):
    def listen(self, path: str) -> AsyncIterator[Message]: ...


@runtime_checkable
class Run(Interface):
    async def run(self, command: str) -> Reply: ...


VERBS: Mapping[str, type] = {"get": Get, "put": Put, "list": List, "send": Send, "listen": Listen, "run": Run}


class Facts(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The draft that a probe fills as it learns, so that a failure keeps what was seen before it.

    Each protocol has its own subclass; `summary` is the line that its specialist wants to read.
    """

    summary: str = ""


class Decoder(Interface):
    """A passive decoder: bytes as they pass, in pieces of any size, to what was said.

    It never raises on a peer's bytes.

    For datagrams, `feed` is called with one whole datagram at a time.
    """

    def feed(self, sender: str, data: bytes) -> list[Said]: ...


@runtime_checkable
class Content(Interface):
    """What a server serves, independent of the protocol."""

    KIND: ClassVar[str]

    @classmethod
    def from_argument(cls, argument: str) -> Self: ...

    def describe(self) -> str: ...


__all__ = [
    "VERBS", "Client", "Content", "Decoder", "Entry", "Facts", "Get", "List", "Listen", "Message", "Operation",
    "Pattern", "Protocol", "Put", "Record", "Refusal", "Reply", "Run", "Said", "Sample", "Scheme", "Send",
    "Step",
]  # fmt: skip
