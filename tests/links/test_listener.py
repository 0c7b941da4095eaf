"""The listener: families and ports, limits, slow handshakes, graceful stop, access records, Unix sockets' files."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import ConnectionLost, UsageError
from netloom.links.context import HANDSHAKE, IDLE
from netloom.links.listener import Listener
from netloom.links.memory import MemoryNetwork
from netloom.links.stream import Stream
from netloom.links.tls import ClientTLS, secure
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.worlds import LOOPS, Certificates, elapsed, on_loop, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


PORT = 4242


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def parsed(text: str) -> Endpoint:
    return Endpoint.parse(text)


async def dialled(network: MemoryNetwork, port: int = PORT, host: str = "127.0.0.1") -> Stream:
    """A plain connection in memory."""
    from netloom.links.options import LinkOptions

    stream = Stream(asyncio.get_running_loop())
    await network.connect((socket.AF_INET, (host, port)), lambda: stream, LinkOptions())
    return stream


@contextlib.asynccontextmanager
async def raw(serving: Serving) -> AsyncIterator[Any]:
    """A plain connection of the kernel's."""
    reader, writer = await asyncio.open_connection(serving.endpoint.host, serving.endpoint.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@pytest.mark.usefixtures("leaves_nothing")
class TestPorts:
    @pytest.mark.parametrize("loop", LOOPS)
    @pytest.mark.parametrize("scheme", ["tcp", "udp"])
    def test_no_host_is_loopback_both_families_one_port(self, scheme: str, loop: str) -> None:
        async def main() -> None:
            async with Serving([parsed(f"{scheme}://:0")]) as serving:
                assert [endpoint.host for endpoint in serving.endpoints] == ["127.0.0.1", "::1"]
                assert len({endpoint.port for endpoint in serving.endpoints}) == 1
                assert serving.endpoint.port
                assert [one.endpoint for one in serving.records] == [str(one) for one in serving.endpoints]
                for endpoint in serving.endpoints:
                    found = await netloom.send(f"{endpoint}#reply=some", "hello")
                    assert found.body == b"hello"

        on_loop(loop, main())

    async def test_everything(self) -> None:
        async with Serving([parsed("tcp://*:0")]) as serving:
            assert [endpoint.host for endpoint in serving.endpoints] == ["0.0.0.0", "::"]

    @pytest.mark.parametrize(("family", "host"), [("4", "127.0.0.1"), ("6", "::1")])
    async def test_one_family(self, family: str, host: str) -> None:
        async with Serving([parsed(f"tcp://:0#family={family}")]) as serving:
            assert [endpoint.host for endpoint in serving.endpoints] == [host]

    async def test_a_port_that_is_taken(self) -> None:
        async with Serving([parsed("tcp://127.0.0.1:0")]) as first:
            with pytest.raises(UsageError, match="in use already") as caught:
                await Serving([parsed("udp://127.0.0.1:0"), first.endpoint]).start()
            assert "0 for one that the kernel chooses" in caught.value.hint

    async def test_a_chosen_port_that_is_taken_in_the_other_family_is_chosen_anew(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original, calls = Listener._bind_one, []

        async def refuse_once(self: Listener, address: Any) -> Any:
            calls.append(address)
            if len(calls) == 2:
                raise UsageError("in use")
            return await original(self, address)

        monkeypatch.setattr(Listener, "_bind_one", refuse_once)
        async with Serving([parsed("tcp://:0")]) as serving:
            assert len(serving.endpoints) == 2
        assert len(calls) == 4

    async def test_a_machine_without_ipv6(self, monkeypatch: pytest.MonkeyPatch) -> None:
        original = Listener._bind_one

        async def no_ipv6(self: Listener, address: Any) -> Any:
            if address[0] == socket.AF_INET6:
                raise UsageError("no such family")
            return await original(self, address)

        monkeypatch.setattr(Listener, "_bind_one", no_ipv6)
        monkeypatch.setattr("netloom.links.listener._has_ipv6", lambda family: family != socket.AF_INET6)
        async with Serving([parsed("tcp://:0")]) as serving:
            assert [endpoint.host for endpoint in serving.endpoints] == ["127.0.0.1"]

    async def test_a_port_must_be_given(self) -> None:
        with pytest.raises(UsageError, match="needs a port"):
            await Serving([parsed("tcp://127.0.0.1")]).start()

    async def test_an_address_that_is_not_ours(self) -> None:
        with pytest.raises(UsageError, match=r"can't listen on 192\.0\.2\.1"):
            await Serving([parsed("tcp://192.0.2.1:0")]).start()

    def test_the_same_port_again_at_once(self) -> None:
        with netloom.serve("tcp://127.0.0.1:0") as first:
            where = first.endpoint
            with netloom.connect(where) as link:
                link.write(b"x")
                link.read()
        with netloom.serve(where) as second:
            assert second.endpoint.port == where.port


@pytest.mark.usefixtures("leaves_nothing")
class TestUnixSockets:
    @pytest.mark.parametrize("loop", LOOPS)
    def test_its_file(self, loop: str, tmp_path: Path) -> None:
        path = tmp_path / "s"

        async def main() -> None:
            async with Serving([parsed(f"unix://{path}")]) as serving:
                assert path.is_socket()
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, "only its owner may connect"
                assert str(serving.endpoint) == f"unix://{path}"
                assert (await netloom.send(f"{serving.endpoint}#reply=some", "hi")).body == b"hi"
            assert not path.exists()

        on_loop(loop, main())

    @pytest.mark.parametrize("loop", LOOPS)
    def test_a_stale_one_is_replaced(self, loop: str, tmp_path: Path) -> None:
        path = tmp_path / "s"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))

        async def main() -> None:
            async with Serving([parsed(f"unix://{path}")]) as serving:
                assert (await netloom.send(f"{serving.endpoint}#reply=some", "hi")).body == b"hi"

        on_loop(loop, main())

    async def test_a_living_one_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        async with Serving([parsed(f"unix://{path}")]) as first:
            with pytest.raises(UsageError, match="in use already"):
                await Serving([parsed(f"unix://{path}")]).start()
            assert (await netloom.send(f"{first.endpoint}#reply=some", "hi")).body == b"hi"

    async def test_what_is_no_socket_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        path.write_text("precious")
        with pytest.raises(UsageError, match="in use already"):
            await Serving([parsed(f"unix://{path}")]).start()
        assert path.read_text() == "precious"

    async def test_one_that_somebody_else_has_put_there_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        serving = Serving([parsed(f"unix://{path}")])
        await serving.start()
        path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
            await serving.stop(0)
            assert path.is_socket()

    @pytest.mark.skipif(sys.platform != "linux", reason="Linux has it")
    @pytest.mark.parametrize("loop", LOOPS)
    def test_the_abstract_namespace(self, loop: str) -> None:
        async def main() -> None:
            async with Serving([parsed(f"unix://@netloom-test-{os.getpid()}")]) as serving:
                found = await netloom.send(f"{serving.endpoint}#reply=some", "hi")
            assert found.body == b"hi"
            assert found.address == f"@netloom-test-{os.getpid()}"

        on_loop(loop, main())

    @pytest.mark.parametrize("path", ["/nowhere/at/all", f"/tmp/{'x' * 200}"])
    async def test_what_cannot_be_bound(self, path: str) -> None:
        with pytest.raises(UsageError, match=r"can't listen|refused|no such"):
            await Serving([parsed(f"unix://{path}")]).start()
        found = await netloom.probe(f"unix://{path}")
        assert found.status in ("refused", "unreachable")

    def test_any_number_of_them_come_and_go(self, tmp_path: Path) -> None:
        """A Unix socket's peers have no address: they aren't counted as one that stays for ever."""

        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([parsed("unix:///s#limit_per_peer=3")], network=network):
                for _ in range(10):
                    found = await record(network, "send", "unix:///s#reply=some", "hi")
                    assert found.body == b"hi"

        run(main())


class TestLimits:
    def test_connections_at_once(self, caplog: pytest.LogCaptureFixture) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([parsed(f"tcp://127.0.0.1:{PORT}#limit=3")], network=network):
                links = [await dialled(network) for _ in range(3)]
                for link in links:
                    await link.write(b"x")
                    assert await link.read() == b"x"
                with pytest.raises(ConnectionLost):
                    await (await dialled(network)).read_exactly(1)
                links.pop().abort()
                await asyncio.sleep(1)
                again = await dialled(network)
                await again.write(b"x")
                assert await again.read() == b"x", "there is room again"

        with caplog.at_level(logging.WARNING, "netloom.serve"):
            run(main())
        assert "the limit is reached" in caplog.text

    def test_from_one_address(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            own = iter(["10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.1"])
            network._own = lambda family: (family, (next(own), 5))  # type: ignore[method-assign]
            async with Serving([parsed(f"tcp://127.0.0.1:{PORT}#limit_per_peer=2")], network=network):
                first, second, third, other = [await dialled(network) for _ in range(4)]
                for link in (first, second, other):
                    await link.write(b"x")
                    assert await link.read() == b"x"
                with pytest.raises(ConnectionLost):
                    await third.read_exactly(1)
                await first.close()
                await asyncio.sleep(1)
                again = await dialled(network)
                await again.write(b"x")
                assert await again.read() == b"x"

        run(main())

    def test_a_silent_client_is_ended_by_idle(self) -> None:
        async def main(options: str, seconds: float) -> None:
            network = MemoryNetwork()
            async with Serving([parsed(f"tcp://127.0.0.1:{PORT}{options}")], network=network):
                link = await dialled(network)
                with pytest.raises(ConnectionLost):
                    await link.read_exactly(1)
                assert elapsed() == pytest.approx(seconds)

        run(main("", IDLE))
        run(main("#idle=3", 3))

    def test_one_that_takes_nothing_is_ended_by_idle(self) -> None:
        """Also where its answer has been written and the server only waits to close."""

        async def much(link: Stream) -> None:
            await link.write(b"x" * 60_000)

        async def main() -> None:
            network = MemoryNetwork()
            serving = Serving([parsed(f"tcp://127.0.0.1:{PORT}#idle=3")], [Handler(much)], network=network)
            async with serving:
                link = await dialled(network)
                link.transport.pause_reading()
                await asyncio.sleep(5)
                assert not serving._listeners[0].connections

        run(main())

    async def test_the_kernel_takes_little_for_one_that_reads_nothing(self) -> None:
        """Else it takes megabytes for each (4 MiB by default), in and out of no limit of ours."""
        written = asyncio.get_running_loop().create_future()

        async def much(link: Stream) -> None:
            link.write_soon(b"x" * (8 << 20))
            written.set_result((8 << 20) - link.transport.get_write_buffer_size())
            await link.read()

        async with Serving([parsed("tcp://127.0.0.1:0")], [Handler(much)]) as serving:
            with socket.socket() as peer:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                peer.connect(("127.0.0.1", serving.endpoint.port))
                assert 0 < await written <= 1 << 20


class TestHandshakes:
    def test_a_slow_one_is_ended_by_its_deadline_and_others_are_served(self, certificates: Certificates) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            where = parsed(f"tls://127.0.0.1:{PORT}#cert={certificates.good}")
            async with Serving([where], network=network) as serving:
                slow = await dialled(network)
                dribbling = await dialled(network)

                async def dribble() -> None:
                    for byte in b"\x16\x03\x01\x02\x00\x01" * 9:
                        await dribbling.write(bytes([byte]))
                        await asyncio.sleep(1)

                task = asyncio.ensure_future(dribble())
                found = await record(network, "send", f"tls://localhost:{PORT}#ca={certificates.ca},reply=some", "hi")
                assert found.body == b"hi"
                for link in (slow, dribbling):
                    with pytest.raises(ConnectionLost):
                        await link.read_exactly(1)
                    assert elapsed() == pytest.approx(HANDSHAKE, abs=0.1)
                assert not serving._listeners[0].connections
                task.cancel()
                await asyncio.wait({task})

        run(main())

    def test_junk_is_let_go_of(self, certificates: Certificates, caplog: pytest.LogCaptureFixture) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([parsed(f"tls://127.0.0.1:{PORT}#cert={certificates.good}")], network=network):
                for junk in (
                    b"GET / HTTP/1.0\r\n\r\n",
                    b"\x16\x03\x01\xff\xff" + bytes(70_000),
                    b"\x80\x2e\x01",
                    b"\0" * 50,
                ):
                    link = await dialled(network)
                    await link.write(junk)
                    await link.write_eof()
                    with contextlib.suppress(ConnectionLost):
                        async for _ in link:
                            pass

        with caplog.at_level(logging.WARNING):
            run(main())
        assert not caplog.records, "a peer's nonsense is no news"


class TestStop:
    def test_the_busy_finish_the_idle_are_closed(self) -> None:
        seen: list[str] = []

        async def handle(link: Stream) -> None:
            word = await link.read_line_or_rest()
            if word == b"work":
                await asyncio.sleep(3)
                await link.write(b"done")
                seen.append("finished")

        async def main() -> None:
            network = MemoryNetwork()
            serving = Serving([parsed(f"tcp://127.0.0.1:{PORT}")], [Handler(handle)], network=network)
            await serving.start()
            busy, idle = await dialled(network), await dialled(network)
            await busy.write(b"work\n")
            await asyncio.sleep(1)
            stopping = asyncio.ensure_future(serving.stop(5))
            assert await idle.read() == b"", "ended, not reset"
            assert elapsed() == pytest.approx(1)
            with pytest.raises(Exception, match="refused"):
                await dialled(network)
            assert await busy.read() == b"done"
            assert await stopping == 2
            assert elapsed() == pytest.approx(3)
            assert seen == ["finished"]

        run(main())

    def test_grace_has_an_end(self) -> None:
        async def handle(link: Stream) -> None:
            await asyncio.sleep(1000)

        async def main() -> None:
            network = MemoryNetwork()
            serving = Serving(
                [parsed(f"tcp://127.0.0.1:{PORT}"), parsed(f"tcp://127.0.0.1:{PORT + 1}")],
                [Handler(handle)],
                network=network,
            )
            await serving.start()
            links = [await dialled(network), await dialled(network, PORT + 1)]
            await asyncio.sleep(1)
            assert await serving.stop(5) == 2
            assert elapsed() == pytest.approx(6), "all of them together"
            for link in links:
                with contextlib.suppress(ConnectionLost):
                    assert await link.read() == b""
            assert len(asyncio.all_tasks()) == 1

        run(main())

    def test_who_becomes_idle_in_the_meantime_is_closed_then(self) -> None:
        async def handle(link: Stream) -> None:
            async for _ in link:
                await asyncio.sleep(2)

        async def main() -> None:
            network = MemoryNetwork()
            serving = Serving([parsed(f"tcp://127.0.0.1:{PORT}")], [Handler(handle)], network=network)
            await serving.start()
            link = await dialled(network)
            await link.write(b"x")
            await asyncio.sleep(1)
            await serving.stop(60)
            assert elapsed() == pytest.approx(2, abs=0.1)

        run(main())

    def test_idle_tls_connections_hear_close_notify(self, certificates: Certificates) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            serving = Serving([parsed(f"tls://127.0.0.1:{PORT}#cert={certificates.good}")], network=network)
            await serving.start()
            link = await dialled(network)
            layer = await secure(link, "localhost", ClientTLS(ca=certificates.ca))
            await link.write(b"x")
            assert await link.read() == b"x"
            await serving.stop(5)
            assert await link.read() == b""
            assert not layer.truncated

        run(main())

    @pytest.mark.parametrize("scheme", ["udp", "tcp"])
    def test_one_that_only_listens_stops_at_once(self, scheme: str) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            serving = Serving([parsed(f"{scheme}://127.0.0.1:{PORT}")], network=network)
            await serving.start()
            await serving.stop(60)
            assert elapsed() == 0
            assert await serving.stop(60) == 0

        run(main())

    @pytest.mark.usefixtures("leaves_nothing")
    @pytest.mark.parametrize("loop", LOOPS)
    def test_on_real_sockets(self, loop: str) -> None:
        async def main() -> None:
            serving = Serving([parsed("tcp://127.0.0.1:0")])
            await serving.start()
            async with raw(serving) as (reader, writer):
                writer.write(b"x")
                assert await reader.readexactly(1) == b"x"
                await serving.stop(30)
                assert await reader.read() == b""

        on_loop(loop, main())

    def test_a_bug_of_a_server_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        async def handle(link: Stream) -> None:
            raise ZeroDivisionError("a bug")

        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([parsed(f"tcp://127.0.0.1:{PORT}")], [Handler(handle)], network=network):
                with pytest.raises(ConnectionLost):
                    await (await dialled(network)).read_exactly(1)
                await asyncio.sleep(0)

        with caplog.at_level(logging.ERROR, "netloom.serve"):
            run(main())
        assert "ZeroDivisionError: a bug" in caplog.text
