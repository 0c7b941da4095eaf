"""What requests are answered: rights, handles and limits."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from netloom.contents.files import Files, OpenFile
from netloom.errors import PeerRefused
from netloom.wire.sftp import codes
from netloom.wire.sftp.attributes import Attributes
from tests.protocols.places import Places, body, places
from tests.protocols.sftp.conftest import URL
from tests.protocols.sftp.scenes import begun


class TestRights:
    async def test_anybody_reads_where_there_are_no_accounts(self) -> None:
        async with places(URL, contents=[Files(files={"a": b"1"})]) as place:
            assert await body(await place.client("sftp").get("/a")) == b"1"
            for work in ("rm /a", "mkdir /b", "rename /a /b", "mv /a /b", "rmdir /a", "truncate 1 /a"):
                with pytest.raises(PeerRefused) as caught:
                    await place.client("sftp").run(work)
                assert caught.value.code == codes.PERMISSION_DENIED
            found = [entry async for entry in place.client("sftp").list("/")]
            assert found[0].value == {"mode": "-r--r--r--"}


class TestLimits:
    async def test_how_much_is_read_at_once(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/hello.txt", codes.FOR_READING)
        assert await dialogue.ask(codes.READ, handle, 5, 2**32 - 1, wanted=codes.DATA) == (b"and weft\n",)
        for at in (14, 2**64 - 1):
            with pytest.raises(PeerRefused) as caught:
                await dialogue.ask(codes.READ, handle, at, 10, wanted=codes.DATA)
            assert caught.value.code == codes.EOF

    async def test_who_does_not_read_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A thousand large reads are asked for and no answer is read: no more are answered than the way holds."""
        answered = 0
        whole = OpenFile.whole

        async def counted(file: OpenFile, start: int = 0, stop: int | None = None) -> bytes:
            nonlocal answered
            answered += 1
            return await whole(file, start, stop)

        monkeypatch.setattr(OpenFile, "whole", counted)
        async with places(URL, contents=[Files(files={"big": bytes(1_000_000)})], accounts=["ann:secret"]) as place:
            dialogue = await begun(place)
            handle = await dialogue.open(b"/big", codes.FOR_READING)
            for _ in range(1000):
                await dialogue.send(codes.READ, handle, 0, 200_000)
            seen = -1
            while answered != seen:
                seen = answered
                for _ in range(100):
                    await asyncio.sleep(0)
            assert 1 < answered < 50


class TestRecords:
    async def test_what_was_not_to_be(self, small: Places) -> None:
        dialogue = await begun(small)
        for kind, values in (
            (codes.OPEN, (b"/no", 1, Attributes())), (codes.OPEN, (b"/no/no", 10, Attributes())),
            (codes.OPEN, (b"/no", 2, Attributes())), (codes.OPENDIR, (b"/no",)), (codes.RENAME, (b"/no", b"/new")),
            (codes.STAT, (b"/no",)),
        ):  # fmt: skip
            with contextlib.suppress(PeerRefused):
                await dialogue.close((await dialogue.ask(kind, *values, wanted=codes.HANDLE))[0])
        missing = "no such file"
        assert small.said("GET") == [("ann", "/no", missing)]
        assert small.said("PUT") == [("ann", "/no/no", "failed"), ("ann", "/no", missing)]
        assert small.said("LIST") == [("ann", "/no", missing)]
        assert small.said("RENAME") == [("ann", "/no /new", missing)]


class TestHandles:
    async def test_opening_for_nothing(self, small: Places) -> None:
        dialogue = await begun(small)
        for flags, code in ((0, codes.FAILURE), (codes.FOR_WRITING, codes.NO_SUCH_FILE)):
            with pytest.raises(PeerRefused) as caught:
                await dialogue.open(b"/nothing", flags)
            assert caught.value.code == code
