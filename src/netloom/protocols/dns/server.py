"""DNS, the server's side: a zone over UDP, TCP, TLS and HTTPS, and other names by way of resolvers (RFC 1035, 7766)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from netloom.errors import NetloomError
from netloom.links.datagrams import Datagrams
from netloom.links.stream import Stream
from netloom.protocols.dns.forwarding import forward
from netloom.protocols.dns.request import Refusal, Request, Source
from netloom.protocols.dns.responder import Elsewhere, Questions, Responder
from netloom.protocols.dns.ways import MEDIA_TYPE
from netloom.wire.dns import codes
from netloom.wire.dns.message import MESSAGE_LIMIT, framed, parse, unframed
from netloom.wire.dns.names import to_text

if TYPE_CHECKING:
    from netloom.contents.zone import Zone
    from netloom.links.context import Context
    from netloom.links.datagrams import Peer
    from netloom.links.http.exchange import Exchange

FORWARDED = 256
"""Questions that one socket has under way to resolvers; what comes beyond is dropped."""
PIPELINED = 32
"""The same for one connection, which isn't read from meanwhile (RFC 7766 §6.2.1.1)."""


async def serve(link: Datagrams | Stream | Exchange, content: Zone, context: Context) -> None:
    """One socket, one connection or one request of HTTP."""
    responder = Responder(content, context.options, context.accounts)
    if isinstance(link, Datagrams):
        await _datagrams(link, responder, context)
    elif isinstance(link, Stream):
        await _stream(link, responder, context)
    else:
        await _exchange(link, responder, context)


async def _datagrams(link: Datagrams, responder: Responder, context: Context) -> None:
    waiting = 0

    async def elsewhere(request: Request, wanted: Elsewhere, peer: Peer) -> None:
        nonlocal waiting
        waiting += 1
        try:
            answer = await forward(request, wanted, responder.zone.forward, context.network)
            with contextlib.suppress(NetloomError):  # the socket has gone meanwhile
                await link.send(answer, peer)
            _tell(context, request.message.questions, answer, peer)
        finally:
            waiting -= 1

    async with asyncio.TaskGroup() as tasks:
        while True:
            try:
                data, peer = await link.receive_from()
            except NetloomError:
                break
            kept = None if context.faulty else responder.kept(data, datagram=True)
            if kept is not None:
                answer, questions = kept
            else:
                source = Source(str(peer[0]) if isinstance(peer, tuple) else "", datagram=True)
                request, found = _answer(data, source, responder, context, peer)
                if found is None:
                    continue
                questions = request.message.questions if request is not None else ()
                if isinstance(found, bytes):
                    answer = found
                elif request is not None and waiting < FORWARDED:
                    tasks.create_task(elsewhere(request, found, peer))
                    continue
                else:
                    continue  # as if it had been lost: who asks so much asks again
            try:
                await link.send(answer, peer)
            except NetloomError:
                continue  # the socket has gone
            _tell(context, questions, answer, peer)


async def _stream(link: Stream, responder: Responder, context: Context) -> None:
    host = link.peer.rpartition(":")[0].strip("[]")
    source = Source(host, encrypted=context.endpoint.scheme == "dot")
    room = asyncio.Semaphore(PIPELINED)

    async def elsewhere(request: Request, wanted: Elsewhere) -> None:
        try:
            with context.working():
                answer = await forward(request, wanted, responder.zone.forward, context.network)
                await _reply(link, context, request.message.questions, answer)
        finally:
            room.release()

    async with asyncio.TaskGroup() as tasks:
        while not context.closing:
            try:
                data = await _message(link, context.idle)
            except (NetloomError, TimeoutError):
                break  # ended, or silent: what was asked before is still answered, if there is anybody to hear it
            kept = None if context.faulty else responder.kept(data, datagram=False)
            if kept is not None:
                await _reply(link, context, kept[1], kept[0])
                continue
            request, found = _answer(data, source, responder, context)
            if isinstance(found, Elsewhere) and request is not None:
                await room.acquire()
                tasks.create_task(elsewhere(request, found))
            elif isinstance(found, bytes):
                await _reply(link, context, request.message.questions if request is not None else (), found)
            elif request is not None:
                with context.working():
                    for message in responder.transfer(request):
                        if not await _reply(link, context, request.message.questions, message):
                            break
            else:
                break  # it isn't a question: there is nothing to go on with


async def _message(link: Stream, seconds: float) -> bytes:
    """The next message; one that has begun has to be whole within so many seconds, however it trickles."""
    if unframed(link.peek()) is not None:
        return await link.parse(unframed, MESSAGE_LIMIT + 2)
    await link.parse(lambda buffer: (None, 0) if buffer else None)
    async with asyncio.timeout(seconds):
        return await link.parse(unframed, MESSAGE_LIMIT + 2)


async def _reply(link: Stream, context: Context, questions: Questions, answer: bytes) -> bool:
    """Whether there was anybody to tell it."""
    try:
        await link.write(framed(answer))
    except NetloomError:
        return False
    _tell(context, questions, answer, None)
    return True


def _answer(
    data: bytes, source: Source, responder: Responder, context: Context, peer: Peer = None
) -> tuple[Request | None, bytes | Elsewhere | None]:
    """A request, and its answer; a request without one wants a transfer; neither is what isn't to be answered."""
    try:
        request = Request.read(data, source, context.accounts)
    except Refusal as exc:
        return None, exc.data
    if request is None:
        return None, None
    if context.faulty and (refusal := _refusal(request, context, peer)) is not None:
        return request, refusal
    return request, None if responder.wants_transfer(request) else responder.answer(request)


def _refusal(request: Request, context: Context, peer: Peer) -> bytes | None:
    """What a fault wants to be answered; `peer` is who asked in a datagram."""
    name = ", ".join(to_text(question.name) for question in request.message.questions)
    steps = ("datagram", "question") if request.source.datagram else ("question",)
    no = context.refuses(*steps, target=name, peer=peer)
    if no is None:
        return None
    return request.respond(no.number, flags=codes.TC if no.code == "TRUNCATED" else 0)


def _tell(context: Context, questions: Questions, answer: bytes, peer: Peer) -> None:
    if context.reports:
        subject = ", ".join([str(question) for question in questions])
        context.access("QUERY", subject, status=codes.rcode_name(answer[3] & 15), size=len(answer), peer=peer)


async def _exchange(link: Exchange, responder: Responder, context: Context) -> None:
    """RFC 8484 §4."""
    from netloom.links.http.messages import header

    asked = link.request
    if asked.method == "POST":
        kind = (header(asked.headers, "content-type") or "").partition(";")[0].strip().lower()
        if kind != MEDIA_TYPE:
            await link.respond(415, (("accept", MEDIA_TYPE),))
            return
        data = await link.read(MESSAGE_LIMIT)
    elif asked.method in ("GET", "HEAD"):
        data = _dns_parameter(asked.target)
    else:
        await link.respond(405, (("allow", "GET, HEAD, POST"),))
        return
    source = Source(link.peer.rpartition(":")[0].strip("[]"), encrypted=True)
    request, found = _answer(data, source, responder, context)
    questions = request.message.questions if request is not None else ()
    if isinstance(found, Elsewhere) and request is not None:
        found = await forward(request, found, responder.zone.forward, context.network)
    elif found is None and request is not None:
        found = request.respond(codes.NOTIMP)  # a transfer needs a stream
    if not isinstance(found, bytes):
        await link.respond(400, (("content-type", "text/plain"),), b"that is no DNS request\n")
        return
    headers = (("content-type", MEDIA_TYPE), ("cache-control", f"max-age={_freshness(found)}"))
    await link.respond(200, headers, found)
    _tell(context, questions, found, None)


def _dns_parameter(target: str) -> bytes:
    """The message in `?dns=…`, or nothing (RFC 8484 §4.1.1)."""
    values = parse_qs(target.partition("?")[2]).get("dns", [])
    text = values[0] if len(values) == 1 else ""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _freshness(answer: bytes) -> int:
    """Seconds for which an answer may be kept: its smallest TTL (RFC 8484 §5.1)."""
    message = parse(answer)
    if message.rcode not in (codes.NOERROR, codes.NXDOMAIN):
        return 0
    return min([record.seconds for record in message.answers or message.authority], default=0)
