from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.errors import LocalProtocolError
from netloom.links.authority import Authority
from netloom.links.http.client import first_values
from netloom.links.tls import ServerTLS
from tests.links.http.h2_peer import ask
from tests.links.http.lab import TEXT, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from netloom.links.http.exchange import Exchange


def test_the_first_of_several_values_counts() -> None:
    once = (("a", "1"), ("b", "2"))
    assert list(first_values(once).items()) == list(once)
    assert first_values((*once, ("a", "3"), ("b", "4"))) == {"a": "1", "b": "2"}


@contextlib.asynccontextmanager
async def serving_tls(tls: ServerTLS) -> AsyncIterator[Place]:
    from netloom.links.memory import MemoryNetwork
    from netloom.links.options import LinkOptions

    async def handle(exchange: Exchange) -> None:
        assert exchange.secure
        await exchange.respond(200, TEXT, b"https")

    place = Place(MemoryNetwork(), LinkOptions())
    await place.open([place.route(handle, "https://127.0.0.1:0")], tls=tls)
    try:
        yield place
    finally:
        await place.listener.close(1.0)


async def test_over_tls_alpn_decides(tmp_path: Path) -> None:
    authority = Authority.create()
    issued = authority.issue(["localhost", "127.0.0.1"])
    (tmp_path / "ca.pem").write_bytes(issued.cert_pem)
    async with serving_tls(ServerTLS(issued.cert_pem, issued.key_pem, alpn=("h2", "http/1.1"))) as place:
        for wanted, got in (("", "2"), ("1.1", "1.1"), ("2", "2")):
            connection = await place.client(wanted, verify=False)  # type: ignore[arg-type]
            assert connection.version == got
            answer = await connection.request(ask())
            assert await answer.read(10) == b"https hello"[:5] + b""
            with pytest.raises(LocalProtocolError, match="read once"):
                await answer.read(10)
            await connection.close()
