"""Requests that are refused because a fault wants it, as they are on the wire."""

from __future__ import annotations

import asyncio

import pytest

from netloom.endpoint import Endpoint
from netloom.links.http.messages import Request
from netloom.links.http.refusing import TurnedAway, path_of
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from netloom.toolbox import Toolbox

PLACE = "http://127.0.0.1:8000"


async def said(fault: str, request: bytes) -> bytes:
    """All that a server answers to these octets, up to where it closes."""
    network = MemoryNetwork()
    async with Serving([Endpoint.parse(f"{PLACE}#fault={fault}")], network=network):
        attempt = Toolbox(_nowhere, network=network).attempt(Endpoint.parse("tcp://127.0.0.1:8000"), 20.0)
        async with attempt:
            stream = await attempt.dial.stream()
            await stream.write(request)
            found = b""
            async with asyncio.timeout(10):
                while chunk := await stream.read():
                    found += chunk
    return found


async def _nowhere(record: object) -> None:
    """Nobody reads records."""


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("401", b"www-authenticate: Basic"), ("405", b"allow: \r\n"), ("407", b"proxy-authenticate: Basic"),
        ("426", b"upgrade: websocket\r\n"), ("429", b"retry-after: 1\r\n"), ("503", b"retry-after: 1\r\n"),
    ],
)  # fmt: skip
def test_what_has_to_stand_beside_a_status(code: str, field: bytes) -> None:
    request = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = run(said(f"refuse:{code}:text=enough", request))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {code} ".encode())
    assert field.lower() in (head + b"\r\n").lower()
    assert body == b"enough\n"


def test_the_connection_is_kept() -> None:
    request = b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    last = b"GET /hello.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = run(said("refuse:507:at=PUT", request + last))
    assert answer.count(b"HTTP/1.1 ") == 2
    assert answer.startswith(b"HTTP/1.1 507 ")
    assert b"HTTP/1.1 200 OK" in answer


def test_goaway_in_the_old_version_ends_the_connection() -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = run(said("refuse:GOAWAY:text=enough", request + request))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"connection: close\r\n" in answer.lower()
    assert answer.endswith(b"enough\n")


def test_words() -> None:
    assert (TurnedAway("x").answer, TurnedAway("x").message) == (503, "x")
    assert path_of(Request(method="GET", target="/a/b?c=d")) == "/a/b"
