"""Socket.IO, the server's side: one request, by which a session begins, goes on or is upgraded (Engine.IO 4)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from netloom.contents import TooLarge
from netloom.errors import RemoteProtocolError
from netloom.links.http.access import CHALLENGE, host_of, identify
from netloom.links.http.body import TOO_LARGE
from netloom.links.http.messages import header
from netloom.links.http.origins import may_come, permitted, shared
from netloom.links.http.refusing import path_of
from netloom.links.http.websocket import MessageLimits
from netloom.links.http.websocket_handshake import Terms, accept
from netloom.protocols.socketio import PATH, transports
from netloom.protocols.socketio.admission import Gate
from netloom.protocols.socketio.hub import Hub, hub_of
from netloom.protocols.socketio.sockets import Sockets
from netloom.wire.socketio import engine

if TYPE_CHECKING:
    from netloom.accounts import Account
    from netloom.contents.bus import Bus
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange
    from netloom.links.http.messages import Headers
    from netloom.links.http.websocket import WebSocket
    from netloom.protocols.socketio.options import Options
    from netloom.protocols.socketio.session import Session

_JSON: Headers = (("content-type", "application/json"), ("cache-control", "no-store"))
_PLAIN: Headers = (("content-type", "text/plain; charset=utf-8"),)
_METHODS = "GET, OPTIONS, POST"
_PARAMETERS = 64

# What a client is told with 400 and 403: the numbers are Engine.IO's own.
_UNKNOWN_TRANSPORT, _UNKNOWN_SESSION = (0, "Transport unknown"), (1, "Session ID unknown")
_BAD_METHOD, _BAD_REQUEST = (2, "Bad handshake method"), (3, "Bad request")
_FORBIDDEN, _BAD_REVISION = (4, "Forbidden"), (5, "Unsupported protocol version")
_WANTED = {number: (words, 403 if number == 4 else 400) for number, words in (
    _UNKNOWN_TRANSPORT, _UNKNOWN_SESSION, _BAD_METHOD, _BAD_REQUEST, _FORBIDDEN, _BAD_REVISION
)}  # fmt: skip
"""What a fault may want to be told, by its number: usual words, and the status."""


async def serve(link: Exchange, content: Bus, context: Context) -> None:
    """One request: a handshake, a poll, a post, or a WebSocket for as long as it lasts."""
    started = time.time()
    answer = _Answer(link, content, context)
    try:
        await answer.give()
    finally:
        account = answer.account
        context.access(
            link.request.method, link.request.target.partition("?")[0], status=str(link.status),
            user=account.name if account is not None else "", size=link.sent, started=started,
        )  # fmt: skip


class _Answer:
    """The answer to one request; `account` is whom its own credentials prove."""

    def __init__(self, link: Exchange, bus: Bus, context: Context) -> None:
        self.account: Account | None = None
        self._options: Options = context.options
        self._link = link
        self._bus = bus
        self._context = context
        self._hub: Hub = hub_of(bus)
        self._shared = shared(link.request, self._options.origins)
        self._transport = ""

    async def give(self) -> None:
        """Answer."""
        link, request = self._link, self._link.request
        path, _, query = request.target.partition("?")
        if path.rstrip("/") != (self._context.endpoint.path or PATH).rstrip("/"):
            await link.respond(404, _PLAIN, b"Socket.IO is served beside this path\n")
        elif not may_come(request, self._options.origins):
            await self._refuse(_FORBIDDEN, 403)
        elif request.method == "OPTIONS":
            await link.respond(204, (("allow", _METHODS), *permitted(request, self._options.origins, _METHODS)))
        else:
            await self._answer(query)

    async def _answer(self, query: str) -> None:
        try:
            given = parse_qs(query, max_num_fields=_PARAMETERS)
        except ValueError:
            given = {}
        revision, self._transport, sid = (given.get(name, [""])[0] for name in ("EIO", "transport", "sid"))
        if revision != engine.REVISION:
            await self._refuse(_BAD_REVISION)
        elif self._transport not in ("polling", "websocket"):
            await self._refuse(_UNKNOWN_TRANSPORT)
        elif (self._link.upgrade == "websocket") != (self._transport == "websocket"):
            await self._refuse(_BAD_REQUEST)
        elif not sid:
            await self._begin()
        elif (session := self._hub.sessions.get(sid)) is None:
            await self._refuse(_UNKNOWN_SESSION)
        elif self._transport == "websocket":
            await self._upgrade(session)
        else:
            await self._poll(session)

    async def _begin(self) -> None:
        """A new session, over either transport."""
        link = self._link
        if self._transport == "polling" and link.request.method != "GET":
            await self._refuse(_BAD_METHOD)
            return
        if (no := self._context.refuses("session", target=path_of(link.request))) is not None:
            usual, status = _WANTED[no.number]
            await self._refuse((no.number, no.words(usual)), status)
            return
        given = header(link.request.headers, "authorization")
        if given is not None and len(self._context.accounts):
            self.account = await identify(given, link, self._context.accounts)
            if self.account is None:
                await link.respond(401, (*_PLAIN, CHALLENGE, *self._shared), b"who are you?\n")
                return
        try:
            session = self._hub.open(
                self._options, "polling" if self._transport == "polling" else "websocket", host_of(link)
            )
        except TooLarge as exc:
            await link.respond(503, (*_PLAIN, *self._shared), exc.message.encode() + b"\n")
            return
        Sockets(session, self._bus, Gate(link, self._context, self.account))
        if self._transport == "polling":
            await link.respond(200, (*transports.TEXT, *self._shared), session.handshake.encode())
            return
        try:
            socket = await self._accept()
            if socket is not None:
                await socket.send(session.handshake)
                await transports.attend(socket, session)
        finally:
            session.close("transport closed")

    async def _poll(self, session: Session) -> None:
        method = self._link.request.method
        if session.transport != "polling" or method not in ("GET", "POST"):
            await self._refuse(_BAD_REQUEST)
        elif session.polling if method == "GET" else session.posting:
            session.close("two requests at once")  # what came first can't be known any more
            await self._refuse(_BAD_REQUEST)
        elif method == "GET":
            await transports.poll(self._link, session, self._shared, self._context)
        else:
            try:
                await transports.post(self._link, session, self._shared, self._options)
            except RemoteProtocolError as exc:
                if exc.rule == TOO_LARGE:
                    raise
                await self._refuse(_BAD_REQUEST)

    async def _upgrade(self, session: Session) -> None:
        if session.transport != "polling" or session.probing:
            await self._refuse(_BAD_REQUEST)
            return
        socket = await self._accept()
        if socket is None:
            return
        if await transports.upgrade(socket, session, self._options.upgrade_timeout):
            await transports.attend(socket, session)
        else:
            await socket.end()

    async def _accept(self) -> WebSocket | None:
        limits = MessageLimits(max_size=self._options.max_payload)
        terms = Terms(origins=tuple(self._options.origins), compress=False, limits=limits)
        socket = await accept(self._link, terms)
        if socket is not None:
            socket.keep_alive(self._context.idle / 2)  # a client that lives isn't idle, whatever its heartbeat
        return socket

    async def _refuse(self, error: tuple[int, str], status: int = 400) -> None:
        body = msgspec.json.encode({"code": error[0], "message": error[1]})
        await self._link.respond(status, (*_JSON, *self._shared), body)
