from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    LocalProtocolError,
    NetloomError,
    PeerRefused,
    RemoteProtocolError,
)
from netloom.links.context import Context
from netloom.links.http.body import too_large
from netloom.links.http.h1_request import Refusal
from netloom.links.http.server import Serving
from netloom.links.memory import MemoryNetwork, pair
from netloom.links.options import LinkOptions
from netloom.links.stream import Stream
from tests.links.http.lab import Options, Place, answers, hello, serving

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange
    from netloom.links.route import Route


async def made(*routes: Route, place: Place) -> Serving:
    import asyncio

    await place.open(list(routes))
    stream = Stream(asyncio.get_running_loop())
    pair(stream, Stream(asyncio.get_running_loop()))
    return Serving(stream, list(routes), Context(place.listener, routes[0], "peer", stream))


@pytest.mark.parametrize(
    ("failure", "status", "logged"),
    [
        (Refusal(431, "too much", ""), 431, 0),
        (RemoteProtocolError("no chunk"), 400, 0),
        (too_large(5), 413, 0),
        (DeadlineExceeded("slow"), 408, 0),
        (ConnectionLost("gone"), 0, 0),
        (PeerRefused("behind"), 500, logging.WARNING),
        (LocalProtocolError("a bug"), 500, logging.ERROR),
        (ZeroDivisionError(), 500, logging.ERROR),
        (None, 500, logging.ERROR),
    ],
)
async def test_what_a_failure_says(
    failure: NetloomError | Exception | None, status: int, logged: int, caplog: pytest.LogCaptureFixture
) -> None:
    place = Place(MemoryNetwork(), LinkOptions())
    serving_ = await made(place.route(hello), place=place)
    said, words = serving_.explain(failure)
    assert said == status
    assert [record.levelno for record in caplog.records] == ([logged] if logged else [])
    assert "bug" not in words
    await place.listener.close(0.0)


async def test_limits_of_all_that_share_a_port() -> None:
    place = Place(MemoryNetwork(), LinkOptions())
    routes = [
        place.route(hello, options=Options(max_body=5)),
        place.route(hello, "http://127.0.0.1:0/x", options=Options(max_head=6)),
    ]
    serving_ = await made(*routes, place=place)
    assert (serving_.limits.max_body, serving_.limits.max_head) == (5, 6)
    await place.listener.close(0.0)


async def test_each_route_has_its_own_context() -> None:
    place = Place(MemoryNetwork(), LinkOptions())
    seen: list[Any] = []

    def route(path: str) -> Route:
        made = place.route(hello, f"http://127.0.0.1:0{path}")

        async def serve(exchange: Exchange, content: Any, context: Context) -> None:
            seen.append(context.endpoint.path)
            await hello(exchange)

        return type(made)(**{name: getattr(made, name) for name in made.__struct_fields__} | {"serve": serve})

    await place.open([route("/a"), route("/b")])
    for target in (b"/b", b"/a", b"/b"):
        assert answers(await place.say(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")) == [200]
    await place.listener.close(0.0)
    assert seen == ["/b", "/a", "/b"]


async def test_what_was_no_request_is_recorded() -> None:
    async with serving(hello) as place:
        await place.say(b"SSH-2.0-x\r\n\r\n", end=False)
    assert [(record.verb, record.status) for record in place.records] == [("-", "400")]
