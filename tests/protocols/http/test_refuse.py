"""A web server that is told to say no."""

from __future__ import annotations

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Status, UsageError
from netloom.records import Message
from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes, refusing, run

GET = Sample(verb="get", place="/hello.txt")
PUT = Sample(verb="put", place="/loom.txt", text="warp")
TOP = Sample(verb="get", place="/")
VERSIONS = pytest.mark.parametrize("version", ["1.1", "2-prior"])


@pytest.mark.parametrize("code", [400, 403, 404, 405, 418, 426, 429, 499, 500, 503, 599])
@VERSIONS
def test_each_status(code: int, version: str) -> None:
    (met,) = outcomes("http", str(code), GET, options=f"version={version}")
    assert met.status is REFUSED
    assert met.code == code
    assert met.seconds == 0


@pytest.mark.parametrize("code", [401, 407])
@VERSIONS
def test_who_is_there(code: int, version: str) -> None:
    (met,) = outcomes("http", str(code), GET, options=f"version={version}")
    assert met.status is UNKNOWN


@pytest.mark.parametrize(("code", "beside"), [("503", "Retry-After: 1"), ("429", "Retry-After: 1")])
def test_when_to_come_again(code: str, beside: str) -> None:
    (met,) = outcomes("http", code, GET)
    assert met.error is not None
    assert beside in met.error.hint


def test_goaway() -> None:
    met = outcomes("http", "GOAWAY:text=enough", GET, options="version=2-prior") + outcomes("http", "GOAWAY", GET)
    assert [each.status for each in met] == [REFUSED, REFUSED]
    assert [each.code for each in met] == ["GOAWAY", 503]
    assert "NO_ERROR (enough)" in met[0].message


def test_what_goaway_turned_away_is_sent_again_on_a_new_connection() -> None:
    async def main() -> None:
        async with refusing("http", "GOAWAY:target=/loom.txt:times=1") as server:
            endpoint = Endpoint.parse(server.url("/hello.txt", "version=2-prior"))
            attempt = server.attempt(endpoint)
            async with attempt:
                assert [chunk async for chunk in (await attempt.client.get("/hello.txt")).chunks()]
                await attempt.client.send(Message(topic="/loom.txt", payload=b"warp"))
            assert attempt.error is not None
            assert attempt.error.status is REFUSED  # by what is there: files take no POST
            assert getattr(attempt.error, "code", "") == 405
        assert [told.status for told in server.told] == ["200", "GOAWAY", "405"]

    run("http", main())


@VERSIONS
def test_a_body_that_nobody_reads(version: str) -> None:
    (met,) = outcomes(
        "http", "413", Sample(verb="put", place="/loom.txt", text="x" * 300_000), options=f"version={version}"
    )
    assert met.code == 413


@VERSIONS
def test_fails_twice_and_then_succeeds(version: str) -> None:
    assert [met.status for met in outcomes("http", "503:times=2", GET, GET, GET, options=f"version={version}")] == TWICE


def test_only_for_some_methods_and_paths() -> None:
    met = outcomes("http", "507:at=PUT", GET, PUT) + outcomes("http", "410:target=/hello*", GET, TOP)
    assert [each.status for each in met] == [SUCCESS, REFUSED, REFUSED, SUCCESS]


@pytest.mark.parametrize(("fault", "code"), [("503", 503), ("404", 404), ("GOAWAY", "GOAWAY")])
def test_over_quic(fault: str, code: int | str) -> None:
    found = outcomes("https", f"{fault}:times=2", GET, GET, GET, own="http3=only", options="version=3")
    assert [met.status for met in found] == TWICE
    assert found[0].code == code


def test_what_is_no_refusal() -> None:
    with pytest.raises(UsageError, match="http can't refuse with '302'") as caught:
        outcomes("http", "302", GET)
    assert caught.value.hint == "codes: 4xx, 5xx, GOAWAY"


@pytest.mark.parametrize("mode", ["only", "also"])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [("503:on=2", [SUCCESS, REFUSED, SUCCESS]), ("503:on=2-", [SUCCESS, REFUSED, REFUSED]), ("503:times=2", TWICE)],
)
def test_connections_of_quic_have_their_numbers(fault: str, expected: list[Status], mode: str) -> None:
    async def main() -> list[Status]:
        async with refusing("https", fault, options=f"http3={mode}") as server:
            return [(await server.ask("get", "/hello.txt", options="version=3")).status for _ in expected]

    assert run("https", main()) == expected


def test_chance_is_the_same_for_connections_of_quic() -> None:
    async def main(seed: int) -> list[Status]:
        async with refusing("https", f"503:chance=50%:seed={seed}", options="http3=only") as server:
            return [(await server.ask("get", "/hello.txt", options="version=3")).status for _ in range(8)]

    first, again, other = (run("https", main(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert set(first) == {SUCCESS, REFUSED}
