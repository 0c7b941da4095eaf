"""The client's cookies and their file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.endpoint import Endpoint
from netloom.errors import LocalProtocolError, UsageError
from netloom.protocols.http.cookies import Cookies
from netloom.protocols.http.options import Options
from tests.protocols.http.stage import Heard, answer, scripted

if TYPE_CHECKING:
    from pathlib import Path

HERE = Endpoint.parse("http://a.test/x")


def test_given_ones_go_home_only() -> None:
    made = Cookies(HERE, Options(cookie=["a=1", "b=2"]))
    assert made.for_request(HERE) == "a=1; b=2"
    assert made.for_request(Endpoint.parse("http://b.test/")) == ""
    with pytest.raises(LocalProtocolError):
        Cookies(HERE, Options(cookie=["a=1; b=2"]))


async def test_a_file_is_kept_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "jar.txt"

    def script(heard: Heard) -> bytes:
        return answer(200, set_cookie="sid=1; Path=/; Max-Age=1000; HttpOnly")

    async with scripted(script) as (stage, server):
        for _ in range(2):
            client = stage.client(f"http://a.test/#cookies={file}")
            await client.get("/")
            await client.close()
        assert [heard.field("cookie") for heard in server.heard] == [None, "sid=1"]
    assert "#HttpOnly_a.test\tFALSE\t/\tFALSE\t" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["jar.txt"]


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("nonsense")
    for place in (tmp_path / "x", tmp_path):
        with pytest.raises(UsageError, match="cookie file"):
            Cookies(HERE, Options(cookies=str(place)))
    made = Cookies(HERE, Options(cookies=str(tmp_path / "no" / "jar")))
    made.take(["a=b"], HERE)
    with pytest.raises(UsageError, match="can't be written"):
        made.save()


def test_this_machine_counts_as_secure() -> None:
    made = Cookies(HERE, Options())
    made.take(["a=1; Secure"], HERE)
    assert made.for_request(HERE) == ""
    local = Endpoint.parse("http://127.0.0.1:8000/")
    made.take(["a=1; Secure"], local)
    assert made.for_request(local) == "a=1"
