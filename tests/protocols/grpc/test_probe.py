from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.service import Refused, Service
from netloom.errors import NetloomError, PeerRefused, RemoteProtocolError, Unauthenticated, Unsupported
from netloom.protocols.grpc.probe import Facts, probe
from netloom.wire.grpc import schema
from tests.protocols.grpc.stage import GRPC, Stage, answering, framed, serving, status


async def learn(stage: Stage, place: str = "", **options: str) -> tuple[Facts, NetloomError | None]:
    facts = Facts()
    talk = stage.attempt(place, **options)
    async with talk:
        client: Any = talk.client
        await probe(client, facts)
    return facts, talk.error


async def test_our_own() -> None:
    async with serving() as stage:
        facts, error = await learn(stage)
    assert error is None
    assert facts.summary == "SERVING · 4 services · reflection v1"
    assert (facts.status_code, facts.status, facts.healthcheck_response) == (0, "OK", "SERVING")
    assert facts.services == [schema.HEALTH, *schema.REFLECTIONS, "netloom.Loom"]
    assert facts.services_count == 4
    assert (facts.reflection, facts.version, facts.server) == ("v1", "2", "")
    assert facts.encodings == ["identity", "gzip", "deflate"]


async def test_a_service_of_it() -> None:
    async with serving() as stage:
        stage.service.health.set("netloom.Loom", "NOT_SERVING")
        assert (await learn(stage))[1] is None
        for place, options in (("/netloom.Loom", {}), ("/netloom.Loom/Echo", {}), ("", {"service": "netloom.Loom"})):
            facts, error = await learn(stage, place, **options)
            assert isinstance(error, PeerRefused)
            assert error.message == "netloom.Loom is NOT_SERVING"
            assert (facts.status_code, facts.healthcheck_response) == (0, "NOT_SERVING")
        facts, error = await learn(stage, service="no.Such")
        assert isinstance(error, PeerRefused)
        assert (facts.status_code, facts.status, facts.summary) == (5, "NOT_FOUND", "NOT_FOUND")


async def test_without_health_and_reflection() -> None:
    async with answering(*[status(code="12")] * 4) as stage:
        facts, error = await learn(stage)
        assert error is None
        assert facts.summary == "no health service · no reflection"
        assert (facts.status_code, facts.services_count) == (12, None)
        _, error = await learn(stage, service="a")
        assert isinstance(error, Unsupported)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (status(code="16"), Unauthenticated, 16),
        (status(code="14"), PeerRefused, 14),
        (status(body=framed(b"\x08\x02")), PeerRefused, 0),
        (status(body=framed(b"\x08\x63")), PeerRefused, 0),
        (status(body=b""), RemoteProtocolError, 0),
        (status(body=framed(b"\xff")), RemoteProtocolError, None),
        (status(body=framed(b""), first=(("content-type", "text/html"),)), RemoteProtocolError, None),
    ],
)
async def test_not_well(answer: Any, kind: type[NetloomError], code: int | None) -> None:
    async with answering(answer) as stage:
        facts, error = await learn(stage)
    assert isinstance(error, kind)
    assert facts.status_code == code


async def test_no_grpc_at_all() -> None:
    async def answer(exchange: Any) -> None:
        await exchange.respond(404, (("content-type", "text/html"),), b"no")

    async with answering(answer) as stage:
        facts, error = await learn(stage)
    assert isinstance(error, PeerRefused)
    assert "HTTP 404" in error.message
    assert facts.status == "UNIMPLEMENTED"


async def test_a_server_that_says_who_it_is() -> None:
    first = (*GRPC[:1], ("server", "loom/1"), ("grpc-accept-encoding", "gzip, identity"))
    async with answering(status(body=framed(b"\x08\x01"), first=first), *[status(code="12")] * 2) as stage:
        facts, error = await learn(stage)
    assert error is None
    assert (facts.server, facts.encodings) == ("loom/1", ["gzip", "identity"])


async def test_a_health_service_of_the_contents_own() -> None:
    class Own:
        async def Check(self, request: Any) -> Any:  # noqa: N802  # the method's name
            raise Refused("UNAVAILABLE", "not yet")

    async with serving(Service(Own(), schema.known())) as stage:
        facts, error = await learn(stage)
    assert isinstance(error, PeerRefused)
    assert facts.status == "UNAVAILABLE"
