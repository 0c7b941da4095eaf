from __future__ import annotations

import pytest

from netloom.contents.bus import Bus
from netloom.errors import PeerRefused
from netloom.links.virtual import run
from netloom.protocols.sse.probe import Facts, probe
from netloom.records import Message
from tests.protocols.sse.server import STREAM, scripted
from tests.protocols.sse.visit import AT
from tests.protocols.ws.stage import serving


def test_our_own() -> None:
    async def main() -> None:
        bus = Bus()
        bus.publish(Message("a", b"x" * 500, retain=True, properties={"event": "reading"}))
        async with serving(bus, at=AT, retry="2") as stage, stage.attempt(wait="1") as attempt:
            facts = Facts()
            await probe(attempt.client, facts)
            assert (facts.status, facts.version, facts.content_type) == (200, "1.1", "text/event-stream")
            assert (facts.retry, facts.event, facts.data) == (2.0, "reading", "x" * 200)
            assert facts.summary == "event stream · HTTP/1.1 · retry 2 s · event reading · ids"
        assert attempt.error is None

    run(main())


def test_a_silent_one() -> None:
    async def main() -> None:
        async with serving(Bus(), at=AT) as stage, stage.attempt() as attempt:
            facts = Facts()
            await probe(attempt.client, facts)
            assert facts.summary == "event stream · HTTP/1.1 · ids"
            assert facts.event == ""

    run(main())


@pytest.mark.parametrize(
    ("said", "status", "summary"),
    [
        (b"HTTP/1.1 204 x\r\n\r\n", 204, "204: there is nothing to hear"),
        (STREAM + b": hello\n\n", 200, "event stream · HTTP/1.1"),
    ],
)
async def test_others(said: bytes, status: int, summary: str) -> None:
    async with scripted(lambda head, number: said) as server, server.attempt() as attempt:
        facts = Facts()
        await probe(attempt.client, facts)
    assert (facts.status, facts.summary) == (status, summary)
    assert facts.comment == ("hello" if status == 200 else None)


async def test_a_no_is_kept() -> None:
    said = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    facts = Facts()
    async with scripted(lambda head, number: said) as server, server.attempt() as attempt:
        await probe(attempt.client, facts)
    assert isinstance(attempt.error, PeerRefused)
    assert (facts.status, facts.summary) == (503, "no events there: 503 Busy")
