from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from tests.links.http.lab import TEXT, Place, answers

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange
    from tests.links.http.lab import Handler


def named(name: str) -> Handler:
    async def handle(exchange: Exchange) -> None:
        await exchange.respond(200, TEXT, name.encode())

    return handle


ROUTES = [
    ("root", "http://127.0.0.1:0", "http"),
    ("api", "http://127.0.0.1:0/api", "http"),
    ("deep", "http://127.0.0.1:0/api/deep/", "http"),
    ("dns", "doh://127.0.0.1:0", "dns"),
    ("chat", "ws://127.0.0.1:0/chat", "ws"),
]
UPGRADE = b"Connection: upgrade\r\nUpgrade: websocket\r\n"


async def ask(routes: list[tuple[str, str, str]], target: bytes, fields: bytes = b"") -> tuple[int, bytes]:
    place = Place(MemoryNetwork(), LinkOptions())
    await place.open([place.route(named(name), url, protocol) for name, url, protocol in routes])
    try:
        heard = await place.say(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n")
    finally:
        await place.listener.close(1.0)
    return answers(heard)[0], heard.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("target", "fields", "name"),
    [
        (b"/", b"", b"root"),
        (b"/apix", b"", b"root"),
        (b"/api", b"", b"api"),
        (b"/api?x=/api/deep", b"", b"api"),
        (b"/api/de", b"", b"api"),
        (b"/api/deep", b"", b"deep"),
        (b"/api/deep/x/y", b"", b"deep"),
        (b"/dns-query?dns=x", b"", b"dns"),
        (b"/chat", b"", b"root"),
        (b"/chat", UPGRADE, b"chat"),
        (b"/chat/room", UPGRADE, b"chat"),
        (b"/api", UPGRADE, b"api"),
        (b"/chat", b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"root"),
    ],
)
async def test_the_longest_path_wins(target: bytes, fields: bytes, name: bytes) -> None:
    for routes in (ROUTES, ROUTES[::-1]):
        assert await ask(routes, target, fields) == (200, name)


@pytest.mark.parametrize(
    ("target", "fields", "name"),
    [
        (b"/", b"", b"root"),
        (b"/", UPGRADE, b"ws"),
        (b"/live", b"", b"live"),
        (b"/live", UPGRADE, b"live"),
        (b"/live/x", UPGRADE, b"live"),
        (b"/live/chat", b"", b"live"),
        (b"/live/chat", UPGRADE, b"chat"),
        (b"/lively", UPGRADE, b"ws"),
    ],
)
async def test_one_path_may_have_both(target: bytes, fields: bytes, name: bytes) -> None:
    """Requests and upgrades of one protocol on one path, beside WebSockets everywhere else."""
    routes = [
        ("root", "http://127.0.0.1:0", "http"),
        ("ws", "ws://127.0.0.1:0", "ws"),
        ("live", "http://127.0.0.1:0/live", "http"),
        ("chat", "ws://127.0.0.1:0/live/chat", "ws"),
    ]
    for order in (routes, routes[::-1]):
        assert await ask(order, target, fields) == (200, name)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (b"", b"root"),
        (b"Content-Type: application/grpc\r\n", b"calls"),
        (b"Content-Type: application/grpc+proto\r\n", b"calls"),
        (b"Content-Type: application/grpc;x=y\r\n", b"calls"),
        (b"Content-Type: application/grpc-web\r\n", b"root"),
        (b"Content-Type: application/json\r\n", b"root"),
        (UPGRADE, b"ws"),
    ],
)
async def test_by_the_bodys_type(fields: bytes, name: bytes) -> None:
    routes = [
        ("root", "http://127.0.0.1:0", "http"),
        ("ws", "ws://127.0.0.1:0", "ws"),
        ("calls", "grpc://127.0.0.1:0", "grpc"),
    ]
    for order in (routes, routes[::-1]):
        assert await ask(order, b"/a.B/C", fields) == (200, name)


async def test_what_nobody_else_wants_is_refused_by_whom_the_type_is_for() -> None:
    calls, ws = ("calls", "grpc://127.0.0.1:0", "grpc"), ("ws", "ws://127.0.0.1:0", "ws")
    for routes in ([calls], [calls, ws], [ws, calls]):
        assert await ask(routes, b"/x") == (200, b"calls")
    assert (await ask([("calls", "grpc://127.0.0.1:0/a.B", "grpc")], b"/x"))[0] == 404


async def test_nothing_there() -> None:
    assert (await ask(ROUTES[1:2], b"/else"))[0] == 404
    assert (await ask(ROUTES[4:], b"/chat"))[0] == 426
    assert (await ask(ROUTES[4:], b"/else", UPGRADE))[0] == 404
