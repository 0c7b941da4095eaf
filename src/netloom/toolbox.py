"""What an operation is given: attempts, a clock, randomness, emit and progress. Errors become records here."""

from __future__ import annotations

import asyncio
import functools
import importlib
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from netloom import registry
from netloom.errors import (
    DeadlineExceeded,
    NetloomError,
    Phase,
    RemoteProtocolError,
    Status,
    TLSError,
    Unsupported,
    UsageError,
)
from netloom.links.deadline import Deadlines
from netloom.links.dial import Dialler
from netloom.links.proxy import chain
from netloom.links.system import SystemNetwork
from netloom.links.trace import Trace
from netloom.options import split
from netloom.records import Address, Record, ReplyRecord
from netloom.registry import load, protocols, settle
from netloom.requests import make
from netloom.shapes import VERBS, Pattern, Protocol, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netloom.endpoint import Endpoint
    from netloom.links.network import Network
    from netloom.links.options import LinkOptions
    from netloom.packet.recording import Recording
    from netloom.shapes import Operation, Scheme
    from netloom.sinks import Sink

IDLE = 30.0
"""Seconds of silence that are borne once an answer has begun, unless the endpoint says otherwise."""
GOODBYE = 2.0
"""Seconds that a peer has for our goodbye once all went well and no deadline stands any more."""
QUEUE = 256
"""Records that may wait between an operation and whoever reads them."""

Emit = Callable[[Record], Awaitable[None]]
Progress = Callable[[str, int, int | None], None]
Dialogue = Callable[[str, str], None]
"""Hears what is said at an endpoint: the endpoint, and the words."""


def _no_progress(what: str, done: int, total: int | None) -> None:
    """In a pipe and in Python nobody watches."""


def _untold(words: str) -> None:
    """In Python there is nobody at a terminal."""


class Toolbox:
    """The tools of one run. Tests give another network, clock or randomness.

    `tell` is for words to whoever sits before it, beside the records: how to go on after Ctrl-C, for instance.
    """

    def __init__(  # noqa: PLR0913  # what a front end, a test or an embedding program brings itself
        self,
        emit: Emit,
        *,
        network: Network | None = None,
        progress: Progress = _no_progress,
        now: Callable[[], float] = time.time,
        dialogue: Dialogue | None = None,
        tell: Callable[[str], None] = _untold,
    ) -> None:
        self.emit = emit
        self.network: Network = network or SystemNetwork()
        self.progress = progress
        self.now = now
        self.dialogue = dialogue
        self.tell = tell
        self.random = random.SystemRandom()
        self.deadlines = Deadlines()
        self.underway = 0  # attempts that have begun and not ended
        self._recordings: dict[str, Recording] = {}

    def attempt(self, target: Endpoint, deadline: float | None = None, record: str = "") -> Attempt:
        """One try at an endpoint: `async with` gives its client; how it ended stands in `outcome()` afterwards.

        Usage errors are raised; network, protocol and peer errors end the block and become the outcome.
        """
        return Attempt(self, target, deadline, self.recording(record) if record else None)

    async def sleep(self, seconds: float) -> None:
        """Wait on the run's clock."""
        await asyncio.sleep(seconds)

    def recording(self, path: str) -> Recording:
        """The recording that a file's name stands for; all attempts of a run share it."""
        from netloom.packet.recording import Recording

        if path not in self._recordings:
            self._recordings[path] = Recording(Path(path))
        return self._recordings[path]

    def check(self, target: Endpoint, verb: str = "") -> None:
        """Raise UsageError, or Unsupported where its client lacks the verb, for a target that can't be tried."""
        declared, scheme, endpoint = settle(target)
        client = load(declared, "client")
        if verb and not hasattr(client, verb):
            verbs = ", ".join(name for name in VERBS if hasattr(client, name)) or "only be probed and served"
            lacking = verb if verb in VERBS else "channel that could be joined"
            raise Unsupported(f"{declared.name} has no {lacking}", hint=f"{declared.name} can {verbs}")
        options, _ = split(endpoint, client.Options)
        ready(scheme, options)
        if self.dialogue is not None:
            _load_machinery("taps")
            load(declared, "decode")

    async def call(self, name: str, **fields: Any) -> AsyncGenerator[Record, None]:
        """The records of another operation, run with the same tools."""
        operation = registry.operation(name)
        request = make(operation.request, fields)
        tools = {name: getattr(self, name) for name in ("network", "progress", "now", "dialogue", "tell")}
        async with aclosing(records_of(operation, request, tools)) as records:
            async for record in records:
                yield record

    def close(self) -> None:
        """Finish every recording; raise what went wrong with the first that failed."""
        recordings, self._recordings = list(self._recordings.values()), {}
        failures = []
        for recording in recordings:
            try:
                recording.close()
            except NetloomError as exc:
                failures.append(exc)
        if failures:
            raise failures[0]


async def records_of(
    operation: Operation, request: msgspec.Struct, tools: Mapping[str, Any]
) -> AsyncGenerator[Record, None]:
    """Run an operation in a task of its own and give its records as they come, `QUEUE` at most ahead of their reader.

    Whoever stops reading ends the operation; it is over when the generator is closed.
    """
    records: asyncio.Queue[Record | None] = asyncio.Queue()
    room = asyncio.Semaphore(QUEUE)

    async def emit(record: Record) -> None:
        await room.acquire()
        records.put_nowait(record)

    toolbox = Toolbox(emit, **tools)

    async def work() -> None:
        try:
            await operation.run(request, toolbox)
        finally:
            toolbox.close()

    task = asyncio.create_task(work())
    task.add_done_callback(lambda _: records.put_nowait(None))
    try:
        while (record := await records.get()) is not None:
            room.release()
            yield record
        await task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # it was raised above, or nobody reads on


class Attempt:
    """One try at one endpoint, from its client to its outcome."""

    def __init__(self, toolbox: Toolbox, target: Endpoint, deadline: float | None, recording: Recording | None) -> None:
        self._toolbox = toolbox
        self.declared, self.scheme, self.endpoint = settle(target)
        self.shown = str(target)
        self.deadline = deadline
        self.started_at = toolbox.now()
        self.error: NetloomError | None = None
        self.trace = Trace(toolbox.network.clock)
        if toolbox.dialogue is not None:
            told = functools.partial(toolbox.dialogue, self.shown)
            self.trace.dialogue = lambda: _narrate(self.declared, told)
        client = load(self.declared, "client")
        link_options, own = split(self.endpoint, client.Options)
        ready(self.scheme, link_options)
        self._began = self._ended = self.trace.clock()
        self.options = own
        self.dial = Dialler(toolbox.network, self.endpoint, link_options, self.trace, recording=recording)
        self.client = client(self.dial, self.endpoint, own)
        self._phases: dict[str, float] = {}
        self._unread = b""
        self._reply: Reply | None = None

    async def __aenter__(self) -> Attempt:
        self._began = self.trace.clock()
        self._time = self._toolbox.deadlines.begin(self.deadline)
        self._toolbox.underway += 1
        return self

    async def __aexit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: Any) -> bool:
        trace = self.trace
        stood = trace.phase
        trace.enter(None)
        self._phases = trace.phases()
        self._ended = trace.clock()
        try:
            goodbye = await self._say_goodbye() if exc is None else exc
            if self._time.end(goodbye):
                exc = self._too_late(stood) if exc is not None else None
                goodbye = None
        finally:
            self._time.lift()
            self._unread = self.dial.unread() if exc is not None else b""
            self._toolbox.underway -= 1
            if self.dial.let_go() and not self._toolbox.underway:
                # The transports go on the loop's next turn. While others are at work it turns anyway.
                await asyncio.sleep(0)
        if isinstance(exc, NetloomError) and not isinstance(exc, UsageError):
            exc.phase = exc.phase or stood
            self.error = exc
            return True
        if exc is None and goodbye is not None:
            raise goodbye
        return False

    async def _say_goodbye(self) -> BaseException | None:
        """A client says goodbye when all went well, in what is left of the deadline; how that ends doesn't matter."""
        if not self._time.stands:
            self._time.move(GOODBYE)
        try:
            await self.client.close()
        except NetloomError:
            return None
        except asyncio.CancelledError as cancelled:
            return cancelled
        return None

    def stands(self) -> None:
        """What was asked for stands and may last: no deadline any more; only `idle` bounds silence, if given."""
        self._time.lift()
        self.trace.enter(Phase.TRANSFER)
        self.dial.set_idle(self.dial.options.idle)

    def answered(self) -> None:
        """The answer has begun: from now on only silence is bounded (`idle`)."""
        self._time.lift()
        self.dial.set_idle(self.dial.options.idle or IDLE)

    async def reply(self, reply: Reply | None, sink: Sink) -> None:
        """Take a verb's reply: its meta and value for the outcome, its body into the sink."""
        self.answered()
        if reply is not None:
            self._reply = reply
            await sink.take(self._counted(reply))

    def _counted(self, reply: Reply) -> Reply:
        """The reply, whose body tells how far it is while it is the only one underway."""
        if not reply.has_body or self._toolbox.progress is _no_progress or self._toolbox.underway > 1:
            return reply
        start, total = int(reply.meta.get("start", 0)), reply.meta.get("size")
        chunks = counted(reply.chunks(), self._toolbox.progress, start, total if isinstance(total, int) else None)
        return Reply(reply.meta, body=chunks, value=reply.value, exit_status=reply.exit_status)

    def reply_record(self, sink: Sink) -> ReplyRecord:
        """The outcome of a verb that replies."""
        reply = self._reply or Reply()
        return ReplyRecord(
            **self.outcome(),
            meta=reply.meta,
            value=reply.value,
            exit_status=reply.exit_status,
            body=sink.body,
            size=sink.size,
            saved_to=sink.saved_to,
        )

    def progress(self) -> dict[str, Any]:
        """The same fields while the attempt still goes on, for records that come one by one."""
        self._ended = self.trace.clock()
        self._phases = self.trace.phases()
        return self.outcome()

    def outcome(self) -> dict[str, Any]:
        """The fields that every outcome's record has."""
        error = self.error
        trace = self.trace
        return {
            "endpoint": self.shown,
            "protocol": self.declared.name,
            "status": error.status if error else Status.SUCCESS,
            "phase": error.phase if error else None,
            "message": error.message if error else "",
            "hint": self._hint(error) if error else "",
            "started_at": self.started_at,
            "duration": int((self._ended - self._began) * _NANO + 0.5) / _NANO,
            "phases": {name: int(spent * _NANO + 0.5) / _NANO for name, spent in self._phases.items()},
            "address": trace.peer,
            "addresses": trace.addresses,
            "tls": trace.tls,
        }

    def _too_late(self, phase: Phase | None) -> DeadlineExceeded:
        """Which came to pass, and how fast, until the time ran out."""
        done = [
            f"{_DONE[name]} in {spent * 1000:.0f} ms" if spent >= _WORTH_TELLING else _DONE[name]
            for name, spent in self.trace.phases().items()
            if name in _DONE and name != phase and (name != "resolve" or spent >= _WORTH_TELLING)
        ]
        if phase is Phase.TRANSFER:
            ending, wanted = ["begun, but not finished"], "whole answer"
        else:
            ending = ["then silence" if done else "silence"]
            wanted = "connection" if phase is Phase.CONNECT else "address" if phase is Phase.RESOLVE else "answer"
        words = ", ".join(done + ending)
        return DeadlineExceeded(f"no {wanted} within {self.deadline:g} s: {words}", phase=phase)

    def _hint(self, error: NetloomError) -> str:
        if error.hint:
            return error.hint
        if isinstance(error, TLSError) and error.seen:
            return _hint_for_plaintext(error.seen, self.declared, self.endpoint)
        if error.phase is Phase.CONNECT and (hops := chain(self.dial.options, self.endpoint)):
            return f"that is the way to the proxy {hops[0]}: does it run? -O proxy=none goes without"
        seen = error.seen if isinstance(error, RemoteProtocolError) else self._unread
        if error.status in (Status.PROTOCOL_ERROR, Status.CLOSED, Status.TIMEOUT):
            found = recognised(seen, self.declared, self.endpoint)
            if found:
                return found
        return _hint_for(error.status, error.phase, self.declared, self.endpoint, self.trace.addresses)


async def counted(
    chunks: AsyncIterator[bytes], progress: Progress, start: int = 0, total: int | None = None
) -> AsyncIterator[bytes]:
    """The same chunks; `progress` hears how many bytes have passed."""
    done = start
    try:
        async for chunk in chunks:
            done += len(chunk)
            progress("bytes", done, total)
            yield chunk
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


_NANO = 1e9
"""Seconds in a record are whole nanoseconds, as the clock's; round() to 9 digits takes three times as long."""
_WORTH_TELLING = 0.0005
_DONE = {
    "resolve": "resolved", "connect": "connected", "proxy": "let through by the proxy", "tls": "secured",
    "greeting": "greeted", "auth": "logged in", "request": "asked", "first_byte": "answered",
}  # fmt: skip
_MACHINERY = {
    "tls": ("netloom.links.tls",),
    "http": ("netloom.links.http.h1_client",),
    "https": ("netloom.links.tls", "netloom.links.http.h1_client", "netloom.links.http.h2_client"),
    "icmp": ("netloom.links.icmp_kernel",),
    "taps": ("netloom.links.tap",),
}


@functools.cache
def _load_machinery(over: str) -> None:
    for module in _MACHINERY.get(over, ()):
        importlib.import_module(module)


def ready(scheme: Scheme, options: LinkOptions) -> None:
    """Load what the way to a peer takes before its clock runs: phases tell of the peer, not of our imports."""
    _load_machinery(scheme.over)
    if scheme.starttls and options.tls != "never":
        _load_machinery("tls")


def _narrate(declared: Protocol, tell: Callable[[str], None]) -> Callable[[str, bytes], None]:
    """A passive decoder whose words go to whoever asked for the dialogue."""
    decoder = load(declared, "decode")()

    def feed(sender: str, data: bytes) -> None:
        for said in decoder.feed(sender, data):
            tell(f"{'>' if said.sender == 'client' else '<'} {said.words}")

    return feed


def recognised(seen: bytes, own: Protocol | None, endpoint: Endpoint) -> str:
    """What a server's bytes say about it, where they aren't our `own` protocol's: the protocols' patterns are asked."""
    for declared in protocols() if seen else ():
        if declared is own:
            continue
        for pattern in declared.recognise:
            if pattern.sender == "server" and _recognises(declared, pattern, seen):
                scheme = next(iter(declared.schemes))
                return f"that is {declared.name}: try {scheme}://{endpoint.authority}"
    return ""


def _recognises(declared: Protocol, pattern: Pattern, seen: bytes) -> bool:
    if not matches(pattern.bytes, pattern.mask, seen[pattern.offset :]):
        return False
    return not pattern.confirm or bool(registry.resolve(declared, pattern.confirm)(seen))


def matches(wanted: bytes, mask: bytes, data: bytes) -> bool:
    """Whether `data` begins with `wanted`, in the bits that `mask` selects (all, without one)."""
    if len(data) < len(wanted):
        return False
    mask = mask or b"\xff" * len(wanted)
    return all(d & m == w & m for w, m, d in zip(wanted, mask, data, strict=False))


_WRONG_PROTOCOL = "is that the right protocol for this port?"
_SILENT = {
    Phase.RESOLVE: "is a resolver reachable?",
    Phase.CONNECT: "a firewall that drops packets, or a host that is down, looks like this",
    Phase.TLS: "it is connected and says nothing: does it speak TLS on this port?",
    Phase.TRANSFER: "is it slow, or stuck in the middle? A longer deadline tells",
}


def _hint_for_plaintext(seen: bytes, declared: Protocol, endpoint: Endpoint) -> str:
    """What to try where TLS was begun with a server that doesn't speak it there."""
    found = recognised(seen, None, endpoint)
    upgrades = any(scheme.starttls for scheme in declared.schemes.values())
    plain = next((name for name, scheme in declared.schemes.items() if scheme.over not in ("tls", "https")), "")
    if not found and plain:
        found = f"try it without TLS: {plain}://{endpoint.authority}"
    return f"{found} (#tls=starttls)" if found and upgrades else found or _WRONG_PROTOCOL


def _hint_for(status: Status, phase: Phase | None, declared: Protocol, endpoint: Endpoint, tried: list[Address]) -> str:
    if status is Status.REFUSED:
        return f"is the server running, and is {endpoint.port} its port?" if endpoint.port else "is the server running?"
    if status is Status.TIMEOUT:
        return _hint_for_silence(phase, declared, endpoint)
    if status is Status.PROTOCOL_ERROR:
        return _WRONG_PROTOCOL
    if status is Status.CLOSED:
        return "the server ended the connection: its log may say why"
    if status is Status.UNREACHABLE and any(a.family == "ipv6" for a in tried):
        return "only IPv6 fails? Try -4"
    return ""


def _hint_for_silence(phase: Phase | None, declared: Protocol, endpoint: Endpoint) -> str:
    if phase in _SILENT:
        return _SILENT[phase]
    if phase not in (Phase.GREETING, Phase.REQUEST, Phase.FIRST_BYTE):
        return ""
    over = registry.for_scheme(endpoint.scheme)[1].over
    if over == "icmp":
        return _SILENT[Phase.CONNECT]
    if over.startswith("udp"):
        return f"no datagram came back: does {declared.name} run there, and does a firewall let it answer?"
    secure = next((name for name, scheme in declared.schemes.items() if scheme.over in ("tls", "https")), "")
    if secure and secure != endpoint.scheme:
        return f"it is connected and says nothing: behind TLS? Try {secure}://{endpoint.authority}"
    return f"it is connected and says nothing: {_WRONG_PROTOCOL}"


def fields_of(facts: msgspec.Struct) -> dict[str, Any]:
    """A draft of facts as plain values; what wasn't learnt isn't there."""
    made: dict[str, Any] = msgspec.to_builtins(facts)
    made.pop("summary", None)
    return made
