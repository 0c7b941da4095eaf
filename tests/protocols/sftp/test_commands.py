"""What else can be done with files there, and what can't."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import LocalProtocolError, PeerRefused, Unsupported, UsageError
from netloom.wire.sftp import codes
from tests.protocols.places import body, pieces
from tests.protocols.sftp.scenes import client

if TYPE_CHECKING:
    from tests.protocols.places import Places


class TestRun:
    async def test_what_can_be_done(self, place: Places) -> None:
        one = client(place)
        await one.run("mkdir /a")
        await one.run("rename /hello.txt '/a/b c'")
        assert (await one.run("stat '/a/b c'")).value["size"] == 14
        assert (await one.run("lstat /a")).value["kind"] == "directory"
        assert (await one.run("realpath a/../x")).value == "/x"
        assert (await one.run("realpath")).value == "/"
        await one.put("/over", pieces(b"1"))
        with pytest.raises(PeerRefused):
            await one.run("rename '/a/b c' /over")
        await one.run("mv '/a/b c' /over")
        await one.run("truncate 14 /over")
        await one.run("truncate 4 /over")
        assert await body(await one.get("/over")) == b"warp"
        await one.run("truncate 0 /over")
        assert await body(await one.get("/over")) == b""
        await one.run("chmod 644 /over")  # as it is
        await one.run("rm /over")
        await one.run("rmdir /a")
        assert [entry.name async for entry in one.list("/")] == ["folder"]
        done = [one.verb for one in place.reports if one.verb in ("MKDIR", "RENAME", "DELETE") and one.status == "ok"]
        assert done == ["MKDIR", "RENAME", "RENAME", "DELETE", "DELETE"]

    @pytest.mark.parametrize(
        ("command", "kind"),
        [
            ("rm /folder", PeerRefused), ("rmdir /hello.txt", PeerRefused), ("rm /nothing", PeerRefused),
            ("chmod 600 /hello.txt", PeerRefused), ("ln /a /b", PeerRefused), ("readlink /hello.txt", PeerRefused),
            ("truncate 30 /hello.txt", PeerRefused), ("truncate 3 /folder", PeerRefused),
            ("df", Unsupported), ("mkdir /folder", PeerRefused),
            ("bogus", UsageError), ("rm", UsageError), ("rm a b", UsageError), ("rm 'a", UsageError),
            ("rm 'a\0b'", LocalProtocolError), ("chmod x /a", UsageError), ("truncate x /a", UsageError),
        ],
    )  # fmt: skip
    async def test_what_cannot(self, place: Places, command: str, kind: type[Exception]) -> None:
        with pytest.raises(kind):
            await client(place).run(command)
        assert (await client(place).run("stat /hello.txt")).value["size"] == 14

    async def test_codes(self, place: Places) -> None:
        with pytest.raises(PeerRefused) as caught:
            await client(place).run("rm /nothing")
        assert caught.value.code == codes.NO_SUCH_FILE
