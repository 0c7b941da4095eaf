"""Answers: what an HTTP server says is told by the test, and what it was asked is kept."""

from __future__ import annotations

import json as jsons
import threading
import time
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from msgspec import Struct

from netloom.contents.app import App
from netloom.errors import UsageError
from netloom.testing.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from netloom.contents.app import Event

    Receive = Callable[[], Awaitable[Event]]
    Send = Callable[[Event], Awaitable[None]]

LIMIT = 16 * 1024 * 1024
"""Octets of a request's body."""


class Request(Struct, frozen=True, kw_only=True):
    """What was asked; `at` in Unix seconds. Names of headers are in lower case, values of one name joined by `, `."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def parameters(self) -> dict[str, str]:
        """The query's; of those that are there twice the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def text(self) -> str:
        """The body, which is UTF-8."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body, which is JSON. Raises ValueError where it isn't."""
        return jsons.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body, which is a form's (application/x-www-form-urlencoded)."""
        return dict(parse_qsl(self.text, keep_blank_values=True))


class Answer(Struct, frozen=True, kw_only=True):
    """What is said to a request. `body` is octets, or what is made of a request: a function that gives some."""

    status: int = 200
    headers: dict[str, str] = {}
    body: bytes | Callable[[Request], bytes | str] = b""


class Told:
    """An answer in its place: which requests it is for, how often it may be given, and how often it was."""

    def __init__(self, method: str, path: str, times: int | None, answer: Answer) -> None:
        self.method = method.upper()
        self.path = path
        self.times = times
        self.answer = answer
        self.given = 0

    def fits(self, request: Request) -> bool:
        """Whether it is for a request, and may be given."""
        if self.method not in ("", request.method) or not fnmatchcase(request.path, self.path):
            return False
        return self.times is None or self.given < self.times

    def __str__(self) -> str:
        left = f", {self.given} of {self.times} times" if self.times is not None else ""
        return f"{self.method or 'any method'} {self.path}: {self.answer.status}{left}"


class Answers(App):
    """A content for HTTP: each request gets the first answer that was told for it and is left, or 404.

    `received` are the requests, oldest first. Everything may be called from any thread.
    """

    def __init__(self) -> None:
        super().__init__(self._serve, "asgi", name="answers")
        self._lock = threading.Lock()
        self._told: list[Told] = []
        self._received: Kept[Request] = Kept()

    def describe(self) -> str:
        return "answers that a test tells"

    def answer(  # noqa: PLR0913  # what there is to say of an answer
        self,
        path: str,
        body: bytes | str | Callable[[Request], bytes | str] = b"",
        *,
        json: Any = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        method: str = "",
        times: int | None = None,
    ) -> Told:
        """Say this to requests for `path`, in which `*` and `?` may stand; the query isn't looked at.

        Answers are given in the order in which they were told, each so many `times`; one without end replaces what was
        told for the same path and method without end. Raises UsageError.
        """
        if not path.startswith(("/", "*")):
            raise UsageError(f"{path!r} is no path of a request", hint=f"/{path}")
        if not 200 <= status <= 599:
            raise UsageError(f"{status} is no status of an answer", hint="200 to 599")
        if json is not None and body:
            raise UsageError("an answer has one body", hint="json=… or a body")
        kind = "text/plain; charset=utf-8"
        if json is not None:
            body, kind = jsons.dumps(json), "application/json"
        made = Answer(
            status=status,
            headers={"content-type": kind} | {name.lower(): value for name, value in (headers or {}).items()},
            body=body.encode() if isinstance(body, str) else body,
        )
        told = Told(method, path, times, made)
        with self._lock:
            same = [
                each
                for each in self._told
                if times is None and each.times is None and (each.method, each.path) == (told.method, path)
            ]
            self._told = [each for each in self._told if each not in same] + [told]
        return told

    @property
    def received(self) -> list[Request]:
        """What was asked, oldest first."""
        with self._lock:
            return self._received.all()

    def _choose(self, request: Request) -> Answer:
        with self._lock:
            self._received.add(request, len(request.body))
            told = next((each for each in self._told if each.fits(request)), None)
            if told is not None:
                told.given += 1
                return told.answer
            there = "".join(f"- {each}\n" for each in self._told) or "none was told\n"
        words = f"no answer was told for {request.method} {request.path}\n\nAnswers:\n{there}"
        return Answer(status=404, headers={"content-type": "text/plain; charset=utf-8"}, body=words.encode())

    # ASGI

    async def _serve(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            request = await _request(scope, receive)
            if request is None:
                await _say(send, Answer(status=413))
            else:
                await _say(send, _made(self._choose(request), request))
        else:
            await send({"type": "websocket.close"})


def _made(answer: Answer, request: Request) -> Answer:
    if isinstance(answer.body, bytes):
        return answer
    body = answer.body(request)
    made = body.encode() if isinstance(body, str) else body
    return Answer(status=answer.status, headers=answer.headers, body=made)


async def _request(scope: Event, receive: Receive) -> Request | None:
    """What is asked, whole; None where it is too much."""
    body = bytearray()
    more = True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = bool(event.get("more_body"))
        if len(body) > LIMIT:
            return None
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        known, said = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[known] = f"{headers[known]}, {said}" if known in headers else said
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=bytes(body),
        at=time.time(),
    )


async def _say(send: Send, answer: Answer) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
