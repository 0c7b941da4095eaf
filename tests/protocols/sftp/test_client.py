"""SFTP's verbs against our own server, in memory."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING

import pytest

from netloom.errors import LocalProtocolError, PeerRefused, Unauthenticated, Unsupported, UsageError
from netloom.protocols.sftp import dialogue
from netloom.wire.sftp.packets import Version
from tests.protocols.places import Places, body, pieces, places
from tests.protocols.sftp.scenes import client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class TestGet:
    async def test_a_file(self, place: Places) -> None:
        reply = await client(place).get("/hello.txt")
        assert await body(reply) == b"warp and weft\n"
        assert (reply.meta["kind"], reply.meta["size"], reply.meta["start"]) == ("file", 14, 0)
        assert place.said("GET") == [("ann", "/hello.txt", "ok")]

    async def test_a_long_one_and_an_empty_one(self, place: Places) -> None:
        data = os.urandom(3_000_001)
        one = client(place)
        await one.put("/long", pieces(data))
        assert await body(await one.get("/long")) == data
        await one.put("/empty", pieces())
        assert await body(await one.get("/empty")) == b""

    async def test_who_reads_no_further(self, place: Places) -> None:
        """Nothing of it is left behind for what is asked next, at either end."""
        data = os.urandom(1_000_000)
        one = client(place)
        await one.put("/long", pieces(data))
        for _ in range(150):  # more than there are handles
            chunks = (await one.get("/long")).chunks()
            assert await anext(chunks)
            await chunks.aclose()
        assert await body(await one.get("/long")) == data
        dialogue = await one.dialogue()
        assert not dialogue._asked
        assert not dialogue._arrived
        assert not dialogue._forgotten

    async def test_what_is_not_there(self, place: Places) -> None:
        for path, words in (("/nothing", "no such file|there is no"), ("/folder", "is a directory")):
            with pytest.raises(PeerRefused, match=words):
                await client(place).get(path)

    async def test_the_rest_of_one(self, place: Places) -> None:
        one = client(place)
        whole = await one.get("/hello.txt")
        await body(whole)
        one.start, one.validator = 5, whole.meta["validator"]
        rest = await one.get("/hello.txt")
        assert (await body(rest), rest.meta["start"]) == (b"and weft\n", 5)
        one.validator = "another file"
        again = await one.get("/hello.txt")
        assert (len(await body(again)), again.meta["start"]) == (14, 0)

    async def test_paths(self, place: Places) -> None:
        one = client(place)
        await one.put("/with%20blank%2F..%2Fx", pieces(b"1"))
        assert await body(await one.get("/x")) == b"1"
        assert await body(await one.get("/~/hello.txt")) == b"warp and weft\n"
        assert await body(await one.get("/folder/../hello.txt")) == b"warp and weft\n"
        with pytest.raises(LocalProtocolError, match="NUL"):
            await one.get("/a%00b")
        with pytest.raises(PeerRefused):
            await one.get("/%FF")


class TestPut:
    async def test_what_is_put_is_there(self, place: Places) -> None:
        one = client(place)
        reply = await one.put("/new.txt", pieces(b"a", b"", b"bc"))
        assert reply.meta == {"size": 3}
        assert await body(await one.get("/new.txt")) == b"abc"
        assert place.said("PUT") == [("ann", "/new.txt", "ok")]

    async def test_over_what_is_there(self, place: Places) -> None:
        one = client(place)
        await one.put("/hello.txt", pieces(b"new"))
        assert await body(await one.get("/hello.txt")) == b"new"
        with pytest.raises(PeerRefused, match="is there already"):
            await client(place, options="exclusive").put("/hello.txt", pieces(b"newer"))
        await client(place, options="exclusive").put("/other.txt", pieces(b"1"))

    async def test_who_may_only_read(self, place: Places) -> None:
        with pytest.raises(Unauthenticated, match="may not"):
            await client(place, "eve").put("/hello.txt", pieces(b"mine"))
        assert await body(await client(place, "eve").get("/hello.txt")) == b"warp and weft\n"

    async def test_where_it_cannot_be(self, place: Places) -> None:
        for path in ("/nowhere/x", "/folder", "/"):
            with pytest.raises(PeerRefused):
                await client(place).put(path, pieces(b"x"))

    async def test_resuming(self, place: Places, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = os.urandom(800_000)
        one = client(place)
        monkeypatch.setattr(dialogue, "UNDER_WAY", 0)  # so that some of it is known to be there

        async def broken() -> AsyncIterator[bytes]:
            yield whole[:500_000]
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await one.put("/big", broken())
        await one.close()
        while not await place.files.partial("/big"):  # type: ignore[attr-defined]  # noqa: ASYNC110  # another's work
            await asyncio.sleep(0)
        with pytest.raises(PeerRefused):
            await client(place).get("/big")
        again = client(place, options="resume")
        reply = await again.put("/big", pieces(whole[:100_000], whole[100_000:]))
        assert reply.meta["start"] > 0
        assert reply.meta["start"] + reply.meta["size"] == len(whole)
        assert await body(await again.get("/big")) == whole

    async def test_resuming_what_is_whole(self, place: Places) -> None:
        one = client(place, options="resume")
        assert (await one.put("/hello.txt", pieces(b"warp and weft\n"))).meta == {"size": 0, "start": 14}
        assert await body(await one.get("/hello.txt")) == b"warp and weft\n"
        assert (await one.put("/fresh", pieces(b"x"))).meta == {"size": 1}

    async def test_what_is_on_the_disk(self, place: Places, monkeypatch: pytest.MonkeyPatch) -> None:
        one = client(place, options="sync")
        await one.put("/x", pieces(b"x"))
        assert await body(await one.get("/x")) == b"x"
        (await one.dialogue()).version = Version(3)
        with pytest.raises(Unsupported, match="sync"):
            await one.put("/y", pieces(b"y"))

    async def test_under_another_name_first(self, place: Places) -> None:
        one = client(place, options="atomic")
        await one.put("/hello.txt", pieces(b"new"))
        assert await body(await one.get("/hello.txt")) == b"new"
        ((_, source, _),) = place.said("RENAME")
        assert re.fullmatch(r"/\.hello\.txt\.[0-9a-f]{8}\.part /hello\.txt", source)

        async def broken() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await one.put("/hello.txt", broken())
        with pytest.raises(PeerRefused, match="is there already"):
            await client(place, options="atomic,exclusive").put("/hello.txt", pieces(b"newer"))
        assert await body(await one.get("/hello.txt")) == b"new"
        await one.close()
        assert [entry.name async for entry in one.list("/")] == ["folder", "hello.txt"]

    async def test_where_nothing_is_renamed_over(self, place: Places) -> None:
        one = client(place, options="atomic")
        (await one.dialogue()).version = Version(3)
        with pytest.raises(Unsupported, match="rename over"):
            await one.put("/hello.txt", pieces(b"new"))
        assert not place.said("PUT")

    @pytest.mark.parametrize("also", ["atomic", "exclusive"])
    async def test_what_excludes_each_other(self, place: Places, also: str) -> None:
        with pytest.raises(UsageError, match="resume goes on"):
            await client(place, options=f"resume,{also}").put("/x", pieces(b"x"))


class TestList:
    async def test_a_directory(self, place: Places) -> None:
        one = client(place)
        for number in range(250):
            await one.run(f"mkdir /folder/d{number}")
        found = [entry async for entry in one.list("/")]
        assert [(entry.name, entry.path, entry.kind, entry.size) for entry in found] == [
            ("folder", "/folder", "directory", None), ("hello.txt", "/hello.txt", "file", 14),
        ]  # fmt: skip
        assert found[1].value == {"mode": "-rw-r--r--"}
        assert found[1].modified is not None
        assert len([entry async for entry in one.list("/folder")]) == 250

    async def test_a_file_alone(self, place: Places) -> None:
        found = [entry async for entry in client(place).list("/hello.txt")]
        assert [(entry.name, entry.path) for entry in found] == [("hello.txt", "/hello.txt")]

    async def test_what_is_not_there(self, place: Places) -> None:
        with pytest.raises(PeerRefused):
            [entry async for entry in client(place).list("/nothing")]


async def test_no_such_subsystem() -> None:
    async with places("ssh://127.0.0.1:0#host_key=none") as place:
        place.serving.endpoints.append(place.serving.endpoint.replace(scheme="sftp"))
        with pytest.raises(PeerRefused):
            await place.client("sftp").get("/x")
