"""What else a client can do with files: each command, at a server of ours and at others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import LocalProtocolError, NetloomError, PeerRefused, RemoteProtocolError, UsageError
from netloom.links.memory import MemoryNetwork
from tests.protocols.ftp.lab import ANN, HELLO, PASSWORD, PLAIN, Lab, Scripted, client, converse, speaking

if TYPE_CHECKING:
    from netloom.links.stream import Stream

URL = f"ftp://ann:{PASSWORD}@127.0.0.1:PORT/#tls=never"


async def test_changes() -> None:
    async with Lab(PLAIN, ANN) as lab, speaking(lab, URL) as made:
        assert (await made.run("pwd")).value == "/"
        assert (await made.run("mkdir 'new \"place\"'")).value == '/new "place"'
        await made.run("rename hello.txt 'new \"place\"/a b.txt'")
        assert await lab.read('new "place"/a b.txt') == HELLO
        await made.run("rm 'new \"place\"/a b.txt'")
        await made.run("rmdir 'new \"place\"'")
        assert "new" not in str(await lab.files.list("/"))


async def test_what_is_there() -> None:
    async with Lab(PLAIN, ANN) as lab, speaking(lab, URL) as made:
        found = (await made.run("stat hello.txt")).value
        assert (found["path"], found["kind"], found["size"]) == ("/hello.txt", "file", len(HELLO))
        assert found["perm"] == "radfw"
        assert found["modified"] > 0
        found = (await made.run("stat sub")).value
        assert (found["path"], found["kind"], "size" in found) == ("/sub", "directory", False)
        with pytest.raises(PeerRefused, match="nothing can't be looked at: 550"):
            await made.run("stat nothing")


@pytest.mark.parametrize(
    "command",
    [
        "", "remove a", "rm", "rm a b", "rm ''", "rename a", "stat", "rm 'a", "quote", "quote RETR a", "quote pass x",
        "chmod 600", "pwd /",
    ],
)  # fmt: skip
async def test_what_cannot_be_asked(command: str) -> None:
    async with Lab(PLAIN, ANN) as lab, speaking(lab, URL) as made:
        with pytest.raises(UsageError):
            await made.run(command)
        assert (await made.run("pwd")).value == "/"


@pytest.mark.parametrize("gap", ["\r\n", "\n", "\r", "\0"])
@pytest.mark.parametrize(
    "command", ["rm 'a{}DELE hello.txt'", "quote 'NOOP{}DELE' x", "quote NOOP 'a{}DELE hello.txt'"]
)
async def test_no_argument_is_a_command_of_its_own(command: str, gap: str) -> None:
    async with Lab(PLAIN, ANN) as lab, speaking(lab, URL) as made:
        with pytest.raises(LocalProtocolError):
            await made.run(command.format(gap))
        assert await lab.read("hello.txt") == HELLO


async def test_a_word_of_the_servers_own() -> None:
    async with Lab(PLAIN, ANN) as lab, speaking(lab, URL) as made:
        assert (await made.run("quote noop")).value == "yes"
        assert "are known" in (await made.run("quote HELP")).value
        with pytest.raises(PeerRefused, match="502"):
            await made.run("quote SITE UTIME x")
        with pytest.raises(PeerRefused, match="502"):
            await made.run("chmod 600 hello.txt")


async def told(command: str, *said: str) -> Any:
    """The value of a command at a server that says this after the login."""

    async def script(stream: Stream) -> None:
        await converse(stream, "220 x", "230 x", *said)
        await stream.read()

    network = MemoryNetwork()
    async with Scripted(network, script) as port:
        made, dial = client(network, f"ftp://127.0.0.1:{port}/#tls=never")
        try:
            async with asyncio.timeout(5):
                return (await made.run(command)).value
        finally:
            await dial.close()


async def test_servers_of_the_old_days() -> None:
    said = ("500 FEAT?", "200 TYPE I", "213 12", "213 20260101000000")
    assert await told("stat a", *said) == {"path": "a", "kind": "file", "size": 12, "modified": 1767225600.0}
    assert await told("stat a", *said[:3], "500 MDTM?") == {"path": "a", "kind": "file", "size": 12}
    assert await told("mkdir a", "257 made") == "a"


@pytest.mark.parametrize(
    ("command", "said", "error"),
    [
        ("stat a", ("211-x\n MLST type*;\n211 end", "250-x\n250 end"), RemoteProtocolError),
        ("stat a", ("211-x\n MLST type*;\n211 end", "250-x\n size\n250 end"), RemoteProtocolError),
        (
            "stat a",
            ("211-x\n MLST type*;\n211 end", "250-x\n type=file; a\n type=file; b\n250 end"),
            RemoteProtocolError,
        ),
        ("rename a b", ("250 done already",), RemoteProtocolError),
        ("rename a b", ("350 and?", "553 no"), PeerRefused),
        ("pwd", ("257 nowhere",), RemoteProtocolError),
        ("quote XYZ", ("150 data follows",), RemoteProtocolError),
        ("rm a", ("450 busy",), PeerRefused),
        ("rm a", ("331 and?",), RemoteProtocolError),
    ],
)
async def test_what_is_no_answer(command: str, said: tuple[str, ...], error: type[NetloomError]) -> None:
    with pytest.raises(error):
        await told(command, *said)
