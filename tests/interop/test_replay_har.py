"""HTTP archives of others and for others: a browser's is replayed to it, ours is valid and read by what isn't ours."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from netloom.errors import Status
from tests.interop.node_peers import chromium, node, packages
from tests.interop.peers import need
from tests.interop.test_packet_streams import curl, recorded, run
from tests.interop.test_replay import content, played
from tests.worlds import records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001ff"
    "56c72f0d0000000049454e44ae426082"
)
PAGE = """<!doctype html><title>loom</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/old.css">
<img src="/pixel.png"><script>
const ask = (method, target, body) => {
  const asked = new XMLHttpRequest();
  asked.open(method, target, false);  // waited for, so that it belongs to the page
  asked.send(body);
  return asked.responseText;
};
document.title = JSON.parse(ask("GET", "/data?x=1&y=%20")).warp + ask("POST", "/form", "weft=2&token=s3");
</script>"""
SHOWN = """
const image = document.querySelector("img");
return [document.title, image.naturalWidth, getComputedStyle(document.body).color];
"""


async def index(_: web.Request) -> web.Response:
    answer = web.Response(text=PAGE, content_type="text/html")
    answer.enable_compression()
    answer.set_cookie("session", "s3cret")
    return answer


async def moved(_: web.Request) -> web.Response:
    raise web.HTTPFound("/new.css")


async def style(_: web.Request) -> web.Response:
    return web.Response(text="body { color: rgb(1, 2, 3) }", content_type="text/css")


async def pixel(_: web.Request) -> web.Response:
    return web.Response(body=PIXEL, content_type="image/png")


async def data(request: web.Request) -> web.Response:
    return web.json_response({"warp": f"wärp {request.query['x']} "})


async def form(request: web.Request) -> web.Response:
    return web.Response(text=f"got {await request.text()}")


@contextlib.asynccontextmanager
async def site() -> AsyncIterator[int]:
    """aiohttp's server with a page that takes a coding, a redirect, a picture, a query and a form; its port."""
    made = web.Application()
    made.add_routes([
        web.get("/", index), web.get("/old.css", moved), web.get("/new.css", style), web.get("/pixel.png", pixel),
        web.get("/data", data), web.post("/form", form),
    ])  # fmt: skip
    runner = web.AppRunner(made)
    await runner.setup()
    try:
        place = web.TCPSite(runner, "127.0.0.1", 0)
        await place.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


VALID = """
const { har } = require("har-validator/lib/promise");
hear().then(file => har(file)).then(() => say("valid"), error => say(error.errors));
"""


async def valid(path: Path) -> Any:
    """What a validator with a schema of its own says."""
    async with node(VALID) as program:
        await program.say(json.loads(path.read_text()))
        return await program.hear()


async def test_a_browser_s_archive_is_replayed_to_it(tmp_path: Path) -> None:
    path = tmp_path / "site.har"
    capturer = packages() / "node_modules" / ".bin" / "chrome-har-capturer"
    async with chromium(tmp_path) as page:
        browser = (tmp_path / "profile" / "DevToolsActivePort").read_text().split()[0]
        async with site() as port:
            url = f"http://127.0.0.1:{port}/"
            options = ("-t", "127.0.0.1", "-p", browser, "--content", "-o", path)
            await asyncio.to_thread(run, need("node", "nodejs"), capturer, *options, url)
            await page.go(url)
            before = await page.run(SHOWN)
            assert before == ["wärp 1 got weft=2&token=s3", 1, "rgb(1, 2, 3)"]
            called: list[Any] = await records(None, "replay", files=[str(path)], call=[url])
            # What a redirect says beside where it leads to isn't in a browser's archive
            failed = [each for each in called if each.status is not Status.SUCCESS]
            assert len(called) == 6
            assert ["302 Found" in each.expected for each in failed] == [True]
        async with played(path, "http://127.0.0.1:0") as (port, found):
            await page.go(f"http://127.0.0.1:{port}/")
            assert await page.run(SHOWN) == before
        content(found)
        assert len(found) == 6


def ask(port: int) -> list[bytes]:
    """All that the site has, by curl."""
    place = f"http://127.0.0.1:{port}"
    cookie = curl(
        "--compressed", "-b", "session=s3cret", f"{place}/", f"{place}/pixel.png", f"{place}/data?x=1&token=s3"
    )
    return [cookie, curl("-d", "weft=2&token=s3", f"{place}/form"), curl("-L", f"{place}/old.css")]


@pytest.mark.parametrize("secrets", [False, True])
async def test_ours_is_valid_and_read_by_others(secrets: bool, tmp_path: Path) -> None:
    from haralyzer import HarEntry, HarParser  # type: ignore[import-untyped]

    capture, path = tmp_path / "talk.pcap", tmp_path / "talk.har"
    async with site() as port:
        with recorded(capture) as kept:
            kept.append(f"tcp port {port}")
            before = await asyncio.to_thread(ask, port)
    await records(None, "follow", files=[str(capture)], har=str(path), secrets=secrets)
    assert await valid(path) == "valid"
    assert ("s3cret" in path.read_text()) is secrets
    entries = [HarEntry(each) for each in HarParser(json.loads(path.read_text())).har_data["entries"]]
    assert [entry.status for entry in entries] == [200, 200, 200, 200, 302, 200]
    page, pixel, asked, said, *_ = entries
    assert (page.response.text, page.response.mimeType) == (PAGE, "text/html; charset=utf-8")
    assert base64.b64decode(pixel.response.text) == PIXEL
    assert asked.url.partition("/data")[2] == ("?x=1&token=s3" if secrets else "?x=1&token=•••")
    assert (said.request.method, said.request.bodySize) == ("POST", 15)
    if secrets:
        async with played(path, "http://127.0.0.1:0") as (port, found):
            assert await asyncio.to_thread(ask, port) == before
        content(found)
