"""Calls over one HTTP/2 connection: messages as octets each way, and how the call ended (gRPC over HTTP/2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from netloom.errors import ConnectionLost, DeadlineExceeded, RemoteProtocolError
from netloom.links.http.client import open_http
from netloom.links.http.h2_client import H2Connection
from netloom.links.http.h2_connection import Reset
from netloom.links.http.messages import Request, header
from netloom.links.resolve import ascii_name
from netloom.protocols.grpc import refusal
from netloom.wire.grpc import coding, framing, metadata, status
from netloom.wire.grpc.coding import Bounds
from netloom.wire.grpc.framing import Deframer
from netloom.wire.grpc.status import RULE, Code
from netloom.wire.http import authentication

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.http.client import Answer
    from netloom.links.http.messages import Headers
    from netloom.protocols.grpc.options import Options

_TYPE = "application/grpc"
_PORTS = {"grpc": 80, "grpcs": 443}
"""Those that an authority needn't name: gRPC's authorities are HTTP's."""
_PATIENCE = 20.0
"""Seconds in which a PING is to be answered."""
_EXCERPT = 4096


class Channel:
    """The connection, dialled when the first method is called, and again where it has ended."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: Options) -> None:
        self._dial = dial
        self._options = options
        self._secure = endpoint.scheme.startswith("grpcs")
        self._authority = options.authority or _authority(endpoint)
        self._metadata = metadata.emit([metadata.parse_line(line) for line in options.metadata])
        self._metadata += tuple(_credentials(endpoint, options, self._metadata))
        self._connection: H2Connection | None = None

    async def begin(self, path: str, body: bytes | AsyncIterator[bytes]) -> Conversation:
        """Call a method with a message, or with messages as they come. Raises what dialling raises, PeerRefused.

        The deadline of the option `timeout` counts from here on.
        """
        options = self._options
        until = asyncio.get_running_loop().time() + options.timeout if options.timeout is not None else None
        octets = (
            framing.emit(coding.pack(body, options.compress)) if isinstance(body, bytes) else _framed(body, options)
        )
        try:
            async with asyncio.timeout_at(until):
                connection = await self._connect()
                answer = await connection.request(self._request(path), octets, sized=False)
        except TimeoutError:
            raise _too_late(options) from None
        except Reset as error:
            raise refusal.of_reset(error, path) from None
        except ConnectionLost as error:
            if not self._secure and not (self._connection is not None and self._connection.spoken):
                error.hint = error.hint or f"does that port speak TLS? Try grpcs://{self._authority}"
            raise
        conversation = Conversation(answer, path, options, until)
        await conversation.check()
        return conversation

    async def close(self) -> None:
        """Say goodbye, and hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connect(self) -> H2Connection:
        connection = self._connection
        if connection is None or not connection.reusable:
            if connection is not None:
                await connection.close()
            opened = await open_http(self._dial, version="2" if self._secure else "2-prior")
            assert isinstance(opened, H2Connection)  # noqa: S101  # as that version is
            self._connection = connection = opened
        every = self._options.keep_alive
        if every:
            connection.keep_alive(every, every + _PATIENCE)
        return connection

    def _request(self, path: str) -> Request:
        options = self._options
        headers: list[tuple[str, str]] = [("te", "trailers")]
        if options.timeout is not None:
            headers.append(("grpc-timeout", metadata.emit_timeout(options.timeout)))
        headers.append(("content-type", _TYPE))
        if options.compress != coding.IDENTITY:
            headers.append(("grpc-encoding", options.compress))
        headers += [("grpc-accept-encoding", coding.ACCEPTED), ("user-agent", "netloom"), *self._metadata]
        return Request(
            method="POST",
            target=path,
            headers=tuple(headers),
            scheme="https" if self._secure else "http",
            authority=self._authority,
        )


class Conversation:
    """A call whose answer has begun: `headers` came first, `trailers` come with the end, both as metadata."""

    def __init__(self, answer: Answer, path: str, options: Options, until: float | None) -> None:
        self.path = path
        self.fields = answer.response.headers
        self.trailers: metadata.Metadata = ()
        self._answer = answer
        self._options = options
        self._until = until

    @property
    def headers(self) -> metadata.Metadata:
        """Metadata that came before the first reply. Raises RemoteProtocolError."""
        return metadata.parse(self.fields)

    async def check(self) -> None:
        """Raises PeerRefused or RemoteProtocolError where the answer isn't gRPC's, or is a plain "no" already."""
        response = self._answer.response
        kind = header(response.headers, "content-type") or ""
        if response.status == 200 and kind.startswith(_TYPE):
            size = metadata.size(response.headers)
            if size > self._options.max_metadata:
                await self.close()
                raise _too_much(self._options)
            return
        said = await self._excerpt()
        await self.close()
        raise refusal.of_http(response, said)

    async def messages(self) -> AsyncGenerator[bytes, None]:
        """The replies. Raises what the status is but OK, RemoteProtocolError, DeadlineExceeded, ConnectionLost."""
        options = self._options
        bounds = Bounds(size=options.max_size, ratio=options.max_ratio)
        encoding = header(self.fields, "grpc-encoding") or coding.IDENTITY
        deframer = Deframer(options.max_size)
        try:
            while chunk := await self._in_time(self._answer.next()):
                for frame in deframer.feed(chunk):
                    yield coding.unpack(frame, encoding, bounds)
            self._conclude(deframer)
        finally:
            await self.close()

    async def close(self) -> None:
        """Give up what wasn't read: the server is told by CANCEL."""
        await self._answer.close()

    def _conclude(self, deframer: Deframer) -> None:
        """The stream has ended. Raises what its status is."""
        trailers: Headers = self._answer.trailers
        if metadata.size(trailers) > self._options.max_metadata:
            raise _too_much(self._options)
        # A call that is refused at once has one head, which is both (Trailers-Only).
        said = trailers if header(trailers, "grpc-status") is not None else self.fields
        text = header(said, "grpc-status")
        if text is None:
            raise RemoteProtocolError("the call ends without a grpc-status", rule=RULE)
        self.trailers = metadata.parse(trailers)
        code = status.parse(text)
        if code is not Code.OK:
            raise refusal.of_status(code, said, self.path)
        deframer.finish()

    async def _in_time(self, piece: Awaitable[bytes]) -> bytes:
        try:
            async with asyncio.timeout_at(self._until):
                return await piece
        except TimeoutError:
            raise _too_late(self._options) from None
        except Reset as error:
            raise refusal.of_reset(error, self.path) from None
        except ConnectionLost as error:
            if error.__cause__ is not None:
                raise error.__cause__ from None  # what we were to send could not be made
            raise

    async def _excerpt(self) -> str:
        """The beginning of a body that isn't gRPC's."""
        try:
            async with asyncio.timeout_at(self._until):
                return (await self._answer.read(_EXCERPT)).decode("utf-8", "replace")
        except (TimeoutError, RemoteProtocolError, ConnectionLost):
            return ""


async def _framed(messages: AsyncIterator[bytes], options: Options) -> AsyncIterator[bytes]:
    async for message in messages:
        yield framing.emit(coding.pack(message, options.compress))


def _authority(endpoint: Endpoint) -> str:
    if endpoint.socket:
        return "localhost"
    port = None if endpoint.port == _PORTS.get(endpoint.scheme) else endpoint.port
    return endpoint.replace(host=ascii_name(endpoint.host or "localhost"), port=port, zone="").authority


def _credentials(endpoint: Endpoint, options: Options, given: Headers) -> Any:
    if header(given, "authorization") is not None:
        return
    if options.token is not None:
        yield "authorization", authentication.bearer(options.token.reveal())
    elif endpoint.user:
        password = endpoint.password.reveal() if endpoint.password is not None else ""
        yield "authorization", authentication.basic(endpoint.user, password)


def _too_late(options: Options) -> DeadlineExceeded:
    return DeadlineExceeded(f"the call took longer than {options.timeout:g} s", hint="-O timeout=SECONDS allows more")


def _too_much(options: Options) -> RemoteProtocolError:
    return RemoteProtocolError(
        f"metadata of more than {options.max_metadata} bytes", rule=RULE, hint="-O max_metadata=BYTES"
    )
