"""Transfers that break off: what is left of them at either end, and that they can be gone on with."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.files import Files
from netloom.errors import Status
from tests.protocols.places import Places, places
from tests.worlds import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from netloom.endpoint import Endpoint

URL = "sftp://127.0.0.1:0#host_key=none"
DATA = os.urandom(6_000_000)
"""More than is under way at once."""


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Places]:
    """A server over a directory with one large file."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "big").write_bytes(DATA)
    async with places(URL, contents=[Files(root)], accounts=["ann:secret"]) as made:
        yield made


def target(place: Places, path: str, options: str = "") -> Endpoint:
    return place.url("sftp", path, user="ann:secret", options=options)


async def quiet(place: Places) -> None:
    """Until the server has nobody left."""
    (listener,) = place.serving._listeners
    while listener.connections:  # noqa: ASYNC110  # the server's work
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("fault", "status"), [("fault=reset:900000", Status.CLOSED), ("fault=stall:900000,idle=2", Status.TIMEOUT)]
)
async def test_a_download_goes_on_where_it_stopped(place: Places, tmp_path: Path, fault: str, status: Status) -> None:
    saved = tmp_path / "saved"
    broken = await record(place.network, "get", target(place, "/big", fault), save=str(saved))
    assert broken.status is status
    assert not saved.exists()
    await quiet(place)
    rest = await record(place.network, "get", target(place, "/big"), save=str(saved), resume=True)
    assert rest.status is Status.SUCCESS
    assert rest.meta["start"] > 500_000
    assert saved.read_bytes() == DATA
    assert place.said("GET") == [("ann", "/big", "failed"), ("ann", "/big", "ok")]


async def test_an_upload_goes_on_where_it_stopped(place: Places, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(DATA)
    client = place.client("sftp", user="ann:secret")

    async def breaking() -> AsyncIterator[bytes]:
        for at in range(0, 1_500_000, 50_000):
            yield DATA[at : at + 50_000]
        while _under_way(tmp_path) < 1_000_000:  # noqa: ASYNC110  # the server's work
            await asyncio.sleep(0)
        (await client.dialogue()).stream.abort()
        yield b"never"

    with contextlib.suppress(Exception):
        await client.put("/new", breaking())
    await client.close()
    await quiet(place)
    assert not (tmp_path / "root/new").exists()
    rest = await record(place.network, "put", target(place, "/new", "resume=yes"), str(tmp_path / "source"))
    assert rest.status is Status.SUCCESS
    assert rest.meta["start"] >= 1_000_000
    assert (tmp_path / "root/new").read_bytes() == DATA
    assert sorted(os.listdir(tmp_path / "root")) == ["big", "new"]  # noqa: PTH208  # hidden ones as well


def _under_way(folder: Path) -> int:
    """Bytes of the upload under way."""
    return max((path.stat().st_size for path in (folder / "root").glob(".new*")), default=0)


@pytest.mark.parametrize("turns", [1, 5, 20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("verb", ["get", "put", "list", "run"])
async def test_cancelling_leaves_nothing(place: Places, tmp_path: Path, verb: str, turns: int) -> None:
    """At whatever moment: no task here, no connection there, and no half file under its name."""
    (tmp_path / "source").write_bytes(DATA[:300_000])
    fields: dict[str, Any] = {"get": {}, "put": {"source": str(tmp_path / "source")}, "list": {}, "run": {}}[verb]
    before = asyncio.all_tasks()
    args = ("stat /big",) if verb == "run" else ()
    path = {"get": "/big", "put": "/new", "list": "/"}.get(verb, "")
    work = asyncio.ensure_future(record(place.network, verb, target(place, path), *args, **fields))
    for _ in range(turns):
        await asyncio.sleep(0)
    work.cancel()
    await asyncio.wait({work})
    await quiet(place)
    left = {task for task in asyncio.all_tasks() - before if not task.done()}
    if left:  # asyncssh's, which looks at a password to its end
        assert {task.get_coro().__qualname__ for task in left} == {"SSHConnection._finish_userauth"}  # type: ignore[union-attr]
        await asyncio.wait(left)
    new = tmp_path / "root/new"
    assert not new.exists() or new.read_bytes() == DATA[:300_000]
    assert (await record(place.network, "run", target(place, ""), "stat /big")).status is Status.SUCCESS
