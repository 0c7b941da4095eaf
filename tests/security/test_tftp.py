"""TFTP: nobody leaves the tree, writes without being let, or has somebody else flooded in their name."""

from __future__ import annotations

import asyncio
import logging
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.files import Files, Limits
from netloom.errors import NetloomError
from netloom.links.virtual import run as virtual
from netloom.protocols.tftp.probe import Facts, probe
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Ack, Code, Data, OptionAck, Refusal
from tests.fuzzing import mutate
from tests.protocols.tftp.lab import BIG, HELLO, STRANGER, Lab, Raw, Way, body
from tests.security.parsers.tftp import EVERY, PLAIN, READ

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.wire.tftp.packets import Packet

SECRET = b"c4n4ry-outside"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """`served`, and around it what isn't to be seen."""
    served = tmp_path / "served"
    (served / "inner").mkdir(parents=True)
    (served / "a.txt").write_bytes(b"inside")
    for place in ("secret", "served-too/secret", "folder/secret"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_bytes(SECRET)
    return served


def outside(tree: Path) -> dict[str, bytes]:
    """Every file around the tree."""
    return {
        str(path): path.read_bytes()
        for path in tree.parent.rglob("*")
        if path.is_file() and path != tree and tree not in path.parents
    }


def said(name: bytes, *, writes: bool, mode: bytes = b"octet", options: bytes = b"") -> bytes:
    """A request as a client of its own may say it."""
    return (b"\0\2" if writes else b"\0\1") + name + b"\0" + mode + b"\0" + options


async def tried(lab: Lab, name: bytes) -> bytes:
    """Everything that comes back from asking for a name, and from writing to it."""
    heard = b""
    for mode in (b"octet", b"netascii"):
        for options in (b"", b"tsize\x000\0"):
            raw = await lab.raw()
            packet: Packet = await raw.ask(said(name, writes=False, mode=mode, options=options))
            if isinstance(packet, OptionAck):
                packet = await raw.ask(Ack(0))
            heard += packets.emit(packet)
            if isinstance(packet, Data):
                await raw.say(Ack(packet.block))
            raw.link.abort()
        raw = await lab.raw()
        packet = await raw.ask(said(name, writes=True, mode=mode))
        heard += packets.emit(packet)
        if isinstance(packet, Ack):
            heard += packets.emit(await raw.ask(Data(1, b"evil")))
        raw.link.abort()
    return heard


UP = [b"..", b"%2e%2e", b"...", b".. ", b"\xc0\xae\xc0\xae", b"\xef\xbc\x8e\xef\xbc\x8e", b"..\\..", b"~root", b"..;"]
PATHS = [
    *(b"/" + up + b"/secret" for up in UP), *(b"inner\\" + up + b"\\" + up + b"\\secret" for up in UP),
    b"../secret", b"..\\secret", b"..\\..\\..\\..\\..\\etc\\passwd", b"../../../../../../../../etc/passwd",
    b"\\..\\secret", b"/../served-too/secret", b"//etc/passwd", b"/etc/passwd", b"\\\\host\\share", b"C:\\secret",
    b"/a.txt/../../secret", b"./../secret", b"inner/../../secret", b"/..", b"..", b".", b"/", b"~", b"|id", b"*",
    b"a.txt\r\n", b"\xff\xfe",
    b"/" * 5000, b"x" * 5000, b"/" + b"x/" * 500, b" ",
]  # fmt: skip


class TestTheTree:
    @pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path[:30]))
    async def test_no_spelling_leads_out(self, path: bytes, tree: Path) -> None:
        before = outside(tree)
        async with Lab("write=yes", content=Files(tree)) as lab:
            heard = await tried(lab, path)
            for word in (SECRET, b"root:", str(tree).encode()):
                assert word not in heard
        assert outside(tree) == before

    @pytest.mark.parametrize(
        "path",
        [
            "absolute", "relative", "folder", "folder/secret", "folder/new", "up/secret", "up", "up/new",
            "root/etc/passwd", "twice", "inner/deep", "loop", "dangling", "inner/../up/secret",
        ],
    )  # fmt: skip
    async def test_no_link_leads_out(self, path: str, tree: Path) -> None:
        for name, to in {
            "absolute": tree.parent / "secret", "relative": "../secret", "folder": tree.parent / "folder", "up": "..",
            "root": "/", "twice": "absolute", "inner/deep": "../../secret", "loop": "loop",
            "dangling": tree.parent / "new",
        }.items():  # fmt: skip
            (tree / name).symlink_to(str(to))
        before = outside(tree)
        async with Lab("write=yes", content=Files(tree)) as lab:
            heard = await tried(lab, path.encode())
            assert SECRET not in heard
            assert b"root:" not in heard
        assert outside(tree) == before

    @pytest.mark.parametrize("kind", ["fifo", "device"])
    async def test_what_is_no_file_is_not_opened(self, kind: str, tree: Path) -> None:
        if kind == "fifo":
            os.mkfifo(tree / "odd")
        else:
            (tree / "odd").symlink_to("/dev/zero")
        async with Lab("write=yes", content=Files(tree)) as lab:
            for writes in (False, True):
                packet = await (await lab.raw()).ask(said(b"odd", writes=writes))
                assert isinstance(packet, Refusal)


@pytest.mark.parametrize("kind", ["memory", "disk"])
@pytest.mark.parametrize("host", ["127.0.0.1", STRANGER])
async def test_nothing_is_written_by_itself_but_what_is_in_memory_and_by_this_machine(
    kind: str, host: str, tree: Path
) -> None:
    content = Files(tree) if kind == "disk" else Files(files={"a.txt": b"inside"})
    async with Lab(network=Way(host), content=content) as lab:
        for name in (b"a.txt", b"new"):
            packet = await (await lab.raw()).ask(said(name, writes=True))
            if (kind, host) == ("memory", "127.0.0.1"):
                assert packet == Ack(0)
            else:
                assert isinstance(packet, Refusal)
                assert packet.code == Code.ACCESS
        assert await lab.read("a.txt") == b"inside"


# Whose address may be somebody else's

SIZES = {"tiny": b"x", "small": b"x" * 200, "block": b"x" * 512, "big": BIG}


class TestAmplification:
    @pytest.mark.parametrize("plain", ["", "no"])
    @pytest.mark.parametrize("size", SIZES)
    def test_nobody_who_only_asks_gets_more_than_three_times_that(self, size: str, plain: str) -> None:
        """All that is sent for a request that is never followed up, repetitions included, whatever it asks for."""

        async def main() -> None:
            network = Way(STRANGER)
            options = f"plain={plain}" if plain else ""
            requests = [
                said(b"f", writes=False), said(b"f", writes=False, mode=b"netascii"), said(b"missing", writes=False),
                said(b"f", writes=False, options=b"tsize\x000\0"), said(b"f", writes=True),
                said(b"f", writes=False, mode=b"x"), said(b"f", writes=False, options=b"multicast\0\0"),
                said(b"f", writes=False, options=b"blksize\x0065464\0windowsize\x0065535\0timeout\x001\0tsize\x000\0"),
                said(b"f", writes=False, options=b"blksize\x0065464\0"),
                said(b"d", writes=True, options=b"tsize\x0099999999999999\0"), b"\0\1", b"\0\1\0", b"\0\1f\0octet\0a\0",
                b"\0\1f\0octet", said(b"x" * 480, writes=False), said(b"../" * 100, writes=False),
            ]  # fmt: skip
            async with Lab(options, network=network, files={"f": SIZES[size], "d/x": b""}) as lab:
                for request in requests:
                    raw = await lab.raw()
                    before = len(network.sent)
                    await raw.say(request)
                    await asyncio.sleep(300.0)
                    raw.link.abort()
                    answers = [data for _, to, data in network.sent[before:] if to != 69]
                    assert sum(map(len, answers)) <= 3 * len(request), request

        virtual(main())

    def test_nor_do_many_requests_for_one_file(self) -> None:
        async def main() -> None:
            network = Way(STRANGER)
            async with Lab(network=network) as lab:
                raw = await lab.raw()
                for _ in range(50):
                    await raw.say(READ, 69)
                await asyncio.sleep(300.0)
                asked = sum(len(data) for _, to, data in network.sent if to == 69)
                assert sum(len(data) for _, to, data in network.sent if to != 69) <= 3 * asked

        virtual(main())

    def test_answers_are_not_answered(self) -> None:
        """Two servers would talk to each other for ever."""

        async def main() -> None:
            network = Way(STRANGER)
            async with Lab(network=network) as lab:
                raw = await lab.raw()
                for data in EVERY:
                    if data[1] > 2:
                        await raw.say(data, 69)
                for data in (b"\0", b"\0\7", b"\1\1", b"\0\0" * 100, b"\0\5"):
                    await raw.say(data, 69)
                assert await raw.silent(100.0)

        virtual(main())

    def test_a_bounced_file_does_not_start_another(self) -> None:
        """Data and acknowledgements from a port that isn't in a transfer have no effect."""

        async def main() -> None:
            async with Lab("write=yes") as lab:
                raw = await lab.raw()
                assert await raw.ask(said(b"new", writes=True)) == Ack(0)
                assert isinstance(raw.server, tuple)
                thief, port = await lab.raw(), raw.server[1]
                for packet in (Data(1, b"evil"), Ack(0), Refusal(0, "stop")):
                    await thief.say(packet, port)
                assert await thief.silent(0.05)
                assert await raw.ask(Data(1, b"good")) == Ack(1)
                assert await lab.read("new") == b"good"

        virtual(main())


# What grows


def test_who_only_asks_holds_a_bounded_number_of_transfers() -> None:
    async def main() -> None:
        network = Way(STRANGER)
        async with Lab("transfers=8,transfers_per_peer=4", network=network) as lab:
            for _ in range(100):
                await (await lab.raw()).say(READ)
            await asyncio.sleep(0.1)
            assert 0 < len({port for port, to, _ in network.sent if to != 69}) <= 4
            # They are given up after a while, and then others have their turn
            raw = await lab.raw()
            await asyncio.sleep(200.0)
            assert isinstance(await raw.ask(READ), OptionAck)

    virtual(main())


@pytest.mark.parametrize("told", ["", "tsize\x0010\0"])
def test_an_upload_without_end_ends(told: str) -> None:
    async def main() -> None:
        content = Files(files={}, limits=Limits(file=10_000, total=20_000))
        async with Lab("write=yes", content=content) as lab:
            raw = await lab.raw()
            packet = await raw.ask(said(b"new", writes=True, options=told.encode()))
            number = 0
            while not isinstance(packet, Refusal):
                number += 1
                assert number < 400
                packet = await raw.ask(Data(number & 0xFFFF, b"x" * 512))
            assert packet.code == Code.FULL
            assert not await lab.files.list("/")

    virtual(main())


# Bytes of every kind, at every stage


@pytest.mark.parametrize("stage", ["at once", "asked", "reading", "writing"])
def test_the_server_bears_anything(stage: str, caplog: pytest.LogCaptureFixture) -> None:
    generator = random.Random(stage)

    async def begun(lab: Lab) -> Raw:
        raw = await lab.raw()
        if stage == "asked":
            await raw.ask(READ)
        elif stage == "reading":
            await raw.ask(PLAIN)
        elif stage == "writing":
            await raw.ask(said(b"new", writes=True))
        return raw

    async def main() -> None:
        content = Files(files={"hello.txt": HELLO * 100}, limits=Limits(file=100_000, total=1_000_000))
        async with Lab("write=new", content=content) as lab:
            for number in range(120):
                raw = await begun(lab)
                for _ in range(6):
                    await raw.say(generator.randbytes(60) if number % 6 == 0 else mutate(generator, EVERY) or b"\0")
                    await raw.silent(0.01)
                raw.link.abort()
            assert await lab.get("/hello.txt") == HELLO * 100

    with caplog.at_level(logging.ERROR):
        virtual(main())
    assert not caplog.records


@pytest.mark.parametrize("verb", ["get", "put", "probe"])
def test_the_client_bears_anything(verb: str) -> None:
    """A server whose packets are bent, at any step."""
    generator = random.Random(verb)

    async def bend(lab: Lab) -> None:
        made, dial = lab.client("/hello.txt", "tries=2,timeout=1")
        try:
            if verb == "get":
                async for _ in (await made.get("")).chunks():
                    pass
            elif verb == "put":
                await made.put("", body(b"warp" * 1000))
            else:
                await probe(made, Facts())
        finally:
            await dial.close()

    async def main() -> None:
        network = Bent(generator)
        outcomes = set()
        async with Lab("write=yes", network=network, files={"hello.txt": HELLO * 300}) as lab:
            for _ in range(150):
                try:
                    await bend(lab)
                    outcomes.add("success")
                except NetloomError as error:
                    outcomes.add(str(error.status))
        assert outcomes <= {"success", "protocol_error", "refused_by_peer", "timeout", "closed", "refused"}
        assert "protocol_error" in outcomes

    virtual(main())


class Bent(Way):
    """A network on which one in four of the server's packets is damaged."""

    def __init__(self, generator: random.Random) -> None:
        super().__init__()
        self._generator = generator

    def _trouble(self, made: Any) -> None:
        super()._trouble(made)
        real = made.sendto

        def sendto(data: bytes, addr: Any = None) -> None:
            bent = self._generator.random() < 0.25 and not made.roams
            real((mutate(self._generator, [bytes(data), *EVERY]) or b"\0") if bent else data, addr)

        made.sendto = sendto


def test_nobody_else_takes_part() -> None:
    """Of two servers that answer, or one and somebody who guesses, only the first is heard (RFC 1350 §4)."""

    async def main() -> None:
        async with Lab(files={"hello.txt": HELLO * 100}) as lab:
            made, dial = lab.client("/hello.txt", "blksize=64,windowsize=1,tsize=no")
            try:
                reply = await made.get("")
                chunks = reply.chunks()
                first = await anext(chunks)
                aim = next(socket.own for socket in lab.network.sockets.values() if socket.roams)
                guess = await lab.raw()
                for number in range(1, 20):
                    await guess.say(Data(number, b"evil"), aim[1][1])
                found = first + b"".join([chunk async for chunk in chunks])
                assert found == HELLO * 100
            finally:
                await dial.close()

    virtual(main())
