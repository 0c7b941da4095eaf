"""The probe's facts."""

from __future__ import annotations

import gzip

import pytest

from netloom.errors import PeerRefused, RemoteProtocolError
from netloom.protocols.http.probe import Facts, probe
from tests.protocols.http.stage import Heard, answer, scripted, serving


async def test_facts() -> None:
    def script(heard: Heard) -> bytes:
        if heard.target == "/":
            return answer(301, location="/x")
        return answer(
            200, gzip.compress(b"all is ready"), server="s/1", content_type="text/plain", content_encoding="gzip"
        )

    facts = Facts()
    async with scripted(script) as (stage, _):
        await probe(stage.client("http://a.test/"), facts)
    assert (facts.status, facts.reason, facts.version, facts.url) == (200, "Words", "1.1", "http://a.test/x")
    assert (facts.server, facts.content_type, facts.encoding) == ("s/1", "text/plain", "gzip")
    assert (facts.body, facts.body_size, facts.content_length) == (
        "all is ready",
        12,
        len(gzip.compress(b"all is ready")),
    )
    assert facts.redirects == ["http://a.test/x"]
    assert facts.headers["server"] == "s/1"
    assert facts.summary == "200 Words · HTTP/1.1 · 1 redirect"


async def test_a_no_keeps_its_facts() -> None:
    facts = Facts()
    async with scripted(lambda _: answer(503, b"later")) as (stage, _):
        with pytest.raises(PeerRefused) as caught:
            await probe(stage.client("http://a.test/"), facts)
        assert caught.value.code == 503
        assert (facts.status, facts.body) == (503, "later")
        await probe(stage.client("http://a.test/#fail=no"), Facts())


async def test_a_large_body_is_counted_and_its_beginning_kept() -> None:
    facts = Facts()
    async with scripted(lambda _: answer(200, b"x" * 300_000)) as (stage, _):
        await probe(stage.client("http://a.test/"), facts)
    assert (len(facts.body), facts.body_size) == (65536, 300_000)


async def test_head_and_redirects_that_are_not_followed() -> None:
    facts = Facts()
    head = b"HTTP/1.1 302 Found\r\nlocation: /y\r\ncontent-length: 9\r\n\r\n"
    async with scripted(lambda _: head) as (stage, _):
        await probe(stage.client("http://a.test/#method=HEAD,max_redirects=0"), facts)
    assert (facts.status, facts.location, facts.body_size) == (302, "/y", None)


async def test_what_is_no_http() -> None:
    facts = Facts()
    async with scripted(lambda _: b"SSH-2.0-OpenSSH_9.2\r\n") as (stage, _):
        with pytest.raises(RemoteProtocolError) as caught:
            await probe(stage.client("http://a.test/"), facts)
        assert caught.value.seen.startswith(b"SSH-")


async def test_our_own_server() -> None:
    facts = Facts()
    async with serving() as (stage, url):
        await probe(stage.client(url), facts)
    assert (facts.status, facts.content_type) == (200, "text/html; charset=utf-8")
