"""Listen: what peers say to a server of ours, and what a server says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.bus import Bus
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Status, Unsupported, UsageError
from netloom.records import Message, MessageRecord, ServingRecord
from netloom.runs import Run
from netloom.serving import Serving
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@contextlib.asynccontextmanager
async def listening(target: Any, **fields: Any) -> AsyncIterator[tuple[Endpoint, AsyncGenerator[Any, None]]]:
    """Where it listens, and what it hears."""
    heard = aiter(Run[Any].prepare("listen", (target,), fields))
    async with contextlib.aclosing(heard):
        first = await anext(heard)
        assert isinstance(first, ServingRecord)
        yield Endpoint.parse(first.endpoint).with_options(first.trust.items()), heard


@pytest.mark.parametrize("scheme", ["tcp", "udp", "unix", "tls"])
async def test_by_binding(scheme: str, tmp_path: Path) -> None:
    place = f"unix://{tmp_path}/s" if scheme == "unix" else f"{scheme}://127.0.0.1:0"
    async with listening(place, count=2) as (where, heard):
        for text in ("warp\n", "weft\n"):
            assert (await record(None, "send", where, text)).status is Status.SUCCESS
        found = [made async for made in heard]
    assert sorted(made.heard.payload.rstrip() for made in found) == [b"warp", b"weft"]
    assert all(isinstance(made, MessageRecord) and made.status is Status.SUCCESS for made in found)
    assert all(made.protocol == scheme for made in found)


async def test_without_a_count_it_goes_on_until_nobody_reads() -> None:
    async with listening("udp://127.0.0.1:0") as (where, heard):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for number in range(5):
                peer.sendto(str(number).encode(), (where.host, where.port))
                made = await anext(heard)
                assert made.heard.payload == str(number).encode()
                assert made.heard.sender.endswith(str(peer.getsockname()[1]))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    probed = await record(None, "probe", where, deadline=5, options=["payload=x"])
    assert probed.status is Status.REFUSED, "it no longer listens"


async def test_as_a_client() -> None:
    bus = Bus()
    async with Serving([Endpoint.parse("ws://127.0.0.1:0")], [bus]) as serving:
        heard = aiter(Run[Any].prepare("listen", (serving.endpoint,), {"count": 1}))

        async def speak() -> None:
            for _ in range(1000):
                if bus.publish(Message(payload=b"warp")):
                    return
                await asyncio.sleep(0.01)  # until it listens

        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(speak())
            found = [made async for made in heard]
    assert [made.heard.payload if made.heard else None for made in found] == [b"warp", None]
    assert found[-1].status is Status.SUCCESS


async def test_a_server_that_isnt_there_is_the_end() -> None:
    async with Serving([Endpoint.parse("ws://127.0.0.1:0")]) as serving:
        gone = serving.endpoint
    (only,) = await records(None, "listen", gone)
    assert isinstance(only, MessageRecord)
    assert (only.heard, only.status) == (None, Status.REFUSED)


async def test_a_server_that_is_something_else_is_the_end() -> None:
    async def speak(link: Any) -> None:
        await link.write(b"220 mx.example.org ESMTP\r\n")
        await link.read()

    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(speak)]) as serving:
        (only,) = await records(None, "listen", serving.endpoint.replace(scheme="ws"), deadline=5)
    assert isinstance(only, MessageRecord)
    assert only.status is Status.PROTOCOL_ERROR
    assert "that is smtp" in only.hint


@pytest.mark.parametrize(
    ("target", "fields", "error"),
    [
        ("ntp://127.0.0.1:0", {}, Unsupported),
        ("zzz://127.0.0.1:0", {}, UsageError),
        ("udp://127.0.0.1:0#zzz", {}, UsageError),
        ("udp://127.0.0.1:0", {"count": -1}, UsageError),
    ],
)
async def test_what_cant_be_meant(target: str, fields: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        await records(None, "listen", target, **fields)


async def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="in use"):
        await records(None, "listen", f"tcp://127.0.0.1:{taken.getsockname()[1]}")


async def test_converted_one_by_one() -> None:
    async with listening("udp://127.0.0.1:0", count=3, as_="yaml") as (where, heard):
        for text in ('{"a": [1]}', "{", "[2]"):
            await record(None, "send", where, text)
        found = [made async for made in heard]
    assert [(made.status, made.heard.payload) for made in found] == [
        (Status.SUCCESS, b"a:\n- 1\n"),
        (Status.PROTOCOL_ERROR, b"{"),
        (Status.SUCCESS, b"- 2\n"),
    ]
    assert "--from" in next(made.hint for made in found if made.heard.payload == b"{")


async def test_converted_by_what_a_message_says() -> None:
    bus = Bus()
    said = Message(topic="t", payload=b"\x81\x01", properties={"content-type": "application/cbor"})
    async with Serving([Endpoint.parse("mqtt://127.0.0.1:0")], [bus]) as serving:
        heard = aiter(Run[Any].prepare("listen", (serving.endpoint.replace(path="/t"),), {"count": 2, "as_": "json"}))

        async def speak() -> None:
            for _ in range(1000):
                if bus.publish(said):
                    bus.publish(Message(topic="t"))
                    return
                await asyncio.sleep(0.01)  # until it listens

        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(speak())
            found = [made async for made in heard]
    assert found[0].heard.payload == b"[1]"
    assert found[0].heard.properties["content-type"] == "application/json"
    assert (found[1].status, found[1].heard.payload) == (Status.SUCCESS, b""), "nothing stays nothing"
