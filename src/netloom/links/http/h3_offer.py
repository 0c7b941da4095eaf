"""HTTP/3 offered to those who ask by an earlier version: Alt-Svc in every answer (RFC 7838 §3, RFC 9114 §3.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.links.http.exchange import Exchange, Fields

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.http.messages import Headers
    from netloom.links.stream import Stream

AGE = 86400
"""Seconds for which a client may remember it."""


def fields(port: int) -> Headers:
    """What an answer says of HTTP/3 on a port of the same host."""
    return (("alt-svc", f'h3=":{port}"; ma={AGE}'),)


class Offering(Exchange):
    """An exchange in whose answer some fields stand beside those that it is given."""

    __slots__ = ("_fields", "_inner", "version")

    def __init__(self, inner: Exchange, offered: Headers) -> None:
        self._inner = inner
        self._fields = offered
        self.request = inner.request
        self.version = inner.version

    @property
    def status(self) -> int:  # type: ignore[override]  # it is the inner one's
        return self._inner.status

    @property
    def sent(self) -> int:  # type: ignore[override]  # as well
        return self._inner.sent

    @property
    def peer(self) -> str:
        return self._inner.peer

    def chunks(self) -> AsyncIterator[bytes]:
        return self._inner.chunks()

    @property
    def trailers(self) -> Headers:
        return self._inner.trailers

    async def respond(self, status: int, headers: Fields = (), body: bytes | AsyncIterator[bytes] = b"") -> None:
        await self._inner.respond(status, (*headers, *self._fields), body)

    async def start(self, status: int, headers: Fields = ()) -> None:
        await self._inner.start(status, (*headers, *self._fields) if status >= 200 else headers)

    async def send(self, chunk: bytes) -> None:
        await self._inner.send(chunk)

    async def finish(self, trailers: Fields = ()) -> None:
        await self._inner.finish(trailers)

    async def accept_upgrade(self, headers: Fields = ()) -> Stream:
        return await self._inner.accept_upgrade(headers)

    async def wait_closed(self) -> None:
        await self._inner.wait_closed()
