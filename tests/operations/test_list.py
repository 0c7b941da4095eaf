"""List: entries one by one, and then how it ended."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from netloom.contents.files import Files
from netloom.endpoint import Endpoint
from netloom.errors import Status, Unsupported
from netloom.records import EntryRecord
from netloom.runs import Run
from netloom.serving import Serving
from tests.worlds import records

pytestmark = pytest.mark.usefixtures("leaves_nothing")

WEB = [Endpoint.parse("http://127.0.0.1:0")]


async def listed(*targets: Any, **fields: Any) -> list[EntryRecord]:
    return [made for made in await records(None, "list", *targets, **fields) if isinstance(made, EntryRecord)]


async def test_entries_and_then_the_end() -> None:
    files = Files(files={"a.txt": b"warp", "deep/b.txt": b"weft!"})
    async with Serving(WEB, [files]) as serving:
        found = await listed(serving.endpoint.replace(path="/"), serving.endpoint.replace(path="/deep/"))
    entries = [(made.entry.name, made.entry.kind, made.entry.size) if made.entry else None for made in found]
    assert set(entries[:2]) == {("a.txt", "file", 4), ("deep", "directory", None)}
    assert entries[2:] == [None, ("b.txt", "file", 5), None]
    assert [made.status for made in found] == [Status.SUCCESS] * 5
    assert found[0].endpoint == f"http://{serving.endpoint.authority}/"
    assert found[0].duration <= found[2].duration


async def test_an_empty_folder_has_an_end() -> None:
    async with Serving(WEB, [Files(files={})]) as serving:
        (only,) = await listed(serving.endpoint.replace(path="/"))
    assert (only.entry, only.status) == (None, Status.SUCCESS)


async def test_a_failure_is_the_end_and_the_next_is_tried() -> None:
    async with Serving(WEB, [Files(files={"a": b""})]) as serving:
        found = await listed(serving.endpoint.replace(path="/none/"), serving.endpoint.replace(path="/"))
    assert [(made.status, made.entry.name if made.entry else "") for made in found] == [
        (Status.REFUSED_BY_PEER, ""), (Status.SUCCESS, "a"), (Status.SUCCESS, ""),
    ]  # fmt: skip


async def test_a_whole_zone() -> None:
    async with Serving([Endpoint.parse("dns://127.0.0.1:0")]) as serving:
        found = await listed(serving.endpoint.replace(path="/example.test"))
    names = [made.entry.name for made in found if made.entry is not None]
    assert len(names) > 3
    assert found[-1].entry is None
    assert all("example.test" in name for name in names)


async def test_leaving_early() -> None:
    files = Files(files={f"{number:04}": b"" for number in range(1000)})
    async with Serving(WEB, [files]) as serving:
        listing = aiter(Run[EntryRecord].prepare("list", (serving.endpoint.replace(path="/"),), {}))
        first = await anext(listing)
        await listing.aclose()
    assert first.entry is not None
    assert first.entry.name == "0000"
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_protocol_without() -> None:
    with pytest.raises(Unsupported, match="tcp has no list"):
        await listed("tcp://127.0.0.1:9")
