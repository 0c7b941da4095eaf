"""Server-sent events, the client's side: hear them, on a new connection if need be, and publish (WHATWG HTML §9.2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode

from netloom.errors import NetworkError, TLSError
from netloom.protocols.sse import PATH
from netloom.protocols.sse.options import Options as SseOptions
from netloom.protocols.sse.source import Source
from netloom.records import Message
from netloom.shapes import Reply
from netloom.wire import sse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.endpoint import Endpoint
    from netloom.links.dial import Dialler
    from netloom.links.http.client import Answer

RETRY = 3.0
"""Seconds before a new connection, until the server says otherwise."""
LONGEST = 3600.0
"""Seconds that a server may have us wait at most."""


class Client:
    """Hears what a server tells. `retry` is the waiting time that it named last, in seconds."""

    Options = SseOptions

    def __init__(self, dial: Dialler, endpoint: Endpoint, options: SseOptions) -> None:
        self.options = options
        self.endpoint = endpoint
        self.source = Source(dial, endpoint, options)
        self.retry: float | None = None
        self.last_id = options.last_event_id

    async def listen(self, path: str) -> AsyncIterator[Message]:
        """Events, until the server ends the stream and `reconnect` is used up. The topic is the path.

        Each has its name as the property `event` and, where the server gives one, its `id`. Raises PeerRefused for
        another answer than 200 and 204 (there is nothing more), RemoteProtocolError, and what dialling raises.
        """
        left, topic = self.options.reconnect, self._topic(path)
        stands = False
        while True:
            try:
                answer = await self.source.events(path, self.last_id)
                if answer is None:
                    return
                stands = True
                async for event in self._events(answer):
                    left = self.options.reconnect
                    if self.options.events and event.name not in self.options.events:
                        continue
                    properties = {"event": event.name, "id": event.id} if event.id else {"event": event.name}
                    yield Message(
                        topic=topic, payload=event.data.encode(), sender=self.source.peer, properties=properties
                    )
            except NetworkError as exc:
                if not left or not stands or isinstance(exc, TLSError):
                    raise
            if not left:
                return
            left -= 1
            await self.source.close()
            await asyncio.sleep(self._pause)

    async def send(self, message: Message) -> Reply:
        """Publish, by POST, as a server of ours takes it. A topic is a path below the endpoint's.

        Raises PeerRefused for 300 and above.
        """
        base = self.endpoint.path or PATH
        path = f"{base.rstrip('/')}/{quote(message.topic.lstrip('/'), safe=_SAFE)}" if message.topic else base
        told = [("event", self.options.event)] if self.options.event else []
        told += [("retain", "yes")] if message.retain else []
        answer = await self.source.post(path, urlencode(told), message.payload)
        return Reply({"status": answer.response.status}, body=await answer.read(1 << 20))

    async def close(self) -> None:
        """Hang up."""
        await self.source.close()

    async def _events(self, answer: Answer) -> AsyncIterator[sse.Event]:
        parser = sse.Parser(self.options.max_event, self.last_id)
        async for chunk in answer.chunks():
            for item in parser.feed(chunk):
                if isinstance(item, sse.Retry):
                    self.retry = min(item.milliseconds / 1000, LONGEST)
                elif isinstance(item, sse.Event):
                    self.last_id = item.id
                    yield item
            self.last_id = parser.last_id

    @property
    def _pause(self) -> float:
        if self.retry is not None:
            return self.retry
        return self.options.retry if self.options.retry is not None else RETRY

    def _topic(self, path: str) -> str:
        return unquote(path or self.endpoint.path or PATH).strip("/")


_SAFE = "/:@!$&'()*+,;=~-._"
