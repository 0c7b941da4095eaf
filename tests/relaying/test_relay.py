"""A relay: what passes, how each connection ends, and what is told of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.echo import Echo
from netloom.contents.handler import Handler
from netloom.errors import ConnectionLost, Status, UsageError
from netloom.links.faults.plan import Faults
from netloom.links.memory import MemoryNetwork
from netloom.links.sockets import reset_when_closed
from netloom.links.virtual import run
from netloom.packet.recording import Recording
from netloom.serving import Serving, TakesBytes
from tests.relaying.worlds import PLACE, TARGET, dialled, in_memory, parsed, relay, until
from tests.worlds import LOOPS, Certificates, elapsed, on_loop, record

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.stream import Stream

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


class TestEnds:
    """In memory, on the virtual clock."""

    def test_both_sides_end_and_are_counted(self) -> None:
        async def main() -> None:
            async with in_memory() as (network, told):
                link = await dialled(network)
                await link.write(b"hello")
                assert await link.read_exactly(5) == b"hello"
                await asyncio.sleep(9)
                await link.write_eof()
                assert await link.read() == b""
                await asyncio.sleep(1)
                (found,) = told
                assert (found.status, found.message, found.sent, found.received) == (Status.SUCCESS, "", 5, 5)
                assert (found.endpoint, found.target) == (f"tcp://127.0.0.1:{PLACE}", f"tcp://127.0.0.1:{TARGET}")
                assert found.duration == pytest.approx(9)
                assert found.peer.startswith("127.0.0.1:4")

        run(main())

    def test_half_a_close_is_passed_on(self) -> None:
        async def last_word(link: Stream) -> None:
            heard = b"".join([chunk async for chunk in link])
            await asyncio.sleep(30)
            await link.write(heard.upper())

        async def main() -> None:
            async with in_memory(last_word) as (network, told):
                link = await dialled(network)
                await link.write(b"hello")
                await link.write_eof()
                assert await link.read() == b"HELLO"
                assert await link.read() == b""
                await asyncio.sleep(1)
                assert [each.status for each in told] == [Status.SUCCESS]

        run(main())

    def test_the_targets_reset_is_the_clients(self) -> None:
        async def reset(link: Stream) -> None:
            await link.read()
            link.reset()

        async def main() -> None:
            async with in_memory(reset) as (network, told):
                link = await dialled(network)
                await link.write(b"hello")
                with pytest.raises(ConnectionLost):
                    await link.read_exactly(1)
                await asyncio.sleep(1)
                assert [(each.status, each.sent) for each in told] == [(Status.CLOSED, 5)]

        run(main())

    def test_the_clients_reset_is_the_targets(self) -> None:
        lost: list[Exception] = []

        async def listen(link: Stream) -> None:
            try:
                while await link.read():
                    pass
            except ConnectionLost as exc:
                lost.append(exc)

        async def main() -> None:
            async with in_memory(listen) as (network, told):
                link = await dialled(network)
                await link.write(b"hello")
                await asyncio.sleep(1)
                link.abort()
                await asyncio.sleep(1)
                assert [each.status for each in told] == [Status.CLOSED]
                assert lost

        run(main())

    @pytest.mark.parametrize("case", ["refused", "silent", "unknown"])
    def test_a_target_that_isnt_reached_resets_the_client(self, case: str) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            network.silent.add(("127.0.0.1", 99))
            target = {"refused": "tcp://127.0.0.1:98", "silent": "tcp://127.0.0.1:99", "unknown": "tcp://no.where:1"}
            status = {"refused": Status.REFUSED, "silent": Status.TIMEOUT, "unknown": Status.RESOLVE_ERROR}
            async with relay(f"tcp://127.0.0.1:{PLACE}", target[case], network, deadline=3) as (_, told):
                link = await dialled(network)
                with pytest.raises(ConnectionLost):
                    await link.read_exactly(1)
                assert elapsed() == pytest.approx(3 if case == "silent" else 0)
                assert [each.status for each in told] == [status[case]]
                assert told[0].message

        run(main())

    def test_who_goes_while_the_target_is_dialled_is_passed_on(self) -> None:
        async def patient(link: Stream) -> None:
            await link.read()
            await asyncio.sleep(1000)

        async def main() -> None:
            async with in_memory(patient) as (network, told):
                network.connect_delay = 5
                network.connect_delay, link = 0, await dialled(network)
                link.abort()
                await asyncio.sleep(20)
                assert [each.status for each in told] == [Status.CLOSED]

        run(main())

    def test_a_relay_that_stops_resets_and_tells(self) -> None:
        async def main() -> None:
            async with in_memory() as (network, told):
                link = await dialled(network)
                await link.write(b"hello")
                await link.read_exactly(5)
            assert [(each.message, each.sent, each.received) for each in told] == [("the relay stops", 5, 5)]
            with pytest.raises(ConnectionLost):
                await link.read_exactly(1)

        run(main())

    def test_silence_is_borne_unless_it_is_bounded(self) -> None:
        async def listening(link: Stream) -> None:
            link.set_idle(None)
            await link.write(await link.read())

        async def main() -> None:
            async with in_memory(listening) as (network, told):
                link = await dialled(network)
                await asyncio.sleep(86400)
                await link.write(b"x")
                assert await link.read() == b"x"
            assert [each.sent for each in told] == [1]
            network = MemoryNetwork()
            async with (
                Serving([parsed(f"tcp://127.0.0.1:{TARGET}")], network=network),
                relay(f"tcp://127.0.0.1:{PLACE}#idle=5", f"tcp://127.0.0.1:{TARGET}", network) as (_, told),
            ):
                link = await dialled(network)
                with pytest.raises(ConnectionLost):
                    await link.read_exactly(1)
                await asyncio.sleep(1)
                assert [each.status for each in told] == [Status.TIMEOUT]

        run(main())

    def test_sizes_are_known_while_it_lasts(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            from netloom.relaying.relay import Relay

            made = Relay(parsed(f"tcp://127.0.0.1:{PLACE}"), parsed(f"tcp://127.0.0.1:{TARGET}"), network=network)
            async with Serving([parsed(f"tcp://127.0.0.1:{TARGET}")], network=network), made:
                one, other = await dialled(network), await dialled(network)
                await one.write(b"12")
                await one.read_exactly(2)
                assert made.sizes == (2, 2)
                await other.write(b"345")
                await other.read_exactly(3)
                await one.close()
                await asyncio.sleep(1)
                assert made.sizes == (5, 5), "what is over counts, too"
                await other.close()

        run(main())


class TestFaults:
    def test_they_act_on_servers_that_arent_ours(self) -> None:
        async def main() -> None:
            faults = Faults(["latency:1s", "latency:2s:to=server"], changes=True)
            async with in_memory(faults=faults) as (network, _):
                link = await dialled(network)
                await link.write(b"x")
                assert await link.read() == b"x"
                assert elapsed() == pytest.approx(3)
                faults.clear()
                await link.write(b"x")
                assert await link.read() == b"x"
                assert elapsed() == pytest.approx(3)
                faults.add("limit:1:to=client")
                await link.write(b"yz")
                assert (await link.read(), await link.read()) == (b"y", b"")

        run(main())

    def test_one_that_needs_tls_is_refused_without(self) -> None:
        async def main() -> None:
            with pytest.raises(UsageError, match="no TLS"):
                async with in_memory(faults=Faults(["certificate:expired"])):
                    pass

        run(main())

    @pytest.mark.parametrize("flaw", ["expired", "untrusted"])
    async def test_a_certificate_where_tls_ends(self, flaw: str, certificates: Certificates) -> None:
        listen = f"tls://127.0.0.1:0#cert={certificates.good},fault=certificate:{flaw}"
        async with Serving([parsed("tcp://127.0.0.1:0")]) as serving, relay(listen, serving.endpoint) as (place, _):
            found = await record(None, "probe", f"{place}#ca={certificates.ca}")
        assert found.status is Status.TLS_ERROR


@pytest.mark.parametrize("loop", LOOPS)
class TestSockets:
    @pytest.mark.parametrize("size", [10, 5_000_000])
    def test_every_byte_both_ways(self, loop: str, size: int) -> None:
        async def main() -> None:
            said = os.urandom(size // 2).hex()
            async with Serving([parsed("tcp://127.0.0.1:0")]) as serving:
                async with relay("tcp://127.0.0.1:0", serving.endpoint) as (place, told):
                    found = await record(None, "send", place, said, options=["reply=all"])
                    await until(told)
                assert found.body == said.encode()
                assert [(each.status, each.sent, each.received) for each in told] == [(Status.SUCCESS, size, size)]

        on_loop(loop, main())

    def test_unix_sockets_on_either_side(self, loop: str, tmp_path: Path) -> None:
        async def main() -> None:
            inner, outer = f"unix://{tmp_path}/inner", f"unix://{tmp_path}/outer"
            async with Serving([parsed(inner)]), relay("tcp://127.0.0.1:0", inner) as (between, told):
                async with relay(outer, between):
                    assert stat.S_IMODE((tmp_path / "outer").stat().st_mode) == 0o600
                    found = await record(None, "send", outer, "through both", options=["reply=all"])
                    await until(told)
                assert found.body == b"through both"

        on_loop(loop, main())

    def test_a_reset_is_passed_on_in_either_direction(self, loop: str) -> None:
        lost = asyncio.Event()

        async def serve(link: Stream) -> None:
            if await link.read() == b"reset":
                reset_when_closed(link.info("socket"))
                link.abort()
                return
            try:
                while await link.read():
                    pass
            except ConnectionLost:
                lost.set()

        async def main() -> None:
            async with Serving([parsed("tcp://127.0.0.1:0")], [Handler(serve)]) as serving:
                async with relay("tcp://127.0.0.1:0", serving.endpoint) as (place, told):
                    async with netloom.connect(place) as link:
                        await link.write(b"reset")
                        with pytest.raises(ConnectionLost, match="reset"):
                            await link.read_exactly(1)
                    async with netloom.connect(place) as link:
                        await link.write(b"wait")
                        await asyncio.sleep(0.05)
                        link.reset()
                    async with asyncio.timeout(20):
                        await lost.wait()
                    await until(told, 2)
                assert [each.status for each in told] == [Status.CLOSED, Status.CLOSED]

        on_loop(loop, main())

    def test_datagrams(self, loop: str) -> None:
        async def main() -> None:
            async with Serving([parsed("udp://127.0.0.1:0")]) as serving:
                target = serving.endpoint.with_options([("idle", "0.2")])
                async with relay("udp://127.0.0.1:0", target) as (place, told):
                    found = await record(None, "send", place, "hello", options=["reply=some"])
                    assert found.body == b"hello"
                    await until(told)
                assert [(each.status, each.sent, each.received) for each in told] == [(Status.SUCCESS, 5, 5)]

        on_loop(loop, main())

    def test_datagrams_to_a_closed_port(self, loop: str) -> None:
        async def main() -> None:
            async with Serving([parsed("udp://127.0.0.1:0")]) as serving:
                gone = serving.endpoint
            aim = gone.with_options([("idle", "0.2")])
            async with relay("udp://127.0.0.1:0", aim) as (place, told), netloom.connect(place) as link:
                await link.send(b"hello")
                await until(told)
            assert [each.status for each in told] == [Status.REFUSED]

        on_loop(loop, main())


class TestTLS:
    """Ended, begun again, and both."""

    @pytest.mark.parametrize("listen", ["tcp", "tls"])
    @pytest.mark.parametrize("target", ["tcp", "tls"])
    async def test_each_side_has_its_own(self, listen: str, target: str, certificates: Certificates) -> None:
        good = f"#cert={certificates.good}"
        async with Serving([parsed(f"{target}://127.0.0.1:0{good if target == 'tls' else ''}")], [Echo()]) as serving:
            aim = serving.endpoint.with_options([("ca", certificates.ca)])
            async with relay(f"{listen}://127.0.0.1:0{good if listen == 'tls' else ''}", aim) as (place, told):
                found = await record(
                    None, "send", place, "warp", options=["reply=all", *([f"ca={certificates.ca}"] * (listen == "tls"))]
                )
                assert found.body == b"warp"
                assert (found.tls is not None) == (listen == "tls")
                await until(told)
            assert told[0].status is Status.SUCCESS

    async def test_alpn_is_what_the_client_settled_on(self, certificates: Certificates) -> None:
        spoken: list[str] = []

        async def tell(link: Any) -> None:
            spoken.append(link.info("tls").alpn)

        good = f"cert={certificates.good},alpn=two;one"
        async with Serving([parsed(f"tls://127.0.0.1:0#{good}")], [Handler(tell)]) as serving:
            aim = serving.endpoint.with_options([("ca", certificates.ca)])
            async with relay(f"tls://127.0.0.1:0#{good}", aim) as (place, told):
                for options in (["alpn=one"], []):
                    await record(None, "probe", place, options=[f"ca={certificates.ca}", *options])
                await until(told, 2)
        assert spoken == ["one", ""]

    async def test_a_target_nobody_vouches_for(self, certificates: Certificates) -> None:
        async with Serving([parsed(f"tls://127.0.0.1:0#cert={certificates.good}")]) as serving:
            async with relay("tcp://127.0.0.1:0", serving.endpoint) as (place, told):
                async with netloom.connect(place) as link:
                    with pytest.raises(ConnectionLost):
                        await link.read_exactly(1)
                await until(told)
            assert told[0].status is Status.TLS_ERROR

    async def test_a_recording_has_the_secrets(self, certificates: Certificates, tmp_path: Path) -> None:
        path = tmp_path / "talk.pcapng"
        with contextlib.closing(Recording(path)) as recording:
            async with Serving([parsed("tcp://127.0.0.1:0")]) as serving:
                listen = f"tls://127.0.0.1:0#cert={certificates.good}"
                async with relay(listen, serving.endpoint, recording=recording) as (place, told):
                    options = ["reply=all", f"ca={certificates.ca}"]
                    await record(None, "send", place, "a word", options=options)
                    await until(told)
        followed = [made async for made in netloom.follow([str(path)])]
        assert b"a word" not in path.read_bytes()
        assert b"CLIENT_TRAFFIC_SECRET_0" in path.read_bytes()
        assert followed


class TestIntroductions:
    """Whose connection it is, told and heard along the way."""

    @pytest.mark.parametrize("version", ["v1", "v2"])
    async def test_it_comes_through_several_relays(self, version: str) -> None:
        heard: list[str] = []

        async def tell(link: Any) -> None:
            heard.append(link.peer)

        async with Serving([parsed("tcp://127.0.0.1:0#accept_proxy")], [Handler(tell)]) as serving:
            aim = serving.endpoint.with_options([("send_proxy", version)])
            async with relay("tcp://127.0.0.1:0#accept_proxy", aim) as (inner, _):
                other = "v2" if version == "v1" else "v1"
                async with relay("tcp://127.0.0.1:0", inner.with_options([("send_proxy", other)])) as (outer, told):
                    async with netloom.connect(outer) as link:
                        own = "{}:{}".format(*link.info("sockname"))
                        assert await link.read() == b""
                    await until(told)
        assert heard == [own]
        assert told[0].peer == own

    async def test_a_header_that_tells_nothing(self) -> None:
        heard: list[str] = []

        async def tell(link: Any) -> None:
            heard.append(link.peer)

        async with Serving([parsed("tcp://127.0.0.1:0#accept_proxy")], [Handler(tell)]) as serving:
            aim = serving.endpoint.with_options([("send_proxy", "v2")])
            listen = "tcp://127.0.0.1:0#accept_proxy"
            async with relay(listen, aim) as (place, _), netloom.connect(place) as link:
                await link.write(b"PROXY UNKNOWN\r\n")
                own = "{}:{}".format(*link.info("sockname"))
                assert await link.read() == b""
        assert heard == [own]


class TestDNS:
    async def test_over_both(self, tmp_path: Path) -> None:
        async with Serving([parsed("dns://127.0.0.1:0")]) as serving:
            async with relay("dns://127.0.0.1:0", serving.endpoint.with_options([("idle", "0.2")])) as (place, told):
                for transport in ("udp", "tcp"):
                    found = await record(None, "get", f"{place}/www.example.test", options=[f"transport={transport}"])
                    assert found.status is Status.SUCCESS, found
                await until(told, 2)
            assert {each.status for each in told} == {Status.SUCCESS}


def test_what_it_is() -> None:
    from netloom.links.system import SystemNetwork
    from netloom.relaying.relay import Relay

    made = Relay(
        parsed("tcp://127.0.0.1:0"),
        parsed("tcp://127.0.0.1:1"),
        names={"*.Example.org": parsed("tcp://127.0.0.1:2")},
        network=SystemNetwork(),
    )
    assert isinstance(made, TakesBytes)
    assert made.describe() == "relay to tcp://127.0.0.1:1, *.example.org to tcp://127.0.0.1:2"
    assert made.sizes == (0, 0)
