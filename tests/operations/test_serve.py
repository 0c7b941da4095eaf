"""Serve: what is announced, what is told of peers, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Accounts
from netloom.emitting import Stop
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, Status, Unsupported, UsageError
from netloom.records import AccessRecord, ServingRecord
from netloom.runs import Run
from tests.worlds import record, records

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")


@contextlib.asynccontextmanager
async def served(*targets: str, **fields: Any) -> AsyncIterator[tuple[list[ServingRecord], AsyncGenerator[Any, None]]]:
    """What was announced, and what comes after it."""
    made = aiter(Run[Any].prepare("serve", targets, fields))
    async with contextlib.aclosing(made):
        yield [await anext(made) for _ in targets], made


async def test_it_announces_and_tells_what_peers_do(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"warp")
    async with served(
        "http://127.0.0.1:0", "tcp://127.0.0.1:0", content=[f"files:{tmp_path}", "echo"], account="ann:pw"
    ) as ((web, raw), made):
        assert (web.protocol, web.content, web.accounts) == ("http", f"files {tmp_path}", ["ann"])
        assert (raw.protocol, raw.content) == ("tcp", "echo")
        target = Endpoint.parse(web.endpoint.replace("//", "//ann:pw@") + "/a.txt")
        assert (await record(None, "get", target)).body == b"warp"
        told = await anext(made)
    assert isinstance(told, AccessRecord)
    assert (told.verb, told.target, told.status, told.user) == ("GET", "/a.txt", "200", "ann")
    assert "pw" not in str(told)


async def test_what_ends_with_it_is_told() -> None:
    stop = Stop()
    made = Run[Any].prepare("serve", ("tcp://127.0.0.1:0",), {}).read(stop)
    place = Endpoint.parse((await anext(made)).endpoint)
    reader, writer = await asyncio.open_connection(place.host, place.port)
    writer.write(b"warp")
    assert await reader.readexactly(4) == b"warp"
    assert stop.ask()
    host, port = writer.get_extra_info("sockname")
    assert [told.peer async for told in made] == [f"{host}:{port}"]
    writer.close()


async def test_who_stops_reading_stops_it() -> None:
    async with served("tcp://127.0.0.1:0") as ((made,), _):
        assert (await record(None, "probe", made.endpoint)).status is Status.SUCCESS
    assert (await record(None, "probe", made.endpoint, deadline=5)).status is Status.REFUSED
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_accounts_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text('anonymous = "none"\n[accounts.ann]\nrights = "read"\n')
    assert [account.name for account in Accounts.from_file(file)] == ["ann"]
    async with served("http://127.0.0.1:0", accounts=str(file)) as ((made,), _):
        assert made.accounts == ["ann"]
        assert (await record(None, "get", made.endpoint)).status is Status.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"content": "flies:x"}, UsageError, "there is no content 'flies'"),
        ({"content": "clock"}, Unsupported, "tcp can't serve clock"),
        ({"account": ":pw"}, UsageError, "an account is USER"),
        ({"accounts": "/no/such/file"}, NetloomError, "/no/such/file"),
        ({"options": "zzz=1"}, UsageError, "is no option here"),
        ({"grace": -1}, UsageError, "grace"),
    ],
)
async def test_what_cant_be_meant(fields: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        await records(None, "serve", "tcp://127.0.0.1:0", **fields)
