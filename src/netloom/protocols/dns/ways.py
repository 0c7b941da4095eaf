"""The ways to a name server: datagrams, streams and HTTPS; each knows what is no answer (RFC 5452, 7766, 8484)."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import ConnectionLost, DeadlineExceeded, LocalProtocolError, PeerRefused, Phase, RemoteProtocolError
from netloom.wire.dns import codes
from netloom.wire.dns.message import MESSAGE_LIMIT, Message, framed, parse, unframed

if TYPE_CHECKING:
    from netloom.endpoint import Endpoint
    from netloom.links.datagrams import Datagrams
    from netloom.links.dial import Dialler
    from netloom.links.http.client import HttpConnection
    from netloom.links.http.messages import Request
    from netloom.links.stream import Stream
    from netloom.protocols.dns.options import Options
    from netloom.wire.dns.query import Query

MISMATCHES = 10_000
"""Datagrams that answer no question of ours, after which a question is given up (RFC 5452 §9.3)."""
MEDIA_TYPE = "application/dns-message"


class Heard(Struct, frozen=True):
    """A response, and how it came. `data` are its octets.

    `kept_case` is false where a server didn't echo the name as it was asked, `truncated` true where the answer didn't
    fit a datagram.
    """

    message: Message
    data: bytes
    transport: str
    kept_case: bool = True
    truncated: bool = False

    @property
    def cookie(self) -> bytes:
        """The whole cookie that the server gave, if any."""
        edns = self.message.edns
        return (edns.option(codes.OPTION_COOKIE) or b"") if edns is not None else b""


class Tally:
    """`mismatched` counts answers that weren't to our questions, `repeated` how often they were asked again."""

    __slots__ = ("mismatched", "repeated")

    def __init__(self) -> None:
        self.mismatched = 0
        self.repeated = 0


class Repeater:
    """Sends a datagram again, at doubling intervals, until it is stopped; when it has done so often enough it gives up.

    Then it closes the socket: `gave_up` tells why.
    """

    __slots__ = ("_data", "_interval", "_left", "_link", "_tally", "_timer", "gave_up")

    def __init__(self, link: Datagrams, data: bytes, options: Options, tally: Tally) -> None:
        self._tally = tally
        self._link = link
        self._data = data
        self._left = options.retries
        self._interval = options.patience
        self.gave_up = False
        self._timer = link.loop.call_later(self._interval, self._fire)

    def _fire(self) -> None:
        if not self._left:
            self.gave_up = True
            self._link.abort()
            return
        self._link.transport.sendto(self._data, None)
        self._tally.repeated += 1
        self._left -= 1
        self._interval *= 2
        self._timer = self._link.loop.call_later(self._interval, self._fire)

    def stop(self) -> None:
        """Send nothing more."""
        self._timer.cancel()


async def over_udp(dial: Dialler, query: Query, options: Options, tally: Tally) -> Heard:
    """Ask from a new socket, so from a port that nobody knows. The kernel lets in what the server's address sent.

    What isn't the answer to this very question, or has another cookie than it, is passed over.
    """
    link = await dial.datagrams()
    link.enter(Phase.REQUEST)
    await link.send(query.data)
    link.enter(Phase.FIRST_BYTE)
    repeater = Repeater(link, query.data, options, tally)
    try:
        while True:
            data, _ = await link.receive_from()
            if query.answers(data):
                message = query.read(data)
                if query.has_cookie(message):
                    return Heard(message, data, "udp")
            elif query.answers_but_for_case(data):
                return Heard(Message(query.id, codes.QR), data, "udp", kept_case=False)
            _mismatch(tally)
    except ConnectionLost:
        if repeater.gave_up:
            words = f"no answer, however often it was asked ({options.retries + 1} times)"
            raise DeadlineExceeded(words, phase=Phase.FIRST_BYTE) from None
        raise
    finally:
        repeater.stop()


def _mismatch(tally: Tally) -> None:
    tally.mismatched += 1
    if tally.mismatched >= MISMATCHES:
        words = f"{tally.mismatched} answers that don't match the question: somebody forges them"
        raise RemoteProtocolError(words, rule="RFC 5452 §9.3")


def _response(buffer: bytes) -> tuple[bytes, int] | None:
    """One message of a stream. What isn't a response shows in its first octets, however long it claims to be."""
    if len(buffer) >= 5 and buffer[4] < 0x80:
        raise RemoteProtocolError("that is no answer", rule="RFC 1035 §4.1.1", offset=4, seen=buffer[:64])
    return unframed(buffer)


class Streamed:
    """Questions and answers over one connection that is kept open (RFC 7766 §6.2, RFC 7858 §3.4)."""

    def __init__(self, dial: Dialler, transport: str, tally: Tally) -> None:
        self._dial = dial
        self._transport = transport
        self._tally = tally
        self._stream: Stream | None = None
        self._turn = asyncio.Lock()

    async def ask(self, query: Query) -> Heard:
        """One answer. A connection that the server has closed meanwhile is made anew, once."""
        async with self._turn:
            kept = self._stream is not None
            try:
                await self.send(query)
                return await self.next(query)
            except ConnectionLost:
                if not kept:
                    raise
            await self.close()
            await self.send(query)
            return await self.next(query)

    async def send(self, query: Query) -> None:
        """Send a question."""
        if self._stream is None:
            self._stream = await self._dial.stream(alpn=("dot",))  # RFC 7858 §3.1, IANA's ALPN identifiers
        self._stream.enter(Phase.REQUEST)
        await self._stream.write(framed(query.data))
        self._stream.enter(Phase.FIRST_BYTE)

    async def next(self, query: Query) -> Heard:
        """The next message that answers the question; of a transfer there are several."""
        if self._stream is None:
            raise LocalProtocolError("nothing was asked")
        while True:
            data = await self._stream.parse(_response, MESSAGE_LIMIT + 2)
            if query.answers(data):
                return Heard(query.read(data), data, self._transport)
            if query.answers_but_for_case(data):
                return Heard(parse(data), data, self._transport, kept_case=False)
            _mismatch(self._tally)

    async def close(self) -> None:
        """Close the connection."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()


class Https:
    """Questions and answers as HTTP's requests, over one connection that is kept open (RFC 8484)."""

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: Options) -> None:
        self._dial = dial
        self._authority = endpoint.replace(port=None).authority if endpoint.port == 443 else endpoint.authority
        self._options = options
        self._connection: HttpConnection | None = None
        self._turn = asyncio.Lock()

    async def ask(self, query: Query) -> Heard:
        """One answer. Raises PeerRefused with HTTP's status where it isn't 200."""
        from netloom.links.http.client import open_http
        from netloom.links.http.messages import header

        async with self._turn:
            if self._connection is None or not self._connection.reusable:
                self._connection = await open_http(self._dial, version=self._options.http)
            request, body = self._request(query)
            answer = await self._connection.request(request, body)
            data = await answer.read(MESSAGE_LIMIT)
        response = answer.response
        if response.status != 200:
            raise PeerRefused(
                f"HTTP {response.status} {response.reason}".rstrip(), code=response.status, text=response.reason,
                hint=f"is {self._options.doh_path} the path of its DNS service? Another: #doh_path=/…",
            )  # fmt: skip
        kind = header(response.headers, "content-type") or "nothing"
        if kind.partition(";")[0].strip().lower() != MEDIA_TYPE:
            raise RemoteProtocolError(f"the answer is {kind[:60]}, not {MEDIA_TYPE}", rule="RFC 8484 §6")
        if not query.answers(data):
            raise RemoteProtocolError("that is no answer to the question", rule="RFC 8484 §4.2.1")
        return Heard(parse(data), data, "https")

    def _request(self, query: Query) -> tuple[Request, bytes | None]:
        from netloom.links.http.messages import Request

        path = self._options.doh_path
        headers: tuple[tuple[str, str], ...] = (("accept", MEDIA_TYPE),)
        if self._options.method == "GET":
            text = base64.urlsafe_b64encode(query.data).rstrip(b"=").decode()
            path = f"{path}{'&' if '?' in path else '?'}dns={text}"
            return Request(method="GET", target=path, headers=headers, scheme="https", authority=self._authority), None
        headers = (*headers, ("content-type", MEDIA_TYPE))
        made = Request(method="POST", target=path, headers=headers, scheme="https", authority=self._authority)
        return made, query.data

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
