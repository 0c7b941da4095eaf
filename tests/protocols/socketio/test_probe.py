from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.bus import Bus
from netloom.errors import PeerRefused, Unauthenticated
from netloom.protocols.socketio.probe import Facts, probe
from tests.protocols.socketio.server import LONE, OPEN, ok, saying, scripted
from tests.protocols.socketio.visit import AT
from tests.protocols.ws.stage import serving


async def probed(attempt: Any) -> Facts:
    facts = Facts()
    async with attempt:
        await probe(attempt.client, facts)
    return facts


async def test_our_own() -> None:
    async with serving(Bus(), at=AT, origins="*", ping_interval="5", ping_timeout="2.5") as stage:
        attempt = stage.attempt("/room")
        facts = await probed(attempt)
        assert attempt.error is None
    assert (facts.status, facts.version, facts.transport, facts.upgrades) == (101, "1.1", "websocket", ["websocket"])
    assert (facts.ping_interval, facts.ping_timeout, facts.max_payload) == (5.0, 2.5, 1_000_000)
    assert (facts.namespace, facts.connected) == ("/room", True)
    assert facts.ping is not None
    assert facts.summary.startswith("Engine.IO 4 · websocket · connected to /room · ping ")
    assert facts.summary.endswith(" ms · heartbeat 5 + 2.5 s")


async def test_our_own_polled() -> None:
    async with serving(Bus(), at=AT, origins="*") as stage:
        facts = await probed(stage.attempt(transport="polling"))
    assert (facts.status, facts.transport, facts.allowed_origin, facts.ping) == (200, "polling", "*", None)
    assert facts.summary == "Engine.IO 4 · polling · connected to / · heartbeat 25 + 20 s"


async def test_an_upgrade_that_fails() -> None:
    async with scripted(ok(OPEN), ok("ok"), ok("40"), ok("ok")) as server:
        facts = await probed(server.attempt())
    assert facts.upgrade_failure.startswith("no WebSocket there: 400")
    assert "no upgrade: no WebSocket there: 400" in facts.summary


@pytest.mark.parametrize(
    ("refused", "error"), [('44{"message":"not authorized"}', Unauthenticated), ('44{"message":"no"}', PeerRefused)]
)
async def test_a_namespace_that_refuses_us(refused: str, error: type) -> None:
    async with scripted(talk=saying(LONE, ">40", refused)) as server:
        attempt = server.attempt(transport="websocket")
        facts = await probed(attempt)
        assert type(attempt.error) is error
    assert not facts.connected
    assert facts.refusal.startswith("/ refuses us: no")
    assert facts.summary == "Engine.IO 4 · websocket · heartbeat 10 + 5 s", "what was learnt before stays"


async def test_no_session() -> None:
    async with scripted(ok('{"code":5,"message":"Unsupported protocol version"}', 400)) as server:
        attempt = server.attempt()
        facts = await probed(attempt)
        assert isinstance(attempt.error, PeerRefused)
    assert (facts.status, facts.summary) == (400, "no session there: 400 OK: Unsupported protocol version")
