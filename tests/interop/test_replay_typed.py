"""Replays of what people type, as tcpdump recorded it of others: IRC and Telnet, to foreign clients and servers."""

from __future__ import annotations

import asyncio
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import Status
from tests.interop.irc_peers import inspircd, ngircd, typist
from tests.interop.peers import READY, need, running, wait_for_words
from tests.interop.telnet_peers import PASSWORD, USER, telnetd
from tests.interop.test_packet_streams import recorded
from tests.interop.test_replay import content, played, to
from tests.interop.test_telnet import Terminal
from tests.worlds import records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


async def called(path: Path, place: str, numbers: list[int]) -> list[Any]:
    """The client's side, to a server."""
    return await records(None, "replay", files=[str(path)], call=[place], stream=numbers)


def sic(port: int, folder: Path) -> str:
    """Somebody comes, looks around, talks to nobody and goes; what is shown of it, without the time."""
    log = folder / f"sic{port}.log"
    command = [need("sic", "sic"), "-h", "127.0.0.1", "-p", str(port), "-n", "warp"]
    with running(command, log, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        wait_for_words(process, log, " 376 ")  # the message of the day is over
        for words, answer in (":j #loom", " 366 "), (":m nobody hello", " 401 "):
            os.write(process.stdin.fileno(), f"{words}\n".encode())
            wait_for_words(process, log, answer)
        os.write(process.stdin.fileno(), b":QUIT :bye\n")
        process.wait(READY)
    return "\n".join(line.partition(" >< ")[2] for line in log.read_text().splitlines())


def irssi(port: int, folder: Path) -> None:
    """A program that says much of its own: capabilities, modes, who is there."""
    home = folder / f"irssi{port}"
    home.mkdir()
    (home / "config").write_text(
        f"""servers = (
            {{ address = "127.0.0.1"; port = "{port}"; chatnet = "t"; use_tls = "no"; autoconnect = "yes"; }} );
        chatnets = {{ t = {{ type = "IRC"; nick = "warp"; cmdspeed = 10; cmdmax = 100; }}; }};
        """,
        encoding="utf-8",
    )
    with typist([need("irssi", "irssi"), "--home", str(home)], folder) as program:
        program.wait(lambda shown: "nd of message of the day" in shown)
        program.type("/join #loom")
        program.wait(lambda shown: "has joined #loom" in shown and "was synced" in shown)
        program.type("/quit bye")
        program.process.wait(READY)


@pytest.mark.parametrize(
    ("server", "client"),
    [(ngircd, sic), (inspircd, sic), (inspircd, irssi)],
    ids=["sic with ngIRCd", "sic with InspIRCd", "irssi with InspIRCd"],
)
async def test_irc(server: Callable[[Path], Any], client: Callable[[int, Path], object], tmp_path: Path) -> None:
    path = tmp_path / "irc.pcap"
    with server(tmp_path) as place, recorded(path) as kept:
        kept.append(f"tcp port {place.port}")
        before = await asyncio.to_thread(client, place.port, tmp_path)
    mine = await to(path, place.port)
    async with played(path, "irc://127.0.0.1:0", stream=mine) as (port, found):
        assert await asyncio.to_thread(client, port, tmp_path) == before
    content(found)
    with server(tmp_path) as place:
        content(await called(path, f"irc://127.0.0.1:{place.port}", mine))


TELNETS = [("inetutils-telnet", "inetutils-telnet"), ("busybox", "busybox", "telnet")]


async def telnet(program: tuple[str, ...], port: int, password: str = PASSWORD) -> bytes:
    """Somebody logs in, calculates and goes: a shell that ends may take its last words along."""
    path, *rest = need(*program[:2]), *program[2:]
    async with Terminal(path, *rest, "127.0.0.1", str(port)) as terminal:
        await terminal.type(b"", "login: ")
        await terminal.type(USER.encode() + b"\r", "Password: ")
        await terminal.type(password.encode() + b"\r", r"host\$ ")
        return await terminal.type(b"echo $((6 * 7))\r", r"42\r*\n.*host\$ ")


@pytest.mark.parametrize("program", TELNETS, ids=["inetutils", "busybox"])
async def test_telnet(program: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "telnet.pcap"
    with telnetd(tmp_path) as place, recorded(path) as kept:
        kept.append(f"tcp port {place}")
        before = await telnet(program, place)
    mine = await to(path, place)
    async with played(path, "telnet://127.0.0.1:0", stream=mine) as (port, found):
        with pytest.raises(AssertionError, match="wasn't shown"):
            await telnet(program, port, "weft, not warp")
    assert [record.status for record in found] == [Status.EXPECTATION_FAILED]
    assert (found[0].expected, found[0].got.partition(",")[0]) == ("•••", "•••")
    for other in (program, *TELNETS):  # each has other options
        async with played(path, "telnet://127.0.0.1:0", stream=mine) as (port, found):
            assert (await telnet(other, port)).split() == before.split()
        content(found)
    with telnetd(tmp_path) as place:
        content(await called(path, f"telnet://127.0.0.1:{place}", mine))
