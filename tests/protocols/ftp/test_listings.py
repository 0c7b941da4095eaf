"""What is told about files: LIST, NLST, MLSD, MLST and STAT."""

from __future__ import annotations

import time

import pytest

from netloom.contents.files import Files
from netloom.wire.ftp import facts, listing
from tests.protocols.ftp.lab import ANN, HELLO, PLAIN, Lab


async def said(lab: Lab, command: str, who: str = "anybody") -> list[str]:
    raw = await (lab.ann() if who == "ann" else lab.anybody())
    codes, data = await raw.get(command)
    assert codes == [150, 226]
    assert not data or data.endswith(b"\r\n"), "lines end in CRLF, whatever the type is"
    return data.decode().split("\r\n")[:-1]


async def test_list() -> None:
    async with Lab() as lab:
        entries = [listing.parse(line, time.time()) for line in await said(lab, "LIST")]
        found = {entry.name: (entry.kind, entry.size) for entry in entries if entry is not None}
        assert found["hello.txt"] == ("file", len(HELLO))
        assert found["sub"] == ("directory", None)
        assert found["grüße.txt"] == ("file", 5)
        for command in ("LIST -la", "LIST -l /", "LIST -a -l", "LIST /", "LIST ."):
            assert len(await said(lab, command)) == len(entries)
        assert len(await said(lab, "LIST hello.txt")) == 1
        assert [line.split()[-1] for line in await said(lab, "LIST *.txt")] == ["grüße.txt", "hello.txt"]


async def test_nlst() -> None:
    async with Lab() as lab:
        assert await said(lab, "NLST") == ["big.bin", "grüße.txt", "hello.txt", "sub"]
        assert await said(lab, "NLST sub") == ["sub/a.txt", "sub/deep"]
        assert await said(lab, "NLST /sub/") == ["/sub/a.txt", "/sub/deep"]
        assert await said(lab, "NLST *.txt") == ["grüße.txt", "hello.txt"]
        assert await said(lab, "NLST sub/*.txt") == ["sub/a.txt"]
        assert await said(lab, "NLST sub/a.txt") == ["sub/a.txt"]
        assert await said(lab, "NLST nothing*") == []


async def test_mlsd() -> None:
    async with Lab(PLAIN, ANN) as lab:
        for who, rights in (("anybody", {"r", "el"}), ("ann", {"radfw", "elcdfmp"})):
            found = {name: told for told, name in map(facts.parse, await said(lab, "MLSD", who))}
            assert set(found) == {"big.bin", "grüße.txt", "hello.txt", "sub"}
            assert (found["hello.txt"]["type"], found["hello.txt"]["size"]) == ("file", str(len(HELLO)))
            assert found["sub"]["type"] == "dir"
            assert "size" not in found["sub"]
            assert {told["perm"] for told in found.values()} == rights
        assert await said(lab, "MLSD sub/deep")


@pytest.mark.parametrize("command", ["MLSD hello.txt", "MLSD nothing", "LIST nothing", "NLST ../..x", "LIST nothing/*"])
async def test_what_is_not_there(command: str) -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        assert (await raw.get(command))[0] == [550]


async def test_only_the_facts_that_are_wanted() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        assert (await raw.say("OPTS MLST size;Type;x;")).text == "MLST OPTS type;size;"
        assert "MLST type*;size*;modify;perm;unique;" in (await raw.say("FEAT")).text
        reply = await raw.say("MLST hello.txt")
        assert reply.lines[1] == f" type=file;size={len(HELLO)}; /hello.txt"
        assert (await raw.say("OPTS MLST")).code == 200
        assert (await raw.say("MLST hello.txt")).lines[1] == "  /hello.txt"


async def test_mlst() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        assert await raw.codes("MLST nothing", "CWD sub") == [550, 250]
        reply = await raw.say("MLST")
        assert reply.code == 250
        told, name = facts.parse(reply.lines[1].removeprefix(" "))
        assert (told["type"], name) == ("dir", "/sub")


async def test_stat() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        reply = await raw.say("STAT")
        assert (reply.code, reply.lines[1]) == (211, " anybody")
        reply = await raw.say("STAT sub")
        assert reply.code == 213
        assert [line.split()[-1] for line in reply.lines[1:-1]] == ["a.txt", "deep"]
        assert (await raw.say("STAT nothing")).code == 550


async def test_a_large_directory() -> None:
    names = {f"{number:04}.txt": b"" for number in range(2500)}
    async with Lab(files=names) as lab:
        assert await said(lab, "NLST") == sorted(names)
        raw = await lab.anybody()
        assert (await raw.say("STAT /")).code == 552, "a reply has its limit; LIST hasn't"


async def test_a_pattern_is_no_trap() -> None:
    content = Files(files={"a" * 200: b""})
    async with Lab(PLAIN, content=content) as lab:
        assert await said(lab, "NLST " + "a*" * 100 + "b") == []
