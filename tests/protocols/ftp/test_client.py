"""The client's verbs against a server of ours: files, their parts, listings, names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from netloom.contents.files import Files, Limits
from netloom.errors import PeerRefused, RemoteProtocolError, UsageError
from netloom.links.memory import MemoryNetwork
from tests.protocols.ftp.lab import (
    ANN,
    AUTHORITY,
    BIG,
    HELLO,
    PLAIN,
    Lab,
    Scripted,
    body,
    client,
    converse,
    listening,
    speaking,
)
from tests.worlds import cancel_everywhere

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from netloom.links.stream import Stream
    from netloom.shapes import Reply

URL = "ftp://ann:can4ry-pa55@127.0.0.1:PORT"


async def whole(reply: Reply) -> bytes:
    return b"".join([chunk async for chunk in reply.chunks()])


class TestGet:
    async def test_a_file(self) -> None:
        async with Lab() as lab, speaking(lab, "ftp://127.0.0.1:PORT/hello.txt") as made:
            reply = await made.get("")
            assert reply.meta["size"] == len(HELLO)
            assert abs(reply.meta["modified"] - (await lab.files.stat("hello.txt")).modified) < 1
            assert reply.meta["validator"]
            assert await whole(reply) == HELLO
            assert await whole(await made.get("/sub/deep/b.txt")) == b""
            assert await whole(await made.get("/gr%C3%BC%C3%9Fe.txt")) == b"hallo"

    async def test_what_is_not_there(self) -> None:
        async with Lab() as lab, speaking(lab, "ftp://127.0.0.1:PORT") as made:
            for path in ("/nothing", "/sub", "/a%5Cb"):
                with pytest.raises(PeerRefused) as caught:
                    await made.get(path)
                assert caught.value.code == 550
            with pytest.raises(UsageError):
                await made.get("/")

    @pytest.mark.parametrize(
        ("range_", "found"),
        [("0-4", HELLO[:5]), ("6-", HELLO[6:]), ("6-9", HELLO[6:10]), ("6-999", HELLO[6:]), ("20-20", HELLO[20:])],
    )
    async def test_a_part(self, range_: str, found: bytes) -> None:
        async with Lab() as lab, speaking(lab, f"ftp://127.0.0.1:PORT/hello.txt#range={range_}") as made:
            reply = await made.get("")
            assert await whole(reply) == found
            assert reply.meta.get("start", 0) == int(range_.partition("-")[0])

    async def test_a_part_of_much_more(self) -> None:
        async with Lab() as lab, speaking(lab, "ftp://127.0.0.1:PORT/big.bin#range=1000-1999") as made:
            assert await whole(await made.get("")) == BIG[1000:2000]
            assert await whole(await made.get("")) == BIG[1000:2000]

    @pytest.mark.parametrize("range_", ["5-4", "99999-"])
    async def test_a_part_that_is_none(self, range_: str) -> None:
        async with Lab() as lab, speaking(lab, f"ftp://127.0.0.1:PORT/hello.txt#range={range_}") as made:
            with pytest.raises(UsageError):
                await made.get("")

    async def test_what_broke_is_gone_on_with(self) -> None:
        async with Lab() as lab:
            async with speaking(lab, "ftp://127.0.0.1:PORT/big.bin") as made:
                validator = (await made.get("")).meta["validator"]
                made._dialogue = None
            for start, known, found in (
                (1000, validator, (1000, BIG[1000:])),
                (len(BIG), validator, (len(BIG), b"")),
                (1000, "other", (None, BIG)),
            ):
                async with speaking(lab, "ftp://127.0.0.1:PORT/big.bin") as made:
                    made.start, made.validator = start, known
                    reply = await made.get("")
                    assert (reply.meta.get("start"), await whole(reply)) == found

    async def test_text(self) -> None:
        async with Lab(files={"a.txt": b"one\ntwo\n"}) as lab:
            for url in ("ftp://127.0.0.1:PORT/a.txt#type=ascii", "ftp://127.0.0.1:PORT/a.txt;type=a"):
                async with speaking(lab, url) as made:
                    reply = await made.get("")
                    assert await whole(reply) == b"one\ntwo\n"
                    assert "size" not in reply.meta
            assert [record.size for record in lab.access] == [10, 10], "it was sent with CRLF"
            async with speaking(lab, "ftp://127.0.0.1:PORT/a.txt;type=i#type=ascii") as made:
                await whole(await made.get(""))
            assert lab.access[-1].size == 8


class TestPut:
    async def test_a_file(self) -> None:
        async with Lab(PLAIN, ANN) as lab, speaking(lab, URL) as made:
            reply = await made.put("/new.bin", body(BIG, b"end"))
            assert reply.meta["sent"] == len(BIG) + 3
            assert await lab.read("new.bin") == BIG + b"end"
            await made.put("/sub/x%20y", body())
            assert await lab.read("sub/x y") == b""

    async def test_what_is_missing(self) -> None:
        for data in (BIG, b""):
            lab = Lab(PLAIN, ANN, files={"part.bin": BIG[:1000]})
            async with lab, speaking(lab, f"{URL}#resume") as made:
                reply = await made.put("/part.bin", body(BIG[:700], BIG[700:1200], BIG[1200:]))
                assert (reply.meta["start"], reply.meta["sent"]) == (1000, len(BIG) - 1000)
                assert await lab.read("part.bin") == BIG
                assert (await made.put("/new.bin", body(data))).meta["start"] == 0
                assert await lab.read("new.bin") == data

    async def test_more_is_there_than_is_given(self) -> None:
        async with Lab(PLAIN, ANN, files={"part.bin": BIG[:1000]}) as lab:
            made, dial = lab.client(f"{URL}#resume")
            with pytest.raises(UsageError, match="1000 bytes already"):
                await made.put("/part.bin", body(b"x"))
            await dial.close()
            assert await lab.read("part.bin") == BIG[:1000]

    async def test_at_the_end(self) -> None:
        async with Lab(PLAIN, ANN) as lab, speaking(lab, f"{URL}#append") as made:
            await made.put("/hello.txt", body(b"more"))
            assert await lab.read("hello.txt") == HELLO + b"more"

    async def test_text(self) -> None:
        async with Lab(PLAIN, ANN) as lab, speaking(lab, f"{URL}#type=ascii") as made:
            assert (await made.put("/a.txt", body(b"one\ntwo\n"))).meta["sent"] == 10
            assert await lab.read("a.txt") == b"one\ntwo\n"

    async def test_a_no(self) -> None:
        async with (
            Lab(PLAIN, ANN, content=Files(files={}, limits=Limits(file=1000))) as lab,
            speaking(lab, URL) as made,
        ):
            with pytest.raises(PeerRefused) as caught:
                await made.put("/no/where", body(b"x"))
            assert caught.value.code == 550
            with pytest.raises(PeerRefused) as full:
                await made.put("/large", body(*[b"x" * 100_000] * 20))
            assert full.value.code == 552


class TestList:
    async def test_by_facts(self) -> None:
        async with Lab() as lab, speaking(lab, "ftp://127.0.0.1:PORT") as made:
            found = {entry.name: entry async for entry in made.list("/")}
            assert set(found) == {"big.bin", "grüße.txt", "hello.txt", "sub"}
            assert (found["hello.txt"].kind, found["hello.txt"].size) == ("file", len(HELLO))
            assert (found["sub"].kind, found["sub"].size) == ("directory", None)
            assert [entry.path async for entry in made.list("/sub")] == ["sub/a.txt", "sub/deep"]
            assert [entry.path async for entry in made.list("//sub")] == ["/sub/a.txt", "/sub/deep"]
            assert "/big.bin" in [entry.path async for entry in made.list("//")]
            assert [record.verb for record in lab.access] == ["MLSD"] * 4
            with pytest.raises(PeerRefused):
                assert [entry async for entry in made.list("/nothing")]

    async def test_one_that_is_left(self) -> None:
        files = {f"{number:05}": b"" for number in range(9000)}
        async with Lab(files=files) as lab:
            made, dial = lab.client("ftp://127.0.0.1:PORT")
            listing = made.list("/")
            assert (await anext(listing)).name == "00000"
            await listing.aclose()  # type: ignore[attr-defined]  # it is a generator
            await made.close()
            await dial.close()

    @pytest.mark.parametrize("features", ["500 what?", "211-Features\n MLST type*;\n211 end"])
    async def test_by_words(self, features: str) -> None:
        lines = (
            b"total 12\r\n-rw-r--r-- 1 a b 5 Jan  1  2020 a b\r\ndrwxr-xr-x 2 a b 4096 Jan  1  2020 d\r\n"
            b"drwxr-xr-x 2 a b 4096 Jan  1  2020 ..\r\nlrwxrwxrwx 1 a b 1 Jan  1  2020 l -> d\r\n"
        )
        found = await _listed(lines, features)
        assert found == [("a b", "file", 5), ("d", "directory", None), ("l", "link", None)]

    async def test_of_dos(self) -> None:
        found = await _listed(b"01-01-26  03:05PM  <DIR>  My Files\r\n01-01-26  03:05PM  12 a.txt", "500 what?")
        assert found == [("My Files", "directory", None), ("a.txt", "file", 12)]

    async def test_of_nothing(self) -> None:
        assert await _listed(b"", "500 what?") == []
        assert await _listed(b"total 0\r\n", "500 what?") == []

    @pytest.mark.parametrize("lines", [b"what\r\nis\r\nthis\r\n", b"x" * 20_000, b"x" * 20_000 + b"\r\n"])
    async def test_in_no_form(self, lines: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            await _listed(lines, "500 what?")

    async def test_another_charset(self) -> None:
        found = await _listed("-rw-r--r-- 1 a b 5 Jan  1  2020 grün\r\n".encode("latin-1"), "500 x", "charset=latin-1")
        assert found == [("grün", "file", 5)]


async def _listed(lines: bytes, features: str, options: str = "") -> list[tuple[str, str, int | None]]:
    """What a server that knows LIST only has."""
    network = MemoryNetwork()

    async def script(stream: Stream) -> None:
        port, coming = await listening(network)
        await converse(stream, "220 x", "230 x", features)
        line = b""
        while not line.startswith(b"LIST"):
            line = await stream.read_line()
            verb = line.split()[0].decode()
            said = {"TYPE": "200 x", "EPSV": f"229 (|||{port}|)", "LIST": "150 x", "MLSD": "500 what?"}[verb]
            await stream.write(f"{said}\r\n".encode())
            if verb == "MLSD":
                (await coming).abort()
                port, coming = await listening(network)
        link = await coming
        await link.write(lines)
        await link.close()
        await stream.write(b"226 x\r\n")
        await stream.read_line()
        await stream.write(b"221 x\r\n")

    async with Scripted(network, script) as port:
        made, dial = client(network, f"ftp://127.0.0.1:{port}#tls=never,{options}".rstrip(","))
        try:
            found = [(entry.name, entry.kind, entry.size) async for entry in made.list("/")]
            await made.close()
            return found
        finally:
            await dial.close()


class TestPlaces:
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("/a/b", "a/b"), ("//etc/x", "/etc/x"), ("/%2Fetc/x", "/etc/x"), ("/a%20b", "a b"), ("/a;type=i", "a"),
            ("/a;type=x", "a;type=x"), ("/%E9", "\udce9"),
        ],
    )  # fmt: skip
    def test_names(self, path: str, name: str) -> None:
        made, _ = client(MemoryNetwork(), "ftp://127.0.0.1")
        assert made._aim(path)[0] == name


async def test_all_of_it_over_tls(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(AUTHORITY.certificate_pem)
    for scheme in ("ftp", "ftps"):
        for options in ("", ",active", ",prot=clear"):
            async with Lab(f"{scheme}://127.0.0.1:0", ANN) as lab:
                url = f"{scheme}://ann:can4ry-pa55@127.0.0.1:PORT#ca={ca}{options}"
                async with speaking(lab, url) as made:
                    data = os.urandom(700_000)
                    assert (await made.put("/new.bin", body(data))).meta["tls"] is True
                    assert await whole(await made.get("/new.bin")) == data
                    assert "new.bin" in [entry.name async for entry in made.list("/")]


@pytest.mark.parametrize("verb", ["get", "put", "list"])
@pytest.mark.parametrize("active", ["", "#active"])
def test_it_can_be_cancelled_at_any_time(verb: str, active: str) -> None:
    async def world() -> tuple[Awaitable[None], Callable[[], Awaitable[None]]]:
        lab = Lab(PLAIN, ANN, files={"a.bin": b"x" * 1000})
        await lab.__aenter__()
        made, dial = lab.client(f"{URL}{active}")

        async def work() -> None:
            try:
                if verb == "get":
                    await whole(await made.get("/a.bin"))
                elif verb == "put":
                    await made.put("/b.bin", body(b"x" * 1000))
                else:
                    assert [entry async for entry in made.list("/")]
                await made.close()
            finally:
                await dial.close()

        async def check() -> None:
            await lab.__aexit__()
            assert not lab.network.listeners

        return work(), check

    assert cancel_everywhere(world) > 20
