from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectionLost, LocalProtocolError
from netloom.links.http.body import Inbox
from netloom.links.http.h2_connection import Reset
from netloom.links.http.h3_stream import H3Stream, Part
from netloom.links.http.messages import Request
from netloom.links.virtual import run
from netloom.wire.http3.codes import Code, Http3Error
from tests.links.http.lab import hello
from tests.links.http.lab_h3 import serving_h3

if TYPE_CHECKING:
    from netloom.links.http.exchange import Exchange


def test_a_body_is_counted_against_its_length() -> None:
    async def main() -> None:
        async with serving_h3(hello) as place:
            connection = await place.h3()
            wire = connection._h3
            stream = H3Stream(wire, 0, Inbox(wire.loop, None, lambda _: None))
            with pytest.raises(Http3Error) as caught:
                stream.take(1)
            assert caught.value.code is Code.FRAME_UNEXPECTED
            stream.part, stream.left = Part.BODY, 10
            stream.take(10)
            with pytest.raises(Http3Error) as caught:
                stream.take(1)
            assert caught.value.code is Code.MESSAGE_ERROR
            await connection.close()

    run(main())


def test_nothing_is_said_on_a_stream_that_was_reset() -> None:
    caught: list[BaseException] = []

    async def handler(exchange: Exchange) -> None:
        await exchange.start(200)
        await exchange.wait_closed()
        try:
            await exchange.send(b"x")
        except ConnectionLost as error:
            caught.append(error)
            raise

    async def main() -> None:
        async with serving_h3(handler) as place:
            connection = await place.h3()
            asked = Request(method="GET", target="/", scheme="https", authority="a")
            await (await connection.request(asked)).close()
            await asyncio.sleep(0.1)
            await connection.close()
        assert isinstance(caught[0], Reset)
        assert caught[0].error_code == Code.REQUEST_CANCELLED

    run(main())


def test_fields_that_cannot_be_said() -> None:
    async def main() -> None:
        async with serving_h3(hello) as place:
            connection = await place.h3()
            asked = Request(method="GET", target="/", headers=(("x", "a\r\nb"),), scheme="https", authority="a")
            with pytest.raises(LocalProtocolError):
                await connection.request(asked)
            await connection.close()

    run(main())
