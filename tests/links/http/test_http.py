"""HTTP as a carrier: one connection, either version, loaded only when somebody connects."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.serving import Serving

SOURCE = Path(__file__).parents[3] / "src"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


def test_declaring_the_carrier_loads_no_engine() -> None:
    script = "import sys, netloom.links.http as http; assert http.carry; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "netloom.links.http" in loaded
    assert not loaded & {"h2", "httptools", "wsproto", "netloom.links.http.server"}


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"GET /a HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\n"),
        (b"GET /none HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n", b"HTTP/1.1 404 "),
        (b"GET /a\r\n\r\n", b"HTTP/1.1 400 "),
        (PREFACE + SETTINGS, b"\x00\x00"),
    ],
    ids=["found", "not found", "malformed", "http/2"],
)
async def test_a_connection_is_answered_in_its_own_version(said: bytes, answer: bytes) -> None:
    async with Serving([Endpoint.parse("http://127.0.0.1:0")], [Files(files={"a": b"warp"})]) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.endpoint.port)
        try:
            writer.write(said)
            async with asyncio.timeout(20):
                heard = await reader.readexactly(len(answer))
                assert heard == answer
                if said.startswith(PREFACE):
                    assert (await reader.readexactly(2))[1] == 4, "a SETTINGS frame comes first (RFC 9113 §3.4)"
        finally:
            writer.close()
            await writer.wait_closed()
