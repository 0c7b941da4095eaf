"""A registry's web server that is told to say no."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes, refusing, run

if TYPE_CHECKING:
    from netloom.errors import Status

GET = Sample(verb="get", place="/rdap/domain/example.test")


@pytest.mark.parametrize("code", [403, 404, 429, 501])
@pytest.mark.parametrize("verb", ["get", "probe"])
def test_each_status(code: int, verb: str) -> None:
    (met,) = outcomes("rdap", str(code), Sample(verb=verb, place="/rdap/domain/example.test"))
    assert met.status is REFUSED
    assert met.code == code


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("404:text=gone", REFUSED, "404 Not Found: gone"), ("403", REFUSED, "403 Forbidden: refused on purpose"),
        ("401", UNKNOWN, "401 Unauthorized: refused on purpose"), ("499:text=enough", REFUSED, "499: Refused: enough"),
        ("404:text=gone:at=GET", REFUSED, "404 Not Found"),
    ],
)  # fmt: skip
def test_in_rdaps_own_words(code: str, status: Status, message: str) -> None:
    """HTTP's own refusal of a method is in text for people, which RDAP's clients don't read."""
    (met,) = outcomes("rdap", code, GET)
    assert met.status is status
    assert met.message == message


def test_the_answer_as_it_is() -> None:
    async def main() -> bytes:
        async with refusing("rdap", "429:text=enough") as server:
            asked = f"GET {GET.place} HTTP/1.1\r\nhost: loom\r\nconnection: close\r\n\r\n"
            return await server.say(asked.encode())

    head, _, body = run("rdap", main()).partition(b"\r\n\r\n")
    fields = head.decode().lower().split("\r\n")
    assert fields[0] == "http/1.1 429 too many requests"
    assert {"content-type: application/rdap+json", "retry-after: 1", "access-control-allow-origin: *"} <= set(fields)
    assert json.loads(body) == {
        "rdapConformance": ["rdap_level_0"], "errorCode": 429, "title": "Too Many Requests", "description": ["enough"]
    }  # fmt: skip


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("rdap", "503:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_questions() -> None:
    met = outcomes("rdap", "404:target=*/autnum/*", GET, Sample(verb="get", place="/rdap/autnum/64496"))
    assert [each.status for each in met] == [SUCCESS, REFUSED]
