"""HTTP/3, one stream of a connection: what both sides need of it (RFC 9114 §4.1)."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from qh3.quic.connection import QuicConnectionError

from netloom.errors import ConnectionLost
from netloom.links.http.h2_connection import H2Stream, Receiver, Reset
from netloom.wire.http3 import frames, qpack
from netloom.wire.http3.codes import Code, Http3Error, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from netloom.links.http.h3_connection import H3Protocol
    from netloom.links.http.messages import Headers

_UNSENT = 64 * 1024
"""Bytes of one stream that may wait to be sent; a peer that doesn't read keeps its sender waiting."""
_UNSENT_ALL = 512 * 1024
_REFUSED = (QuicConnectionError, AssertionError, ValueError)  # what the engine says of a stream that is over
_ENCODED = 1024  # bytes by which a head may be longer encoded than decoded, without being larger


class Part(Enum):
    """What a message is to go on with."""

    HEAD = auto()
    BODY = auto()
    OVER = auto()


class H3Stream(H2Stream):
    """A stream as HTTP/2 has it, on QUIC's. `left` is what Content-Length still promises; None where nothing does."""

    __slots__ = ("frames", "h3", "left", "part", "told", "trailers")

    def __init__(self, connection: H3Protocol, number: int, receiver: Receiver) -> None:
        whole: Any = connection  # what a stream of HTTP/2 wants of its connection, this one has
        super().__init__(whole, number, receiver)
        self.h3 = connection
        self.frames = frames.Frames(connection.limits.max_head + _ENCODED)
        self.part = Part.HEAD
        self.left: int | None = None
        self.trailers: Headers = ()
        self.told: Callable[[str, bytes], None] | None = None
        """Somebody who is shown what both sides say."""

    def send_headers(self, headers: Iterable[tuple[str, str]], *, end: bool, more: bool = False) -> None:
        fields = [(name.encode("ascii"), value.encode()) for name, value in headers]
        self._say(frames.emit(frames.HEADERS, qpack.emit(fields)), end=end)

    def room(self) -> int:
        engine = self.h3.stream.engine
        mine, everybody = engine.get_send_buffer_size(self.id), engine.get_send_buffer_size()
        return min(_UNSENT - mine, _UNSENT_ALL - everybody)

    def put(self, data: bytes, *, end: bool = False, more: bool = False) -> None:
        self._say(frames.emit(frames.DATA, data) if data else b"", end=end)

    def _say(self, data: bytes, *, end: bool) -> None:
        self.check()
        try:
            self.h3.stream.engine.send_stream_data(self.id, data, end)
        except _REFUSED as exc:
            raise ConnectionLost(f"HTTP/3: {exc}") from exc
        if self.told is not None:
            self.told("client", data)
        self.h3.flush()

    async def _wait_for_room(self) -> None:
        self.h3.thirsty.add(self)
        try:
            await super()._wait_for_room()
        finally:
            self.h3.thirsty.discard(self)

    def reset(self, code: int) -> None:
        """Give the stream up, both ways."""
        said = code if isinstance(code, Code) else Code.REQUEST_CANCELLED
        self.stop(said)
        self._quietly(self.h3.stream.engine.reset_stream, said)

    def stop(self, code: Code) -> None:
        """Want no more of what the peer sends."""
        if not self.over:
            self._quietly(self.h3.stream.engine.stop_stream, code)

    def _quietly(self, step: Any, code: Code) -> None:
        if self.h3.over:
            return
        try:
            step(self.id, code)
        except _REFUSED:
            return  # it has ended already
        self.h3.flush()

    def was_reset(self, code: int) -> None:
        """The peer gave it up."""
        self.fail(Reset(f"the peer reset the stream: {name_of(code)}", code))
        self._quietly(self.h3.stream.engine.reset_stream, Code.REQUEST_CANCELLED)

    def take(self, size: int) -> None:
        """So much of the body came. Raises Http3Error for more than was promised, or in the wrong place."""
        if self.part is not Part.BODY:
            raise Http3Error(Code.FRAME_UNEXPECTED, "DATA outside a body", "RFC 9114 §4.1")
        if self.left is not None:
            self.left -= size
            if self.left < 0:
                raise Http3Error(Code.MESSAGE_ERROR, "a body longer than was announced", "RFC 9114 §4.1.2")
