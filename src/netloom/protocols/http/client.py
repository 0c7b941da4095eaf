"""HTTP, the client's side: get, put, list and send, as curl's and HTTPie's users expect them (RFC 9110)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.links.http.messages import header
from netloom.protocols.http import bodies, places, replies
from netloom.protocols.http.options import Options as HttpOptions
from netloom.protocols.http.session import Answered, Asked, Fields, Session
from netloom.shapes import Reply
from netloom.wire.http import index, ranges
from netloom.wire.http.fields import parse_media_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.records import Entry, Message

_INDEX_LIMIT = 8 << 20
_INDEX_TYPES = "application/json, text/html;q=0.9, */*;q=0.1"


class Client:
    """Asks a web server. `start` and `validator` let `get` go on with a download that broke off; `media_type` is what
    `put` and `send` carry, where the options don't say it."""

    Options = HttpOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: HttpOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self.start = 0
        self.validator = ""
        self.media_type = ""
        self._session = Session(dial, endpoint, options)

    async def ask(
        self, method: str, path: str = "", headers: Fields = (), body: bodies.Outgoing | None = None
    ) -> Answered:
        """One request and the answer to it, redirects followed, whatever its status."""
        asked = Asked(method=self.options.method or method, headers=headers, body=body)
        return await self._session.ask(asked, places.at(self.endpoint, path))

    async def get(self, path: str) -> Reply:
        """What stands at a path. Raises PeerRefused for 400 and above; Unauthenticated is 401 and 407."""
        answered = await self.ask("GET", path, self._part())
        response = answered.answer.response
        if response.status == 416 and self.start and self._is_whole(answered):
            await answered.answer.close()
            return Reply(
                {**replies.meta_of(answered), "status": 206, "start": self.start, "size": self.start}, body=b""
            )
        await replies.check(answered, self.options)
        meta = replies.meta_of(answered)
        if response.status == 206 and not self._wants_part():
            raise RemoteProtocolError("a part came, and all was asked for", rule="RFC 9110 §15.3.7")
        if self.start and self.validator and response.status == 206 and meta["start"] != self.start:
            raise RemoteProtocolError(
                f"bytes from {self.start} were asked for, and some from {meta['start']} came", rule="RFC 9110 §14.4"
            )
        return self._reply(answered)

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Store a body at a path. Its size is said where it is short; a long one is sent in chunks."""
        outgoing = await bodies.of_stream(body, path or self.endpoint.path, self.options, self.media_type)
        answered = await self.ask("PUT", path, body=outgoing)
        await replies.check(answered, self.options)
        return self._reply(answered)

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """The entries of an index: nginx's JSON form, which we serve as well, or the links of an HTML page."""
        answered = await self.ask("GET", path, (("accept", _INDEX_TYPES),))
        await replies.check(answered, self.options)
        data = bytearray()
        async for chunk in replies.body_of(answered, self.options):
            data += chunk
            if len(data) > _INDEX_LIMIT:
                raise RemoteProtocolError(f"an index of more than {_INDEX_LIMIT} bytes")
        headers = answered.answer.response.headers
        base = (answered.place.path or "/").rpartition("/")[0] + "/"
        media, _ = parse_media_type(header(headers, "content-type") or "")
        if media == "application/json":
            found = index.parse_json(bytes(data), base)
        elif media in ("text/html", "application/xhtml+xml"):
            found = index.parse_html(replies.decoded(bytes(data), headers), base)
        else:
            raise RemoteProtocolError(
                f"an index is JSON or HTML, not {media or 'of no type'}", hint="netloom get shows what is there"
            )
        for entry in found:
            yield entry

    async def send(self, message: Message) -> Reply:
        """Send a body, by POST unless the options name another method; a topic that begins with `/` is the path."""
        path = message.topic if message.topic.startswith("/") else ""
        outgoing = bodies.of_message(message.payload, self.options, self.media_type)
        if outgoing is None:
            outgoing = bodies.Outgoing(content_type=bodies.media_type(self.options), make=lambda: b"", size=0)
        answered = await self.ask("POST", path, body=outgoing)
        await replies.check(answered, self.options)
        return self._reply(answered)

    @property
    def quic(self) -> int:
        """The version of QUIC that was spoken; 0 where none was."""
        return self._session.quic

    async def close(self) -> None:
        """Close the connections; a file of cookies is written."""
        await self._session.close()

    def _part(self) -> Fields:
        """Which bytes are wanted, where not all are."""
        if self.options.range:
            return (("range", ranges.requested(self.options.range)),)
        if self.start and self.validator:
            # Bytes of what was encoded anew might not continue those that came: so nothing is to be encoded.
            return (("range", f"bytes={self.start}-"), ("if-range", self.validator), ("accept-encoding", "identity"))
        return ()

    def _wants_part(self) -> bool:
        """Whether an answer may be a part: `headers` can ask for one as well."""
        return bool(self._part()) or any(line.lower().startswith("range:") for line in self.options.headers)

    def _is_whole(self, answered: Answered) -> bool:
        """Whether there is nothing after `start`: the download had been complete."""
        value = header(answered.answer.response.headers, "content-range")
        return value is not None and ranges.parse_content_range(value).size == self.start

    def _reply(self, answered: Answered) -> Reply:
        return Reply(replies.meta_of(answered), body=replies.body_of(answered, self.options))
