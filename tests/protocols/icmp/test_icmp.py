"""ICMP's client, probe and server, in memory on a virtual clock: loss, doubles, latecomers, forgers and nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from netloom.contents.bus import Bus
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status, UsageError
from netloom.links.icmp import Arrival, Heard, IcmpLink, Reported
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.links.virtual import run
from netloom.protocols.icmp import pinger
from netloom.records import AccessRecord
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from netloom.wire import icmp
from tests.worlds import VirtualSteppingLoop, cancel_everywhere, elapsed, record, records

WHERE = "icmp://127.0.0.1"
Act = Callable[[IcmpLink, Heard], None]


@contextlib.asynccontextmanager
async def host(network: MemoryNetwork, act: Act, version: int = 4) -> AsyncIterator[None]:
    """Somebody at loopback who does what a function does with each message."""
    link = IcmpLink(asyncio.get_running_loop())
    place = (socket.AF_INET, ("127.0.0.1", 0)) if version == 4 else (socket.AF_INET6, ("::1", 0, 0, 0))
    await network.icmp(None, place, lambda: link, LinkOptions())

    async def attend() -> None:
        while True:
            heard = await link.hear()
            assert isinstance(heard, Heard)
            act(link, heard)

    task = asyncio.ensure_future(attend())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        await link.close()


def answer(link: IcmpLink, heard: Heard, **changes: Any) -> None:
    """The reply, in which something may be different."""
    asked = heard.message
    assert isinstance(asked, icmp.Echo)
    fields = {
        "version": 4,
        "identifier": asked.identifier,
        "sequence": asked.sequence,
        "data": asked.data,
        "reply": True,
    }
    link.transport.sendto(icmp.emit(icmp.Echo(**{**fields, **changes})), heard.sender)


async def tried(operation: str, act: Act, options: str = "", *args: Any, **fields: Any) -> Any:
    network = MemoryNetwork()
    async with host(network, act):
        return await record(network, operation, WHERE + options, *args, **fields)


@pytest.mark.parametrize("place", ["127.0.0.1", "[::1]"])
def test_a_probe_of_our_server(place: str) -> None:
    seen: list[AccessRecord] = []

    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse(f"icmp://{place}")], network=network, report=seen.append) as serving:
            assert str(serving.endpoint) == f"icmp://{place}"
            found = await record(network, "probe", f"icmp://{place}")
        assert found.status is Status.SUCCESS
        facts = found.facts
        assert (facts["sent"], facts["received"], facts["loss"], facts["ttl"], facts["size"]) == (4, 4, 0.0, 64, 56)
        assert facts["socket"] == "datagram"
        assert found.address == place.strip("[]")
        assert "0 % loss" in found.summary
        assert found.duration == pytest.approx(0.6)

    run(main())
    assert [one.verb for one in seen] == ["ECHO"] * 4
    assert all(one.status == "answered by netloom" and one.size == 56 for one in seen)


def test_without_a_host_it_is_both_families_of_loopback() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse("icmp://")], network=network) as serving:
            assert [str(one) for one in serving.endpoints] == ["icmp://127.0.0.1", "icmp://[::1]"]

    run(main())


def test_there_are_no_ports() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="no ports") as caught:
            await record(MemoryNetwork(), "probe", "icmp://127.0.0.1:80")
        assert "icmp://127.0.0.1" in caught.value.hint
        with pytest.raises(UsageError, match="neither ports"):
            await Serving([Endpoint.parse("icmp://127.0.0.1:80")], network=MemoryNetwork()).start()

    run(main())


def test_there_are_no_unix_sockets() -> None:
    async def main() -> None:
        place = "icmp+unix://%2Frun%2Fx.sock/"
        with pytest.raises(UsageError, match="Unix socket"):
            await record(MemoryNetwork(), "probe", place)
        with pytest.raises(UsageError, match="Unix socket"):
            await Serving([Endpoint.parse(place)], network=MemoryNetwork()).start()

    run(main())


def test_some_loss_is_a_fact() -> None:
    def every_other(link: IcmpLink, heard: Heard) -> None:
        if heard.message.sequence % 2 == 0:  # type: ignore[union-attr]
            answer(link, heard)

    found = run(tried("probe", every_other, "#count=10"))
    assert found.status is Status.SUCCESS
    assert found.facts["loss"] == 0.5
    assert found.facts["problems"] == ["no answer from 127.0.0.1 within 1 s"]
    assert "50 % loss" in found.summary
    # Nine intervals, and then the last one is waited for
    assert found.duration == pytest.approx(0.2 * 9 + 1.0)


def test_nothing_at_all_is_a_timeout() -> None:
    found = run(tried("probe", lambda link, heard: None, "#count=2"))
    assert (found.status, found.phase) == (Status.TIMEOUT, Phase.FIRST_BYTE)
    assert "firewall" in found.hint
    assert found.facts["loss"] == 1.0


def test_the_deadline_is_the_deadline() -> None:
    found = run(tried("probe", lambda link, heard: None, "#wait=60", deadline=3.0))
    assert (found.status, found.phase, found.duration) == (Status.TIMEOUT, Phase.FIRST_BYTE, pytest.approx(3.0))
    assert "firewall" in found.hint


def test_doubles_and_latecomers_are_told() -> None:
    def odd(link: IcmpLink, heard: Heard) -> None:
        number = heard.message.sequence  # type: ignore[union-attr]
        if number == 0:
            answer(link, heard)
            answer(link, heard)
        elif number == 1:
            asyncio.get_running_loop().call_later(0.35, answer, link, heard)
        else:
            asyncio.get_running_loop().call_later(0.1, answer, link, heard)

    found = run(tried("probe", odd, "#count=4,wait=0.3"))
    assert (found.facts["duplicates"], found.facts["late"], found.facts["received"]) == (1, 1, 3)
    assert found.facts["rtt_max"] == pytest.approx(0.1)
    assert found.facts["jitter"] == pytest.approx(0.05)  # 0 to 0.1, and then steady


def test_somebody_else_s_answers_do_not_count() -> None:
    def forged(link: IcmpLink, heard: Heard) -> None:
        asked = heard.message
        assert isinstance(asked, icmp.Echo)
        answer(link, heard, identifier=asked.identifier ^ 1)
        answer(link, heard, reply=False)
        answer(link, heard, sequence=asked.sequence + 7)
        other = Arrival.of(("203.0.113.9", 0), 1)
        client = link.transport.network.sockets[heard.sender[:2]]  # type: ignore[attr-defined]  # in memory
        client.protocol.datagram_received(
            icmp.emit(icmp.Echo(4, True, asked.identifier, asked.sequence, asked.data)), other
        )
        link.transport.sendto(icmp.emit(icmp.Problem(4, 11, 0, b"")), heard.sender)

    found = run(tried("probe", forged, "#count=1"))
    assert found.status is Status.TIMEOUT
    assert "received" not in found.facts


@pytest.mark.parametrize("data", [b"", b"\xff" * 56, b"\0" * 57])
def test_other_data_is_no_answer(data: bytes) -> None:
    found = run(tried("probe", lambda link, heard: answer(link, heard, data=data)))
    assert found.status is Status.PROTOCOL_ERROR
    assert "other data" in found.message


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * 8, b"\0\0\xff\xff\0\0\0", bytes(range(60))])
def test_what_is_no_icmp(data: bytes) -> None:
    found = run(tried("probe", lambda link, heard: link.transport.sendto(data, heard.sender)))
    assert found.status is Status.PROTOCOL_ERROR, found


def reported(problem: icmp.Problem) -> Act:
    def report(link: IcmpLink, heard: Heard) -> None:
        client = link.transport.network.sockets[heard.sender[:2]]  # type: ignore[attr-defined]  # in memory
        client.protocol.error_received(Reported(problem, "10.0.0.1", heard.message.sequence))  # type: ignore[union-attr]

    return report


@pytest.mark.parametrize("operation", ["probe", "get", "send"])
@pytest.mark.parametrize(
    ("problem", "status", "words"),
    [
        (icmp.Problem(4, 3, 1), Status.UNREACHABLE, "host unreachable"),
        (icmp.Problem(4, 3, 2), Status.REFUSED, "protocol unreachable"),
        (icmp.Problem(4, 11, 0), Status.UNREACHABLE, "time to live exceeded"),
        (icmp.Problem(4, 3, 4, value=576), Status.UNREACHABLE, "the next link takes 576 bytes"),
    ],
)
def test_what_the_way_says(operation: str, problem: icmp.Problem, status: Status, words: str) -> None:
    args = ("hello",) if operation == "send" else ()
    found = run(tried(operation, reported(problem), "#count=2", *args))
    assert found.status is status
    assert words in found.message
    assert found.message.startswith("10.0.0.1 says about 127.0.0.1: ")


def test_advice_loses_nothing() -> None:
    def redirected(link: IcmpLink, heard: Heard) -> None:
        reported(icmp.Problem(4, 5, 1, value=0x0A000001))(link, heard)
        answer(link, heard)

    found = run(tried("probe", redirected))
    assert found.facts["loss"] == 0.0


def test_nobody_is_there() -> None:
    found = run(record(MemoryNetwork(), "probe", WHERE))
    assert found.status is Status.UNREACHABLE
    assert "host unreachable" in found.message


def test_get_tells_each_on_a_line() -> None:
    def second_lost(link: IcmpLink, heard: Heard) -> None:
        if heard.message.sequence != 1:  # type: ignore[union-attr]
            answer(link, heard)

    found = run(tried("get", second_lost, "#count=3"))
    lines = found.body.decode().splitlines()
    assert found.meta == {"address": "127.0.0.1", "bytes": 56}
    assert [line.split()[0] for line in lines] == ["seq=0", "seq=2", "seq=1"]
    assert lines[0] == "seq=0 64 bytes from 127.0.0.1: ttl=64 time=0.000 ms"
    assert lines[2] == "seq=1 no answer from 127.0.0.1 within 1 s"


def test_get_goes_on_until_nobody_reads() -> None:
    async def main() -> None:
        async def drop(_: Any) -> None: ...

        network = MemoryNetwork()
        async with host(network, answer):
            attempt = Toolbox(drop, network=network).attempt(Endpoint.parse(WHERE + "#count=0,interval=1"), 5.0)
            async with attempt:
                reply = await attempt.client.get("")
                attempt.answered()
                lines = [await anext(chunks) for chunks in [reply.chunks()] for _ in range(70)]
            assert len(lines) == 70
            assert elapsed() == pytest.approx(69.0)
            assert attempt.error is None

    run(main())


def test_numbers_begin_anew() -> None:
    assert pinger.SEQUENCES == 1 << 16
    assert [number % pinger.SEQUENCES for number in (0, 65535, 65536)] == [0, 65535, 0]


def test_send_brings_the_payload_back() -> None:
    found = run(tried("send", answer, "", "warp and weft"))
    assert found.body == b"warp and weft"
    assert found.meta == {"rtt": 0.0, "ttl": 64}


@pytest.mark.parametrize("size", [0, 65_508])
def test_what_a_ping_cannot_carry(size: int) -> None:
    found = run(tried("send", answer, "", "x" * size))
    assert found.status is Status.INVALID_INPUT
    assert "1 to 65507" in found.message


def test_listening_hears_who_pings() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse(WHERE)], [bus := Bus()], network=network), bus.subscribe("#") as heard:
            sent = await record(network, "send", WHERE, "knock")
            assert sent.body == b"knock"
            message = await anext(heard)
            assert (message.payload, message.sender) == (b"knock", "127.0.0.1")

    run(main())


def test_the_server_passes_over_what_is_no_question() -> None:
    async def main() -> None:
        network, seen = MemoryNetwork(), list[AccessRecord]()
        async with Serving([Endpoint.parse(WHERE)], network=network, report=seen.append):
            link = IcmpLink(asyncio.get_running_loop())
            link.peer = "127.0.0.1"
            await network.icmp((socket.AF_INET, ("127.0.0.1", 0)), None, lambda: link, LinkOptions())
            for data in (b"x", bytes(8), icmp.emit(icmp.Echo(4, True, 1, 1)), icmp.emit(icmp.Problem(4, 3, 1))):
                link.transport.sendto(data)
            await asyncio.sleep(1)
            assert not link._queue
            assert not seen
            found = await record(network, "probe", WHERE)  # and it still serves
            assert found.status is Status.SUCCESS

    run(main())


def test_cancelled_anywhere_nothing_is_left() -> None:
    async def world() -> Any:
        network = MemoryNetwork()
        served = host(network, answer)
        await served.__aenter__()

        async def work() -> None:
            await records(network, "probe", WHERE + "#count=2")

        async def check() -> None:
            await served.__aexit__(None, None, None)
            await asyncio.sleep(0)
            assert not network.sockets

        return work(), check

    assert cancel_everywhere(world, VirtualSteppingLoop) > 5
