"""Get: bodies and values from servers of ours, saved, gone on with, and refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.files import Files
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Phase, Status, Unsupported, UsageError
from netloom.records import AccessRecord, ReplyRecord
from netloom.serving import Serving
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("leaves_nothing")

BODY = bytes(range(256)) * 2000


@pytest.fixture
async def house() -> AsyncIterator[Endpoint]:
    """A web server with a few files."""
    files = Files(files={"a.txt": b"warp", "big.bin": BODY, "deep/b.txt": b"weft"})
    async with Serving([Endpoint.parse("http://127.0.0.1:0")], [files]) as serving:
        yield serving.endpoint


def at(endpoint: Endpoint, *paths: str) -> list[Endpoint]:
    return [endpoint.replace(path=path) for path in paths]


async def test_a_body(house: Endpoint) -> None:
    found = await record(None, "get", house.replace(path="/a.txt"))
    assert isinstance(found, ReplyRecord)
    assert (found.status, found.body, found.size, found.saved_to) == (Status.SUCCESS, b"warp", 4, "")
    assert found.endpoint == f"http://{house.authority}/a.txt"
    assert found.meta["status"] == 200
    assert {"connect", "request", "first_byte"} <= set(found.phases)
    assert 0 < sum(found.phases.values()) <= found.duration


async def test_a_value() -> None:
    async with Serving([Endpoint.parse("ntp://127.0.0.1:0")]) as serving:
        found = await record(None, "get", serving.endpoint)
    assert found.body is None
    assert set(found.value) == {"time", "offset", "delay"}


async def test_several_of_which_some_fail(house: Endpoint) -> None:
    targets = at(house, "/a.txt", "/none", "/deep/b.txt")
    several: list[Any] = await records(None, "get", *targets)
    found = {made.endpoint.rpartition("/")[2]: made for made in several}
    assert {name: made.status for name, made in found.items()} == {
        "a.txt": Status.SUCCESS, "none": Status.REFUSED_BY_PEER, "b.txt": Status.SUCCESS,
    }  # fmt: skip
    assert "404" in found["none"].message
    assert found["b.txt"].body == b"weft"


async def test_into_a_file_and_into_a_folder(house: Endpoint, tmp_path: Path) -> None:
    one = await record(None, "get", *at(house, "/big.bin"), save=str(tmp_path / "x"))
    assert (one.body, one.size, one.saved_to) == (None, len(BODY), str(tmp_path / "x"))
    assert (tmp_path / "x").read_bytes() == BODY
    several = await records(None, "get", *at(house, "/a.txt", "/deep/b.txt"), save=str(tmp_path))
    assert len(several) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"x", "a.txt", "b.txt"}


async def test_a_broken_download_goes_on(tmp_path: Path) -> None:
    files = Files(files={"big.bin": BODY})
    save = str(tmp_path / "big.bin")
    async with (
        Serving([Endpoint.parse("http://127.0.0.1:0#fault=latency:0")], [files]) as whole,
        Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(_cut(whole))]) as breaking,
    ):
        target = whole.endpoint.replace(path="/big.bin")
        broken = await record(None, "get", target.replace(port=breaking.endpoint.port), save=save)
        assert (broken.status, broken.phase, broken.saved_to) == (Status.CLOSED, Phase.TRANSFER, "")
        assert 0 < broken.size < len(BODY)
        assert not (tmp_path / "big.bin").exists()
        resumed = await record(None, "get", target, save=save, resume=True)
    assert (resumed.status, resumed.meta["status"]) == (Status.SUCCESS, 206)
    assert resumed.size == len(BODY) - broken.size
    assert (tmp_path / "big.bin").read_bytes() == BODY
    assert [path.name for path in tmp_path.iterdir()] == ["big.bin"]


def _cut(serving: Serving) -> Any:
    """A way to the server on which answers break off in the middle."""

    async def pass_on(link: Any) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.endpoint.port)
        try:
            writer.write(await link.read())
            await link.write(await reader.readexactly(len(BODY) // 2))
        finally:
            writer.close()
            await writer.wait_closed()

    return pass_on


async def test_never_more_at_once_than_asked() -> None:
    now = most = 0

    async def busy(link: Any) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await link.read()
        for _ in range(20):
            await asyncio.sleep(0)
        await link.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        now -= 1

    async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(busy)]) as serving:
        targets = at(serving.endpoint.replace(scheme="http"), *(f"/{number}" for number in range(12)))
        found = await records(None, "get", *targets, concurrency=3)
    assert len(found) == 12
    assert most <= 3


@pytest.mark.parametrize(
    ("target", "fields", "error"),
    [
        ("tcp://127.0.0.1:9", {}, Unsupported),
        ("zzz://h", {}, UsageError),
        ("http://127.0.0.1:9/#zzz=1", {}, UsageError),
        ("http://127.0.0.1:9/", {"options": ["zzz=1"]}, UsageError),
        ("http://127.0.0.1:9/", {"resume": True}, UsageError),
        ("http://127.0.0.1:9/", {"save": "/no/such/folder/x"}, UsageError),
        ("http://127.0.0.1:9/", {"concurrency": 0}, UsageError),
        ("ntp://127.0.0.1:9", {"save": "x", "resume": True}, Unsupported),
    ],
)
async def test_what_cant_be_meant_sends_nothing(target: str, fields: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        await records(None, "get", target, **fields)


async def test_one_mistake_and_none_is_tried() -> None:
    seen: list[AccessRecord] = []
    async with Serving([Endpoint.parse("http://127.0.0.1:0")], report=seen.append) as serving:
        with pytest.raises(UsageError, match="'zzz' is no option here"):
            await records(None, "get", serving.endpoint, "http://127.0.0.1:9#zzz=1")
    assert seen == []


@pytest.fixture
async def desk() -> AsyncIterator[Endpoint]:
    """A web server with files in several formats."""
    files = Files(
        files={"a.json": b'{"a": [1, 2]}', "b.csv": b"x,y\r\n1,2\r\n", "bad.yaml": b"a: [1", "c": b"\x81\x01"}
    )
    async with Serving([Endpoint.parse("http://127.0.0.1:0")], [files]) as serving:
        yield serving.endpoint


class TestConverted:
    async def test_by_what_it_says_that_it_is(self, desk: Endpoint) -> None:
        made = await record(None, "get", desk.replace(path="/a.json"), as_="yaml")
        assert (made.status, made.body, made.size) == (Status.SUCCESS, b"a:\n- 1\n- 2\n", 11)
        assert "json" in made.meta["headers"]["content-type"], "what the peer said stays"

    async def test_by_what_we_are_told(self, desk: Endpoint) -> None:
        untold = await record(None, "get", desk.replace(path="/c"), as_="json")
        assert (untold.status, untold.body) == (Status.PROTOCOL_ERROR, None)
        assert "--from" in untold.hint
        assert (await record(None, "get", desk.replace(path="/c"), as_="json", from_="cbor")).body == b"[1]"

    async def test_a_value(self) -> None:
        async with Serving([Endpoint.parse("dns://127.0.0.1:0")]) as serving:
            made = await record(None, "get", serving.endpoint.replace(path="/example.test"), as_="json")
        assert made.value is None
        assert b'"rcode":"NOERROR"' in made.body

    async def test_several_into_a_folder(self, desk: Endpoint, tmp_path: Path) -> None:
        several: list[Any] = await records(
            None, "get", *at(desk, "/a.json", "/b.csv", "/bad.yaml"), as_="xml:typed", save=str(tmp_path)
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xml", "b.xml"]
        found = {made.endpoint.rpartition("/")[2]: made for made in several}
        assert found["a.json"].saved_to == str(tmp_path / "a.xml")
        assert found["a.json"].size == (tmp_path / "a.xml").stat().st_size
        assert (found["bad.yaml"].status, found["bad.yaml"].phase) == (Status.PROTOCOL_ERROR, None)
        assert "line 1" in found["bad.yaml"].message or "line 2" in found["bad.yaml"].message

    async def test_a_refusal_stays_one(self, desk: Endpoint) -> None:
        made = await record(None, "get", desk.replace(path="/none.json"), as_="yaml")
        assert made.status is Status.REFUSED_BY_PEER

    @pytest.mark.parametrize(
        "fields",
        [{"as_": "yml"}, {"from_": "json"}, {"as_": "yaml", "save": "x", "resume": True}, {"as_": "protobuf:x"}],
    )
    async def test_what_cant_be_meant(self, fields: dict[str, Any]) -> None:
        with pytest.raises(UsageError):
            await records(None, "get", "http://127.0.0.1:9/", **fields)
