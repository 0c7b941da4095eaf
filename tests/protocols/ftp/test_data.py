"""The client's data connections: which way they are asked for, where they go, and what their end means."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from netloom.errors import ConnectError, ConnectionLost, PeerRefused, RemoteProtocolError, Unsupported
from netloom.links.memory import MemoryNetwork
from netloom.links.options import LinkOptions
from netloom.wire.ftp import addresses
from tests.protocols.ftp.lab import ANN, BIG, HELLO, PLAIN, Lab, Scripted, body, client, connect, listening, speaking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.links.stream import Stream

    Script = Callable[[Stream, "Talk"], Awaitable[None]]


@pytest.mark.parametrize("options", ["", "epsv=no", "active", "active,epsv=no"])
@pytest.mark.parametrize("where", ["127.0.0.1", "[::1]"])
async def test_every_way(options: str, where: str) -> None:
    async with Lab(f"ftp://{where}:0#tls=never", ANN) as lab:
        async with speaking(lab, f"ftp://ann:can4ry-pa55@{where}:PORT/big.bin#{options}") as made:
            reply = await made.get("")
            assert b"".join([chunk async for chunk in reply.chunks()]) == BIG
            await made.put("/new.txt", body(b"a", b"b"))
            assert await lab.read("new.txt") == b"ab"
            assert "new.txt" in [entry.name async for entry in made.list("/")]
        used = {line for record in lab.access for line in [record.verb]}
        assert used == {"LOGIN", "RETR", "STOR", "MLSD"}


class Talk:
    """A server that is told line by line what to say."""

    def __init__(self, stream: Stream, network: MemoryNetwork) -> None:
        self.stream = stream
        self.network = network
        self.heard: list[str] = []

    async def hear(self, *said: str) -> str:
        """The client's next line, and the answers to it."""
        line = (await self.stream.read_line()).decode().rstrip()
        self.heard.append(line)
        for text in said:
            await self.stream.write(f"{text}\r\n".encode())
        return line

    async def until(self, verb: str, *said: str) -> str:
        """Answer what comes before a command as usual."""
        while True:
            line = (await self.stream.read_line()).decode().rstrip()
            self.heard.append(line)
            answers = {"TYPE": "200 x", "SIZE": "213 5", "MDTM": "213 20260101000000", "FEAT": "500 x", "QUIT": "221 x"}
            found = line.partition(" ")[0]
            for text in said if found == verb else [answers.get(found, "500 unexpected")]:
                await self.stream.write(f"{text}\r\n".encode())
            if found == verb:
                return line


async def got(script: Script, options: str = "", verb: str = "get") -> tuple[bytes, list[str]]:
    """What a client gets from such a server, and what the server heard."""
    network = MemoryNetwork()
    talks: list[Talk] = []

    async def serve(stream: Stream) -> None:
        talk = Talk(stream, network)
        talks.append(talk)
        await stream.write(b"220 x\r\n")
        await talk.hear("230 x")
        await script(stream, talk)
        await stream.read()

    async with Scripted(network, serve) as port:
        made, dial = client(network, f"ftp://127.0.0.1:{port}/x#tls=never,{options}".rstrip(","))
        try:
            async with asyncio.timeout(5):
                if verb == "put":
                    await made.put("/x", body(b"hello"))
                    return b"", talks[0].heard
                reply = await made.get("/x")
                found = b"".join([chunk async for chunk in reply.chunks()])
                await made.close()
                return found, talks[0].heard
        finally:
            await dial.close()


async def give(coming: asyncio.Future[Stream], data: bytes) -> None:
    link = await coming
    await link.write(data)
    await link.close()


async def test_pasv_where_epsv_is_not_known() -> None:
    async def script(_: Stream, talk: Talk) -> None:
        port, coming = await listening(talk.network)
        await talk.until("EPSV", "500 what?")
        # An address of somebody else: it isn't gone to
        await talk.hear(f"227 Entering Passive Mode ({addresses.emit_port('192.0.2.66', port)})")
        await talk.hear("150 x")
        await give(coming, b"hello")
        await talk.stream.write(b"226 x\r\n")
        await talk.hear("221 x")

    found, heard = await got(script)
    assert found == b"hello"
    assert [line.partition(" ")[0] for line in heard[-4:]] == ["EPSV", "PASV", "RETR", "QUIT"]


async def test_the_address_of_pasv_only_where_it_is_wanted() -> None:
    async def script(_: Stream, talk: Talk) -> None:
        await talk.until("PASV", "227 (192,0,2,66,99,99)")
        await talk.stream.read()

    with pytest.raises(ConnectError, match=r"192\.0\.2\.66"):
        await got(script, "epsv=no,pasv_address")
    with pytest.raises(ConnectError, match=r"127\.0\.0\.1"):
        await got(script, "epsv=no")


@pytest.mark.parametrize(
    ("options", "said", "error"),
    [
        ("", ("EPSV", "229 no port"), RemoteProtocolError), ("", ("EPSV", "421 full"), PeerRefused),
        ("epsv=no", ("PASV", "227 nowhere"), RemoteProtocolError), ("epsv=no", ("PASV", "425 no"), PeerRefused),
        ("epsv=no", ("PASV", "229 (|||5|)"), RemoteProtocolError), ("", ("EPSV", "229 (|||1|)"), ConnectError),
        ("active", ("EPRT", "522 no"), PeerRefused), ("active,epsv=no", ("PORT", "500 no"), PeerRefused),
    ],
)  # fmt: skip
async def test_no_way(options: str, said: tuple[str, str], error: type[Exception]) -> None:
    async def script(_: Stream, talk: Talk) -> None:
        await talk.until(*said)
        await talk.until("nothing")

    with pytest.raises(error):
        await got(script, options)


async def test_a_no_after_all_that() -> None:
    async def script(_: Stream, talk: Talk) -> None:
        port, _coming = await listening(talk.network)
        await talk.until("EPSV", f"229 (|||{port}|)")
        await talk.hear("550 there is no such file")

    with pytest.raises(PeerRefused) as caught:
        await got(script)
    assert caught.value.code == 550


class TestEnds:
    """What came is what there was, or an error says that it isn't."""

    @staticmethod
    async def passive(data: bytes, *said: str, abort: bool = False) -> bytes:
        async def script(_: Stream, talk: Talk) -> None:
            port, coming = await listening(talk.network)
            await talk.until("EPSV", f"229 (|||{port}|)")
            await talk.hear("150 x")
            link = await coming
            await link.write(data)
            await asyncio.sleep(0.01)
            if abort:
                link.abort()
            else:
                await link.close()
            for line in said:
                await talk.stream.write(f"{line}\r\n".encode())
            if said:
                await talk.until("QUIT", "221 x")
            talk.stream.abort()

        return (await got(script))[0]

    async def test_whole(self) -> None:
        assert await self.passive(b"hello", "226 x") == b"hello"
        assert await self.passive(b"hello", "250 x") == b"hello"

    @pytest.mark.parametrize("data", [b"hell", b"hello!"])
    async def test_another_size_than_was_told(self, data: bytes) -> None:
        with pytest.raises(ConnectionLost, match="5 bytes were announced"):
            await self.passive(data, "226 x")

    @pytest.mark.parametrize("code", [426, 451, 552])
    async def test_the_server_says_why(self, code: int) -> None:
        for abort in (False, True):
            with pytest.raises(PeerRefused) as caught:
                await self.passive(b"hel", f"{code} sorry", abort=abort)
            assert caught.value.code == code

    async def test_the_server_says_nothing(self) -> None:
        with pytest.raises(ConnectionLost):
            await self.passive(b"hel", abort=True)
        with pytest.raises(ConnectionLost):
            await self.passive(b"hello")

    async def test_a_reset_that_is_called_well_done(self) -> None:
        with pytest.raises(ConnectionLost, match="reset"):
            await self.passive(b"hel", "226 x", abort=True)

    async def test_a_reply_that_is_none(self) -> None:
        with pytest.raises(RemoteProtocolError):
            await self.passive(b"hello", "sorry")
        with pytest.raises(RemoteProtocolError):
            await self.passive(b"hello", "331 and now?")


@pytest.mark.parametrize("ends", ["426 no more", "226 done", ""])
async def test_enough_is_enough(ends: str) -> None:
    """Of a part only as much is taken as was asked for; the server may end the dialogue over that."""

    async def script(stream: Stream, talk: Talk) -> None:
        port, coming = await listening(talk.network)
        await talk.until("EPSV", f"229 (|||{port}|)")
        if (await talk.hear("350 x")).startswith("REST"):
            await talk.hear("150 x")
        link = await coming
        await link.write(b"ello")
        with contextlib.suppress(ConnectionLost):
            await link.read()
        if ends:
            await stream.write(f"{ends}\r\n".encode())
            await talk.until("QUIT", "221 x")
        stream.abort()

    found, heard = await got(script, "range=1-2")
    assert found == b"el"
    assert ("QUIT" in heard) == bool(ends)


async def test_after_a_dialogue_that_was_ended_there_is_another() -> None:
    async with Lab() as lab:
        made, dial = lab.client("ftp://127.0.0.1:PORT/hello.txt#tls=never")
        try:
            first = await made.begin()
            first.over = True
            assert await made.begin() is not first
            reply = await made.get("/hello.txt")
            assert b"".join([chunk async for chunk in reply.chunks()]) == HELLO
            await made.close()
        finally:
            await dial.close()


async def test_an_upload_that_is_refused_in_the_middle() -> None:
    async def script(_: Stream, talk: Talk) -> None:
        port, coming = await listening(talk.network)
        await talk.until("EPSV", f"229 (|||{port}|)")
        await talk.hear("150 x")
        (await coming).abort()
        await talk.stream.write(b"552 the disk is full\r\n")
        await talk.until("QUIT", "221 x")

    with pytest.raises(PeerRefused) as caught:
        await got(script, verb="put")
    assert caught.value.code == 552


async def test_a_server_that_does_not_come() -> None:
    async def script(_: Stream, talk: Talk) -> None:
        await talk.until("EPRT", "200 x")
        await talk.hear("150 I come", "425 I couldn't")

    with pytest.raises(PeerRefused) as caught:
        await got(script, "active")
    assert caught.value.code == 425


async def test_somebody_else_comes_in_its_place() -> None:
    async def script(_: Stream, talk: Talk) -> None:
        port = addresses.parse_extended_port((await talk.until("EPRT", "200 x")).partition(" ")[2])[1]
        thief = _From("198.51.100.7")
        stolen = await connect(thief.over(talk.network), port)
        with pytest.raises(ConnectionLost):
            await stolen.read()
        await talk.hear("150 x")
        link = await connect(talk.network, port)
        await link.write(b"hello")
        await link.close()
        await talk.stream.write(b"226 x\r\n")
        await talk.hear("221 x")

    assert (await got(script, "active"))[0] == b"hello"


class _From(MemoryNetwork):
    """The same network as seen from somewhere else."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def over(self, network: MemoryNetwork) -> MemoryNetwork:
        self.listeners = network.listeners
        return self

    def _own(self, family: object) -> tuple[object, object]:
        return socket.AF_INET, (self._host, 4711)


async def test_a_unix_socket_has_no_data(tmp_path: object) -> None:
    network = MemoryNetwork()

    class Greets(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.write(b"220 x\r\n230 x\r\n200 x\r\n213 5\r\n213 x\r\n")  # type: ignore[attr-defined]

    await network.listen((socket.AF_UNIX, "/s"), Greets, LinkOptions())
    made, dial = client(network, "ftp+unix://%2Fs/x#tls=never")
    with pytest.raises(Unsupported):
        await made.get("/x")
    await dial.close()


async def test_a_transfer_is_read_before_the_next() -> None:
    from netloom.errors import UsageError

    async with Lab(PLAIN) as lab, speaking(lab, "ftp://127.0.0.1:PORT") as made:
        reply = await made.get("/big.bin")
        with pytest.raises(UsageError, match="under way"):
            await made.get("/hello.txt")
        assert b"".join([chunk async for chunk in reply.chunks()]) == BIG
        again = await made.get("/hello.txt")
        assert b"".join([chunk async for chunk in again.chunks()]) == HELLO
