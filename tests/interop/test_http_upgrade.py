"""HTTP/2 after an upgrade (RFC 7540 §3.2), as curl and nghttpx speak it: told, archived and replayed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

import netloom
from netloom.contents.files import Files
from tests.interop.test_packet_streams import curl, followed, recorded, words
from tests.interop.test_replay import content, played, to
from tests.interop.ws_peers import nghttpx

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]

FILES = {"a.txt": b"warp", "b.bin": bytes(30_000)}


def fetch(port: int, folder: Path) -> dict[str, bytes]:
    """What curl gets on one connection, which it begins in HTTP/1.1 and goes on with in HTTP/2."""
    wanted = [word for name in FILES for word in (f"http://127.0.0.1:{port}/{name}", "-o", folder / f"got-{name}")]
    versions = curl("--http2", *wanted, "-w", "%{http_version} ")
    assert versions.split() == [b"2", b"2"]
    return {name: (folder / f"got-{name}").read_bytes() for name in FILES}


async def test_curl_and_nghttpx(tmp_path: Path) -> None:
    capture, archive = tmp_path / "upgrade.pcap", tmp_path / "upgrade.har"
    async with netloom.serve("http://127.0.0.1:0", Files(files=FILES)) as server:
        with nghttpx(tmp_path, str(server.endpoint), "http/1.1") as front, recorded(capture) as kept:
            port = int(front.rpartition(":")[2])
            kept.append(f"port {port}")
            assert await asyncio.to_thread(fetch, port, tmp_path) == FILES
    told = words(await asyncio.to_thread(followed, capture, har=str(archive)))
    for line in ("GET /a.txt HTTP/1.1", "HTTP/1.1 101 Switching Protocols", "stream 1: HTTP/2 200"):
        assert line in told
    entries = json.loads(archive.read_text())["log"]["entries"]
    assert [
        (entry["request"]["httpVersion"], entry["response"]["httpVersion"], entry["response"]["content"]["size"])
        for entry in entries
    ] == [("HTTP/1.1", "HTTP/2.0", 4), ("HTTP/2.0", "HTTP/2.0", 30_000)]
    numbers = await to(capture, port)
    async with played(capture, "http://127.0.0.1:0", stream=numbers) as (place, found):
        assert await asyncio.to_thread(fetch, place, tmp_path) == FILES
    content(found)
