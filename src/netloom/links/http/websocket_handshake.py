"""WebSocket's opening handshake, both sides: over HTTP/1.1 (RFC 6455 §4) and HTTP/2 (RFC 8441)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import TYPE_CHECKING

import msgspec

from netloom.errors import LocalProtocolError, PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.links.http import deflate
from netloom.links.http.fields import is_token
from netloom.links.http.messages import Headers, Request, Response, header, headers_all
from netloom.links.http.origins import may_come
from netloom.links.http.websocket import MessageLimits, WebSocket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.links.http.client import HttpConnection
    from netloom.links.http.exchange import Exchange

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT = ("content-type", "text/plain; charset=utf-8")
_VERSION = ("sec-websocket-version", "13")


def accept_key(key: str) -> str:
    """What proves that a server understood (RFC 6455 §4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode("ascii") + _GUID, usedforsecurity=False).digest()).decode("ascii")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for: the place, subprotocols in order of preference, an origin, and whether to compress."""

    target: str
    authority: str
    scheme: str = "http"
    headers: Headers = ()
    subprotocols: tuple[str, ...] = ()
    origin: str = ""
    compress: bool = True
    limits: MessageLimits = MessageLimits()


async def connect(connection: HttpConnection, wish: Wish) -> tuple[WebSocket, Response]:
    """Open a WebSocket on a connection.

    Raises PeerRefused (Unauthenticated for 401) with the server's status, RemoteProtocolError for an answer that isn't
    one, LocalProtocolError for a subprotocol that is no token.
    """
    key = base64.b64encode(secrets.token_bytes(16)).decode("ascii") if connection.version == "1.1" else ""
    request = Request(
        method="GET",
        target=wish.target,
        headers=_asked(wish, key),
        scheme=wish.scheme,
        authority=wish.authority,
        protocol="websocket",
    )
    response, stream = await connection.upgrade(request)
    if stream is None:
        kind = Unauthenticated if response.status == 401 else PeerRefused
        where = header(response.headers, "location")
        raise kind(
            f"no WebSocket there: {response.status} {response.reason}".rstrip(),
            code=response.status,
            text=response.reason,
            hint=f"it is elsewhere: {where}" if where and 300 <= response.status < 400 else "",
        )
    if key and header(response.headers, "sec-websocket-accept") != accept_key(key):
        raise RemoteProtocolError("Sec-WebSocket-Accept doesn't answer our key", rule="RFC 6455 §4.1")
    chosen = header(response.headers, "sec-websocket-protocol") or ""
    if chosen and chosen not in wish.subprotocols:
        raise RemoteProtocolError(f"subprotocol {chosen[:80]!r} wasn't offered", rule="RFC 6455 §4.1")
    compression = None
    for extension in _members(response.headers, "sec-websocket-extensions"):
        if not wish.compress or compression is not None:
            raise RemoteProtocolError(f"extension {extension[:80]!r} wasn't asked for", rule="RFC 6455 §4.1")
        compression = deflate.agreed(extension, wish.limits.max_size)
    socket = WebSocket(stream, client=True, subprotocol=chosen, deflate=compression, limits=wish.limits)
    return socket, response


def _asked(wish: Wish, key: str) -> Headers:
    bad = next((name for name in wish.subprotocols if not is_token(name)), None)
    if bad is not None:
        raise LocalProtocolError(f"{bad[:80]!r} is no subprotocol", rule="RFC 6455 §4.1")
    asked = [*wish.headers, _VERSION]
    if key:
        asked.append(("sec-websocket-key", key))
    if wish.subprotocols:
        asked.append(("sec-websocket-protocol", ", ".join(wish.subprotocols)))
    if wish.compress:
        asked.append(("sec-websocket-extensions", deflate.OFFER))
    if wish.origin:
        asked.append(("origin", wish.origin))
    return tuple(asked)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """On what a server takes a WebSocket.

    `subprotocols` are those that it speaks, the best first: where the client offers none of them, none is spoken.
    `origins` are those that may come besides the server's own; "*" is any (RFC 6455 §10.2).
    """

    subprotocols: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    compress: bool = True
    limits: MessageLimits = MessageLimits()


_TERMS = Terms()


class Refused(msgspec.Struct, frozen=True):
    """Why a handshake is refused, as an answer says it."""

    status: int
    words: str
    headers: Headers = ()


def refusal(exchange: Exchange, origins: Sequence[str] = ()) -> Refused | None:
    """What is wrong with a handshake; None where nothing is (RFC 6455 §4.2.1)."""
    request = exchange.request
    if request.protocol != "websocket":
        return Refused(426, "a WebSocket is served here", (("upgrade", "websocket"),))
    if exchange.version == "1.1" and request.method != "GET":
        return Refused(405, "a WebSocket is asked for with GET", (("allow", "GET"),))
    if headers_all(request.headers, "sec-websocket-version") != ["13"]:
        return Refused(426, "version 13 is spoken here", (_VERSION,))
    if exchange.version == "1.1" and not _is_key(headers_all(request.headers, "sec-websocket-key")):
        return Refused(400, "Sec-WebSocket-Key has 16 bytes in base64, once")
    if not may_come(request, origins):
        return Refused(403, "pages from elsewhere may not connect")
    return None


def offered_subprotocols(request: Request) -> tuple[str, ...]:
    """What the client would speak, in its order."""
    return tuple(_members(request.headers, "sec-websocket-protocol"))


async def accept(
    exchange: Exchange, terms: Terms = _TERMS, *, subprotocol: str = "", headers: Headers = ()
) -> WebSocket | None:
    """Take a WebSocket at a server, or answer why not; then it is None.

    Without `subprotocol` the best of the terms' that the client offers is taken. Raises LocalProtocolError for one that
    it doesn't offer.
    """
    wrong = refusal(exchange, terms.origins)
    if wrong is not None:
        await exchange.respond(wrong.status, (_TEXT, *wrong.headers), wrong.words.encode() + b"\n")
        return None
    offered = offered_subprotocols(exchange.request)
    if subprotocol and subprotocol not in offered:
        raise LocalProtocolError(
            f"subprotocol {subprotocol[:80]!r} isn't offered by the client", rule="RFC 6455 §4.2.2"
        )
    chosen = subprotocol or next((name for name in terms.subprotocols if name in offered), "")
    said = list(headers)
    compression = None
    if terms.compress:
        taken = deflate.accept(_members(exchange.request.headers, "sec-websocket-extensions"), terms.limits.max_size)
        if taken is not None:
            compression, answer = taken
            said.append(("sec-websocket-extensions", answer))
    if chosen:
        said.append(("sec-websocket-protocol", chosen))
    if exchange.version == "1.1":
        said.append(("sec-websocket-accept", accept_key(header(exchange.request.headers, "sec-websocket-key") or "")))
    stream = await exchange.accept_upgrade(said)
    return WebSocket(stream, client=False, subprotocol=chosen, deflate=compression, limits=terms.limits)


def _members(headers: Headers, name: str) -> list[str]:
    """The members of a list whose case matters."""
    return [
        member for value in headers_all(headers, name) for part in value.split(",") if (member := part.strip(" \t"))
    ]


def _is_key(keys: list[str]) -> bool:
    try:
        return len(keys) == 1 and len(base64.b64decode(keys[0].encode("ascii"), validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
