"""DNS: names that others know, in memory."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.zone import Zone
from netloom.errors import Status, UsageError
from netloom.links.virtual import run
from netloom.protocols.dns.forwarding import _resolver
from netloom.wire.dns import codes
from netloom.wire.dns.message import Edns, parse
from tests.protocols.dns.lab import ZONE, answered, liar, memory, served
from tests.worlds import elapsed, record

RESOLVER = "dns://127.0.0.1:5300"


def through(
    place: str, say: Any, *, forward: tuple[str, ...] = (RESOLVER,), verb: str = "get"
) -> tuple[Any, Any, float]:
    async def main() -> tuple[Any, Any, float]:
        network = memory()
        resolver = await liar(network, say, 5300)
        async with served(network, zone=Zone(ZONE, forward=forward)) as (endpoint, _):
            return await record(network, verb, f"{endpoint}{place}", deadline=60), resolver, elapsed()

    return run(main())


def test_another_name_is_asked_for_with_the_askers_wishes() -> None:
    found, resolver, _ = through("/www.example.org#dnssec,cd", lambda data, _: [answered(data)])
    assert found.value["answers"][0]["data"] == "192.0.2.80"
    assert found.value["answers"][0]["name"] == "www.example.org."
    assert "ra" in found.value["flags"]
    asked = parse(resolver.heard[0][1])
    assert asked.has(codes.CD)
    assert asked.edns is not None
    assert asked.edns.do


def test_an_alias_is_followed_out_of_the_zone() -> None:
    found, _, _ = through("/away.example.test", lambda data, _: [answered(data)])
    assert [answer["data"] for answer in found.value["answers"]] == ["www.example.net.", "192.0.2.80"]


def test_our_own_names_are_not_asked_for() -> None:
    found, resolver, _ = through("/www.example.test", lambda data, _: [answered(data)])
    assert found.status is Status.SUCCESS
    assert not resolver.heard


def test_a_refusal_is_handed_on() -> None:
    found, _, _ = through("/example.org", lambda data, _: [answered(data, flags=codes.QR | codes.NXDOMAIN, answers=())])
    assert "NXDOMAIN" in found.message


@pytest.mark.parametrize("code", [codes.BADVERS, codes.BADCOOKIE])
def test_what_is_between_us_and_the_resolver_is_a_failure(code: int) -> None:
    found, _, _ = through(
        "/example.org",
        lambda data, _: [answered(data, flags=codes.QR | code & 15, answers=(), edns=Edns(rcode=code >> 4))],
    )
    assert "SERVFAIL" in found.message


def test_the_next_resolver_is_asked_where_the_first_is_silent() -> None:
    found, resolver, seconds = through(
        "/www.example.org#patience=30", lambda data, _: [answered(data)], forward=("dns://127.0.0.1:5301", RESOLVER)
    )
    assert found.status is Status.SUCCESS
    assert len(resolver.heard) == 1
    assert seconds < 6


def test_a_server_that_finds_nobody_says_so() -> None:
    found, _, seconds = through("/www.example.org#patience=30", lambda _, __: [])
    assert "SERVFAIL" in found.message
    assert seconds == pytest.approx(5)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1", "dns://9.9.9.9#nonsense=1", "dns://9.9.9.9#retries=many", "9.9.9.9"]
)
def test_what_is_no_resolver(text: str) -> None:
    with pytest.raises(UsageError):
        _resolver(text)


def test_a_resolvers_options_are_its_own() -> None:
    endpoint, link, options = _resolver("dot://9.9.9.9#verify=false,padding=false,idle=3")
    assert endpoint.port == 853
    assert (link.verify, link.idle, options.padding) == (False, 3.0, False)
