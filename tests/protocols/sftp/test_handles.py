"""What a session has open: how much, of which kind, and what becomes of it."""

from __future__ import annotations

import asyncio

import pytest

from netloom.contents.files import Files, Limits
from netloom.errors import PeerRefused
from netloom.wire.sftp import codes
from netloom.wire.sftp.attributes import Attributes
from tests.protocols.places import Places, places
from tests.protocols.sftp.conftest import URL
from tests.protocols.sftp.scenes import begun


class TestLimits:
    async def test_handles(self, small: Places) -> None:
        dialogue = await begun(small)
        handles = [await dialogue.open(b"/hello.txt", codes.FOR_READING) for _ in range(100)]
        for kind, values in ((codes.OPEN, (b"/hello.txt", 1, Attributes())), (codes.OPENDIR, (b"/",))):
            with pytest.raises(PeerRefused, match="no more than 100 handles"):
                await dialogue.ask(kind, *values, wanted=codes.HANDLE)
        await dialogue.close(handles[0])
        await dialogue.open(b"/hello.txt", codes.FOR_READING)

    async def test_names_of_listings(self) -> None:
        """One listing may be as long as the tree allows; several share that."""
        files = Files(files={f"f/{number}": b"" for number in range(60)}, limits=Limits(listing=100))
        async with places(URL, contents=[files], accounts=["ann:secret"]) as place:
            dialogue = await begun(place)
            (handle,) = await dialogue.ask(codes.OPENDIR, b"/f", wanted=codes.HANDLE)
            with pytest.raises(PeerRefused, match="no more than 100 names"):
                await dialogue.ask(codes.OPENDIR, b"/f", wanted=codes.HANDLE)
            await dialogue.close(handle)
            await dialogue.ask(codes.OPENDIR, b"/f", wanted=codes.HANDLE)


class TestUse:
    async def test_handles_of_the_wrong_kind(self, small: Places) -> None:
        dialogue = await begun(small)
        (folder,) = await dialogue.ask(codes.OPENDIR, b"/", wanted=codes.HANDLE)
        file = await dialogue.open(b"/hello.txt", codes.FOR_READING)
        for kind, values in (
            (codes.READDIR, (file,)), (codes.WRITE, (file, 0, b"x")), (codes.READ, (folder, 0, 1)),
            (codes.FSETSTAT, (file, Attributes(size=0))),
            (codes.SETSTAT, (b"/hello.txt", Attributes(permissions=0o600))),
        ):  # fmt: skip
            with pytest.raises(PeerRefused):
                await dialogue.ask(kind, *values)
        assert (await dialogue.ask(codes.FSTAT, folder, wanted=codes.ATTRS))[0].kind == "directory"
        await dialogue.ask(codes.SETSTAT, b"/hello.txt", Attributes(size=14))

    async def test_what_broke_off(self, small: Places) -> None:
        dialogue = await begun(small)
        await dialogue.open(b"/hello.txt", codes.FOR_READING)
        handle = await dialogue.open(b"/x", codes.FOR_WRITING | codes.CREATE)
        await dialogue.ask(codes.WRITE, handle, 0, b"abc")
        dialogue.stream.abort()
        while not small.said("PUT"):  # noqa: ASYNC110  # the server's work
            await asyncio.sleep(0)
        assert small.said("GET") == [("ann", "/hello.txt", "failed")]
        assert small.said("PUT") == [("ann", "/x", "failed")]
