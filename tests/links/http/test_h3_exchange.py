from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.errors import LocalProtocolError
from netloom.links.http.h3_exchange import H3Exchange
from netloom.links.virtual import run
from netloom.wire.http3.frames import DATA, HEADERS
from tests.links.http.lab import TEXT
from tests.links.http.lab_h3 import head, serving_h3

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange


def test_it_cannot_become_another_protocols() -> None:
    caught: list[LocalProtocolError] = []

    async def handler(exchange: Exchange) -> None:
        try:
            await exchange.accept_upgrade()
        except LocalProtocolError as error:
            caught.append(error)
        await exchange.respond(501, TEXT, b"no")

    async def main() -> None:
        async with serving_h3(handler) as place:
            peer = await place.raw()
            connect = [(b":method", b"CONNECT"), (b":authority", b"elsewhere:22")]
            assert await peer.answered(peer.ask(head(connect))) == (501, b"no")
            extended = [*connect, (b":protocol", b"websocket"), (b":scheme", b"https"), (b":path", b"/")]
            assert (await peer.answered(peer.ask(head(extended))))[0] == 400
        assert "RFC 9220" in caught[0].rule

    run(main())


def test_what_an_answer_has() -> None:
    async def handler(exchange: Exchange) -> None:
        assert isinstance(exchange, H3Exchange)
        await exchange.respond(200, [*TEXT, ("Connection", "close"), ("X-Loom", "1")], b"hello")

    async def main() -> None:
        async with serving_h3(handler) as place:
            peer = await place.raw()
            number = peer.ask(head())
            await peer.answered(number)
            (kind, fields), *rest = peer.answer(number)
            assert kind == HEADERS
            names = [name for name, _ in fields]
            assert names == [b":status", b"content-type", b"x-loom", b"content-length", b"date"]
            assert rest == [(DATA, b"hello")]

    run(main())


def test_a_handler_that_fails_or_forgets_to_answer() -> None:
    async def handler(exchange: Exchange) -> None:
        if exchange.request.target == "/fails":
            raise ValueError("a bug")

    async def main() -> None:
        async with serving_h3(handler) as place:
            peer = await place.raw()
            fields = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/fails")]
            assert (await peer.answered(peer.ask(head(fields))))[0] == 500
            assert (await peer.answered(peer.ask(head())))[0] == 500

    run(main())
