"""HTTP/3, one connection, either side: QUIC's streams to messages, credit both ways, and floods ended (RFC 9114)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.http.h3_stream import H3Stream, Part
from netloom.links.http.limits import Bucket, Limits
from netloom.wire.http3 import frames, message, qpack, settings, varint
from netloom.wire.http3.codes import Code, Http3Error
from netloom.wire.http3.streams import DecoderStream, check_encoder

if TYPE_CHECKING:
    from netloom.errors import NetloomError
    from netloom.links.quic.link import QuicLink

_CONTROL, _PUSH, _ENCODER, _DECODER = range(4)
_LOCAL = {True: 0, False: 1}  # the lowest bit of the streams that we begin, as a client and as a server
_UNI = 2
_HELD = 4
"""Heads of the largest size that may wait for their rest, on all streams together."""


class _Uni:
    """A stream in one direction, from the peer: nothing is known of it before its type has come."""

    __slots__ = ("buffer", "decoder", "frames", "kind")

    def __init__(self, limit: int) -> None:
        self.kind = -1
        self.buffer = b""
        self.frames = frames.Frames(limit)
        self.decoder = DecoderStream()


class H3Protocol:
    """What both sides of HTTP/3 share. A subclass says what a head, a reset and the end mean."""

    def __init__(self, link: QuicLink, limits: Limits, idle: float | None, *, client: bool) -> None:
        self.stream = link  # as the versions over TCP call what is below
        self.loop = link.loop
        self.limits = limits
        self.idle = idle
        self.streams: dict[int, H3Stream] = {}
        self.over = False
        self.goaway: int | None = None
        """The first stream that the peer doesn't take any more."""
        self.thirsty: set[H3Stream] = set()
        self._client = client
        self._control = -1
        self._uni: dict[int, _Uni] = {}
        self._settings: dict[int, int] | None = None
        self._critical: set[int] = set()
        self._unread = 0
        self._held = 0
        self._empty = Bucket(limits.idle_frames, limits.idle_frame_rate)
        self._resets = Bucket(limits.resets, limits.reset_rate)

    def begin(self) -> None:
        """Open the control stream and say what we take."""
        engine = self.stream.engine
        self._control = engine.get_next_available_stream_id(is_unidirectional=True)
        said = settings.emit({settings.MAX_FIELD_SECTION_SIZE: self.limits.max_head})
        engine.send_stream_data(self._control, varint.emit(_CONTROL) + frames.emit(frames.SETTINGS, said))
        self.stream.attach(self)
        self.flush()

    # What a subclass does

    def arriving(self, number: int) -> H3Stream | None:
        """The peer uses a stream that isn't there: a new one, or None for what is over."""
        return None

    def head(self, stream: H3Stream, fields: list[qpack.Field]) -> None:
        """A head came. Raises Http3Error."""
        raise NotImplementedError

    def malformed(self, stream: H3Stream, error: Http3Error) -> None:
        """One stream is no use; the connection is."""
        raise NotImplementedError

    def was_reset(self, stream: H3Stream) -> None:
        """The peer gave a stream up."""

    def going(self) -> None:
        """The peer takes no more streams."""

    def ended(self, error: NetloomError) -> None:
        """Nothing more comes of this connection."""

    # What the link calls

    def stream_data(self, number: int, data: bytes, *, end: bool) -> None:
        if self.over:
            return
        try:
            if number & _UNI:
                self._uni_data(number, data, end=end)
            elif number & 1 and self._client:
                raise Http3Error(Code.STREAM_CREATION_ERROR, "a stream that a server may not begin", "RFC 9114 §6.1")
            else:
                self._message_data(number, data, end=end)
        except Http3Error as exc:
            self.terminate(exc)

    def stream_reset(self, number: int, code: int) -> None:
        if number in self._critical:
            self._lost_critical()
        self._uni.pop(number, None)
        stream = self.streams.get(number) or self.arriving(number)
        if stream is not None and not stream.over:
            self._gave_up(stream, code)

    def stop_sending(self, number: int, code: int) -> None:
        if number == self._control:
            self._lost_critical()
            return
        stream = self.streams.get(number)
        # A server that wants no more of a request may answer it nevertheless (RFC 9114 §4.1).
        if stream is not None and not self._client:
            self._gave_up(stream, code)

    def sent(self) -> None:
        for stream in [each for each in self.thirsty if each.room() > 0]:
            stream.widened()

    def lost(self, error: NetloomError) -> None:
        first = not self.over
        self.over = True
        for stream in list(self.streams.values()):
            stream.fail(error)
        if first:
            self.ended(error)

    # Outwards

    def flush(self) -> None:
        """Send what there is to say, on this turn of the loop."""
        self.stream.flush_soon()

    def say_goaway(self, first: int | None = None) -> None:
        """Take no new stream, from the `first` on; those that were begun go on (RFC 9114 §5.2)."""
        if not self.over:
            payload = varint.emit(self.next_stream() if first is None else first)
            self.stream.engine.send_stream_data(self._control, frames.emit(frames.GOAWAY, payload))
            self.stream.flush()

    def next_stream(self) -> int:
        """The first stream that isn't taken any more; a client names a push, and takes none."""
        return 0

    def terminate(self, error: Http3Error) -> None:
        """The peer broke the protocol: say so once, and close."""
        self.stream.close(error.code, error.message, error)

    def take_back(self, stream: H3Stream, size: int) -> None:
        """So many bytes were read: the peer may send as many more."""
        self._unread -= size
        if self._unread <= self.limits.connection_window // 2:
            self.stream.release()

    # Inside

    def _lost_critical(self) -> None:
        self.terminate(Http3Error(Code.CLOSED_CRITICAL_STREAM, "a stream that has to stay is over", "RFC 9114 §6.2.1"))

    def _gave_up(self, stream: H3Stream, code: int) -> None:
        if not self._client and not self._resets.add(self.loop.time()):
            self.terminate(Http3Error(Code.EXCESSIVE_LOAD, "streams are opened and reset in a flood", "CVE-2023-44487"))
            return
        stream.was_reset(code)
        self.was_reset(stream)

    def _count_empty(self, count: int) -> None:
        now = self.loop.time()
        for _ in range(count):
            if not self._empty.add(now):
                raise Http3Error(Code.EXCESSIVE_LOAD, "a flood of frames that carry nothing", "RFC 9114 §10.5")

    # Messages

    def _message_data(self, number: int, data: bytes, *, end: bool) -> None:
        stream = self.streams.get(number) or self.arriving(number)
        if stream is None or stream.error is not None or stream.over:
            return
        if stream.told is not None:
            stream.told("server", data)
        try:
            self._feed(stream, data)
            if end:
                self._finish(stream)
        except Http3Error as exc:
            if exc.code is not Code.MESSAGE_ERROR and not isinstance(exc, qpack.TooLarge):
                raise
            self.malformed(stream, exc)

    def _feed(self, stream: H3Stream, data: bytes) -> None:
        before = stream.frames.held
        found = stream.frames.feed(data)
        self._held += stream.frames.held - before
        if self._held > _HELD * self.limits.max_head:
            raise Http3Error(Code.EXCESSIVE_LOAD, "too many heads that don't end", "RFC 9114 §10.5")
        if stream.frames.empty:
            count, stream.frames.empty = stream.frames.empty, 0
            self._count_empty(count)
        body = []
        for kind, payload in found:
            if kind == frames.DATA:
                stream.take(len(payload))
                body.append(payload)
            elif kind == frames.HEADERS:
                self._fields(stream, payload, body)
            elif kind == frames.PUSH_PROMISE and self._client:
                raise Http3Error(Code.ID_ERROR, "a promise of what we don't take", "RFC 9114 §7.2.5")
            else:
                raise Http3Error(Code.FRAME_UNEXPECTED, f"a frame of type {kind} within a message", "RFC 9114 §7")
        self._deliver(stream, body)

    def _fields(self, stream: H3Stream, payload: bytes, body: list[bytes]) -> None:
        if stream.part is Part.OVER:
            raise Http3Error(Code.FRAME_UNEXPECTED, "HEADERS after the trailers", "RFC 9114 §4.1")
        fields = qpack.parse(payload, self.limits.max_head)
        if stream.part is Part.HEAD:
            self.head(stream, fields)
            return
        self._deliver(stream, body)
        if len(fields) > self.limits.max_headers:
            raise Http3Error(Code.MESSAGE_ERROR, f"more than {self.limits.max_headers} trailers", "RFC 9114 §10.5.1")
        stream.trailers = tuple(message.trailers(fields))
        stream.part = Part.OVER

    def _deliver(self, stream: H3Stream, body: list[bytes]) -> None:
        """One piece of all that came at once: pieces of a byte each would take many times their size."""
        piece = b"".join(body) if len(body) != 1 else body[0]
        body.clear()
        if piece:
            self._unread += len(piece)
            stream.receiver.feed(piece)
            if self._unread > self.limits.connection_window:
                self.stream.hold()

    def _finish(self, stream: H3Stream) -> None:
        if not stream.frames.between:
            raise Http3Error(Code.FRAME_ERROR, "a stream that ends within a frame", "RFC 9114 §7.1")
        if stream.part is Part.HEAD:
            raise Http3Error(Code.MESSAGE_ERROR, "a stream that ends without a message", "RFC 9114 §4.1")
        if stream.left:
            raise Http3Error(Code.MESSAGE_ERROR, f"{stream.left} bytes of a body are missing", "RFC 9114 §4.1.2")
        stream.over = True
        stream.receiver.end(stream.trailers)

    def let_go(self, stream: H3Stream) -> None:
        """A stream is forgotten: what it held counts no more."""
        self._held -= stream.frames.held
        self.thirsty.discard(stream)

    # Streams in one direction

    def _uni_data(self, number: int, data: bytes, *, end: bool) -> None:
        uni = self._uni.get(number)
        if uni is None:
            if number & 1 == _LOCAL[self._client]:
                return
            uni = self._uni[number] = _Uni(self.limits.max_head)
        if uni.kind < 0:
            uni.buffer += data
            found = varint.parse(uni.buffer)
            if found is None:
                if end:
                    del self._uni[number]
                return
            uni.kind, data = found[0], uni.buffer[found[1] :]
            uni.buffer = b""
            self._begun(number, uni.kind)
        if uni.kind == _CONTROL:
            self._control_frames(uni, data)
        elif uni.kind == _ENCODER:
            check_encoder(data)
        elif uni.kind == _DECODER:
            uni.decoder.feed(data)
        if end:
            if number in self._critical:
                raise Http3Error(Code.CLOSED_CRITICAL_STREAM, "a stream that has to stay ended", "RFC 9114 §6.2.1")
            del self._uni[number]

    def _begun(self, number: int, kind: int) -> None:
        if kind in (_CONTROL, _ENCODER, _DECODER):
            if any(self._uni[each].kind == kind for each in self._critical):
                raise Http3Error(Code.STREAM_CREATION_ERROR, f"a second stream of type {kind}", "RFC 9114 §6.2")
            self._critical.add(number)
        elif kind == _PUSH:
            code = Code.ID_ERROR if self._client else Code.STREAM_CREATION_ERROR
            raise Http3Error(code, "a push, and we take none", "RFC 9114 §6.2.2")
        else:
            self._count_empty(1)
            self.stream.engine.stop_stream(number, Code.STREAM_CREATION_ERROR)

    def _control_frames(self, uni: _Uni, data: bytes) -> None:
        for kind, payload in uni.frames.feed(data):
            if self._settings is None:
                if kind != frames.SETTINGS:
                    raise Http3Error(Code.MISSING_SETTINGS, "HTTP/3 begins with SETTINGS", "RFC 9114 §6.2.1")
                self._settings = settings.parse(payload)
            elif kind == frames.GOAWAY:
                self._count_empty(1)
                self._go_away(payload)
            elif kind == frames.CANCEL_PUSH or (kind == frames.MAX_PUSH_ID and not self._client):
                self._count_empty(1)
                self._number(payload)
            else:
                raise Http3Error(
                    Code.FRAME_UNEXPECTED, f"a frame of type {kind} on the control stream", "RFC 9114 §7.2"
                )
        count, uni.frames.empty = uni.frames.empty, 0
        self._count_empty(count)

    def _go_away(self, payload: bytes) -> None:
        number = self._number(payload)
        if (self.goaway is not None and number > self.goaway) or (self._client and number & 3):
            raise Http3Error(Code.ID_ERROR, f"GOAWAY names stream {number}", "RFC 9114 §5.2")
        self.goaway = number
        self.going()

    def _number(self, payload: bytes) -> int:
        found = varint.parse(payload)
        if found is None or found[1] != len(payload):
            raise Http3Error(Code.FRAME_ERROR, "a frame that isn't one number", "RFC 9114 §7.1")
        return found[0]
