"""One call at a server: what was asked, as messages; what is answered, as frames and a status (gRPC over HTTP/2)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from netloom.contents.service import Code, Refused
from netloom.errors import RemoteProtocolError
from netloom.links.http.client import first_values
from netloom.wire.grpc import coding, framing, metadata, values
from netloom.wire.grpc.coding import Bounds
from netloom.wire.grpc.framing import Deframer, TooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from google.protobuf.message import Message

    from netloom.contents.service import Call
    from netloom.links.context import Context
    from netloom.links.http.h2_exchange import H2Exchange
    from netloom.protocols.grpc.options import Options
    from netloom.wire.grpc.catalogue import Method

_TYPE = ("content-type", "application/grpc")
_ACCEPTS = ("grpc-accept-encoding", coding.ACCEPTED)
_WORDS = 2000
"""Characters of a status message: a client takes few octets of metadata."""


class Attendance:
    """The wire's side of one call."""

    def __init__(self, link: H2Exchange, context: Context) -> None:
        options: Options = context.options
        self.link = link
        self.sent = 0
        self._context = context
        self._bounds = Bounds(size=options.max_size, ratio=options.max_ratio)
        self._fields = first_values(link.request.headers)
        self._incoming = self._fields.get("grpc-encoding") or coding.IDENTITY
        offered = self._fields.get("grpc-accept-encoding", "")
        self._outgoing = options.compress if coding.accepts(offered, options.compress) else coding.IDENTITY
        self._only: bytes | None = None
        self._working: contextlib.AbstractContextManager[None] | None = None

    def check(self) -> None:
        """Raises Refused for a call that can't be attended to, whatever is called."""
        options: Options = self._context.options
        if metadata.size(self.link.request.headers) > options.max_metadata:
            raise Refused(Code.RESOURCE_EXHAUSTED, f"metadata of more than {options.max_metadata} bytes")
        if self._incoming not in coding.KNOWN:
            raise Refused(Code.UNIMPLEMENTED, f"grpc-encoding {self._incoming[:40]!r} isn't known here")

    @property
    def timeout(self) -> float | None:
        """Seconds that the client gives (grpc-timeout). Raises Refused for what is no time."""
        text = self._fields.get("grpc-timeout")
        try:
            return metadata.parse_timeout(text) if text is not None else None
        except RemoteProtocolError as error:
            raise Refused(Code.INTERNAL, error.message) from None

    @property
    def metadata(self) -> metadata.Metadata:
        """What came with the call. Raises Refused."""
        try:
            return metadata.parse(self.link.request.headers)
        except RemoteProtocolError as error:
            raise Refused(Code.INTERNAL, error.message) from None

    # What is asked

    async def only(self, method: Method) -> Message:
        """The one message of a call that has one. Raises Refused for none or several."""
        found: Message | None = None
        async for message in self.messages(method):
            if found is not None:
                raise Refused(Code.UNIMPLEMENTED, f"{method.path} takes one message, and several came")
            found = message
        if found is None:
            raise Refused(Code.UNIMPLEMENTED, f"{method.path} takes a message, and none came")
        return found

    async def stream(self, method: Method) -> AsyncGenerator[Message, None]:
        """The messages of a call that may take its time: while they are waited for, nobody waits for the call."""
        self.link.at_leisure()
        messages = self.messages(method)
        try:
            while True:
                with self.waiting():
                    message = await anext(messages, None)
                if message is None:
                    return
                yield message
        finally:
            await messages.aclose()

    async def messages(self, method: Method) -> AsyncGenerator[Message, None]:
        """The messages as they come. Raises Refused for what isn't one."""
        deframer = Deframer(self._bounds.size)
        try:
            async for chunk in self.link.chunks():
                for frame in deframer.feed(chunk):
                    payload = coding.unpack(frame, self._incoming, self._bounds)
                    yield values.parse(method.request, payload)
            deframer.finish()
        except TooLarge as error:
            raise Refused(Code.RESOURCE_EXHAUSTED, error.message) from None
        except RemoteProtocolError as error:
            raise Refused(Code.INTERNAL, error.message) from None

    # What is answered

    def hold(self, message: Message) -> None:
        """The only reply: it goes out with the status, in one piece."""
        self._only = self._framed(message)

    async def send(self, message: Message, call: Call) -> None:
        """A reply, after the head if it is the first."""
        framed = self._framed(message)
        if not self.link.status:
            await self.link.start(200, self._head(call))
        await self.link.send(framed)

    async def finish(self, code: Code, words: str = "", call: Call | None = None) -> None:
        """The status: after the replies, or as all there is.

        Raises ConnectionLost where nobody hears it, LocalProtocolError for metadata that can't be said.
        """
        only, self._only = self._only, None
        said = [("grpc-status", str(int(code)))]
        said += [("grpc-message", metadata.emit_message(words[:_WORDS]))] if words else []
        said += metadata.emit(call.trailers) if call is not None else ()
        if self.link.status:
            await self.link.finish(said)
        elif only is not None and code is Code.OK:
            await self.link.answer(200, self._head(call), only, said)
        else:
            first = metadata.emit(call.headers) if call is not None else ()
            self.link.answer_head(200, [_TYPE, *first, *said, _ACCEPTS])

    def _framed(self, message: Message) -> bytes:
        payload = message.SerializeToString()
        self.sent += len(payload)
        return framing.emit(coding.pack(payload, self._outgoing))

    def _head(self, call: Call | None) -> list[tuple[str, str]]:
        """What comes before the first reply. Raises LocalProtocolError."""
        encoding = [("grpc-encoding", self._outgoing)] if self._outgoing != coding.IDENTITY else []
        return [_TYPE, *encoding, _ACCEPTS, *(metadata.emit(call.headers) if call is not None else ())]

    # What a server that stops waits for

    def start_working(self) -> None:
        """From now on this call counts by itself: it is at work but for `waiting`."""
        self._working = self._context.working()
        self._working.__enter__()
        self.link.rest()

    def stop_working(self) -> None:
        """It is over."""
        working, self._working = self._working, None
        if working is not None:
            working.__exit__(None, None, None)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """While inside, a server that stops doesn't wait for this call."""
        if self._working is None:
            yield
            return
        self.stop_working()
        try:
            yield
        finally:
            self.start_working()
