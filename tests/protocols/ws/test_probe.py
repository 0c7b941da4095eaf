from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.handler import Handler
from netloom.errors import PeerRefused, Status
from netloom.protocols.ws.probe import Facts, probe
from tests.protocols.ws.stage import serving


@pytest.mark.parametrize("version", ["1.1", "2-prior"])
async def test_what_it_learns(version: str) -> None:
    facts = Facts()
    async with (
        serving(subprotocol="chat") as stage,
        stage.attempt("/", version=version, subprotocol="chat") as attempt,
    ):
        await probe(attempt.client, facts)
    assert attempt.outcome()["status"] is Status.SUCCESS
    assert facts.status == (101 if version == "1.1" else 200)
    assert facts.version == version[:3].removesuffix("-p")
    assert facts.subprotocol == "chat"
    assert facts.extensions.startswith("permessage-deflate")
    assert facts.ping is not None
    assert facts.summary.startswith(f"open · HTTP/{facts.version} · ping ")
    assert facts.summary.endswith(" · chat · compressed")


async def test_a_refusal_keeps_what_was_seen() -> None:
    facts = Facts()
    async with serving(at="ws://127.0.0.1:0/here") as stage, stage.attempt("/there") as attempt:
        await probe(attempt.client, facts)
    assert isinstance(attempt.error, PeerRefused)
    assert facts.status == 404


async def test_a_server_that_talks_before_it_pongs() -> None:
    async def handle(link: Any) -> None:
        for number in range(100):
            await link.send(str(number))
        await link.receive()

    facts = Facts()
    async with serving(Handler(handle)) as stage, stage.attempt("/") as attempt:
        await probe(attempt.client, facts)
    assert attempt.error is None
    assert facts.ping is not None
