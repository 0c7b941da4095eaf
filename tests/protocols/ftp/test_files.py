"""Where one stands, what is there, what is changed."""

from __future__ import annotations

import pytest

from netloom.wire.ftp import times
from tests.protocols.ftp.lab import ANN, HELLO, PLAIN, Lab, Raw


async def directory(raw: Raw) -> str:
    reply = await raw.say("PWD")
    assert reply.code == 257
    return reply.text.split('"')[1]


async def test_where_one_stands() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        assert await directory(raw) == "/"
        for command, where in (
            ("CWD sub", "/sub"), ("CWD deep", "/sub/deep"), ("CDUP", "/sub"), ("CWD ../sub/./deep/", "/sub/deep"),
            ("CWD /", "/"), ("CDUP", "/"), ("CWD ../../..", "/"), ("XCWD sub", "/sub"), ("XCUP", "/"),
        ):  # fmt: skip
            assert (await raw.say(command)).code == 250
            assert await directory(raw) == where
        assert await raw.codes("CWD nothing", "CWD hello.txt", "CWD \\", "XPWD") == [550, 550, 550, 257]
        assert await raw.codes("CWD sub", "SIZE a.txt", "SIZE ../hello.txt") == [250, 213, 213]


async def test_size_and_time() -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        assert (await raw.say("SIZE hello.txt")).text == str(len(HELLO))
        reply = await raw.say("MDTM hello.txt")
        assert reply.code == 213
        assert abs(times.parse(reply.text) - (await lab.files.stat("hello.txt")).modified) < 1
        assert await raw.codes("SIZE", "MDTM", "SIZE sub", "MDTM sub", "SIZE x", "MDTM x") == [501, 501] + [550] * 4
        assert await raw.codes("TYPE A", "SIZE hello.txt", "TYPE I", "SIZE hello.txt") == [200, 550, 200, 213]


async def test_changes() -> None:
    async with Lab(PLAIN, ANN) as lab:
        raw = await lab.ann()
        assert await raw.codes("MKD new", "MKD new", "XMKD sub/x", "MKD no/x", "MKD hello.txt") == [
            257,
            550,
            257,
            550,
            550,
        ]
        assert (await raw.say('MKD a"b')).text.startswith('"/a""b" '), "quotes are doubled"
        assert await raw.codes("RMD new", "RMD new", "RMD sub", "RMD hello.txt", "RMD", "RMD /") == [250] + [
            550
        ] * 3 + [501, 550]
        assert await raw.codes("DELE sub/a.txt", "DELE sub/a.txt", "DELE sub", "DELE") == [250, 550, 550, 501]
        assert await raw.codes("RNFR hello.txt", "RNTO sub/hi.txt", "RNTO x", "RNFR x", "RNFR") == [
            350,
            250,
            503,
            550,
            501,
        ]
        assert await lab.read("sub/hi.txt") == HELLO
        assert await raw.codes("RNFR sub/hi.txt", "NOOP", "RNTO y") == [350, 200, 503], "RNTO follows at once"
        assert await raw.codes("RNFR sub/hi.txt", "RNTO big.bin") == [350, 553], "nothing is overwritten"
        assert await raw.codes("RNFR sub/hi.txt", "RNTO") == [350, 501]
        told = {(record.verb, record.target, record.status) for record in lab.access}
        assert {("MKD", "/new", "257"), ("RMD", "/new", "250"), ("DELE", "/sub/a.txt", "250")} <= told
        assert ("RNTO", "/hello.txt /sub/hi.txt", "250") in told


async def test_whoever_only_reads_changes_nothing() -> None:
    async with Lab(PLAIN, ANN) as lab:
        raw = await lab.anybody()
        before = await lab.files.list("/")
        assert await raw.codes("MKD x", "RMD sub", "DELE hello.txt", "RNFR hello.txt", "RNTO x") == [550] * 4 + [503]
        assert await lab.files.list("/") == before
        assert [record.status for record in lab.access] == ["550"] * 4


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("TYPE I", 200), ("TYPE A", 200), ("TYPE A N", 200), ("TYPE L 8", 200), ("type i", 200), ("TYPE A T", 504),
        ("TYPE E", 504), ("TYPE L 7", 504), ("TYPE X", 501), ("TYPE", 501), ("MODE S", 200), ("MODE B", 504),
        ("MODE", 504), ("STRU F", 200), ("STRU R", 504), ("ALLO 100", 202), ("SYST", 215), ("SITE CHMOD 777 x", 502),
        ("SITE HELP", 214), ("SITE", 502), ("OPTS", 501), ("OPTS UTF8 OFF", 501), ("HELP", 214), ("SMNT x", 500),
        ("NOOP with words", 200),
    ],
)  # fmt: skip
async def test_how_things_are_done(command: str, code: int) -> None:
    async with Lab() as lab:
        raw = await lab.anybody()
        assert (await raw.say(command)).code == code


async def test_what_is_offered_is_there() -> None:
    async with Lab("ftp://127.0.0.1:0") as lab:
        raw = await lab.anybody()
        offered = {line.split()[0] for line in (await raw.say("FEAT")).lines[1:-1]}
        assert offered == {
            "AUTH", "EPRT", "EPSV", "HOST", "MDTM", "MLST", "PBSZ", "PROT", "REST", "SIZE", "TVFS", "UTF8",
        }  # fmt: skip
        known = " ".join((await raw.say("HELP")).lines).split()
        assert offered - {"TVFS", "UTF8"} <= set(known)
