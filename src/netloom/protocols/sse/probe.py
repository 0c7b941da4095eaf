"""Server-sent events, the probe: is it a stream, and what does it begin with (WHATWG HTML §9.2)?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom import shapes
from netloom.errors import PeerRefused
from netloom.wire import sse

if TYPE_CHECKING:
    from netloom.links.http.client import Answer
    from netloom.protocols.sse.client import Client

_SHOWN = 200


class Facts(shapes.Facts, kw_only=True):
    """What a probe of an event stream learns. `version` is HTTP's, `retry` in seconds.

    `event`, `id` and `data` (its beginning) are of the first event, where one came within the option `wait`;
    `last_id` is what a new connection would begin after; `allowed_origin`: which pages may read it.
    """

    status: int | None = None
    version: str = ""
    content_type: str = ""
    server: str = ""
    cache_control: str = ""
    allowed_origin: str = ""
    retry: float | None = None
    comment: str | None = None
    event: str = ""
    id: str = ""
    data: str = ""
    last_id: str = ""


async def probe(client: Client, facts: Facts) -> None:
    """Ask, and hear a little."""
    try:
        answer = await client.source.events("", client.options.last_event_id)
    except PeerRefused as exc:
        if isinstance(exc.code, int):
            facts.status = exc.code
            facts.summary = exc.message
        raise
    if answer is None:
        facts.status, facts.summary = 204, "204: there is nothing to hear"
        return
    facts.status = answer.response.status
    facts.version = answer.response.version
    facts.content_type = answer.first.get("content-type", "")
    facts.server = answer.first.get("server", "")
    facts.cache_control = answer.first.get("cache-control", "")
    facts.allowed_origin = answer.first.get("access-control-allow-origin", "")
    facts.summary = f"event stream · HTTP/{facts.version}"
    try:
        async with asyncio.timeout(client.options.wait):
            await _hear(answer, client, facts)
    except TimeoutError:
        pass  # it is silent, as most are at most times
    said = [f"retry {facts.retry:g} s"] if facts.retry is not None else []
    said += [f"event {facts.event}"] if facts.event else []
    said += ["ids"] if facts.last_id else []
    facts.summary = " · ".join([facts.summary, *said])


async def _hear(answer: Answer, client: Client, facts: Facts) -> None:
    """Until the first event, or the end."""
    parser = sse.Parser(client.options.max_event)
    async for chunk in answer.chunks():
        items = parser.feed(chunk)
        facts.last_id = parser.last_id
        for item in items:
            if isinstance(item, sse.Event):
                facts.event, facts.id, facts.data = item.name, item.id, item.data[:_SHOWN]
                return
            if isinstance(item, sse.Retry):
                facts.retry = item.milliseconds / 1000
            else:
                facts.comment = item.text[:_SHOWN]
