"""The Python API in both worlds: a function for each operation, `serve` and `connect` as context managers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom import registry
from netloom.errors import ConnectError, ConnectionLost, DeadlineExceeded, NetloomError, Status, UsageError
from netloom.serving import Serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")


async def greets(link: Any) -> None:
    await link.write(b"hello\n")
    while line := await link.read_line_or_rest():
        await link.write(line.upper() + b"\n")


def test_names() -> None:
    for name in registry.names("operations"):
        if name not in ("serve", "connect"):
            assert getattr(netloom, name).__name__ == registry.operation(name).name
            assert getattr(netloom, name).__doc__
    for name in registry.names("contents"):
        assert name == getattr(netloom, name.capitalize()).KIND
    for name in ("Endpoint", "Secret", "Message", "Entry", "UsageError", "Status", "serve", "connect"):
        assert getattr(netloom, name) is getattr(netloom, name)
    assert {"probe", "serve", "connect", "Endpoint"} <= set(dir(netloom))
    for name in ("nothing", "_private", "Nothing"):
        with pytest.raises(AttributeError):
            getattr(netloom, name)
    assert netloom.__version__


class TestInAScript:
    def test_serve_and_connect(self) -> None:
        with netloom.serve("tcp://127.0.0.1:0", netloom.Handler(greets)) as server:
            assert server.endpoint.port
            assert server.records[0].endpoint == str(server.endpoint)
            assert server.endpoints == [server.endpoint]
            with netloom.connect(server.endpoint, idle=20) as link:
                assert link.read_line() == b"hello\n"
                link.write(b"and you?\n")
                assert link.read_line() == b"AND YOU?\n"
                assert link.info("peername")[1] == server.endpoint.port
                link.write_eof()
                assert list(link.chunks()) == []
        found = netloom.probe(server.endpoint).one()
        assert found.status is Status.REFUSED

    def test_a_client_that_is_no_stream(self) -> None:
        with netloom.serve("ntp://127.0.0.1:0") as server, netloom.connect(server.endpoint) as client:
            assert client.get("").meta["stratum"] == 10

    def test_what_fails_is_raised(self) -> None:
        with pytest.raises(ConnectError, match="refused"), netloom.connect("tcp://127.0.0.1:9"):
            pass
        with pytest.raises(UsageError), netloom.connect("tcp://127.0.0.1:9", nosuch=1):
            pass
        with netloom.serve("tcp://127.0.0.1:0") as server, pytest.raises(UsageError, match="in use"):
            netloom.serve(server.endpoint).__enter__()

    def test_what_fails_inside_is_raised_too(self) -> None:
        with netloom.serve("tcp://127.0.0.1:0", netloom.Handler(greets)) as server:
            with pytest.raises(DeadlineExceeded), netloom.connect(server.endpoint, idle=0.05) as link:
                link.read_exactly(100)
            with pytest.raises(ZeroDivisionError), netloom.connect(server.endpoint):
                raise ZeroDivisionError

    def test_options_and_accounts(self) -> None:
        seen: list[Any] = []
        with netloom.serve(
            "tcp://127.0.0.1:0",
            "udp://127.0.0.1:0",
            netloom.Echo(),
            accounts=["ann:secret"],
            on_access=seen.append,
            idle=9,
        ) as server:
            assert [one.protocol for one in server.records] == ["tcp", "udp"]
            assert server.records[0].accounts == ["ann"]
            for endpoint in server.endpoints:
                assert netloom.send(endpoint, "x", options=["reply=some"]).one().body == b"x"
        assert [one.verb for one in seen] == ["CONNECT"]


class TestInAsyncio:
    async def test_serve_and_connect(self, tmp_path: Path) -> None:
        where = f"unix://{tmp_path}/s"
        async with netloom.serve(where, netloom.Handler(greets)) as server, netloom.connect(server.endpoint) as link:
            assert await link.read_line() == b"hello\n"

    async def test_what_fails_is_raised(self) -> None:
        with pytest.raises(ConnectError):
            async with netloom.connect("tcp://127.0.0.1:9"):
                pass
        with pytest.raises(NetloomError):
            async with netloom.connect("tcp://nowhere.invalid:9"):
                pass

    async def test_a_deadline_for_connecting_only(self) -> None:
        async def late(link: Any) -> None:
            await asyncio.sleep(0.3)
            await link.write(b"x")

        async with (
            netloom.serve("tcp://127.0.0.1:0", netloom.Handler(late)) as server,
            netloom.connect(server.endpoint, deadline=0.2) as link,
        ):
            assert await link.read() == b"x"

    async def test_a_connection_that_ends(self) -> None:
        async def gone(link: Any) -> None:
            """Goes at once."""

        async with netloom.serve("tcp://127.0.0.1:0", netloom.Handler(gone)) as server:
            with pytest.raises(ConnectionLost):
                async with netloom.connect(server.endpoint) as link:
                    await link.read_exactly(1)

    async def test_one_that_cannot_start_leaves_nothing(self) -> None:
        async with netloom.serve("tcp://127.0.0.1:0") as server:
            with pytest.raises(UsageError):
                await Serving([netloom.Endpoint.parse("tcp://127.0.0.1:0"), server.endpoint]).start()


def test_records_as_they_come() -> None:
    with netloom.serve("tcp://127.0.0.1:0") as server:
        found = list(netloom.probe(*[server.endpoint] * 5, concurrency=2))
        assert [one.status for one in found] == [Status.SUCCESS] * 5
