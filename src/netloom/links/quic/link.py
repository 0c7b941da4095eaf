"""One QUIC connection on a datagram socket: what comes, what goes, and its one timer (RFC 9000, RFC 9002)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Protocol

from qh3.quic import events
from qh3.quic.connection import QuicConnectionError

from netloom.errors import ConnectionLost, NetloomError, RemoteProtocolError
from netloom.links.quic.explain import explain

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from netloom.errors import Phase
    from netloom.links.faults.line import Line
    from netloom.links.quic.engine import Engine
    from netloom.links.trace import Trace

Address = Any

_EARLY = 0.001  # an event loop may call a moment before its time

# What the engine doesn't foresee of a peer's bytes is the peer's doing.
_UNFORESEEN = (
    QuicConnectionError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class Receiver(Protocol):
    """What speaks over a connection."""

    def stream_data(self, number: int, data: bytes, *, end: bool) -> None: ...

    def stream_reset(self, number: int, code: int) -> None: ...

    def stop_sending(self, number: int, code: int) -> None: ...

    def sent(self) -> None:
        """Something went out: there may be room for more."""

    def lost(self, error: NetloomError) -> None: ...


class QuicLink:
    """A connection. `opened` is done once the handshake is; `heard` is the loop's time when the last datagram came.

    Whoever `attach`es to it hears of its streams. `forget` is called once nothing more is to be sent.
    """

    def __init__(self, engine: Engine, send: Callable[[bytes, Address], None], loop: asyncio.AbstractEventLoop) -> None:
        self.engine = engine
        self.loop = loop
        self.peer = ""
        self.local = ""
        self.line: Line | None = None
        """What a server's faults know it by: its peer's, from whom it began."""
        self.trace: Trace | None = None
        self.error: NetloomError | None = None
        self.opened: asyncio.Future[None] = loop.create_future()
        self.heard = loop.time()
        self.forget: Callable[[], None] | None = None
        self.named: Callable[[bytes, bool], None] | None = None
        """Told of our connection IDs: each as it is issued (True) and retired (False)."""
        self._send = send
        self._receiver: Receiver | None = None
        self._waiting: list[events.QuicEvent] = []  # what came before anybody attached
        self._timer: asyncio.TimerHandle | None = None
        self._called_at = 0.0
        self._soon: asyncio.Handle | None = None
        self._gone = False

    @property
    def over(self) -> bool:
        """Whether nothing can be said any more."""
        return self.error is not None

    def enter(self, phase: Phase) -> None:
        """Tell the attempt where it stands."""
        if self.trace is not None:
            self.trace.enter(phase)

    def info(self, name: str) -> QuicLink | None:
        """As a stream's: there is always TLS."""
        return self if name == "tls" else None

    def attach(self, receiver: Receiver) -> None:
        """From now on, streams are its business."""
        self._receiver = receiver
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self._pass_on(event)
        if self.error is not None:
            receiver.lost(self.error)

    # Inwards

    def received(self, data: bytes, address: Address) -> None:
        """A datagram came."""
        if self._gone:
            return
        self.heard = now = self.loop.time()
        self._guarded(lambda: self.engine.receive_datagram(data, address, now))

    def connect(self, address: Address) -> None:
        """Begin, as a client."""
        self._guarded(lambda: self.engine.connect(address, self.loop.time()))

    def hold(self) -> None:
        """Let what comes wait, so that the peer sends no more than it may without being given room."""
        self.engine.held = True

    def release(self) -> None:
        """Go on taking what comes."""
        if self.engine.held and not self._gone:
            self._guarded(self.engine.release)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except _UNFORESEEN as exc:
            self._end(RemoteProtocolError(f"QUIC: {type(exc).__name__} {exc}", rule="RFC 9000"))
            self.drop()
            return
        while (event := self.engine.next_event()) is not None:
            self._handle(event)
        ending = self.engine.ending
        if ending is not None:
            ours = self.engine.blames_peer
            self._end(explain(ending, opened=self.opened.done(), ours=ours))
        # What comes on the same turn of the loop is answered together.
        self.flush_soon()

    def _handle(self, event: events.QuicEvent) -> None:
        if isinstance(event, events.StreamDataReceived | events.StreamReset | events.StopSendingReceived):
            self._pass_on(event)
        elif isinstance(event, events.HandshakeCompleted):
            if not self.opened.done():
                self.opened.set_result(None)
        elif isinstance(event, events.ConnectionIdIssued | events.ConnectionIdRetired):
            if self.named is not None:
                self.named(event.connection_id, isinstance(event, events.ConnectionIdIssued))
        elif isinstance(event, events.ConnectionTerminated):
            self._end(explain(event, opened=self.opened.done(), ours=self.engine.blames_peer))
            self.drop()

    def _pass_on(self, event: events.QuicEvent) -> None:
        receiver = self._receiver
        if receiver is None:
            self._waiting.append(event)  # at most what the first windows let through
        elif self.error is not None:
            return
        elif isinstance(event, events.StreamDataReceived):
            receiver.stream_data(event.stream_id, event.data, end=event.end_stream)
        elif isinstance(event, events.StreamReset):
            receiver.stream_reset(event.stream_id, event.error_code)
        elif isinstance(event, events.StopSendingReceived):
            receiver.stop_sending(event.stream_id, event.error_code)

    # Outwards

    def flush_soon(self) -> None:
        """Send what the engine has to say, with whatever else is said on this turn of the loop."""
        if self._soon is None and not self._gone:
            self._soon = self.loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what the engine has to say now."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._gone:
            return
        try:
            for data, address in self.engine.datagrams_to_send(self.loop.time()):
                self._send(data, address)
        except _UNFORESEEN as exc:
            self._end(ConnectionLost(f"QUIC: {type(exc).__name__} {exc}"))
            self.drop()
            return
        self._set_timer()
        if self._receiver is not None and self.error is None:
            self._receiver.sent()

    def close(self, code: int, reason: str = "", error: NetloomError | None = None) -> None:
        """Tell the peer that this is the end. Whoever waits for a stream hears `error`."""
        if self.error is None:
            self.engine.close(code, None, reason)
            self._end(error or ConnectionLost("we closed the connection"))
            self.flush()

    def drop(self) -> None:
        """Say nothing more, not even to what comes late."""
        if self._gone:
            return
        self._gone = True
        self._stop_timer()
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        self._end(ConnectionLost("the connection was dropped"))
        if self.forget is not None:
            self.forget()

    def fail(self, error: NetloomError) -> None:
        """The socket below is no use any more."""
        self._end(error)
        self.drop()

    def _end(self, error: NetloomError) -> None:
        if self.error is not None:
            return
        self.error = error
        if not self.opened.done():
            self.opened.set_exception(error)
            self.opened.exception()  # it may be that nobody waits any more
        if self._receiver is not None:
            self._receiver.lost(error)

    # Time

    def _set_timer(self) -> None:
        due = self.engine.get_timer()
        if due is None:
            self._stop_timer()
        elif self._timer is None or self._called_at > due:  # one that is too early looks again
            self._stop_timer()
            self._called_at = due
            self._timer = self.loop.call_at(due, self._check)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _check(self) -> None:
        self._timer = None
        due, now = self.engine.get_timer(), self.loop.time()
        if due is None or self._gone:
            return
        if due > now + _EARLY:
            self._set_timer()
        else:
            self._guarded(functools.partial(self.engine.handle_timer, max(due, now)))
