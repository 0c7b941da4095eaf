"""The probe: what can be known, and what is said of what can't."""

from __future__ import annotations

import asyncio

import pytest

from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.memory import MemoryNetwork
from netloom.links.stream import Stream
from netloom.serving import Serving
from tests.interop.peers import free_port
from tests.protocols.syslog.lab import collecting
from tests.worlds import record


async def test_udp_says_nothing_by_itself() -> None:
    async with collecting() as lab:
        found = await lab.do("probe")
        assert (found.status, found.facts) == (Status.SUCCESS, {"state": "unknown"})
        assert "nothing was sent" in found.summary
        assert lab.access == []


async def test_a_test_message() -> None:
    async with collecting() as lab:
        for scheme, state in (("syslog", "open|filtered"), ("syslog+tcp", "accepts")):
            found = await lab.do("probe", scheme=scheme, test="yes", severity="debug")
            assert (found.status, found.facts["state"]) == (Status.SUCCESS, state)
            message = await lab.heard()
            assert message.payload == b"a test by netloom probe"
            assert message.properties["severity"] == "debug"
            assert found.facts["sent"] > 50


async def test_tcp_connects() -> None:
    async with collecting() as lab:
        found = await lab.do("probe", scheme="syslog+tcp")
        assert (found.status, found.facts, found.summary) == (
            Status.SUCCESS,
            {"state": "accepts"},
            "accepts connections",
        )


async def test_udp_refused() -> None:
    found = await record(None, "probe", f"syslog://127.0.0.1:{free_port()}#test=yes")
    assert (found.status, found.facts["state"]) == (Status.REFUSED, "closed")


@pytest.mark.parametrize(("said", "status"), [(b"220 mx ESMTP\r\n", Status.PROTOCOL_ERROR), (b"", Status.CLOSED)])
async def test_who_is_no_collector(said: bytes, status: Status) -> None:
    async def attend(link: object) -> None:
        assert isinstance(link, Stream)
        if said:
            await link.write(said)
            await link.read()
        await link.close()

    network = MemoryNetwork()
    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(attend)], network=network) as serving:
        found = await record(network, "probe", f"syslog+tcp://127.0.0.1:{serving.endpoint.port}")
        assert found.status is status, found
        assert ("smtp" in found.hint) is bool(said)
        await asyncio.sleep(0)


async def test_somebody_answers_a_datagram() -> None:
    network = MemoryNetwork()
    async with Serving([Endpoint.parse("udp://127.0.0.1:0")], network=network) as serving:  # an echo
        found = await record(network, "probe", f"syslog://127.0.0.1:{serving.endpoint.port}#test=yes")
        assert found.status is Status.PROTOCOL_ERROR
