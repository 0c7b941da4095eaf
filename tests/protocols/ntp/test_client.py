"""NTP's client, probe, server and decoder, in memory: the four timestamps, and who isn't answered."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.clock import Clock
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.protocols.ntp.decode import Decoder, is_request
from netloom.serving import Serving
from netloom.wire import ntp
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.links.datagrams import Datagrams
    from netloom.records import AccessRecord

WHERE = "ntp://127.0.0.1:4242"


async def asked(operation: str, clock: Clock, options: str = "", seen: list[AccessRecord] | None = None) -> Any:
    network = MemoryNetwork()
    report = seen.append if seen is not None else None
    async with Serving([Endpoint.parse(WHERE)], [clock], network=network, report=report):
        return await record(network, operation, WHERE + options)


def test_the_time() -> None:
    found = run(asked("get", Clock(offset=1000.0, stratum=3, reference_id=b"GPS\0")))
    assert found.status is Status.SUCCESS
    assert found.value["offset"] == pytest.approx(1000.0, abs=1)
    assert 0 <= found.value["delay"] < 5
    assert found.value["time"] > 1.7e9
    assert found.meta["stratum"] == 3
    assert found.meta["leap"]


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_versions(version: int) -> None:
    found = run(asked("probe", Clock(), f"#version={version}"))
    assert found.status is Status.SUCCESS
    assert found.facts["version"] == version


def test_the_facts_of_a_probe() -> None:
    seen: list[AccessRecord] = []
    found = run(asked("probe", Clock(offset=-2.5, stratum=2), seen=seen))
    facts = found.facts
    assert facts["stratum"] == 2
    assert facts["offset"] == pytest.approx(-2.5, abs=1)
    assert facts["precision"] < 1
    assert "stratum 2 · offset -2" in found.summary
    assert [(one.verb, one.target, one.size) for one in seen] == [("QUERY", "version 4", 48)]


def test_an_answer_to_somebody_else_is_passed_over() -> None:
    async def first_forged(link: Datagrams) -> None:
        data, peer = await link.receive_from()
        question = ntp.parse(data)
        source = ntp.Source(stratum=1, reference_id=b"GPS\0", reference=1, leap=0, precision=-20)
        answer = ntp.emit(ntp.response(question, source, 1 << 60, 1 << 60))
        for origin in (bytes(8), struct.pack("!Q", question.transmit ^ 1)):
            await link.send(answer[:24] + origin + answer[32:], peer)
        real = Clock().ntp()
        await link.send(ntp.emit(ntp.response(question, source, real, real)), peer)

    async def main() -> None:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse("udp://127.0.0.1:4242")], [Handler(first_forged)], network=network):
            found = await record(network, "get", WHERE)
        assert found.status is Status.SUCCESS
        assert abs(found.value["offset"]) < 5

    run(main())


class TestServer:
    @pytest.mark.parametrize(
        "junk",
        [
            b"\x23", bytes(48), b"\x24" + bytes(47), b"\x26" + bytes(47), b"\x27" + bytes(47),
            b"\x17\x00\x03\x2a" + bytes(4), b"\x3b" + bytes(47),
        ],
    )  # fmt: skip
    def test_what_is_no_question_is_not_answered(self, junk: bytes) -> None:
        """Answers, mode 6 and 7 among them, could be aimed at somebody else (CVE-2013-5211)."""

        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([Endpoint.parse(WHERE)], network=network):
                found = await record(network, "send", "udp://127.0.0.1:4242#reply=some", "junk", deadline=2)
                assert found.status is Status.TIMEOUT
                link = await _socket(network)
                await link.send(junk)
                await link.send(ntp.emit(ntp.request(7)))
                answer = await link.receive()
                assert ntp.parse(answer).origin == 7, "the first answer is to the first question"
                assert len(answer) == 48

        run(main())

    def test_it_never_says_more_than_it_was_asked(self) -> None:
        async def main() -> None:
            network = MemoryNetwork()
            async with Serving([Endpoint.parse(WHERE)], network=network):
                link = await _socket(network)
                await link.send(ntp.emit(ntp.request(7)) + bytes(20))
                assert len(await link.receive()) <= 68

        run(main())


async def _socket(network: MemoryNetwork) -> Datagrams:
    import asyncio
    import socket

    from netloom.links.datagrams import Datagrams as Made
    from netloom.links.options import LinkOptions

    made = Made(asyncio.get_running_loop())
    made.peer = "127.0.0.1:4242"
    await network.datagrams((socket.AF_INET, ("127.0.0.1", 4242)), None, lambda: made, LinkOptions())
    return made


class TestDecoder:
    def test_words(self) -> None:
        decoder = Decoder()
        question = ntp.request(7)
        (said,) = decoder.feed("client", ntp.emit(question))
        assert said.words == "what time is it? (version 4, mode 3)"
        source = ntp.Source(stratum=1, reference_id=b"GPS\0", reference=1, leap=0, precision=-20)
        now = ntp.from_unix_ns(1_700_000_000_000_000_000)
        (said,) = decoder.feed("server", ntp.emit(ntp.response(question, source, now, now)))
        assert said.words.startswith("it is 1700000000.000000, stratum 1")
        (said,) = decoder.feed("server", b"junk")
        assert said.words.startswith("no NTP packet")

    @given(st.binary(max_size=200))
    def test_it_never_raises(self, data: bytes) -> None:
        (said,) = Decoder().feed("server", data)
        assert said.size == len(data)
        is_request(data)

    def test_which_first_payload_is_a_question(self) -> None:
        assert is_request(ntp.emit(ntp.request(7)))
        assert not is_request(b"\x23" + bytes(3))
        assert not is_request(b"\x24" + bytes(47))
        assert not is_request(b"\x03" + bytes(47))
