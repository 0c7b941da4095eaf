"""Requests that are refused because a fault wants it, by a status or by GOAWAY (RFC 9110 §15, RFC 9113 §6.8)."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from netloom.links.http.access import CHALLENGE
from netloom.links.http.h1_request import Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from netloom.links.context import Context
    from netloom.links.faults.refusing import No
    from netloom.links.http.exchange import Exchange
    from netloom.links.http.messages import Headers, Request

GOAWAY = "GOAWAY"
_METHOD = re.compile("[A-Z][A-Z0-9_-]*")
"""A name that a step can have: methods may be any token, and nobody could tell those from misspelt steps."""
_TEXT = ("content-type", "text/plain; charset=utf-8")
_LATER = (("retry-after", "1"),)
_BESIDE: dict[int, Headers] = {
    401: (CHALLENGE,),
    405: (("allow", ""),),
    407: (("proxy-authenticate", CHALLENGE[1]),),
    426: (("upgrade", "websocket"),),
    429: _LATER,
    503: _LATER,
}


class TurnedAway(Refusal):
    """A request that isn't taken, nor any after it: GOAWAY says so; HTTP/1.1 has 503 and the connection's end."""

    def __init__(self, words: str) -> None:
        super().__init__(503, words, "RFC 9113 §6.8")


def refusal(exchange: Exchange, context: Context) -> Coroutine[Any, Any, None] | None:
    """What answers a request that is to be refused; None for one that isn't. A WebSocket begins with a handshake."""
    request = exchange.request
    method = request.method if _METHOD.fullmatch(request.method) else ""
    steps = ("request", method, "handshake" if exchange.upgrade else "")
    no = context.refuses(*steps, target=path_of(request), by="http")
    return None if no is None else _refuse(exchange, context, no)


def path_of(request: Request) -> str:
    """What a request is about, as access records show it."""
    return request.target.partition("?")[0]


def beside(status: int) -> Headers:
    """What has to stand beside a status, or helps its readers (RFC 9110 §15, RFC 6585 §4)."""
    return _BESIDE.get(status, ())


async def _refuse(exchange: Exchange, context: Context, no: No) -> None:
    request, started = exchange.request, time.time()
    if no.code == GOAWAY:
        context.access(request.method, path_of(request), status=GOAWAY, started=started)
        raise TurnedAway(no.words())
    body = no.words().encode() + b"\n"
    await exchange.respond(no.number, (_TEXT, *beside(no.number)), body)
    context.access(request.method, path_of(request), status=str(exchange.status), size=exchange.sent, started=started)
