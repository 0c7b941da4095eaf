"""Put: files and standard input to servers of ours."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from netloom.accounts import Accounts
from netloom.contents.files import Files
from netloom.endpoint import Endpoint, Secret
from netloom.errors import Status, Unsupported, UsageError
from netloom.serving import Serving
from tests.worlds import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("leaves_nothing")

BODY = bytes(range(256)) * 3000


@pytest.fixture
async def house() -> AsyncIterator[Endpoint]:
    """A web server where ann may write and bob may read."""
    accounts = Accounts.from_texts(["ann:pw", "bob:pw:read"])
    async with Serving([Endpoint.parse("http://127.0.0.1:0")], [Files(files={})], accounts) as serving:
        yield serving.endpoint.replace(user="ann", password=Secret("pw"), path="/new.bin")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "body"
    made.write_bytes(BODY)
    return made


async def test_a_file(house: Endpoint, file: Path) -> None:
    put = await record(None, "put", house, str(file))
    assert (put.status, put.meta["status"]) == (Status.SUCCESS, 201)
    assert put.endpoint == f"http://ann@{house.authority}/new.bin"
    assert (await record(None, "get", house)).body == BODY
    again = await record(None, "put", house, str(file))
    assert again.meta["status"] in (200, 204)


async def test_standard_input(house: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        """A pipe."""

        buffer = io.BytesIO(b"from a pipe")

    monkeypatch.setattr(sys, "stdin", Input)
    assert (await record(None, "put", house)).status is Status.SUCCESS
    assert (await record(None, "get", house)).body == b"from a pipe"


@pytest.mark.parametrize(
    ("user", "status"), [("bob", Status.REFUSED_BY_PEER), ("eve", Status.UNAUTHENTICATED), ("", Status.UNAUTHENTICATED)]
)
async def test_who_may_not(user: str, status: Status, house: Endpoint, file: Path) -> None:
    stranger = house.replace(user=user, password=Secret("pw") if user else None)
    assert (await record(None, "put", stranger, str(file))).status is status
    assert (await record(None, "get", house)).status is Status.REFUSED_BY_PEER, "nothing was stored"


async def test_a_file_that_isnt_there(house: Endpoint, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        await record(None, "put", house, str(tmp_path / "none"))
    assert (await record(None, "get", house)).status is Status.REFUSED_BY_PEER


async def test_a_protocol_without(file: Path) -> None:
    with pytest.raises(Unsupported, match="ntp has no put"):
        await record(None, "put", "ntp://127.0.0.1:9", str(file))


async def test_a_record_in_a_zone(tmp_path: Path) -> None:
    accounts = Accounts.from_texts(["ann:pw"])
    update = tmp_path / "update"
    update.write_text("add new.example.test 300 A 192.0.2.123\n")
    async with Serving([Endpoint.parse("dns://127.0.0.1:0")], accounts=accounts) as serving:
        target = serving.endpoint.replace(user="ann", password=Secret("pw"))
        put = await record(None, "put", target.replace(path="/example.test"), str(update))
        got = await record(None, "get", target.replace(path="/new.example.test"))
    assert put.status is Status.SUCCESS, put
    assert "192.0.2.123" in str(got.value)


class TestConverted:
    async def test_by_the_files_name(self, house: Endpoint, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_text("a: 1")
        put = await record(None, "put", house, str(tmp_path / "x.yaml"), as_="json")
        assert put.status is Status.SUCCESS
        assert (await record(None, "get", house)).body == b'{"a":1}'

    async def test_by_what_we_are_told(self, house: Endpoint, tmp_path: Path) -> None:
        (tmp_path / "x").write_text("a: 1")
        assert (
            await record(None, "put", house, str(tmp_path / "x"), as_="json", from_="yaml")
        ).status is Status.SUCCESS
        assert (await record(None, "get", house)).body == b'{"a":1}'

    @pytest.mark.parametrize(
        ("fields", "error", "words"),
        [
            ({"as_": "json", "from_": "json"}, UsageError, "x: JSON, line 1, column 1"),
            ({"as_": "json"}, UsageError, "x: what it is in isn't told"),
            ({"as_": "csv", "from_": "yaml"}, Unsupported, "CSV can't hold this"),
            ({"from_": "yaml"}, UsageError, "isn't said"),
        ],
    )
    async def test_what_cant_be_converted_isnt_sent(
        self, house: Endpoint, tmp_path: Path, fields: dict[str, str], error: type[Exception], words: str
    ) -> None:
        (tmp_path / "x").write_text("a: 1")
        with pytest.raises(error, match=words):
            await record(None, "put", house, str(tmp_path / "x"), **fields)
        assert (await record(None, "get", house)).status is Status.REFUSED_BY_PEER, "nothing was stored"
