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


async def test_nothing_there() -> None:
    assert (await ask(ROUTES[1:2], b"/else"))[0] == 404
    assert (await ask(ROUTES[4:], b"/chat"))[0] == 426
    assert (await ask(ROUTES[4:], b"/else", UPGRADE))[0] == 404
