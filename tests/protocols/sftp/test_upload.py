"""Uploads: pieces in any order, and the file whole when it is closed."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

from netloom.contents.files import Files
from netloom.errors import PeerRefused
from netloom.wire.sftp import codes
from netloom.wire.sftp.attributes import Attributes
from tests.protocols.places import Places, body, pieces, places
from tests.protocols.sftp.conftest import URL
from tests.protocols.sftp.scenes import begun

NEW = codes.FOR_WRITING | codes.CREATE


class TestWriting:
    async def test_pieces_out_of_order(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW | codes.TRUNCATE)
        order = list(range(0, 1000, 10))
        random.Random(3).shuffle(order)
        for at in order:
            await dialogue.ask(codes.WRITE, handle, at, b"%010d" % at)
        await dialogue.close(handle)
        assert await body(await small.client("sftp", user="ann:secret").get("/x")) == b"".join(
            b"%010d" % at for at in range(0, 1000, 10)
        )

    async def test_a_piece_that_never_comes(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW | codes.TRUNCATE)
        await dialogue.ask(codes.WRITE, handle, 0, b"a")
        await dialogue.ask(codes.WRITE, handle, 10, b"b")
        with pytest.raises(PeerRefused, match="bytes from 1 on are missing"):
            await dialogue.close(handle)
        with pytest.raises(PeerRefused):
            await dialogue.stat(b"/missing")
        assert small.said("PUT") == [("ann", "/x", "failed")]

    async def test_over_the_beginning_the_rest_stays(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/hello.txt", codes.FOR_WRITING)
        await dialogue.ask(codes.WRITE, handle, 0, b"WARP")
        assert (await dialogue.ask(codes.FSTAT, handle, wanted=codes.ATTRS))[0].size == 14
        await dialogue.close(handle)
        assert await body(await small.client("sftp", user="ann:secret").get("/hello.txt")) == b"WARP and weft\n"

    async def test_at_the_end(self, small: Places) -> None:
        dialogue = await begun(small)
        for _ in range(2):
            handle = await dialogue.open(b"/hello.txt", codes.FOR_WRITING | codes.APPEND)
            await dialogue.ask(codes.WRITE, handle, 0, b"more\n")
            await dialogue.ask(codes.WRITE, handle, 0, b"\n")
            await dialogue.close(handle)
        found = await body(await small.client("sftp", user="ann:secret").get("/hello.txt"))
        assert found == b"warp and weft\nmore\n\nmore\n\n"

    async def test_what_was_written_stays(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW)
        await dialogue.ask(codes.WRITE, handle, 0, b"abc")
        with pytest.raises(PeerRefused, match="can't be written again"):
            await dialogue.ask(codes.WRITE, handle, 1, b"X")
        with pytest.raises(PeerRefused, match="wasn't opened for reading"):
            await dialogue.ask(codes.READ, handle, 0, 10, wanted=codes.DATA)
        with pytest.raises(PeerRefused, match="can't be written again"):
            await dialogue.close(handle)  # it isn't what the client wants it to be
        with pytest.raises(PeerRefused):
            await dialogue.stat(b"/x", codes.LSTAT)

    async def test_reading_what_is_there(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/hello.txt", codes.FOR_WRITING | codes.FOR_READING)
        assert await dialogue.ask(codes.READ, handle, 5, 3, wanted=codes.DATA) == (b"and",)
        for at in (14, 2**63):
            with pytest.raises(PeerRefused) as caught:
                await dialogue.ask(codes.READ, handle, at, 3, wanted=codes.DATA)
            assert caught.value.code == codes.EOF
        await dialogue.ask(codes.WRITE, handle, 0, b"WARP")
        with pytest.raises(PeerRefused, match="can't be read before"):
            await dialogue.ask(codes.READ, handle, 5, 3, wanted=codes.DATA)
        await dialogue.close(handle)

    async def test_truncating_while_appending(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/hello.txt", NEW | codes.APPEND | codes.TRUNCATE)
        await dialogue.ask(codes.WRITE, handle, 14, b"new")
        await dialogue.close(handle)
        assert await body(await small.client("sftp", user="ann:secret").get("/hello.txt")) == b"new"

    async def test_what_was_kept_of_another_is_not_what_is_there(self, small: Places) -> None:
        """A longer upload over a file broke off: who appends to the file doesn't get its bytes."""
        dialogue = await begun(small)
        handle = await dialogue.open(b"/hello.txt", NEW | codes.TRUNCATE)
        await dialogue.ask(codes.WRITE, handle, 0, b"X" * 50)
        dialogue.stream.abort()
        again = await begun(small)
        while ("ann", "/hello.txt", "failed") not in small.said("PUT"):  # noqa: ASYNC110  # the server's work
            await asyncio.sleep(0)
        assert (await again.stat(b"/hello.txt")).size == 14
        handle = await again.open(b"/hello.txt", NEW | codes.APPEND)
        await again.ask(codes.WRITE, handle, 14, b"more")
        await again.close(handle)
        assert await body(await small.client("sftp", user="ann:secret").get("/hello.txt")) == b"warp and weft\nmore"

    async def test_who_writes_looks_whether_it_is_there(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW)
        for size in (0, 3):
            for kind in (codes.STAT, codes.LSTAT):
                assert (await dialogue.stat(b"/x", kind)).size == size
            await dialogue.ask(codes.WRITE, handle, size, b"abc")
        with pytest.raises(PeerRefused):
            await (await begun(small)).stat(b"/x", codes.LSTAT)
        await dialogue.close(handle)
        assert (await (await begun(small)).stat(b"/x", codes.LSTAT)).size == 6

    @pytest.mark.parametrize(("size", "found"), [(4, b"WARP"), (9, b"WARP and "), (14, b"WARP and weft\n")])
    async def test_what_stays_behind_can_be_cut(self, small: Places, size: int, found: bytes) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/hello.txt", codes.FOR_WRITING)
        await dialogue.ask(codes.WRITE, handle, 0, b"WARP")
        await dialogue.ask(codes.FSETSTAT, handle, Attributes(size=size))
        for bad in (3, 15):
            with pytest.raises(PeerRefused):
                await dialogue.ask(codes.FSETSTAT, handle, Attributes(size=bad))
        await dialogue.close(handle)
        assert await body(await small.client("sftp", user="ann:secret").get("/hello.txt")) == found

    async def test_what_is_synced_is_there(self, small: Places) -> None:
        one = small.client("sftp", user="ann:secret")
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW | codes.TRUNCATE | codes.EXCLUSIVE)
        rest = len(handle).to_bytes(4, "big") + handle
        for number in range(3):
            await dialogue.ask(codes.WRITE, handle, 3 * number, b"abc")
            for _ in range(2):
                await dialogue.ask(codes.EXTENDED, codes.FSYNC, rest)
            assert await body(await one.get("/x")) == b"abc" * (number + 1)
        await dialogue.ask(codes.FSETSTAT, handle, Attributes(size=4))
        await dialogue.close(handle)
        assert await body(await one.get("/x")) == b"abca"
        reading = await dialogue.open(b"/x", codes.FOR_READING)
        with pytest.raises(PeerRefused, match="wasn't opened for writing"):
            await dialogue.ask(codes.EXTENDED, codes.FSYNC, len(reading).to_bytes(4, "big") + reading)

    async def test_where_nothing_ends(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW)
        await dialogue.ask(codes.WRITE, handle, 50, b"abc")
        with pytest.raises(PeerRefused, match="bytes from 0 on are missing"):
            await dialogue.close(handle)

    async def test_files_have_an_end(self, small: Places) -> None:
        with pytest.raises(PeerRefused, match="no more than 100000 bytes"):
            await small.client("sftp", user="ann:secret").put("/x", pieces(b"x" * 200_000))
        assert small.said("PUT") == []

    async def test_so_has_what_waits_for_its_turn(self) -> None:
        """For all files that are written at once together, and there is room again once one is over."""
        async with places(URL, contents=[Files(files={})], accounts=["ann:secret"]) as place:
            dialogue = await begun(place)
            handles = [await dialogue.open(b"/%d" % number, NEW) for number in range(5)]
            for at in range(1, 84):
                await dialogue.ask(codes.WRITE, handles[at % 4], at * 50_000, b"x" * 50_000)
            with pytest.raises(PeerRefused, match="came before those in front"):
                await dialogue.ask(codes.WRITE, handles[4], 50_000, b"x" * 50_000)
            for handle in handles:
                with pytest.raises(PeerRefused):
                    await dialogue.close(handle)
            handle = await dialogue.open(b"/x", NEW)
            for at in range(83, -1, -1):
                await dialogue.ask(codes.WRITE, handle, at * 50_000, b"x" * 50_000)
            await dialogue.close(handle)
            assert (await dialogue.stat(b"/x")).size == 84 * 50_000

    async def test_what_breaks_off_is_seen_by_who_may_go_on(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW)
        await dialogue.ask(codes.WRITE, handle, 0, b"abc")
        dialogue.stream.abort()
        again = await begun(small)
        for _ in range(100):
            try:
                assert (await again.stat(b"/x")).size == 3
                break
            except PeerRefused:
                await asyncio.sleep(0)
        else:
            pytest.fail("what came wasn't kept")

    async def test_a_hole_is_filled(self, small: Places) -> None:
        """What comes first stands behind the end of what is there."""
        dialogue = await begun(small)
        handle = await dialogue.open(b"/hello.txt", codes.FOR_WRITING)
        await dialogue.ask(codes.WRITE, handle, 20, b"later")
        await dialogue.ask(codes.WRITE, handle, 14, b"sooner")
        await dialogue.close(handle)
        found = await body(await small.client("sftp", user="ann:secret").get("/hello.txt"))
        assert found == b"warp and weft\nsoonerlater"

    async def test_truncating_what_broke_off(self, small: Places) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW)
        await dialogue.ask(codes.WRITE, handle, 0, b"abc")
        dialogue.stream.abort()
        again = await begun(small)
        while not small.said("PUT"):  # noqa: ASYNC110  # the server's work
            await asyncio.sleep(0)
        handle = await again.open(b"/x", NEW | codes.TRUNCATE | codes.APPEND)
        await again.ask(codes.WRITE, handle, 3, b"def")
        await again.close(handle)
        assert await body(await small.client("sftp", user="ann:secret").get("/x")) == b"def"

    async def test_going_on_without_making_a_file(self, small: Places) -> None:
        """As curl does it."""
        dialogue = await begun(small)
        with pytest.raises(PeerRefused):
            await dialogue.open(b"/x", codes.FOR_WRITING)
        handle = await dialogue.open(b"/x", NEW)
        await dialogue.ask(codes.WRITE, handle, 0, b"abc")
        dialogue.stream.abort()
        again = await begun(small)
        while not small.said("PUT"):  # noqa: ASYNC110  # the server's work
            await asyncio.sleep(0)
        handle = await again.open(b"/x", codes.FOR_WRITING)
        await again.ask(codes.WRITE, handle, 3, b"def")
        await again.close(handle)
        assert await body(await small.client("sftp", user="ann:secret").get("/x")) == b"abcdef"

    @pytest.mark.parametrize(("at", "found"), [(3, b"abcdef"), (0, b"def"), (2, b"def")])
    async def test_going_on_by_appending(self, small: Places, at: int, found: bytes) -> None:
        dialogue = await begun(small)
        handle = await dialogue.open(b"/x", NEW)
        await dialogue.ask(codes.WRITE, handle, 0, b"abc")
        dialogue.stream.abort()
        again = await begun(small)
        while True:
            with contextlib.suppress(PeerRefused):
                await again.stat(b"/x")
                break
        handle = await again.open(b"/x", NEW | codes.APPEND)
        await again.ask(codes.WRITE, handle, at, b"def")
        await again.close(handle)
        assert await body(await small.client("sftp", user="ann:secret").get("/x")) == found
