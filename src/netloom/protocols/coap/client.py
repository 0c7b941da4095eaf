"""CoAP, the client's side: resources by their paths, what there is, and what changes (RFC 7252, 7641, 7959, 6690)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from netloom.errors import LocalProtocolError, PeerRefused, RemoteProtocolError, Unauthenticated, UsageError
from netloom.protocols.coap import formats
from netloom.protocols.coap.observation import is_newer
from netloom.protocols.coap.options import CoapOptions
from netloom.protocols.coap.session import Session
from netloom.protocols.coap.transfer import Transfer
from netloom.records import Entry, Message
from netloom.shapes import Reply
from netloom.wire.coap import codes, uri
from netloom.wire.coap.links import WELL_KNOWN, Link, parse_links
from netloom.wire.coap.message import uint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.wire.coap import message as coap

_RANDOM = random.SystemRandom()
BODY_LIMIT = 1 << 20
"""Octets of a body that is sent: as many as blocks of 16 have numbers for are 16 MiB."""
_METHODS = {"post": codes.POST, "put": codes.PUT, "delete": codes.DELETE, "fetch": codes.FETCH, "patch": codes.PATCH,
            "ipatch": codes.IPATCH}  # fmt: skip
_NOTHING = 0b11010
"""No-Response: none of 2.xx, 4.xx, 5.xx is wanted (RFC 7967 §2.1)."""
_HINTS = {
    codes.NOT_FOUND: "netloom list shows what there is",
    codes.METHOD_NOT_ALLOWED: "it can't be done with this resource; some are only read",
    codes.NOT_ACCEPTABLE: "it has no such format: accept=",
    codes.UNSUPPORTED_FORMAT: "it takes no such format: content_format=",
    codes.FORBIDDEN: "the server lets nobody do this from here",
    codes.BAD_OPTION: "the server doesn't know something that was asked for",
    codes.PRECONDITION_FAILED: "it has another ETag, or is there already",
}
Said = list[tuple[int, bytes]]
Links = list[Link]  # `list` is a verb in a client


class Client:
    """Talks to one server through one socket. `media_type` is what is sent, where the options don't say it."""

    Options = CoapOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: CoapOptions) -> None:
        self.endpoint = endpoint
        self.options = options
        self.media_type = ""
        self.session = Session(dial, options)
        self.transfer = Transfer(self.session, options.block)

    async def get(self, path: str) -> Reply:
        """A resource's representation. Raises PeerRefused with the code, `4.04`."""
        found = await self.transfer.request(codes.GET, self._options(path, self._accepted()))
        raise_for(found)
        meta = formats.described(found) | {"blocks": self.transfer.blocks, "size": len(found.payload)}
        return Reply(meta, body=found.payload)

    async def put(self, path: str, body: AsyncIterator[bytes]) -> Reply:
        """Store a representation. Raises PeerRefused."""
        payload = bytearray()
        async for chunk in body:
            payload += chunk
            if len(payload) > BODY_LIMIT:
                raise UsageError(f"what is put has at most {BODY_LIMIT} octets")
        options = self._options(path, self._conditions())
        return await self._change(codes.PUT, options, bytes(payload))

    async def list(self, path: str) -> AsyncIterator[Entry]:
        """What /.well-known/core names: all of it, or what is below the path. A query asks for some, `?rt=…`."""
        below = (path or self.endpoint.path).rstrip("/")
        for link in await self.discover():
            if not below or link.target == below or link.target.startswith(f"{below}/"):
                yield _entry(link)

    async def send(self, message: Message) -> Reply | None:
        """Post a message to the path, or by another `method`. Raises PeerRefused."""
        path = self.endpoint.path
        if message.topic:
            path = f"{path.rstrip('/')}/{message.topic.lstrip('/')}"
        method = _METHODS[self.options.method]
        options = self._options(path, self._accepted() if method == codes.FETCH else [])
        if self.options.no_response:
            await self._tell(method, options, message.payload)
            return None
        return await self._change(method, options, message.payload)

    async def listen(self, path: str) -> AsyncIterator[Message]:
        """Observe a resource: what it is now, and each time that it changes, until the end.

        Raises PeerRefused where it can't be observed, or when the server ends it with an error.
        """
        options = self._options(path, [*self._accepted()])
        topic = unquote(path or self.endpoint.path).strip("/")
        token = self.session.token()
        self.session.following = token
        latest: coap.Message | None = None
        try:
            first = await self._observed(options, token)
            found: coap.Message | None = first
            while True:
                if found is not None and is_newer(found, latest):
                    latest = found
                    whole = await self.transfer.completed(codes.GET, options, found)
                    raise_for(whole)
                    if whole.payload or whole.value(codes.CONTENT_FORMAT) is not None:
                        yield self._heard(topic, whole)
                    if found.value(codes.OBSERVE) is None:
                        raise PeerRefused("the server has ended the observation", code=codes.dotted(found.code))
                found = await self.session.next(self._freshness(latest or first))
                if found is None:  # it isn't fresh any more: is it still observed? (RFC 7641 §3.3.1)
                    found, latest = await self._observed(options, token), None
        finally:
            self.session.following = b""

    async def close(self) -> None:
        """CoAP has no word for goodbye; the dialler lets go of the socket."""

    # For the probe, too

    async def discover(self, *, filtered: bool = True) -> Links:
        """What /.well-known/core names, or what of it the query asks for. Raises PeerRefused, RemoteProtocolError."""
        options = [*uri.path_options(WELL_KNOWN), *(uri.query_options(self.endpoint.query) if filtered else [])]
        found = await self.transfer.request(codes.GET, options)
        raise_for(found)
        kind = found.uint(codes.CONTENT_FORMAT)
        if kind not in (None, codes.LINK_FORMAT):
            raise RemoteProtocolError(f"{codes.format_name(kind)} isn't link format", rule="RFC 6690 §7.1")
        try:
            return parse_links(found.payload.decode())
        except UnicodeDecodeError:
            raise RemoteProtocolError("links are in UTF-8", rule="RFC 6690 §2") from None

    # Inside

    async def _observed(self, options: Said, token: bytes) -> coap.Message:
        """What it is now, and that it is observed from now on. Raises PeerRefused."""
        found = await self.transfer.first(codes.GET, [(codes.OBSERVE, b""), *options], token)
        raise_for(found)
        if found.value(codes.OBSERVE) is None:
            raise PeerRefused("it can be read and not observed", code=codes.dotted(found.code), hint="netloom get")
        return found

    def _freshness(self, message: coap.Message) -> float:
        """Seconds until a representation is stale, and a while more, so that not all ask at once."""
        age = message.uint(codes.MAX_AGE)
        return (codes.MAX_AGE_DEFAULT if age is None else age) + _RANDOM.uniform(5, 15)

    async def _change(self, method: int, options: Said, payload: bytes) -> Reply:
        found = await self.transfer.request(method, [*options, *self._said(payload)], payload)
        raise_for(found)
        return Reply(formats.described(found), body=found.payload or None)

    async def _tell(self, method: int, options: Said, payload: bytes) -> None:
        said = [*options, *self._said(payload), (codes.NO_RESPONSE, uint(_NOTHING))]
        if len(payload) > self.options.block:
            raise UsageError("what nobody answers is sent in one piece", hint=f"{self.options.block} octets at most")
        await self.session.tell(method, tuple(sorted(said, key=lambda each: each[0])), payload)

    def _heard(self, topic: str, found: coap.Message) -> Message:
        meta = formats.described(found)
        properties = {name.replace("_", "-"): str(value) for name, value in meta.items() if name != "max_age"}
        return Message(topic, found.payload, sender=self.session.peer, properties=properties)

    def _options(self, path: str, more: Said) -> Said:
        """Path, query and whatever else. Raises UsageError for what can't be said."""
        try:
            named = [*uri.path_options(path or self.endpoint.path), *uri.query_options(self.endpoint.query)]
        except LocalProtocolError as error:
            raise UsageError(error.message) from None
        return [*named, *more]

    def _accepted(self) -> Said:
        number = formats.number_of(self.options.accept)
        return [] if number is None else [(codes.ACCEPT, uint(number))]

    def _said(self, payload: bytes) -> Said:
        """What the body is; text where it is text and nothing else was said."""
        number = formats.number_of(self.options.content_format)
        number = formats.number_for(self.media_type) if number is None else number
        if number is None and payload:
            try:
                payload.decode()
                number = codes.TEXT
            except UnicodeDecodeError:
                number = codes.OCTETS
        return [] if number is None else [(codes.CONTENT_FORMAT, uint(number))]

    def _conditions(self) -> Said:
        found: Said = []
        if self.options.if_match:
            try:
                found.append((codes.IF_MATCH, bytes.fromhex(self.options.if_match)))
            except ValueError:
                raise UsageError(f"if_match={self.options.if_match!r} isn't in hex", hint="as meta shows it") from None
        return [*found, *([(codes.IF_NONE_MATCH, b"")] if self.options.if_none_match else [])]


def raise_for(found: coap.Message) -> None:
    """Raises PeerRefused, with the code and the server's words, unless a response is a success."""
    if found.code >> 5 == 2:
        return
    name = codes.code_name(found.code)
    words = found.payload[:300].decode("utf-8", "replace") if formats.is_text(found) else ""
    text = "".join(char if char.isprintable() else " " for char in words).strip()
    kind = Unauthenticated if found.code == codes.UNAUTHORIZED else PeerRefused
    message = f"{name}: {text}" if text else name
    raise kind(message, code=codes.dotted(found.code), text=text, hint=_HINTS.get(found.code, ""))


def _entry(link: Link) -> Entry:
    attributes: dict[str, Any] = {}
    for name, value in link.attributes:
        attributes.setdefault(name, value or True)
    size = link.get("sz") or ""
    name = link.get("title") or link.target
    kind = link.get("rt") or "resource"
    return Entry(
        name=name, path=link.target, kind=kind, size=int(size[:12]) if size.isdecimal() else None, value=attributes
    )
