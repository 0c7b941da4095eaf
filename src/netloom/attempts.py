"""Attempts: one try at one endpoint, from its client to its outcome. Errors become records here."""

from __future__ import annotations

import asyncio
import functools
import importlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Any

from netloom.errors import (
    DeadlineExceeded,
    NetloomError,
    Phase,
    RemoteProtocolError,
    Status,
    TLSError,
    UsageError,
)
from netloom.hints import for_plaintext, for_status, recognised
from netloom.links.dial import Dialler
from netloom.links.proxy import chain
from netloom.links.trace import Trace
from netloom.options import split
from netloom.records import ReplyRecord
from netloom.registry import load, settle
from netloom.shapes import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.endpoint import Endpoint
    from netloom.links.options import LinkOptions
    from netloom.packet.recording import Recording
    from netloom.shapes import Protocol, Scheme
    from netloom.sinks import Sink
    from netloom.toolbox import Progress, Toolbox

IDLE = 30.0
"""Seconds of silence that are borne once an answer has begun, unless the endpoint says otherwise."""
GOODBYE = 2.0
"""Seconds that a peer has for our goodbye once all went well and no deadline stands any more."""


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
        if not reply.has_body or not self._toolbox.watched or self._toolbox.underway > 1:
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
            return for_plaintext(error.seen, self.declared, self.endpoint)
        if error.phase is Phase.CONNECT and (hops := chain(self.dial.options, self.endpoint)):
            return f"that is the way to the proxy {hops[0]}: does it run? -O proxy=none goes without"
        seen = error.seen if isinstance(error, RemoteProtocolError) else self._unread
        if error.status in (Status.PROTOCOL_ERROR, Status.CLOSED, Status.TIMEOUT):
            found = recognised(seen, self.declared, self.endpoint)
            if found:
                return found
        return for_status(error.status, error.phase, self.declared, self.endpoint, self.trace.addresses)


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


def ready(scheme: Scheme, options: LinkOptions, *, tapped: bool = False) -> None:
    """Load what the way to a peer takes before its clock runs: phases tell of the peer, not of our imports."""
    _load_machinery(scheme.over)
    if scheme.starttls and options.tls != "never":
        _load_machinery("tls")
    if tapped:
        _load_machinery("taps")


def _narrate(declared: Protocol, tell: Callable[[str], None]) -> Callable[[str, bytes], None]:
    """A passive decoder whose words go to whoever asked for the dialogue."""
    decoder = load(declared, "decode")()

    def feed(sender: str, data: bytes) -> None:
        for said in decoder.feed(sender, data):
            tell(f"{'>' if said.sender == 'client' else '<'} {said.words}")

    return feed
