"""Handshake: hellos that nobody hears, at once and after STARTTLS."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.serving import Serving
from tests.links.faults.bench import END, Bench, after, on_bench
from tests.worlds import Certificates, elapsed, record

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.faults.fault import Side

HELLO = b"\x16\x03\x01\x00\x05\x01rest"


@pytest.mark.parametrize(("to", "heard"), [("server", [b"plain"]), ("client", [b"plain", HELLO, b"more", END])])
def test_nothing_follows_a_hello(to: Side, heard: list[bytes | None]) -> None:
    assert after("handshake", said=[b"plain", HELLO, b"more", END], to=to).pieces(to) == heard


def test_without_tls_nothing_happens() -> None:
    assert after("handshake:to=both", said=[b"EHLO x", END]).pieces() == [b"EHLO x", END]


def test_it_goes_on_when_it_is_lifted() -> None:
    async def main() -> None:
        bench = Bench("handshake")
        bench.say(HELLO, b"more", to="server")
        await asyncio.sleep(5)
        bench.plan.remove("handshake")
        assert bench.pieces("server") == [HELLO, b"more"]

    on_bench(main)


@pytest.mark.parametrize("to", ["server", "client"])
@pytest.mark.parametrize("scheme", ["tls", "smtp"])
def test_a_client_waits_no_longer_than_it_may(scheme: str, to: str, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)

    async def main() -> None:
        network = MemoryNetwork()
        place = f"{scheme}://127.0.0.1:4242#cert={certificates.good},fault=handshake:to={to}"
        async with Serving([Endpoint.parse(place)], network=network):
            found = await record(network, "probe", f"{scheme}://127.0.0.1:4242#ca={certificates.ca}", deadline=9)
        assert (found.status, found.phase) == (Status.TIMEOUT, Phase.TLS)
        assert elapsed() == pytest.approx(9, abs=0.01)

    run(main())
