"""Relays and their faults over HTTP, as toxiproxy's clients expect it (API version 2): an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.relaying.desk import Answer, Desk, Refused

if TYPE_CHECKING:
    from netloom.relaying.relays import Relays

Event = MutableMapping[str, Any]
Question = Callable[..., Awaitable[Answer]]

BODY = 1024 * 1024
"""Octets of a request's body."""
_NAME = ""
"""In a path: whatever stands there."""
_PROXY = ("proxies", _NAME)
_TOXICS = (*_PROXY, "toxics")
_TOXIC = (*_TOXICS, _NAME)
QUESTIONS: dict[tuple[str, ...], dict[str, Question]] = {
    ("version",): {"GET": Desk.version},
    ("metrics",): {"GET": Desk.metrics},
    ("reset",): {"POST": Desk.reset},
    ("populate",): {"POST": Desk.populate},
    ("proxies",): {"GET": Desk.proxies, "POST": Desk.create},
    _PROXY: {"GET": Desk.proxy, "POST": Desk.update, "PATCH": Desk.update, "DELETE": Desk.delete},
    _TOXICS: {"GET": Desk.toxics, "POST": Desk.add},
    _TOXIC: {"GET": Desk.toxic, "POST": Desk.alter, "PATCH": Desk.alter, "DELETE": Desk.lift},
}


class Control:
    """`relays` are what is controlled. No page of a browser may ask: it would do so on behalf of any site."""

    def __init__(self, relays: Relays) -> None:
        self._relays = relays
        self._desk = Desk(relays)

    async def __call__(
        self, scope: Event, receive: Callable[[], Awaitable[Event]], send: Callable[[Event], Awaitable[None]]
    ) -> None:
        """ASGI 3."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await _respond(send, *await self._answered(scope, receive))

    async def _answered(self, scope: Event, receive: Callable[[], Awaitable[Event]]) -> Answer:
        try:
            headers = {name.lower(): value for name, value in scope["headers"]}
            if b"origin" in headers or headers.get(b"user-agent", b"").startswith(b"Mozilla/"):
                raise Refused(403, "browsers are not allowed")
            question, names = _asked(scope["method"], tuple(scope["path"].strip("/").split("/")))
            body = await _body(receive)
            async with self._relays.turn:
                return await question(self._desk, body, *names)
        except Refused as refused:
            return refused.status, refused.answer


def _asked(method: str, path: tuple[str, ...]) -> tuple[Question, list[str]]:
    """What is asked, and the names in the path."""
    for pattern, questions in QUESTIONS.items():
        if len(pattern) == len(path) and all(part in (_NAME, said) for part, said in zip(pattern, path, strict=True)):
            if method not in questions:
                raise Refused(405, f"{method} isn't among {', '.join(questions)}")
            return questions[method], [said for part, said in zip(pattern, path, strict=True) if part == _NAME]
    raise Refused(404, "there is nothing here")


async def _body(receive: Callable[[], Awaitable[Event]]) -> bytes:
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise Refused(400, "bad request body: it isn't whole")
        body += event.get("body", b"")
        if len(body) > BODY:
            raise Refused(413, f"bad request body: more than {BODY} octets")
        if not event.get("more_body"):
            return bytes(body)


async def _respond(send: Callable[[Event], Awaitable[None]], status: int, answer: Any) -> None:
    kind = b"text/plain; version=0.0.4; charset=utf-8" if isinstance(answer, str) else b"application/json"
    body = b"" if answer is None else answer.encode() if isinstance(answer, str) else msgspec.json.encode(answer)
    headers = [(b"content-length", str(len(body)).encode())] if status != 204 else []
    headers += [(b"content-type", kind)] if body else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Callable[[], Awaitable[Event]], send: Callable[[Event], Awaitable[None]]) -> None:
    while True:
        phase = (await receive())["type"]
        await send({"type": f"{phase}.complete"})
        if phase == "lifespan.shutdown":
            return
