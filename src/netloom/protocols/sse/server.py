"""Server-sent events, the server's side: a bus whose topics are paths; GET hears, POST publishes (WHATWG HTML §9.2)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

import msgspec

from netloom.accounts import Right
from netloom.contents import TooLarge
from netloom.errors import UsageError
from netloom.links.http.access import admit
from netloom.links.http.messages import header
from netloom.links.http.origins import may_come, permitted, shared
from netloom.links.http.refusing import path_of
from netloom.protocols.sse import PATH
from netloom.protocols.sse.feed import feed_of
from netloom.protocols.sse.reader import Reader
from netloom.records import Message
from netloom.wire import sse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.contents.bus import Bus
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange
    from netloom.links.http.messages import Headers
    from netloom.protocols.sse.options import Options

_TEXT = ("content-type", "text/plain; charset=utf-8")
_METHODS = "GET, HEAD, OPTIONS, POST"
_STREAM = (("content-type", sse.MEDIA_TYPE), ("cache-control", "no-store"), ("x-accel-buffering", "no"))
_PARAMETERS = 64
_EVERYTHING = "#"
_YES = ("", "1", "yes", "true", "on")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a target says: the topic that its path is, patterns (`topic=`), and how events are named (`event=`)."""

    topic: str
    patterns: tuple[str, ...]
    event: str
    retain: bool


async def serve(link: Exchange, content: Bus, context: Context) -> None:
    """One request, which may last."""
    started = time.time()
    user = ""
    try:
        user = await _Answer(link, content, context).give()
    finally:
        context.access(
            link.request.method, link.request.target.partition("?")[0], status=str(link.status), user=user,
            size=link.sent, started=started,
        )  # fmt: skip


def parse(target: str, prefix: str) -> Asked:
    """What is asked for below a prefix. Raises UsageError for what isn't UTF-8, or too many parameters."""
    path, _, query = target.partition("?")
    try:
        given = parse_qs(query, keep_blank_values=True, errors="strict", max_num_fields=_PARAMETERS)
        topic = unquote(path.removeprefix(prefix), errors="strict").strip("/")
    except ValueError:
        raise UsageError(f"percent-encoded UTF-8 is expected, and {_PARAMETERS} parameters at most") from None
    return Asked(
        topic=topic,
        patterns=tuple(dict.fromkeys([*([topic] if topic else []), *given.get("topic", ())])),
        event=given.get("event", [""])[-1],
        retain=given.get("retain", ["no"])[-1].lower() in _YES,
    )


class _Answer:
    """The answer to one request."""

    def __init__(self, link: Exchange, bus: Bus, context: Context) -> None:
        options: Options = context.options
        self._link = link
        self._bus = bus
        self._context = context
        self._options = options
        self._shared: Headers = shared(link.request, options.origins)

    async def give(self) -> str:
        """Answer; gives who asked."""
        link, request = self._link, self._link.request
        if not may_come(request, self._options.origins):
            await self._refuse(403, "pages from elsewhere may not read here")
            return ""
        if request.method == "OPTIONS":
            await link.respond(204, (("allow", _METHODS), *permitted(request, self._options.origins, _METHODS)))
            return ""
        if request.method not in ("GET", "HEAD", "POST"):
            await self._refuse(405, "events are asked for with GET, and published with POST", ("allow", _METHODS))
            return ""
        right = Right.WRITE if request.method == "POST" else Right.READ
        admitted, account = await admit(link, self._context, right, self._shared)
        if admitted:
            await self._serve()
        return account.name if account is not None else ""

    async def _serve(self) -> None:
        try:
            asked = parse(self._link.request.target, (self._context.endpoint.path or PATH).rstrip("/"))
            await (self._publish(asked) if self._link.request.method == "POST" else self._tell(asked))
        except UsageError as exc:
            await self._refuse(400, exc.message)
        except TooLarge as exc:
            await self._refuse(503 if self._link.request.method == "GET" else 413, exc.message)

    async def _publish(self, asked: Asked) -> None:
        payload = await self._link.read(self._bus.limits.message)
        properties = {"event": asked.event} if asked.event else {}
        topic = asked.patterns[0] if asked.patterns else ""
        self._bus.publish(
            Message(topic=topic, payload=payload, sender=self._link.peer, retain=asked.retain, properties=properties)
        )
        await self._link.respond(204, self._shared)

    async def _tell(self, asked: Asked) -> None:
        link, feed = self._link, feed_of(self._bus)
        if (no := self._context.refuses("events", target=path_of(link.request))) is not None:
            await link.respond(no.number, self._shared)
            return
        if link.request.method == "HEAD":
            await link.respond(200, (*_STREAM, *self._shared))
            return
        reader = Reader(feed, named=asked.event == "topic")
        last = header(link.request.headers, "last-event-id") or ""
        with feed.reading(), contextlib.ExitStack() as stack:
            goes_on = reader.attach(asked.patterns or (_EVERYTHING,), last)
            stack.callback(reader.detach)
            stack.enter_context(self._context.until_closing(reader.close))
            async with _leaving(link, reader):
                await link.start(200, (*_STREAM, *self._shared))
                await link.send(self._greeting(last, "" if goes_on else feed.now))
                while (events := await reader.next(self._options.keep_alive)) is not None:
                    await link.send(events or sse.emit_comment())
                await link.finish()

    def _greeting(self, last: str, now: str) -> bytes:
        """When to come back, and what to say then: where it goes on, each event tells."""
        retry = self._options.retry
        said = sse.emit_retry(round(retry * 1000)) if retry is not None else b""
        if not now:
            return said or sse.emit_comment()
        return said + (sse.emit_comment("some events were missed") if last else b"") + sse.emit_id(now)

    async def _refuse(self, status: int, words: str, *fields: tuple[str, str]) -> None:
        await self._link.respond(status, (_TEXT, *fields, *self._shared), words.encode() + b"\n")


@contextlib.asynccontextmanager
async def _leaving(link: Exchange, reader: Reader) -> AsyncIterator[None]:
    """While inside, the stream ends when its client goes, also while there is nothing to tell."""
    gone = asyncio.create_task(link.wait_closed())
    gone.add_done_callback(lambda _: reader.close())
    try:
        yield
    finally:
        gone.cancel()
        await asyncio.wait({gone})
