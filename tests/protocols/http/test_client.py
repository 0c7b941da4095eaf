"""The client's verbs, against a server that says what it is told."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from netloom.errors import PeerRefused, RemoteProtocolError, Unauthenticated, UsageError
from netloom.records import Message
from tests.protocols.http.stage import Heard, answer, collected, pieces, scripted

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = b"0123456789" * 10


def ranged(heard: Heard, *, etag: str = '"v1"') -> bytes:
    """A server that does ranges."""
    wanted, condition = heard.field("range"), heard.field("if-range")
    if wanted is None or (condition is not None and condition != etag):
        return answer(200, WHOLE, etag=etag, accept_ranges="bytes")
    start = int(wanted.removeprefix("bytes=").split("-")[0])
    if start >= len(WHOLE):
        return answer(416, content_range=f"bytes */{len(WHOLE)}")
    return answer(206, WHOLE[start:], etag=etag, content_range=f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}")


class TestGet:
    async def test_what_is_asked(self) -> None:
        async with scripted(lambda _: answer(200, b"x")) as (stage, server):
            await stage.client("http://a.test/p?q=1").get("/p")
            (heard,) = server.heard
            assert heard.first == "GET /p?q=1 HTTP/1.1"
            assert dict(heard.fields) == {
                "host": "a.test",
                "user-agent": "netloom",
                "accept": "*/*",
                "accept-encoding": "gzip, deflate, br, zstd",
            }

    async def test_headers_of_ones_own(self) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            url = "http://a.test/#headers=User-Agent:,headers=Accept:%20text/plain,headers=X-Empty;,compressed=no,user_agent=me"
            await stage.client(url).get("/")
            assert dict(server.heard[0].fields) == {"host": "a.test", "accept": "text/plain", "x-empty": ""}

    async def test_meta(self) -> None:
        made = answer(200, b"hello", etag='"e"', content_type="text/plain", x_a="1").replace(
            b"x-a: 1", b"x-a: 1\r\nX-A: 2"
        )
        async with scripted(lambda _: made) as (stage, _):
            reply = await stage.client("http://ann@a.test:80/").get("")
            assert reply.meta["status"] == 200
            assert reply.meta["version"] == "1.1"
            assert reply.meta["url"] == "http://a.test/"
            assert reply.meta["headers"]["x-a"] == "1, 2"
            assert (reply.meta["etag"], reply.meta["validator"], reply.meta["size"], reply.meta["start"]) == (
                '"e"',
                '"e"',
                5,
                0,
            )

    async def test_head(self) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"
        async with scripted(lambda _: head) as (stage, server):
            reply = await stage.client("http://a.test/#method=HEAD").get("/")
            assert await collected(reply.chunks()) == b""
            assert reply.meta["headers"]["content-length"] == "500"
            assert server.heard[0].method == "HEAD"

    async def test_what_was_compressed(self) -> None:
        async with scripted(lambda _: answer(200, gzip.compress(WHOLE), content_encoding="gzip", etag='"e"')) as (
            stage,
            _,
        ):
            reply = await stage.client("http://a.test/").get("/")
            assert await collected(reply.chunks()) == WHOLE
            assert reply.meta["validator"] == ""  # a later part might be compressed otherwise
            raw = await stage.client("http://a.test/#compressed=no").get("/")
            assert gzip.decompress(await collected(raw.chunks())) == WHOLE

    async def test_a_bomb(self) -> None:
        bomb = gzip.compress(bytes(64 << 20))
        async with scripted(lambda _: answer(200, bomb, content_encoding="gzip")) as (stage, _):
            reply = await stage.client("http://a.test/").get("/")
            with pytest.raises(RemoteProtocolError, match="bomb"):
                await collected(reply.chunks())

    async def test_a_body_that_is_too_large(self) -> None:
        async with scripted(lambda _: answer(200, WHOLE)) as (stage, _):
            reply = await stage.client("http://a.test/#max_size=99").get("/")
            with pytest.raises(RemoteProtocolError, match="more than 99 bytes"):
                await collected(reply.chunks())

    async def test_a_range(self) -> None:
        async with scripted(ranged) as (stage, server):
            reply = await stage.client("http://a.test/#range=90-").get("/")
            assert await collected(reply.chunks()) == WHOLE[90:]
            assert (reply.meta["status"], reply.meta["start"], reply.meta["size"]) == (206, 90, 100)
            assert server.heard[0].field("accept-encoding") is None


class TestResuming:
    async def test_the_rest(self) -> None:
        async with scripted(ranged) as (stage, server):
            client = stage.client("http://a.test/")
            client.start, client.validator = 40, '"v1"'
            reply = await client.get("/")
            assert await collected(reply.chunks()) == WHOLE[40:]
            assert (reply.meta["start"], reply.meta["size"], reply.meta["validator"]) == (40, 100, '"v1"')
            assert server.heard[0].field("accept-encoding") == "identity"

    async def test_something_else_stands_there_now(self) -> None:
        async with scripted(lambda heard: ranged(heard, etag='"v2"')) as (stage, _):
            client = stage.client("http://a.test/")
            client.start, client.validator = 40, '"v1"'
            reply = await client.get("/")
            assert await collected(reply.chunks()) == WHOLE
            assert (reply.meta["start"], reply.meta["validator"]) == (0, '"v2"')

    async def test_it_had_been_complete(self) -> None:
        async with scripted(ranged) as (stage, _):
            client = stage.client("http://a.test/")
            client.start, client.validator = 100, '"v1"'
            reply = await client.get("/")
            assert await collected(reply.chunks()) == b""
            assert reply.meta["start"] == 100

    async def test_it_was_longer(self) -> None:
        async with scripted(ranged) as (stage, _):
            client = stage.client("http://a.test/")
            client.start, client.validator = 101, '"v1"'
            with pytest.raises(PeerRefused) as caught:
                await client.get("/")
            assert caught.value.code == 416

    async def test_another_part_than_was_asked_for(self) -> None:
        async with scripted(lambda _: answer(206, b"x", content_range="bytes 0-0/100")) as (stage, _):
            client = stage.client("http://a.test/")
            client.start, client.validator = 40, '"v1"'
            with pytest.raises(RemoteProtocolError):
                await client.get("/")


class TestNo:
    async def test_404(self) -> None:
        async with scripted(lambda _: answer(404, "nö".encode(), content_type="text/plain")) as (stage, _):
            with pytest.raises(PeerRefused) as caught:
                await stage.client("http://a.test/x").get("/x")
            assert (caught.value.code, caught.value.text) == (404, "nö")
            assert "http://a.test/x answered 404" in caught.value.message

    async def test_it_can_be_an_answer_like_any_other(self) -> None:
        async with scripted(lambda _: answer(500, b"oops")) as (stage, _):
            reply = await stage.client("http://a.test/#fail=no").get("/")
            assert await collected(reply.chunks()) == b"oops"
            assert reply.meta["status"] == 500

    @pytest.mark.parametrize(
        ("made", "hint"),
        [
            (answer(401, www_authenticate="Bearer"), "token"),
            (answer(401, www_authenticate="Basic"), "USER:PASSWORD"),
            (answer(405, allow="GET"), "GET"),
            (answer(503, retry_after="5"), "Retry-After: 5"),
            (answer(400, b"<title>400 The plain HTTP request was sent to HTTPS port</title>"), "https://a.test"),
        ],
    )
    async def test_hints(self, made: bytes, hint: str) -> None:
        async with scripted(lambda _: made) as (stage, _):
            with pytest.raises(PeerRefused) as caught:
                await stage.client("http://a.test/").get("/")
            assert hint in caught.value.hint
            assert isinstance(caught.value, Unauthenticated) == (b"401" in made)

    async def test_its_body_is_bounded(self) -> None:
        async with scripted(lambda _: answer(500, b"x" * 1_000_000)) as (stage, _):
            with pytest.raises(PeerRefused) as caught:
                await stage.client("http://a.test/").get("/")
            assert len(caught.value.text) == 65536


class TestPut:
    async def test_a_short_body_says_its_size(self) -> None:
        async with scripted(lambda _: answer(201)) as (stage, server):
            reply = await stage.client("http://a.test/x.json").put("/x.json", pieces(b"a", b"", b"b"))
            (heard,) = server.heard
            assert (heard.method, heard.body, heard.field("content-length")) == ("PUT", b"ab", "2")
            assert heard.field("content-type") == "application/json"
            assert reply.meta["status"] == 201

    async def test_a_long_one_comes_in_chunks(self) -> None:
        async with scripted(lambda _: answer(201)) as (stage, server):
            await stage.client("http://a.test/x").put("/x", pieces(*[bytes(300_000)] * 5))
            assert server.heard[0].field("transfer-encoding") == "chunked"
            assert len(server.heard[0].body) == 1_500_000

    async def test_nothing_is_a_body_too(self) -> None:
        async with scripted(lambda _: answer(201)) as (stage, server):
            await stage.client("http://a.test/x").put("/x", pieces())
            assert server.heard[0].field("content-length") == "0"


class TestSend:
    @pytest.mark.parametrize(
        ("fragment", "payload", "media", "body"),
        [
            ("", b'{"a": 1}', "application/json", b'{"a": 1}'),
            ("", b"{no json", "text/plain; charset=utf-8", b"{no json"),
            ("", "ä".encode(), "text/plain; charset=utf-8", "ä".encode()),
            ("", b"\xff\x00", "application/octet-stream", b"\xff\x00"),
            ("type=form", b"a=b", "application/x-www-form-urlencoded", b"a=b"),
            ("type=json", b"1", "application/json", b"1"),
            ("type=application/x-own", b"1", "application/x-own", b"1"),
            ("form=a%3D1 2,form=b%3D%26", b"", "application/x-www-form-urlencoded", b"a=1+2&b=%26"),
            ("json=a%3Dx,json=b:%3D[1]", b"", "application/json", b'{"a":"x","b":[1]}'),
            ("headers=Content-Type: text/x", b"1", "text/x", b"1"),
        ],
    )
    async def test_what_is_said(self, fragment: str, payload: bytes, media: str, body: bytes) -> None:
        async with scripted(lambda _: answer(200, b"ok")) as (stage, server):
            reply = await stage.client(f"http://a.test/#{fragment.replace(' ', '%20')}").send(Message(payload=payload))
            (heard,) = server.heard
            assert (heard.method, heard.field("content-type"), heard.body) == ("POST", media, body)
            assert heard.field("content-length") == str(len(body))
            assert await collected(reply.chunks()) == b"ok"

    async def test_parts_with_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "x.png").write_bytes(b"\x89PNG")
        async with scripted(lambda _: answer()) as (stage, server):
            await stage.client(f"http://a.test/#multipart=a%3D1,multipart=f%3D@{tmp_path}/x.png").send(Message())
            (heard,) = server.heard
            assert (heard.field("content-type") or "").startswith("multipart/form-data; boundary=")
            assert b'name="a"\r\n\r\n1\r\n' in heard.body
            assert b'filename="x.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n' in heard.body
            assert heard.field("content-length") == str(len(heard.body))

    async def test_one_body_only(self) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            with pytest.raises(UsageError, match="form and a message"):
                await stage.client("http://a.test/#form=a%3Db").send(Message(payload=b"x"))
            with pytest.raises(UsageError, match="can't be read"):
                await stage.client("http://a.test/#multipart=a%3D@/nowhere/x").send(Message())
            assert not server.heard

    async def test_the_method_and_the_path(self) -> None:
        async with scripted(lambda _: answer()) as (stage, server):
            await stage.client("http://a.test/#method=DELETE").send(Message(topic="/x"))
            assert server.heard[0].first == "DELETE /x HTTP/1.1"


class TestList:
    async def test_json(self) -> None:
        rows = [
            {"name": "a b", "type": "directory", "mtime": "Sun, 06 Nov 1994 08:49:37 GMT"},
            {"name": "c", "type": "file", "size": 5},
        ]
        async with scripted(lambda _: answer(200, json.dumps(rows).encode(), content_type="application/json")) as (
            stage,
            server,
        ):
            found = [entry async for entry in stage.client("http://a.test/d/").list("/d/")]
            assert [(e.name, e.path, e.kind, e.size) for e in found] == [
                ("a b", "/d/a%20b", "directory", None),
                ("c", "/d/c", "file", 5),
            ]
            assert (server.heard[0].field("accept") or "").startswith("application/json")

    async def test_html_after_a_redirect(self) -> None:
        def script(heard: Heard) -> bytes:
            if heard.target == "/d":
                return answer(301, location="/d/")
            return answer(200, b'<a href="x">x</a>', content_type="text/html; charset=latin-1")

        async with scripted(script) as (stage, _):
            found = [entry async for entry in stage.client("http://a.test/d").list("/d")]
            assert [entry.path for entry in found] == ["/d/x"]

    @pytest.mark.parametrize("media", ["text/plain", "", "image/png"])
    async def test_what_is_no_index(self, media: str) -> None:
        async with scripted(lambda _: answer(200, b"x", content_type=media)) as (stage, _):
            with pytest.raises(RemoteProtocolError, match="JSON or HTML"):
                [entry async for entry in stage.client("http://a.test/").list("/")]
