"""gRPC beside HTTP and WebSockets on one port (the carrier tells them apart by the body's type)."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.echo import Echo
from netloom.contents.files import Files
from netloom.contents.service import Service
from netloom.endpoint import Endpoint
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox


async def _none(record: object) -> None:
    raise AssertionError(record)


async def test_one_port() -> None:
    port = 0
    async with Serving([Endpoint.parse("http://127.0.0.1:0")], [Files()]) as free:
        port = free.endpoint.port or 0
    schemes = ("http", "ws", "grpc")
    wanted = [Endpoint.parse(f"{scheme}://127.0.0.1:{port}") for scheme in schemes]
    contents: list[Any] = [Files(files={"a.txt": b"warp"}), Echo(), Service()]
    async with Serving(wanted, contents, Accounts()) as serving:
        assert {endpoint.port for endpoint in serving.endpoints} == {port}
        tools = Toolbox(_none)
        async with tools.attempt(wanted[0].replace(path="/a.txt"), 20.0) as talk:
            client: Any = talk.client
            reply = await client.get("/a.txt")
            assert b"".join([chunk async for chunk in reply.chunks()]) == b"warp"
        assert talk.error is None
        async with tools.attempt(wanted[1].with_options([("reply", "message")]), 20.0) as talk:
            client = talk.client
            reply = await client.send(Message(payload=b"weft"))
            assert b"".join([chunk async for chunk in reply.chunks()]) == b"weft"
        assert talk.error is None
        async with tools.attempt(wanted[2], 20.0) as talk:
            client = talk.client
            assert (await client.run('Echo {"text": "loom"}')).value == {"text": "loom"}
        assert talk.error is None


@pytest.mark.parametrize("version", ["1.1", "2-prior"])
async def test_what_is_no_call_is_the_files_affair(version: str) -> None:
    async with Serving([Endpoint.parse("grpc://127.0.0.1:0")], [Service()]) as serving:
        place = serving.endpoint.replace(scheme="http", path="/x").with_options([("version", version), ("fail", "no")])
        async with Toolbox(_none).attempt(place, 20.0) as talk:
            client: Any = talk.client
            assert (await client.get("/x")).meta["status"] == 415
        assert talk.error is None
