"""Transfers at the server: whole files, their rest, uploads that break, text, and TLS."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.files import Files, Limits
from netloom.links import virtual
from netloom.links.tls import ClientTLS, secure
from tests.protocols.ftp.lab import ANN, BIG, HELLO, PLAIN, TREE, Lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.protocols.ftp.lab import Raw


@pytest.fixture(params=["memory", "disk"])
def content(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "memory":
        return Files(files=dict(TREE))
    for name, data in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return Files(tmp_path, limits=Limits(reserve=0))


class TestRetr:
    async def test_files(self, content: Files) -> None:
        async with Lab(PLAIN, content=content) as lab:
            raw = await lab.anybody()
            for name, data in TREE.items():
                assert await raw.get(f"RETR {name}") == ([150, 226], data)
            reply = lab.access[-1]
            assert (reply.verb, reply.target, reply.status, reply.size) == ("RETR", "/grüße.txt", "226", 5)

    async def test_from_a_byte_on_once(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert await raw.codes("REST 6") == [350]
            assert await raw.get("RETR hello.txt") == ([150, 226], HELLO[6:])
            assert await raw.get("RETR hello.txt") == ([150, 226], HELLO)
            assert await raw.codes(f"REST {len(HELLO)}") == [350]
            assert await raw.get("RETR hello.txt") == ([150, 226], b"")
            assert await raw.codes("REST 999") == [350]
            assert (await raw.get("RETR hello.txt"))[0] == [554]
            assert await raw.codes("REST", "REST x", "REST -1", "REST " + "9" * 30) == [501] * 4

    @pytest.mark.parametrize("path", ["nothing.txt", "sub", "", "../../etc/passwd", "a\\b", "sub/nothing"])
    async def test_what_is_no_file(self, path: str) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            assert (await raw.get(f"RETR {path}"))[0] == [550]
            assert (await raw.get("RETR hello.txt"))[0] == [150, 226]

    async def test_text(self) -> None:
        async with Lab(files={"a.txt": b"one\ntwo\n"}) as lab:
            raw = await lab.anybody()
            assert await raw.codes("TYPE A") == [200]
            assert await raw.get("RETR a.txt") == ([150, 226], b"one\r\ntwo\r\n")
            assert await raw.codes("REST 3") == [350]
            assert (await raw.get("RETR a.txt"))[0] == [554]

    def test_a_client_that_does_not_read(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            async with Lab(f"{PLAIN},data_idle=13") as lab:
                raw = await lab.anybody()
                data = await raw.passive()
                data.transport.pause_reading()
                assert (await raw.say("RETR big.bin")).code == 150
                begun = loop.time()
                assert (await raw.reply()).code == 426
                assert loop.time() - begun == pytest.approx(13)
                other = await raw.get("RETR hello.txt")
                assert other[0] == [150, 226]

        virtual.run(main())

    async def test_a_client_that_goes(self) -> None:
        async with Lab() as lab:
            raw = await lab.anybody()
            data = await raw.passive()
            assert (await raw.say("RETR big.bin")).code == 150
            await data.read()
            data.abort()
            assert (await raw.reply()).code == 426
            assert lab.access[-1].status == "426"


class TestStor:
    async def test_files(self, content: Files) -> None:
        async with Lab(PLAIN, ANN, content=content) as lab:
            raw = await lab.ann()
            assert await raw.put("STOR new.bin", BIG) == [150, 226]
            assert await lab.read("new.bin") == BIG
            assert await raw.put("STOR hello.txt", b"") == [150, 226]
            assert await lab.read("hello.txt") == b""
            record = lab.access[-1]
            assert (record.verb, record.target, record.user, record.status) == ("STOR", "/hello.txt", "ann", "226")

    @pytest.mark.parametrize(
        "command", ["STOR sub", "STOR no/where.txt", "STOR hello.txt/x", "STOR a\\b", "STOR", "APPE sub"]
    )
    async def test_where_nothing_can_stand(self, command: str) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            assert await raw.put(command, b"x") == [550]

    async def test_what_breaks_is_not_seen_and_can_be_gone_on_with(self, content: Files) -> None:
        async with Lab(PLAIN, ANN, content=content) as lab:
            raw = await lab.ann()
            await _break(raw, "STOR new.bin", BIG[:300_000])
            assert (await raw.get("RETR new.bin"))[0] == [550]
            reply = await raw.say("SIZE new.bin")
            assert (reply.code, int(reply.text)) == (213, 300_000)
            assert (await raw.say("REST 300000")).code == 350
            assert await raw.put("STOR new.bin", BIG[300_000:]) == [150, 226]
            assert await lab.read("new.bin") == BIG

    async def test_by_adding_as_well(self, content: Files) -> None:
        async with Lab(PLAIN, ANN, content=content) as lab:
            raw = await lab.ann()
            await _break(raw, "STOR new.bin", b"first ")
            assert await raw.put("APPE new.bin", b"second ") == [150, 226]
            assert await raw.put("APPE new.bin", b"third") == [150, 226]
            assert await lab.read("new.bin") == b"first second third"
            assert await raw.put("APPE other.bin", b"from nothing") == [150, 226]
            assert await lab.read("other.bin") == b"from nothing"

    async def test_what_broke_leaves_the_former_file(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            await _break(raw, "STOR hello.txt", b"half")
            assert await lab.read("hello.txt") == HELLO
            reply = await raw.say("SIZE hello.txt")
            assert int(reply.text) == len(HELLO), "as much as RETR would send"

    async def test_nobody_else_hears_of_what_broke(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            await _break(raw, "STOR new.bin", b"half")
            other = await lab.anybody()
            assert (await other.say("SIZE new.bin")).code == 550

    async def test_nothing_is_gone_on_with_where_nothing_ends(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            assert (await raw.say("REST 99999")).code == 350
            assert (await raw.put("STOR hello.txt", b"x"))[-1] == 554
            assert await lab.read("hello.txt") == HELLO

    async def test_a_limit(self) -> None:
        async with Lab(PLAIN, ANN, content=Files(files={}, limits=Limits(file=1000))) as lab:
            raw = await lab.ann()
            assert (await raw.put("STOR new.bin", b"x" * 900)) == [150, 226]
            assert (await raw.put("STOR new.bin", b"x" * 1100))[-1] == 552
            assert len(await lab.read("new.bin")) == 900

    async def test_text(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            assert await raw.codes("TYPE A") == [200]
            assert await raw.put("STOR a.txt", b"one\r\ntwo\rthree\r\n\r") == [150, 226]
            assert await lab.read("a.txt") == b"one\ntwo\rthree\n\r"

    async def test_under_a_name_that_is_free(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.ann()
            for command in ("STOU hello.txt", "STOU", "STOU"):
                link = await raw.passive()
                reply = await raw.say(command)
                assert reply.code == 150
                assert reply.text.startswith("FILE: /"), "RFC 1123 §4.1.2.9"
                await link.write(b"unique")
                await link.close()
                assert (await raw.reply()).code == 226
                assert await lab.read(reply.text.removeprefix("FILE: ")) == b"unique"
            assert await lab.read("hello.txt") == HELLO
            assert len(await lab.files.list("/")) == len({name.partition("/")[0] for name in TREE}) + 3

    async def test_whoever_may_not_write_is_told_before(self) -> None:
        async with Lab(PLAIN, ANN) as lab:
            raw = await lab.anybody()
            for verb in ("STOR", "APPE", "STOU"):
                assert await raw.put(f"{verb} new.txt", b"x") == [550]
            assert [record.status for record in lab.access] == ["550"] * 3

    def test_a_client_that_says_nothing_more(self) -> None:
        async def main() -> None:
            async with Lab(f"{PLAIN},data_idle=13", ANN) as lab:
                raw = await lab.ann()
                data = await raw.passive()
                assert (await raw.say("STOR new.txt")).code == 150
                await data.write(b"a part")
                assert (await raw.reply()).code == 426
                assert (await raw.say("SIZE new.txt")).text == "6"

        virtual.run(main())


async def _break(raw: Raw, command: str, data: bytes) -> None:
    """An upload of which only so much comes."""
    link = await raw.passive()
    assert (await raw.say(command)).code == 150
    await link.write(data)
    await asyncio.sleep(0.05)
    link.abort()
    assert (await raw.reply()).code == 426


class TestTLS:
    @pytest.fixture
    def config(self) -> ClientTLS:
        return ClientTLS(verify=False)

    async def test_both_ways(self, config: ClientTLS) -> None:
        async with Lab("ftp://127.0.0.1:0", ANN) as lab:
            raw = await lab.raw()
            await raw.secure()
            assert await raw.codes("PBSZ 0", "PROT P") == [200, 200]
            await raw.login()
            assert await _private(raw, "RETR big.bin", config) == BIG
            await _private(raw, "STOR new.bin", config, BIG)
            assert await lab.read("new.bin") == BIG
            assert await raw.codes("PROT C") == [200]
            assert await raw.get("RETR hello.txt") == ([150, 226], HELLO)

    async def test_what_somebody_cut_is_not_taken_for_whole(self, config: ClientTLS) -> None:
        async with Lab("ftp://127.0.0.1:0", ANN) as lab:
            raw = await lab.raw()
            await raw.secure()
            assert await raw.codes("PBSZ 0", "PROT P") == [200, 200]
            await raw.login()
            data = await raw.passive()
            assert (await raw.say("STOR new.bin")).code == 150
            layer = await secure(data, "localhost", config)
            await data.write(b"a part")
            await asyncio.sleep(0.01)
            layer.lower.write_eof()  # as whoever is in between can have it
            assert (await raw.reply()).code == 426
            assert "new.bin" not in [entry.name for entry in await lab.files.list("/")]

    async def test_a_client_that_does_not_begin_it(self) -> None:
        async with Lab("ftp://127.0.0.1:0", ANN) as lab:
            raw = await lab.raw()
            await raw.secure()
            assert await raw.codes("PBSZ 0", "PROT P") == [200, 200]
            await raw.login()
            data = await raw.passive()
            assert (await raw.say("RETR hello.txt")).code == 150
            await data.write(b"hello?")
            assert (await raw.reply()).code == 425
            said = b"".join([chunk async for chunk in data])
            assert HELLO not in said


async def _private(raw: Raw, command: str, config: ClientTLS, given: bytes | None = None) -> bytes:
    data = await raw.passive()
    assert (await raw.say(command)).code == 150
    await secure(data, "localhost", config)
    said = b""
    if given is None:
        said = b"".join([chunk async for chunk in data])
    else:
        await data.write(given)
    await data.close()
    assert (await raw.reply()).code == 226
    return said


async def test_many_at_once() -> None:
    async with Lab(PLAIN, ANN) as lab:

        async def one(number: int) -> None:
            raw = await lab.ann()
            data = os.urandom(100_000)
            assert await raw.put(f"STOR {number}.bin", data) == [150, 226]
            assert await raw.get(f"RETR {number}.bin") == ([150, 226], data)

        async with asyncio.TaskGroup() as tasks:
            for number in range(40):
                tasks.create_task(one(number))


async def test_a_slow_disk_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one writes, another's dialogue goes on."""
    async with Lab(PLAIN, ANN) as lab:
        waits: Any = asyncio.Event()
        real = Files.write

        def write(self: Files, *args: Any, **kwargs: Any) -> Any:
            made = real(self, *args, **kwargs)
            enter = made.__aenter__

            async def slowly() -> Any:
                await waits.wait()
                return await enter()

            return _Slow(made, slowly)

        monkeypatch.setattr(Files, "write", write)
        raw = await lab.ann()
        putting = asyncio.ensure_future(raw.put("STOR new.bin", b"x"))
        other = await lab.anybody()
        assert (await other.get("RETR hello.txt"))[0] == [150, 226]
        assert not putting.done()
        waits.set()
        assert (await putting)[-1] == 226


class _Slow:
    def __init__(self, made: Any, enter: Any) -> None:
        self._made, self._enter = made, enter

    async def __aenter__(self) -> Any:
        return await self._enter()

    async def __aexit__(self, *error: Any) -> Any:
        return await self._made.__aexit__(*error)
