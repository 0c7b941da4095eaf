"""Files at the server: paths, methods, uploads and rights."""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING

import pytest

from netloom.contents.files import Files, Limits
from netloom.errors import ConnectionLost
from netloom.protocols.http import files
from tests.protocols.http.said import ask
from tests.protocols.http.stage import pieces, serving

if TYPE_CHECKING:
    from pathlib import Path

ANN = "Basic " + base64.b64encode(b"ann:secret").decode()


def tree() -> Files:
    return Files(files={"a.txt": b"old", "d/b.txt": b"b"})


class TestPaths:
    @pytest.mark.parametrize(
        ("target", "status"),
        [
            ("/a.txt", 200),
            ("/a%2Etxt?x=/../y", 200),
            ("//a.txt", 200),
            ("/d%2Fb.txt", 200),
            ("/nope", 404),
            ("/a.txt/", 404),
            ("/../etc/passwd", 403),
            ("/d/%2e%2e/a.txt", 403),
            ("/..%2f..%2fetc/passwd", 403),
            ("/a.txt%00", 403),
            ("/d\\b.txt", 403),
            ("/%ff", 403),
        ],
    )
    async def test_what_is_found(self, target: str, status: int) -> None:
        async with serving(tree()) as (stage, url):
            assert (await ask(stage, url, f"GET {target}")).status == status

    async def test_a_directory_has_its_slash(self) -> None:
        async with serving(tree()) as (stage, url):
            said = await ask(stage, url, "GET //d?x=1")
            assert (said.status, said["location"]) == (301, "/d/?x=1")

    async def test_below_a_path(self) -> None:
        async with serving(tree(), path="/files") as (stage, url):
            assert (await ask(stage, url, "GET /files/a.txt")).body == b"old"
            assert (await ask(stage, url, "GET /files/d"))["location"] == "/files/d/"
            assert (await ask(stage, url, "GET /a.txt")).status == 404
            assert (await ask(stage, url, "GET /files/../a.txt")).status in (403, 404)

    def test_prefixes(self) -> None:
        assert files.path_of("/p/a?b", "/p") == "/a"
        assert files.path_of("/p", "/p/") == "/"
        assert files.path_of("/pa", "/p") == "/pa"
        assert files.path_of("/%C3%A4", "") == "/ä"


class TestMethods:
    async def test_options_and_what_is_not_there(self) -> None:
        async with serving(tree()) as (stage, url):
            said = await ask(stage, url, "OPTIONS /a.txt")
            assert (said.status, said["allow"]) == (204, "GET, HEAD, OPTIONS, PUT, DELETE")
            for method in ("POST", "PATCH", "PROPFIND"):
                said = await ask(stage, url, f"{method} /a.txt")
                assert (said.status, said["allow"]) == (405, "GET, HEAD, OPTIONS, PUT, DELETE")


class TestUploads:
    async def test_put(self) -> None:
        async with serving(content := tree(), ["ann:secret"]) as (stage, url):
            said = await ask(stage, url, "PUT /new.txt", b"new", authorization=ANN)
            assert said.status == 201
            assert (await ask(stage, url, "GET /new.txt"))["etag"] == said["etag"]
            assert (await ask(stage, url, "PUT /a.txt", b"changed", authorization=ANN)).status == 204
            assert b"".join([chunk async for chunk in content.read("/a.txt")]) == b"changed"
            record = stage.seen[0]
            assert (record.verb, record.user, record.status) == ("PUT", "ann", "201")

    async def test_through_the_client_in_chunks(self) -> None:
        async with serving(content := tree(), ["ann:secret"]) as (stage, url):
            client = stage.client(url.replace("//", "//ann:secret@"))
            await client.put("/large", pieces(*[bytes(300_000)] * 5))
            assert (await content.stat("/large")).size == 1_500_000

    @pytest.mark.parametrize(
        ("line", "fields", "status"),
        [
            ("PUT /nowhere/x", {}, 409),
            ("PUT /d", {}, 403),
            ("PUT /d/", {}, 403),
            ("PUT /", {}, 403),
            ("PUT /../x", {}, 403),
            ("PUT /a.txt", {"if_none_match": "*"}, 412),
            ("PUT /new", {"if_none_match": "*"}, 201),
            ("PUT /a.txt", {"if_match": '"other"'}, 412),
            ("PUT /new", {"if_match": "*"}, 412),
            ("PUT /a.txt", {"content_range": "bytes 0-0/5"}, 400),
            ("DELETE /a.txt", {}, 204),
            ("DELETE /nope", {}, 404),
            ("DELETE /d/", {}, 403),
            ("DELETE /a.txt", {"if_match": '"other"'}, 412),
        ],
    )
    async def test_what_becomes_of_it(self, line: str, fields: dict[str, str], status: int) -> None:
        async with serving(content := tree(), ["ann:secret"]) as (stage, url):
            body = b"x" if line.startswith("PUT") else None
            assert (await ask(stage, url, line, body, authorization=ANN, **fields)).status == status
            if status >= 400:
                assert b"".join([chunk async for chunk in content.read("/a.txt")]) == b"old"

    async def test_too_large(self) -> None:
        async with serving(Files(limits=Limits(file=10)), ["ann:secret"]) as (stage, url):
            assert (await ask(stage, url, "PUT /x", bytes(11), authorization=ANN)).status == 413

    async def test_the_options_bound_a_body(self) -> None:
        async with serving(tree(), ["ann:secret"], path="/#max_body=10") as (stage, url):
            assert (await ask(stage, url, "PUT /x", bytes(11), authorization=ANN)).status == 413

    async def test_one_that_breaks_leaves_what_was_there(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes(b"old")
        async with serving(Files(tmp_path), ["ann:secret"]) as (stage, url):
            stream = await stage.raw(url)
            head = f"PUT /a.txt HTTP/1.1\r\nhost: x\r\nauthorization: {ANN}\r\ncontent-length: 100\r\n\r\n"
            await stream.write(head.encode() + b"half")
            await stream.write_eof()
            with contextlib.suppress(ConnectionLost):
                await stream.read()
            await stream.close()
            assert (await ask(stage, url, "GET /a.txt")).body == b"old"
        assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


class TestRights:
    async def test_nobody_writes_without_an_account(self) -> None:
        async with serving(tree()) as (stage, url):
            said = await ask(stage, url, "PUT /x", b"x")
            assert said.status == 403
            assert not said.all("www-authenticate")

    async def test_anybody_reads_and_an_account_writes(self) -> None:
        async with serving(tree(), ["ann:secret", "bob:pw:read"]) as (stage, url):
            assert (await ask(stage, url, "GET /a.txt")).status == 200
            assert (await ask(stage, url, "DELETE /a.txt")).status == 401
            bob = "Basic " + base64.b64encode(b"bob:pw").decode()
            assert (await ask(stage, url, "DELETE /a.txt", authorization=bob)).status == 403
            assert (await ask(stage, url, "DELETE /a.txt", authorization=ANN)).status == 204
            assert [record.user for record in stage.seen] == ["", "", "", "ann"]
