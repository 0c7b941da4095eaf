"""The desk where requests arrive: who is answered, how much, and what isn't taken."""

from __future__ import annotations

import asyncio
import random
import socket

import pytest

import netloom
from netloom.accounts import NONE, WRITES, Accounts
from netloom.contents.files import Files, Limits
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links import virtual
from netloom.links.activation import Activated
from netloom.links.system import SystemNetwork
from netloom.serving import Serving
from netloom.wire.tftp import packets
from netloom.wire.tftp.packets import Ack, Code, Data, OptionAck, Refusal, Request
from tests.protocols.tftp.lab import BIG, HELLO, STRANGER, TREE, Lab, Way

OPTIONS = {"tsize": "0", "blksize": "1024", "windowsize": "4", "timeout": "2"}


def refused(packet: object) -> int:
    assert isinstance(packet, Refusal), packet
    return packet.code


class TestReading:
    def test_whole_files(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                for name, data in TREE.items():
                    for options in ("", "blksize=512,windowsize=1,tsize=no", "blksize=8,windowsize=7", "blksize=65464"):
                        assert await lab.get(f"/{name}", options) == data
                record = lab.access[0]
                assert (record.verb, record.target, record.status, record.size) == (
                    "READ",
                    "hello.txt",
                    "ok",
                    len(HELLO),
                )
                assert record.peer.startswith("127.0.0.1:")

        virtual.run(main())

    def test_step_by_step(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                assert await raw.ask(Request("even.bin")) == Data(1, b"x" * 512)
                assert isinstance(raw.server, tuple)
                assert raw.server[1] != 69, "a port of its own"
                assert await raw.ask(Ack(1)) == Data(2, b"x" * 512)
                assert await raw.ask(Ack(2)) == Data(3)
                await raw.say(Ack(3))
                assert await raw.silent(100)
                assert lab.access[0].size == 1024

        virtual.run(main())

    def test_options(self) -> None:
        async def main() -> None:
            async with Lab("max_blksize=900,max_windowsize=2") as lab:
                raw = await lab.raw()
                found = await raw.ask(Request("big.bin", "octet", {**OPTIONS, "unknown": "1"}))
                assert found == OptionAck({"tsize": str(len(BIG)), "blksize": "900", "windowsize": "2", "timeout": "2"})
                assert await raw.ask(Ack(0)) == Data(1, BIG[:900])
                assert await raw.hear() == Data(2, BIG[900:1800])
                assert await raw.ask(Ack(1)) == Data(2, BIG[900:1800])
                assert await raw.hear() == Data(3, BIG[1800:2700])
                await raw.say(Refusal(0, "enough"))
                assert await raw.silent(100)
                assert lab.access[0].status == "given up: 0"

        virtual.run(main())

    def test_text(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                assert await raw.ask(Request("sub/a.txt", "netascii", {"tsize": "0"})) == Data(1, b"a\r\nb\r\0\r\nc")

        virtual.run(main())

    @pytest.mark.parametrize(
        ("name", "mode", "code"),
        [
            ("nothing", "octet", Code.NOT_FOUND), ("sub", "octet", Code.ACCESS), ("../x", "octet", Code.ACCESS),
            ("\udcff", "octet", Code.ACCESS), ("hello.txt", "mail", Code.ILLEGAL), ("hello.txt", "x", Code.ILLEGAL),
        ],
    )  # fmt: skip
    def test_a_no(self, name: str, mode: str, code: Code) -> None:
        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                assert refused(await raw.ask(Request(name, mode))) == code
                assert lab.access[0].status == str(int(code))

        virtual.run(main())

    def test_paths_of_windows(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                assert await raw.ask(Request("\\sub\\a.txt")) == Data(1, TREE["sub/a.txt"])
                assert refused(await (await lab.raw()).ask(Request("..\\x"))) == Code.ACCESS

        virtual.run(main())

    def test_nobody_where_anybody_may_not(self) -> None:
        async def main() -> None:
            async with Lab(accounts=Accounts(anonymous=NONE)) as lab:
                assert refused(await (await lab.raw()).ask(Request("hello.txt"))) == Code.ACCESS

        virtual.run(main())


class TestWriting:
    def test_whole_files(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                for number, data in enumerate((b"", b"x" * 512, BIG)):
                    for options in ("", "blksize=512,windowsize=1,tsize=no", "blksize=8000,windowsize=7"):
                        assert (await lab.put(f"/{number}", data[:100], data[100:], options=options))["sent"] == len(
                            data
                        )
                        assert await lab.read(str(number)) == data
                await asyncio.sleep(10)
                assert {record.verb for record in lab.access} == {"WRITE"}
                assert {record.status for record in lab.access} == {"ok"}

        virtual.run(main())

    def test_step_by_step(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                assert await raw.ask(Request("new.txt", "netascii", writes=True)) == Ack(0)
                assert await raw.ask(Data(1, b"a\r\n" + b"b" * 509)) == Ack(1)
                await raw.say(Data(2, b"\r\0"))
                assert await raw.hear() == Ack(2)
                assert await lab.read("new.txt") == b"a\n" + b"b" * 509 + b"\r", "it is kept when it is acknowledged"
                assert await raw.ask(Data(2, b"\r\0")) == Ack(2), "our acknowledgement may have been lost"
                assert await raw.silent(100)

        virtual.run(main())

    def test_options(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                assert await raw.ask(Request("new.txt", "octet", {**OPTIONS, "tsize": "5"}, writes=True)) == OptionAck(
                    {"tsize": "5", "blksize": "1024", "windowsize": "4", "timeout": "2"}
                )
                assert await raw.ask(Data(1, b"hello")) == Ack(1)

        virtual.run(main())

    @pytest.mark.parametrize(
        ("write", "host", "disk", "old", "new"),
        [
            ("", "127.0.0.1", False, None, None), ("", STRANGER, False, 2, 2), ("", "127.0.0.1", True, 2, 2),
            ("write=no", "127.0.0.1", False, 2, 2), ("write=new", STRANGER, True, 6, None),
            ("write=yes", STRANGER, True, None, None), ("write=yes", STRANGER, False, None, None),
        ],
    )  # fmt: skip
    def test_who_may(
        self, write: str, host: str, disk: bool, old: int | None, new: int | None, tmp_path: object
    ) -> None:
        async def main() -> None:
            content = None
            if disk:
                content = Files(str(tmp_path), limits=Limits(reserve=0), direct=1 << 40)
                async with content.write("hello.txt") as sink:
                    await sink.write(HELLO)
            async with Lab(write, content=content, network=Way(host)) as lab:
                for name, code in (("hello.txt", old), ("new.txt", new)):
                    raw = await lab.raw()
                    found = await raw.ask(Request(name, writes=True))
                    assert (None if found == Ack(0) else refused(found)) == code
                assert await lab.read("hello.txt") == HELLO

        asyncio.run(main())

    def test_whoever_the_accounts_let(self) -> None:
        async def main() -> None:
            for accounts, host, code in (
                (Accounts(anonymous=WRITES), STRANGER, None), (Accounts.from_texts(["ann:x"]), STRANGER, Code.ACCESS),
            ):  # fmt: skip
                async with Lab(accounts=accounts, network=Way(host)) as lab:
                    found = await (await lab.raw()).ask(Request("new.txt", writes=True))
                    assert (None if found == Ack(0) else refused(found)) == code

        virtual.run(main())

    @pytest.mark.parametrize(("name", "code"), [("no/where", 1), ("sub", 2), ("a/../b", 2), ("hello.txt/x", 1)])
    def test_where_nothing_can_stand(self, name: str, code: int) -> None:
        async def main() -> None:
            async with Lab() as lab:
                assert refused(await (await lab.raw()).ask(Request(name, writes=True))) == code

        virtual.run(main())

    def test_limits(self) -> None:
        async def main() -> None:
            async with Lab(content=Files(files={}, limits=Limits(file=1000))) as lab:
                raw = await lab.raw()
                assert refused(await raw.ask(Request("new", "octet", {"tsize": "1001"}, writes=True))) == Code.FULL
                raw = await lab.raw()
                assert await raw.ask(Request("new", writes=True)) == Ack(0)
                found: object = None
                for number in range(1, 300):
                    found = await raw.ask(Data(number, b"x" * 512))
                    if isinstance(found, Refusal):
                        break
                assert refused(found) == Code.FULL
                assert not await lab.files.list("/")

        virtual.run(main())

    def test_what_breaks_is_not_seen(self) -> None:
        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                assert await raw.ask(Request("hello.txt", writes=True)) == Ack(0)
                assert await raw.ask(Data(1, b"x" * 512)) == Ack(1)
                await asyncio.sleep(200)
                assert await lab.read("hello.txt") == HELLO
                assert lab.access[0].status == "timeout"

        virtual.run(main())


class TestUnverified:
    """Whoever only asked is sent no more than three times what they sent, all told (the sender may be forged)."""

    REQUESTS = tuple(
        Request(name, mode, options, writes)
        for name in ("hello.txt", "big.bin", "nothing", "even.bin", "sub", "a", "x" * 400, "\udcff")
        for mode in ("octet", "netascii", "mail")
        for options in ({}, OPTIONS, {"tsize": "0"}, {"blksize": "65464"}, {"x": "1"})
        for writes in (False, True)
    )

    @pytest.mark.parametrize("server", ["", "write=yes", "plain=no"])
    @pytest.mark.parametrize("host", [STRANGER, "127.0.0.1"])
    def test_is_nobody_amplified(self, server: str, host: str) -> None:
        async def main() -> None:
            network = Way(host)
            async with Lab(server, network=network) as lab:
                answered = 0
                for request in self.REQUESTS:
                    raw = await lab.raw()
                    port = raw.link.info("sockname")[1]
                    await raw.say(request)
                    asked = sum(len(data) for own, _, data in network.sent if own == port)
                    await asyncio.sleep(300)
                    told = sum(len(data) for _, to, data in network.sent if to == port)
                    if host == STRANGER or server == "plain=no":
                        assert told <= 3 * asked, request
                    answered += told > 0
                    await raw.link.close()
                assert answered > len(self.REQUESTS) / 2, "it answers at all"

        virtual.run(main())

    def test_nor_by_asking_again(self) -> None:
        async def main() -> None:
            network = Way(STRANGER)
            async with Lab(network=network) as lab:
                raw = await lab.raw()
                port = raw.link.info("sockname")[1]
                for number in range(60):
                    await raw.say(Request("big.bin", "octet", OPTIONS), 69)
                    await asyncio.sleep(0.01 * number)
                asked = sum(len(data) for own, _, data in network.sent if own == port)
                await asyncio.sleep(300)
                assert sum(len(data) for _, to, data in network.sent if to == port) <= 3 * asked

        virtual.run(main())

    def test_whoever_answers_is_there(self) -> None:
        async def main() -> None:
            async with Lab(network=Way(STRANGER)) as lab:
                raw = await lab.raw()
                assert isinstance(await raw.ask(Request("big.bin", "octet", OPTIONS)), OptionAck)
                assert await raw.ask(Ack(0)) == Data(1, BIG[:1024])

        virtual.run(main())

    @pytest.mark.parametrize(
        ("plain", "host", "code"),
        [("", STRANGER, 8), ("plain=no", "127.0.0.1", 8), ("plain=yes", STRANGER, None), ("", "127.0.0.1", None)],
    )
    def test_a_plain_request(self, plain: str, host: str, code: int | None) -> None:
        async def main() -> None:
            async with Lab(plain, network=Way(host)) as lab:
                raw = await lab.raw()
                found = await raw.ask(Request("big.bin"))
                assert (None if found == Data(1, BIG[:512]) else refused(found)) == code
                if code is not None:
                    small = await (await lab.raw()).ask(Request("hello.txt"))
                    assert small == Data(1, HELLO), "what is small is answered all the same"
                elif host == STRANGER:
                    assert await raw.silent(300), "and sent once, as long as nobody answers"

        virtual.run(main())

    def test_what_is_no_request_is_not_answered(self) -> None:
        async def main() -> None:
            network = Way(STRANGER)
            async with Lab(network=network) as lab:
                generator = random.Random(5)
                for packet in (Data(1, b"x"), Ack(0), Refusal(1, "x"), OptionAck({"tsize": "1"})):
                    raw = await lab.raw()
                    await raw.say(packet)
                    assert await raw.silent(50)
                for _ in range(300):
                    raw = await lab.raw()
                    noise = generator.choice((b"\0\1", b"\0\2", b"\0\3", b"")) + generator.randbytes(
                        generator.randrange(1, 40)
                    )
                    await raw.say(noise)
                    await asyncio.sleep(0.1)
                    port = raw.link.info("sockname")[1]
                    assert sum(len(data) for _, to, data in network.sent if to == port) <= 3 * len(noise)
                found = await (await lab.raw()).ask(Request("hello.txt", "octet", {"tsize": "0"}))
                assert isinstance(found, OptionAck)

        virtual.run(main())


class TestMany:
    def test_at_once(self) -> None:
        async def main() -> None:
            async with Lab(network=Way(trouble=random.Random(3))) as lab, asyncio.TaskGroup() as tasks:
                for number in range(30):
                    tasks.create_task(_same(lab, "/big.bin" if number % 2 else "/even.bin"))

        virtual.run(main())

    @pytest.mark.parametrize(("options", "most"), [("transfers=3", 3), ("transfers_per_peer=2", 2)])
    def test_but_not_without_end(self, options: str, most: int) -> None:
        async def main() -> None:
            network = Way()
            async with Lab(options, network=network) as lab:
                answers = [await _or_none(lab) for _ in range(6)]
                assert answers.count(True) == most
                assert len(network.sockets) == 1 + 6 + most
                await asyncio.sleep(300)
                assert len(network.sockets) == 1 + 6, "those who went make room again"
                assert await _or_none(lab)

        virtual.run(main())

    def test_a_request_that_comes_twice_is_one(self) -> None:
        async def main() -> None:
            network = Way()
            async with Lab(network=network) as lab:
                raw = await lab.raw()
                await raw.say(Request("big.bin", "octet", OPTIONS))
                await raw.say(Request("big.bin", "octet", OPTIONS))
                assert isinstance(await raw.hear(), OptionAck)
                first = raw.server
                assert await raw.ask(Ack(0)) == Data(1, BIG[:1024])
                assert raw.server == first
                assert len(network.sockets) == 3

        virtual.run(main())

    def test_one_who_begins_anew_on_the_same_port(self) -> None:
        """As machines do that boot: they ask for a size, and then for the file, without a word between."""

        async def main() -> None:
            async with Lab() as lab:
                raw = await lab.raw()
                assert isinstance(await raw.ask(Request("big.bin", "octet", {"tsize": "0"})), OptionAck)
                await raw.say(Request("even.bin"), 69)
                assert await raw.hear() == Data(1, b"x" * 512)
                assert await raw.ask(Ack(1)) == Data(2, b"x" * 512)
                await asyncio.sleep(3)
                await raw.say(Request("even.bin"), 69)
                while await raw.hear() != Data(1, b"x" * 512):
                    pass
                assert await raw.ask(Ack(1)) == Data(2, b"x" * 512)

        virtual.run(main())


async def _same(lab: Lab, path: str) -> None:
    assert await lab.get(path) == TREE[path[1:]]


async def _or_none(lab: Lab) -> bool:
    raw = await lab.raw()
    await raw.say(Request("big.bin", "octet", OPTIONS))
    return not await raw.silent(0.01)


def test_a_stop_waits_for_a_transfer() -> None:
    async def main() -> None:
        async with Lab() as lab:
            made, dial = lab.client("/big.bin", "blksize=512,windowsize=1")
            reply = await made.get("")
            chunks = reply.chunks()
            first = await anext(chunks)
            stop = asyncio.ensure_future(lab.serving.stop(5.0))
            assert first + b"".join([chunk async for chunk in chunks]) == BIG
            await stop
            await dial.close()
            assert not lab.network.sockets

    virtual.run(main())


def test_a_stop_ends_one_that_takes_too_long() -> None:
    async def main() -> None:
        async with Lab() as lab:
            raw = await lab.raw()
            assert isinstance(await raw.ask(Request("big.bin", "octet", OPTIONS)), OptionAck)
            await lab.serving.stop(0.1)
            assert refused(await raw.hear()) == 0
            assert list(lab.network.sockets) == [("127.0.0.1", raw.link.info("sockname")[1])]

    virtual.run(main())


def test_a_bug_in_one_transfer_is_not_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with Lab() as lab:
            monkeypatch.setattr(Files, "open", lambda *_: 1 / 0)
            await (await lab.raw()).say(Request("hello.txt"))
            await asyncio.sleep(0.1)
            assert lab.access[0].status == "error"
            monkeypatch.undo()
            assert await lab.get("/hello.txt") == HELLO

    virtual.run(main())
    assert "a bug" in caplog.text


def test_one_who_asks_again_and_is_gone_is_not_the_others() -> None:
    """The same request once more, while it becomes known that nobody listens there any more."""

    async def main() -> None:
        async with Lab(network=Way(STRANGER)) as lab:
            raw = await lab.raw()
            request = Request("hello.txt", options=OPTIONS)
            assert isinstance(await raw.ask(request), OptionAck)
            place = raw.link.info("sockname")
            assert isinstance(raw.server, tuple)
            desk, transfer = lab.network.sockets["127.0.0.1", 69], lab.network.sockets["127.0.0.1", raw.server[1]]
            desk.protocol.datagram_received(packets.emit(request), place)
            transfer.protocol.error_received(ConnectionRefusedError(111, "nobody listens there"))
            await asyncio.sleep(1.0)
            other = await lab.raw()
            assert isinstance(await other.ask(request), OptionAck)

    virtual.run(main())


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_a_socket_for_both_families(host: str) -> None:
    """As systemd opens one by itself: who comes by IPv4 is answered by IPv4, and is this machine's own."""
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setblocking(False)
    sock.bind(("::", 0))
    port = sock.getsockname()[1]
    network = Activated(SystemNetwork(), [sock])
    async with Serving([Endpoint.parse(f"tftp://[::]:{port}")], [Files(files=dict(TREE))], network=network):
        for options in ("", "tsize=no,blksize=512,windowsize=1"):
            found = await netloom.get(f"tftp://{host}:{port}/big.bin#{options}".rstrip("#"))
            assert (found.status, found.body) == (Status.SUCCESS, BIG), found.message
