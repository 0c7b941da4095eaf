"""The protocol's own view of HTTP/3: facts, the verbs, a server that knows nothing else, an application."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.app import App
from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import PeerRefused, Unauthenticated, UsageError
from netloom.links.virtual import run
from netloom.protocols.http.options import Options
from netloom.protocols.http.probe import Facts, probe
from netloom.protocols.http.server import identity
from netloom.serving import Serving
from tests.links.http.lab_h3 import authority, ca
from tests.protocols.http.stage import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def over_quic(content: Any = None, mode: str = "only") -> AsyncIterator[tuple[Stage, str, str]]:
    """Our server, its URL for a login, and the options of a client that knows it."""
    stage = Stage()
    accounts = Accounts.from_texts(["ann:secret"])
    wanted = [Endpoint.parse(f"https://127.0.0.1:0#http3={mode}")]
    content = content if content is not None else Files(files={"hello.txt": b"hello\n"})
    async with Serving(
        wanted, [content], accounts, network=stage.network, authority=authority(), report=stage.seen.append
    ) as server:
        try:
            yield stage, f"127.0.0.1:{server.endpoint.port}", f"#version=3,ca={ca()}"
        finally:
            await stage.close()


def test_facts() -> None:
    async def main() -> None:
        async with over_quic(mode="also") as (stage, place, options):
            facts = Facts()
            client = stage.client(f"https://{place}/hello.txt{options}")
            await probe(client, facts)
            assert (facts.status, facts.version, facts.quic) == (200, "3", 1)
            assert facts.alternatives == f'h3=":{place.rpartition(":")[2]}"; ma=86400'
            assert facts.summary == "200 OK · HTTP/3"
            assert facts.body == "hello\n"
            await client.close()

    run(main())


def test_over_tcp_there_is_no_quic() -> None:
    async def main() -> None:
        async with over_quic(mode="also") as (stage, place, _):
            facts = Facts()
            client = stage.client(f"https://{place}/hello.txt#ca={ca()}")
            await probe(client, facts)
            assert (facts.version, facts.quic) == ("2", None)
            await client.close()

    run(main())


def test_each_verb_on_one_connection() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"warp and weft"

    async def main() -> None:
        async with over_quic() as (stage, place, options):
            client = stage.client(f"https://ann:secret@{place}/{options}")
            put = await client.put("/loom.txt", body())
            assert put.meta["status"] == 201
            got = await client.get("/loom.txt")
            assert b"".join([chunk async for chunk in got.chunks()]) == b"warp and weft"
            assert got.meta["version"] == "3"
            assert {entry.name async for entry in client.list("/")} == {"hello.txt", "loom.txt"}
            with pytest.raises(PeerRefused) as caught:
                await client.get("/missing")
            assert caught.value.code == 404
            await client.close()
            assert len({record.peer for record in stage.seen}) == 1
            stranger = stage.client(f"https://bob:wrong@{place}/{options}")
            with pytest.raises(Unauthenticated):
                await stranger.put("/loom.txt", body())
            await stranger.close()

    run(main())


def test_an_application() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert (scope["http_version"], scope["scheme"]) == ("3", "https")
        event = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": event["body"], "more_body": False})
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]})

    async def main() -> None:
        async with over_quic(App(application)) as (stage, place, options):
            client = stage.client(f"https://{place}/{options}")
            answered = await client.ask("GET")
            assert await answered.answer.read(10) == b""
            assert answered.answer.trailers == (("x-sum", "1"),)
            await client.close()

    run(main())


def test_what_a_client_has_to_know() -> None:
    assert identity(Options(http3="only")) == {"version": "3"}
    assert identity(Options(http3="also")) == {}


def test_a_redirect_to_a_place_without_tls_cannot_be_followed() -> None:
    async def main() -> None:
        async with over_quic() as (stage, place, options):
            client = stage.client(f"http://{place}/{options}")
            with pytest.raises(UsageError, match="https"):
                await client.get("/")
            await client.close()

    run(main())
