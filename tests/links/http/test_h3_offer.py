"""HTTP/3 beside the versions over TCP: one port number, one set of routes, and Alt-Svc that tells of it."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.errors import UsageError
from netloom.links.http import h3_offer
from netloom.links.http.messages import Request, header
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.virtual import run
from tests.links.http.lab import counting, hello
from tests.links.http.lab_h3 import H3Place, Http3, ca, tls


async def beside(mode: str, *, url: str = "https://127.0.0.1:0", **named: Any) -> H3Place:
    place = H3Place(MemoryNetwork(), LinkOptions())
    routes = [
        place.route(counting([]), url, options=Http3(http3=mode)),
        place.route(hello, "doh://127.0.0.1:0/dns", "doh"),
    ]
    await place.open(routes[:1] if url != "https://127.0.0.1:0" else routes, **named)
    return place


@pytest.mark.parametrize("version", ["1.1", "2", "3"])
def test_each_version_tells_of_it(version: Any) -> None:
    async def main() -> None:
        place = await beside("also", tls=tls())
        connection = await place.client(version, ca=ca())
        for target, body in (("/a", b"GET /a "), ("/dns", b"hello")):
            reply = await connection.request(Request(method="GET", target=target, scheme="https", authority="a"))
            said = header(reply.response.headers, "alt-svc")
            assert said == f'h3=":{place.endpoint.port}"; ma={h3_offer.AGE}'
            assert await reply.read(100) == body
        await connection.close()
        await place.listener.close(0.0)

    run(main())


def test_alone_it_has_no_other_to_tell() -> None:
    async def main() -> None:
        place = await beside("only", tls=tls())
        assert not place.network.listeners  # type: ignore[attr-defined]  # in memory
        connection = await place.h3()
        reply = await connection.request(Request(method="GET", target="/a", scheme="https", authority="a"))
        assert header(reply.response.headers, "alt-svc") is None
        assert await reply.read(100) == b"GET /a "
        await connection.close()
        await place.listener.close(0.0)

    run(main())


def test_without_it_nobody_listens_to_datagrams() -> None:
    async def main() -> None:
        place = await beside("", tls=tls())
        assert not place.network.sockets  # type: ignore[attr-defined]  # in memory
        connection = await place.client("2", ca=ca())
        reply = await connection.request(Request(method="GET", target="/a", scheme="https", authority="a"))
        assert header(reply.response.headers, "alt-svc") is None
        await connection.close()
        await place.listener.close(0.0)

    run(main())


def test_what_cannot_have_it() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="https"):
            await beside("also", url="http://127.0.0.1:0")
        with pytest.raises(UsageError, match="client certificates"):
            await beside("also", tls=tls(client_ca=ca()))

    run(main())
