"""gRPC, the server's side: one call, from its head to its status (gRPC over HTTP/2)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any

from netloom import contents
from netloom.contents.service import Call, Code, Refused
from netloom.errors import ConnectionLost, DeadlineExceeded, LocalProtocolError, NetloomError
from netloom.links.http.h2_exchange import H2Exchange
from netloom.links.http.messages import header
from netloom.protocols.grpc.access import admit
from netloom.protocols.grpc.attendance import Attendance

if TYPE_CHECKING:
    from netloom.contents.service import Bound, Service
    from netloom.links.context import Context
    from netloom.links.http.exchange import Exchange

log = logging.getLogger("netloom.serve")

_TEXT = (("content-type", "text/plain; charset=utf-8"),)
_TYPE = "application/grpc"
_CODES: tuple[tuple[type[NetloomError], Code], ...] = (
    (contents.NotFound, Code.NOT_FOUND),
    (contents.Forbidden, Code.PERMISSION_DENIED),
    (contents.Exists, Code.ALREADY_EXISTS),
    (contents.Invalid, Code.INVALID_ARGUMENT),
    (contents.TooLarge, Code.RESOURCE_EXHAUSTED),
    (contents.OutOfRange, Code.OUT_OF_RANGE),
)


async def serve(link: Exchange, content: Service, context: Context) -> None:
    """One call. What isn't one is told so in HTTP's words."""
    started = time.time()
    kind = header(link.request.headers, "content-type") or ""
    if not kind.startswith(_TYPE) or kind[len(_TYPE) :][:1] not in ("", "+", ";"):
        await _refuse(link, context, 415, f"{_TYPE} is expected here")
    elif not isinstance(link, H2Exchange):
        await _refuse(link, context, 505, "gRPC is spoken in HTTP/2")
    elif link.request.method != "POST":
        await _refuse(link, context, 405, "a method is called by POST")
    else:
        await _Served(link, content, context, started).run()


async def _refuse(link: Exchange, context: Context, status: int, words: str) -> None:
    more = (("allow", "POST"),) if status == 405 else ()
    await link.respond(status, (*_TEXT, *more), words.encode() + b"\n")
    context.access(link.request.method, link.request.target.partition("?")[0], status=str(link.status))


class _Served:
    """One call while it is attended to."""

    def __init__(self, link: H2Exchange, content: Service, context: Context, started: float) -> None:
        self._link = link
        self._content = content
        self._context = context
        self._started = started
        self._path = link.request.target
        self._user = ""
        self._call: Call | None = None

    async def run(self) -> None:
        """From head to status, and the record of it."""
        attendance = Attendance(self._link, self._context)
        code, words = Code.UNAVAILABLE, "the server stops"
        try:
            code, words = await self._outcome(attendance)
        finally:
            with contextlib.suppress(NetloomError):
                await self._finish(attendance, code, words)
            self._context.access(
                "call",
                self._path,
                status=code.name,
                user=self._user,
                size=attendance.sent,
                started=self._started,
            )
        if not self._link.complete:
            raise ConnectionLost("the client gave the call up")

    async def _finish(self, attendance: Attendance, code: Code, words: str) -> None:
        if self._link.complete or self._link.gone().done():
            return
        try:
            await attendance.finish(code, words, self._call)
        except LocalProtocolError:
            log.exception("%s: metadata that can't be sent", self._path)
            self._call = None
            await attendance.finish(Code.INTERNAL, "the service failed")

    async def _outcome(self, attendance: Attendance) -> tuple[Code, str]:
        """How the call ends, whatever happens in it. A client that gives it up cancels it."""
        task, gone = asyncio.current_task(), self._link.gone()
        assert task is not None  # noqa: S101  # every stream has its task
        given_up = False

        def give_up(_: object) -> None:
            nonlocal given_up
            given_up = True
            task.cancel()

        gone.add_done_callback(give_up)
        try:
            return await self._timed(attendance)
        except Refused as no:
            return no.code, no.message
        except ConnectionLost:
            return Code.CANCELLED, ""
        except DeadlineExceeded as error:
            return Code.DEADLINE_EXCEEDED, error.message
        except asyncio.CancelledError:
            if not given_up or task.uncancel():
                raise
            return Code.CANCELLED, ""
        except Exception as error:
            return self._explain(error)
        finally:
            gone.remove_done_callback(give_up)
            attendance.stop_working()

    def _explain(self, error: Exception) -> tuple[Code, str]:
        """A content's own "no" has a code; anything else is a bug, which is logged and not told."""
        for kind, code in _CODES:
            if isinstance(error, kind):
                return code, error.message
        log.error("%s failed", self._path, exc_info=error)
        return Code.INTERNAL, "the service failed"

    async def _timed(self, attendance: Attendance) -> tuple[Code, str]:
        attendance.check()
        seconds = attendance.timeout
        time_left = asyncio.timeout(seconds)
        try:
            async with time_left:
                return await self._answer(attendance, seconds)
        except TimeoutError:
            if not time_left.expired():
                raise
            return Code.DEADLINE_EXCEEDED, f"it took longer than {seconds:g} s"

    async def _answer(self, attendance: Attendance, seconds: float | None) -> tuple[Code, str]:
        given = attendance.metadata
        self._user = await admit(self._link, self._context)
        if (no := self._context.refuses("call", target=self._path)) is not None:
            return Code(no.number), no.words()
        bound = self._content.find(self._path)
        if bound is None:
            service = self._path[1:].partition("/")[0]
            known = service in self._content.catalogue.services
            return Code.UNIMPLEMENTED, f"no {'method' if known else 'service'} here answers {self._path[:200]}"
        call = self._call = Call(
            bound.method,
            metadata=given,
            peer=self._link.peer,
            user=self._user,
            timeout=seconds,
            waiting=attendance.waiting,
        )
        await _converse(bound, attendance, call)
        return Code.OK, ""


async def _converse(bound: Bound, attendance: Attendance, call: Call) -> None:
    """Hand the function what it is asked, and send what it gives."""
    method = bound.method
    asked: Any
    if method.client_streaming:
        attendance.start_working()
        asked = attendance.stream(method)
    else:
        asked = await attendance.only(method)
    try:
        if not method.server_streaming:
            attendance.hold(await bound.one(asked, call))
            return
        if not method.client_streaming:
            attendance.start_working()
            attendance.link.keep_alive()
        async with contextlib.aclosing(bound.many(asked, call)) as replies:
            async for reply in replies:
                await attendance.send(reply, call)
    finally:
        if method.client_streaming:
            await asked.aclose()
