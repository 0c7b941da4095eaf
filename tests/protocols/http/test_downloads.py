"""Reading files: conditions, ranges, types and indexes, as raw answers of our server."""

from __future__ import annotations

import email
import json
import os
from typing import TYPE_CHECKING

import pytest

from netloom.contents.files import Files
from netloom.protocols.http import downloads
from netloom.wire.http import dates
from tests.protocols.http.said import Said, ask
from tests.protocols.http.stage import Stage, serving

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"0123456789" * 10
TREE = {
    "a.txt": TEXT,
    "d/b.html": b"<p>",
    "d/<x>&y.bin": b"\0",
    "site/index.html": b"welcome",
    "large": bytes(range(256)) * 4000,
}


async def get(stage: Stage, url: str, path: str = "/a.txt", method: str = "GET", **fields: str) -> Said:
    return await ask(stage, url, f"{method} {path}", None, **fields)


async def test_a_file() -> None:
    async with serving(Files(files=TREE)) as (stage, url):
        said = await get(stage, url)
        assert (said.status, said.body) == (200, TEXT)
        assert said["content-type"] == "text/plain; charset=utf-8"
        assert said["x-content-type-options"] == "nosniff"
        assert said["accept-ranges"] == "bytes"
        assert said["content-length"] == "100"
        assert said["etag"].startswith('"')
        assert dates.parse(said["last-modified"])
        (record,) = stage.seen
        assert (record.verb, record.target, record.status, record.size) == ("GET", "/a.txt", "200", 100)


async def test_a_large_file_says_its_size() -> None:
    async with serving(Files(files=TREE)) as (stage, url):
        said = await get(stage, url, "/large")
        assert said.body == TREE["large"]
        assert said["content-length"] == "1024000"
        assert said["content-type"] == "application/octet-stream"
        head = await get(stage, url, "/large", "HEAD")
        assert (head.status, head.body, head["content-length"]) == (200, b"", "1024000")
        assert (await get(stage, url, "/large", range="bytes=100-999999")).body == TREE["large"][100:1000000]


class TestRanges:
    @pytest.mark.parametrize(
        ("wanted", "body", "said"),
        [
            ("bytes=0-9", TEXT[:10], "bytes 0-9/100"),
            ("bytes=95-", TEXT[95:], "bytes 95-99/100"),
            ("bytes=-3", TEXT[97:], "bytes 97-99/100"),
        ],
    )
    async def test_one(self, wanted: str, body: bytes, said: str) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            found = await get(stage, url, range=wanted)
            assert (found.status, found.body, found["content-range"]) == (206, body, said)

    async def test_several(self) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            found = await get(stage, url, range="bytes=0-1,50-51")
            assert found.status == 206
            assert len(found.body) == int(found["content-length"])
            whole = email.message_from_bytes(f"Content-Type: {found['content-type']}\r\n\r\n".encode() + found.body)
            parts = [(part["content-range"], part.get_payload()) for part in whole.walk() if not part.is_multipart()]
            assert parts == [("bytes 0-1/100", "01"), ("bytes 50-51/100", "01")]

    async def test_what_is_not_there(self) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            found = await get(stage, url, range="bytes=100-")
            assert (found.status, found["content-range"]) == (416, "bytes */100")

    @pytest.mark.parametrize("wanted", ["bytes=5-1", "lines=1-2", "bytes=" + ",".join(["0-0"] * 50)])
    async def test_what_is_no_range_is_the_whole(self, wanted: str) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            assert (await get(stage, url, range=wanted)).status == 200

    async def test_on_condition(self) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            etag = (await get(stage, url))["etag"]
            assert (await get(stage, url, range="bytes=0-0", if_range=etag)).status == 206
            assert (await get(stage, url, range="bytes=0-0", if_range='"other"')).body == TEXT

    async def test_a_head_has_no_range(self) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            assert (await get(stage, url, method="HEAD", range="bytes=0-0")).status == 200


async def test_conditions() -> None:
    async with serving(Files(files=TREE)) as (stage, url):
        first = await get(stage, url)
        unchanged = await get(stage, url, if_none_match=first["etag"])
        assert (unchanged.status, unchanged.body, unchanged["etag"]) == (304, b"", first["etag"])
        assert (await get(stage, url, if_modified_since=first["last-modified"])).status == 304
        assert (await get(stage, url, if_match='"other"')).status == 412


class TestIndex:
    async def test_html(self) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            said = await get(stage, url, "/d/", accept="text/html,*/*;q=0.8")
            assert said["content-type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in said["content-security-policy"]
            assert b"<x>" not in said.body
            assert b'href="../"' in said.body
            assert b'href="./%3Cx%3E%26y.bin"' in said.body

    async def test_json(self) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            rows = json.loads((await get(stage, url, "/", accept="application/json")).body)
            assert [(row["name"], row["type"], row.get("size")) for row in rows] == [
                ("a.txt", "file", 100),
                ("d", "directory", None),
                ("large", "file", 1024000),
                ("site", "directory", None),
            ]
            assert dates.parse(rows[0]["mtime"])

    async def test_through_the_client(self) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            found = [entry async for entry in stage.client(f"{url}/d").list("/d")]
            assert [(entry.name, entry.path) for entry in found] == [
                ("<x>&y.bin", "/d/%3Cx%3E%26y.bin"),
                ("b.html", "/d/b.html"),
            ]
            reply = await stage.client(url).get(found[0].path)
            assert reply.meta["size"] == 1

    async def test_a_page_of_its_own(self) -> None:
        async with serving(Files(files=TREE)) as (stage, url):
            assert (await get(stage, url, "/site/")).body == b"welcome"

    async def test_it_can_be_turned_off(self) -> None:
        async with serving(Files(files=TREE), path="/#index=no") as (stage, url):
            assert (await get(stage, url, "/d/")).status == 403
            assert (await get(stage, url, "/site/")).status == 200


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.json", "application/json; charset=utf-8"),
        ("a.png", "image/png"),
        ("a.tar.gz", "application/gzip"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a", "application/octet-stream"),
        ("a.unknown-kind", "application/octet-stream"),
    ],
)
def test_types(name: str, kind: str) -> None:
    assert downloads.content_type(name) == kind


async def test_from_a_disk(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(os.urandom(300_000))
    (tmp_path / "out").symlink_to("/etc")
    async with serving(Files(tmp_path)) as (stage, url):
        assert (await get(stage, url, "/x.bin")).body == (tmp_path / "x.bin").read_bytes()
        assert (await get(stage, url, "/out/passwd")).status == 403
