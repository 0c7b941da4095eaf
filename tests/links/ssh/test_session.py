"""A session at our server, seen by whoever serves it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.links.listener import Listener
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.route import Route
from netloom.links.ssh.client import Connection, Terminal
from netloom.links.ssh.options import SSHOptions
from netloom.links.ssh.session import Session
from netloom.registry import protocol
from tests.links.ssh.servers import Place

Serve = Callable[[Session], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[Connection]:
    """A connection to a server whose sessions are all given to one function."""
    network = MemoryNetwork()
    declared = protocol("ssh")

    async def one(link: Any, content: Any, context: Any) -> None:
        await serve(link)

    endpoint = Endpoint.parse("ssh://127.0.0.1:0")
    route = Route(
        declared=declared,
        scheme=declared.schemes["ssh"],
        endpoint=endpoint,
        content=SimpleNamespace(),
        options=SSHOptions(host_key="none"),
        serve=one,
        report=lambda record: None,
    )
    listener = Listener(network, [route], LinkOptions(), Accounts())
    place = Place(network, (await listener.open())[0], [])
    try:
        async with asyncio.timeout(20):
            yield await place.connect("guest")
    finally:
        await place.close()
        await listener.close(0)


async def test_what_is_asked_for() -> None:
    async def serve(session: Session) -> None:
        words = [session.command, session.user, session.account, session.terminal, session.environment]
        await session.stream.write(f"{words}\n".encode())
        session.exit(0)

    async with serving(serve) as connection:
        stream = await connection.session("do it", environment={"A": "b"})
        assert await stream.read_line() == b"['do it', 'guest', None, None, {'A': 'b'}]\n"
        stream = await connection.session(terminal=Terminal("vt100", 99, 33))
        assert await stream.read_line() == b"[None, 'guest', None, ('vt100', 99, 33), {}]\n"


async def test_both_outputs_and_the_status() -> None:
    async def serve(session: Session) -> None:
        await session.stream.write(b"out\xff\n")
        await session.write_error(b"err\xff\n")
        session.exit(7)

    async with serving(serve) as connection:
        stream = await connection.session("x")
        out = await stream.read_line()
        await stream.ended()
        assert (out, bytes(stream.stderr), stream.exit_status) == (b"out\xff\n", b"err\xff\n", 7)
        stream = await connection.session("x", terminal=Terminal())
        assert [await stream.read_line(), await stream.read_line()] == [b"out\xff\n", b"err\xff\n"]


async def test_it_is_interrupted() -> None:
    async def serve(session: Session) -> None:
        for _ in range(2):
            try:
                async with session.interruptible():
                    await session.stream.write(b"waiting\n")
                    await asyncio.Event().wait()
            except TimeoutError:
                await session.stream.write(b"interrupted\n")
        assert not session.interrupt()
        async with session.interruptible():
            await asyncio.sleep(0)
        session.exit(0)

    async with serving(serve) as connection:
        stream = await connection.session(terminal=Terminal())
        await stream.expect("waiting")
        stream.send_signal("INT")
        await stream.expect("interrupted")
        await stream.expect("waiting")
        stream.send_signal("TERM")
        await stream.expect("interrupted")
        await stream.ended()
        assert stream.exit_status == 0


async def test_keys_come_as_they_are_typed() -> None:
    async def serve(session: Session) -> None:
        assert await session.stream.read_exactly(11) == "häl\x7f\x03\x1b[D\r".encode() + b"\x04"
        session.exit(0)

    async with serving(serve) as connection:
        stream = await connection.session(terminal=Terminal())
        await stream.write("häl\x7f\x03\x1b[D\r\x04".encode())
        await stream.ended()
        assert stream.exit_status == 0


async def test_a_signal_that_interrupts_nothing_ends_the_input() -> None:
    async def serve(session: Session) -> None:
        rest = b"".join([chunk async for chunk in session.stream])
        await session.stream.write(rest)
        session.exit(1)

    async with serving(serve) as connection:
        stream = await connection.session("x")
        await stream.write(b"abc")
        stream.send_signal("HUP")
        assert await stream.read_exactly(3) == b"abc"
        await stream.ended()
        assert stream.exit_status == 1


async def test_another_size() -> None:
    seen: asyncio.Queue[Any] = asyncio.Queue()

    async def serve(session: Session) -> None:
        await session.stream.read()
        seen.put_nowait(session.terminal)
        session.exit(0)

    async with serving(serve) as connection:
        stream = await connection.session(terminal=Terminal("vt100", 80, 24))
        stream.resize(132, 50)
        await stream.write(b"\r")
        assert await seen.get() == ("vt100", 132, 50)
        await stream.ended()
