"""Connect: two sides joined, listening or not, and standard input and output as one of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Status, Unsupported, UsageError
from netloom.links.stdio import StandardStreams
from netloom.operations import connect
from netloom.records import ReplyRecord, ServingRecord
from netloom.runs import Run
from netloom.serving import Serving
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")

ECHO = "tcp://127.0.0.1:0"


@contextlib.asynccontextmanager
async def joined(target: Any, other: Any) -> AsyncIterator[tuple[Endpoint, AsyncGenerator[Any, None]]]:
    """Where the join listens, and its records after that."""
    made = aiter(Run[Any].prepare("connect", (target, other), {}))
    async with contextlib.aclosing(made):
        first = await anext(made)
        assert isinstance(first, ServingRecord)
        yield Endpoint.parse(first.endpoint), made


@pytest.mark.parametrize("scheme", ["tcp", "unix", "tls"])
async def test_a_listener_with_an_endpoint(scheme: str, tmp_path: Path) -> None:
    place = f"unix://{tmp_path}/s" if scheme == "unix" else f"{scheme}://127.0.0.1:0"
    async with Serving([Endpoint.parse(place)]) as serving:
        target = serving.endpoint.with_options(serving.records[0].trust.items())
        async with joined("tcp://127.0.0.1:0#listen", target) as (where, made):
            talking = asyncio.ensure_future(record(None, "send", where, "warp and weft", options=["reply=all"]))
            (joint,) = [one async for one in made]
            assert (await talking).body == b"warp and weft"
    assert isinstance(joint, ReplyRecord)
    assert (joint.status, joint.protocol) == (Status.SUCCESS, scheme)
    assert joint.meta == {"to_the_right": 13, "to_the_left": 13}


async def test_an_endpoint_with_a_listener() -> None:
    async with Serving([Endpoint.parse(ECHO)]) as serving:
        run = asyncio.ensure_future(_first_two(Run[Any].prepare("connect", (serving.endpoint, f"{ECHO}#listen"), {})))
        joint = await run
    assert joint.meta == {"to_the_right": 4, "to_the_left": 4}


async def _first_two(run: Run[Any]) -> Any:
    made = aiter(run)
    async with contextlib.aclosing(made):
        where = Endpoint.parse((await anext(made)).endpoint)
        talking = asyncio.ensure_future(record(None, "send", where, "warp", options=["reply=all"]))
        joint = await anext(made)
        assert (await talking).body == b"warp"
        return joint


async def test_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[bytes] = []
    reading, writing = os.pipe()
    try:
        os.write(writing, b"typed\n")
        os.close(writing)
        monkeypatch.setattr(connect, "StandardStreams", lambda: StandardStreams(reading, shown.append))
        async with Serving([Endpoint.parse(ECHO)]) as serving:
            joint = await record(None, "connect", serving.endpoint)
    finally:
        os.close(reading)
    assert b"".join(shown) == b"typed\n"
    assert (joint.status, joint.meta) == (Status.SUCCESS, {"to_the_right": 6, "to_the_left": 6})


async def test_a_side_that_isnt_there_is_the_outcome() -> None:
    async with Serving([Endpoint.parse(ECHO)]) as serving:
        gone = serving.endpoint
    async with Serving([Endpoint.parse(ECHO)]) as serving:
        try:
            found = await records(None, "connect", serving.endpoint, gone)
        except Exception as failed:
            pytest.fail(f"raised {failed!r}")
    assert [made.status for made in found if isinstance(made, ReplyRecord)][-1] is Status.REFUSED


@contextlib.asynccontextmanager
async def resetting(scheme: str = "tcp") -> AsyncIterator[Endpoint]:
    """A server that waits for a word, and then lets its end of the connection be reset."""

    async def reset(link: Any) -> None:
        await link.read()
        link.info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.abort()

    async with Serving([Endpoint.parse(f"{scheme}://127.0.0.1:0")], [Handler(reset)]) as serving:
        yield serving.endpoint.with_options(serving.records[0].trust.items())


@contextlib.asynccontextmanager
async def talking() -> AsyncIterator[Endpoint]:
    """A server that says something, and then listens."""

    async def talk(link: Any) -> None:
        await link.write(b"a word")
        await link.read()

    async with Serving([Endpoint.parse(ECHO)], [Handler(talk)]) as serving:
        yield serving.endpoint


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
@pytest.mark.parametrize("broken", ["left", "right"])
async def test_a_failure_names_its_own_endpoint(broken: str, scheme: str) -> None:
    """Inside the kernel (tcp with tcp) and outside of it."""
    async with resetting(scheme) as victim, talking() as other:
        sides = (victim, other) if broken == "left" else (other, victim)
        found = await records(None, "connect", *sides)
    told = {made.endpoint: made for made in found if isinstance(made, ReplyRecord)}
    assert told[str(victim)].status is Status.CLOSED, told
    assert told[str(other)].status is Status.SUCCESS, told
    assert told[str(other)].message == ""
    assert told[str(victim)].meta["to_the_right" if broken == "right" else "to_the_left"] == 6


@pytest.mark.parametrize("broken", ["left", "right"])
async def test_so_does_one_that_is_waited_for(broken: str) -> None:
    async with talking() as other:
        sides = (f"{ECHO}#listen", other) if broken == "left" else (other, f"{ECHO}#listen")
        made = aiter(Run[Any].prepare("connect", sides, {}))
        async with contextlib.aclosing(made):
            where = (await anext(made)).endpoint
            place = Endpoint.parse(where)
            reader, writer = await asyncio.open_connection(place.host, place.port)
            assert await reader.readexactly(6) == b"a word"
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            told = {one.endpoint: one.status async for one in made}
    assert told == {where: Status.CLOSED, str(other): Status.SUCCESS}


async def test_that_nothing_can_listen_there_is_nobody_elses_failure() -> None:
    async with Serving([Endpoint.parse(ECHO)]) as serving:
        taken = f"{serving.endpoint}#listen"
        for sides in ((taken, serving.endpoint), (serving.endpoint, taken)):
            with pytest.raises(UsageError, match="in use already"):
                await records(None, "connect", *sides)


async def test_who_stops_waiting_leaves_nothing_listening() -> None:
    async with joined(f"{ECHO}#listen", f"{ECHO}#listen") as (where, _):
        pass
    assert (await record(None, "probe", where, deadline=5)).status is Status.REFUSED
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_cant_be_meant() -> None:
    with pytest.raises(Unsupported, match="ntp has no"):
        await records(None, "connect", f"{ECHO}#listen", "ntp://127.0.0.1:9")
    with pytest.raises(UsageError, match="is no option here"):
        await records(None, "connect", f"{ECHO}#listen,zzz", ECHO)
