"""UDP: nobody is answered with more than was sent, or for somebody else; DNS answers are hard to forge (RFC 5452)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.contents.zone import Zone
from netloom.errors import RemoteProtocolError, Status
from netloom.links.datagrams import Datagrams
from netloom.links.options import LinkOptions
from netloom.links.virtual import run as virtual
from netloom.wire import ntp
from netloom.wire.dns import codes, tsig
from netloom.wire.dns.message import Edns, Message, Question, Record, emit, framed, parse, unframed
from netloom.wire.dns.names import from_text, to_text
from netloom.wire.dns.update import update
from tests.security import parsers
from tests.security.house import HANG, STRANGER, House, Wire, connected, peer, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.memory import MemoryNetwork

LARGE = "".join(f"many IN A 198.51.100.{number}\n" for number in range(1, 250)) + "".join(
    f'texts IN TXT "{"x" * 250}"\n' for _ in range(9)
)
ZONE = (
    "$ORIGIN example.test.\n$TTL 300\n@ IN SOA ns1 hostmaster 7 3600 900 604800 60\n@ IN NS ns1\n@ IN MX 10 mail\n"
    '@ IN TXT "hello"\nns1 IN A 192.0.2.53\nmail IN A 192.0.2.25\nalias IN CNAME many\n' + LARGE
)


async def told(network: MemoryNetwork, port: int, *datagrams: bytes) -> list[list[bytes]]:
    """What a server answers to each of some datagrams."""
    link = Datagrams(asyncio.get_running_loop())
    await network.datagrams((socket.AF_INET, ("127.0.0.1", port)), None, lambda: link, LinkOptions())
    found: list[list[bytes]] = []
    for data in datagrams:
        link.transport.sendto(data)
        await asyncio.sleep(0.01)
        found.append([said for said, _ in link._queue])
        link._queue.clear()
    await link.close()
    return found


def asked(
    name: str,
    kind: int,
    *,
    klass: int = codes.IN,
    edns: int = 0,
    options: tuple[tuple[int, bytes], ...] = (),
    flags: int = codes.RD,
) -> bytes:
    extra = Edns(edns, flags=codes.DO, options=options) if edns else None
    return emit(Message(7, flags, (Question(from_text(name), kind, klass),), edns=extra))


NAMES = [
    "example.test",
    "many.example.test",
    "texts.example.test",
    "alias.example.test",
    "nothing.example.test",
    "elsewhere.test",
    ".",
    "version.bind",
]
KINDS = [codes.A, codes.TXT, codes.MX, codes.SOA, codes.NS, codes.AXFR, codes.IXFR, codes.CLASS_ANY, 48, 46, 65000]
QUESTIONS = [asked(name, kind, edns=edns) for name in NAMES for kind in KINDS for edns in (0, 512, 1232, 4096, 65535)]
QUESTIONS += [
    asked("version.bind", codes.TXT, klass=3),
    asked("many.example.test", codes.A, edns=4096, options=((10, bytes(8)),)),
]
QUESTIONS += [asked("many.example.test", codes.A, edns=4096, options=((10, os.urandom(24)),))]


SERVED = [
    scheme
    for declared in registry.protocols()
    for scheme, known in declared.schemes.items()
    if known.over.startswith("udp") and known.port
]


class TestNobodyIsAmplified:
    def test_by_a_name_server(self) -> None:
        async def main() -> None:
            for network in (Wire(STRANGER), Wire()):
                async with House("dns://127.0.0.1:53", Zone(ZONE), network=network) as house:
                    answers = await told(network, house.port, *QUESTIONS)
                    for question, said in zip(QUESTIONS, answers, strict=True):
                        assert len(said) <= 1
                        assert sum(map(len, said)) <= 3 * len(question), parse(question)
                    assert sum(map(len, answers)) > len(QUESTIONS) / 2, "it answers at all"

        virtual(main())

    def test_by_a_name_server_whatever_it_is_sent(self) -> None:
        async def main() -> None:
            network, generator = Wire(STRANGER), random.Random(3)
            async with House("dns://127.0.0.1:53", Zone(ZONE), network=network) as house:
                noise = [generator.randbytes(generator.randrange(1, 60)) for _ in range(500)]
                for question in generator.sample(QUESTIONS, 100):
                    bent = bytearray(question)
                    bent[generator.randrange(2, len(bent))] = generator.randrange(256)
                    noise.append(bytes(bent))
                for data, said in zip(noise, await told(network, house.port, *noise), strict=True):
                    assert sum(map(len, said)) <= 3 * len(data)

        virtual(main())

    def test_answers_are_not_answered(self) -> None:
        """Two servers would talk to each other for ever."""

        async def main() -> None:
            network = Wire(STRANGER)
            async with House("dns://127.0.0.1:53", Zone(ZONE), network=network) as house:
                answers = [asked(name, codes.A, flags=codes.QR) for name in NAMES] + [bytes(11), b"", b"\0" * 4]
                assert not any(await told(network, house.port, *answers))

        virtual(main())

    @pytest.mark.parametrize("mode", range(8))
    @pytest.mark.parametrize("version", range(8))
    def test_by_a_clock(self, mode: int, version: int) -> None:
        """Only clients' questions are answered: not control (6), private (7), and not answers (4, 5)."""

        async def main() -> None:
            network = Wire(STRANGER)
            first = bytes([version << 3 | mode])
            sent = [first + bytes(size - 1) for size in (1, 4, 8, 12, 47, 48, 49, 52, 56, 60, 68, 72, 192, 468, 1400)]
            sent += [first + os.urandom(47), first + b"\x02" + bytes(10), first + b"\x00\x03\x2a" + bytes(44)]
            async with House("ntp://127.0.0.1:123", network=network) as house:
                for data, said in zip(sent, await told(network, house.port, *sent), strict=True):
                    assert sum(map(len, said)) <= len(data)
                    assert not said or mode == ntp.Mode.CLIENT
                    assert all(answer[0] & 7 == ntp.Mode.SERVER for answer in said)

        virtual(main())

    @pytest.mark.parametrize("content", ["echo", "bus"])
    def test_by_an_echo(self, content: str) -> None:
        from netloom.registry import content as named

        async def main() -> None:
            network = Wire(STRANGER)
            sent = [b"", b"x", b"x" * 1400, b"\0" * 60_000]
            async with House("udp://127.0.0.1:7", named(content), network=network) as house:
                for data, said in zip(sent, await told(network, house.port, *sent), strict=True):
                    assert len(said) <= 1
                    assert sum(map(len, said)) <= len(data)

        virtual(main())

    @pytest.mark.parametrize("scheme", SERVED)
    def test_by_any_server(self, scheme: str) -> None:
        """By what its default content has, whatever is said to it in its own words, cut and bent."""

        async def main() -> None:
            network, generator = Wire(STRANGER), random.Random(scheme)
            said = [bytes(data) for data in parsers.SAID.get(registry.for_scheme(scheme)[0].name, ())]
            sent = [*said, b"", b"?", *(generator.randbytes(generator.randrange(1, 90)) for _ in range(100))]
            for data in said:
                sent += [data[: generator.randrange(len(data))] for _ in range(10)]
                for _ in range(30):
                    bent = bytearray(data)
                    bent[generator.randrange(len(bent))] = generator.randrange(256)
                    sent.append(bytes(bent))
            async with House(f"{scheme}://127.0.0.1:{registry.for_scheme(scheme)[1].port}", network=network) as house:
                for data in sent:
                    (answers,) = await told(network, house.port, data)
                    assert sum(map(len, answers)) <= 3 * len(data), data

        virtual(main())


# A zone isn't for everybody


def zone_house(network: Wire, options: str = "", accounts: tuple[str, ...] = ()) -> House:
    return House(f"dns://127.0.0.1:53{options}", Zone(ZONE), network=network, accounts=list(accounts))


async def over_tcp(network: MemoryNetwork, port: int, data: bytes) -> list[Message]:
    stream = await connected(network, port)
    await stream.write(framed(data))
    await stream.write_eof()
    found = []
    with contextlib.suppress(Exception):
        while True:
            found.append(parse(await stream.parse(unframed, 65537)))
    stream.abort()
    return found


CHANGE = emit(update(from_text("example.test"), "add evil.example.test 60 A 192.0.2.66"))


class TestStrangers:
    @pytest.mark.parametrize("kind", [codes.AXFR, codes.IXFR])
    def test_copy_no_zone(self, kind: int) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with zone_house(network) as house:
                answers = await over_tcp(network, house.port, asked("example.test", kind))
                assert [answer.rcode for answer in answers] == [codes.REFUSED]
                assert not any(answer.answers for answer in answers)
                (said,) = await told(network, house.port, asked("example.test", kind, edns=4096))
                assert all(not parse(data).answers for data in said)

        virtual(main())

    def test_change_no_zone(self) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with zone_house(network) as house:
                assert [answer.rcode for answer in await over_tcp(network, house.port, CHANGE)] == [codes.REFUSED]
                (said,) = await told(network, house.port, CHANGE)
                assert [parse(data).rcode for data in said] == [codes.REFUSED]
                (answer,) = await over_tcp(network, house.port, asked("evil.example.test", codes.A))
                assert answer.rcode == codes.NXDOMAIN

        virtual(main())

    @pytest.mark.parametrize("flaw", ["key", "name", "time", "cut", "altered"])
    def test_are_told_by_their_signature(self, flaw: str) -> None:
        """RFC 8945 §5.2: a wrong key, name or time, or another message."""
        from netloom.endpoint import Secret

        async def main() -> None:
            network = Wire(STRANGER)
            async with zone_house(network, "#transfer=accounts,update=accounts", ("ann:c2VjcmV0c2VjcmV0",)) as house:
                key = tsig.key(
                    "eve" if flaw == "name" else "ann",
                    Secret("ZXZpbGV2aWxldmls" if flaw == "key" else "c2VjcmV0c2VjcmV0"),
                )
                now = int(__import__("time").time()) - (3600 if flaw == "time" else 0)
                for data in (asked("example.test", codes.AXFR), CHANGE):
                    signed = bytearray(tsig.Chain(key).sign(data, now))
                    if flaw == "altered":
                        signed[20] ^= 0x20
                    if flaw == "cut":
                        signed[-7] ^= 1
                    for answer in await over_tcp(network, house.port, bytes(signed)):
                        assert answer.rcode != codes.NOERROR
                        assert not answer.answers

        virtual(main())

    def test_find_no_open_resolver(self) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with zone_house(network) as house:
                (answer,) = await over_tcp(network, house.port, asked("www.elsewhere.test", codes.A))
                assert answer.rcode == codes.REFUSED
                assert not answer.flags & codes.RA
            assert not [place for place in network.sockets if place[1] == 53]

        virtual(main())


# Compression


def pointer(at: int) -> bytes:
    return struct.pack("!H", 0xC000 | at)


HEADER = struct.pack("!6H", 7, 0, 1, 0, 0, 0)
LOOPS = {
    "itself": HEADER + pointer(12) + b"\0\1\0\1",
    "forward": HEADER + pointer(14) + pointer(12) + b"\0\1\0\1",
    "two at each other": HEADER + pointer(16) + b"\0\1" + pointer(12) + b"\0\1",
    "a label and back": HEADER + b"\1a" + pointer(12) + b"\0\1\0\1",
    "beyond the end": HEADER + pointer(0x3FFF) + b"\0\1\0\1",
    "half a pointer": HEADER + b"\xc0",
    "a kind that isn't there": HEADER + b"\x80a\0\1\0\1",
    "a name too long": HEADER + b"\x3f" + b"a" * 63 + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1",
    "counts that aren't there": struct.pack("!6H", 7, 0, 65535, 65535, 65535, 65535) + b"\0\0\1\0\1",
}


@pytest.mark.parametrize("data", LOOPS.values(), ids=LOOPS)
class TestLoops:
    def test_are_refused(self, data: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            parse(data)

    def test_do_no_harm_to_a_server(self, data: bytes) -> None:
        async def main() -> None:
            network = Wire(STRANGER)
            async with zone_house(network) as house:
                bad, good = await told(network, house.port, data, asked("mail.example.test", codes.A))
                assert all(said[3] & 15 == codes.FORMERR and len(said) <= len(data) for said in bad)
                assert parse(good[0]).answers

        virtual(main())


def test_names_that_unfold_are_bounded() -> None:
    """A thousand records whose names all point at one long name: as much work as there are records."""
    question = b"\x3f" + b"a" * 63 + b"\x3f" + b"b" * 63 + b"\0" + b"\0\1\0\1"
    answers = (pointer(12) + b"\0\2\0\1\0\0\0\1\0\2" + pointer(12)) * 4000
    message = parse(struct.pack("!6H", 7, 0x8000, 1, 4000, 0, 0) + question + answers)
    assert len(message.answers) == 4000


# Questions that nobody can guess


async def questions(count: int, options: str = "") -> list[bytes]:
    heard: list[bytes] = []

    async def handle(link: Datagrams) -> None:
        while True:
            data, sender = await link.receive_from()
            heard.append(data)
            await link.send(answer_to(data), sender)

    async with peer(handle, "udp") as house:
        for _ in range(count):
            target = f"dns://127.0.0.1:{house.port}/abcdefghijklmnopqrst.example.test{options}"
            found = await record(house.network, "get", target, deadline=5.0)
            assert found.status is Status.SUCCESS, found.message
    return heard


def answer_to(data: bytes, address: bytes = b"\xc0\0\2\x50", **changes: Any) -> bytes:
    question = parse(data)
    name = question.questions[0].name
    made = Message(
        question.id,
        codes.QR | codes.RD,
        question.questions,
        (Record(name, codes.A, codes.IN, 300, address),),
        edns=question.edns,
    )
    return emit(made.replace(**changes))


class TestQuestions:
    def test_their_ids_are_random(self) -> None:
        ids = [int.from_bytes(data[:2]) for data in virtual(questions(200))]
        assert len(set(ids)) > 190
        assert min(ids) < 8192
        assert max(ids) > 57344
        steps = {(after - before) % 65536 for before, after in itertools.pairwise(ids)}
        assert len(steps) > 180, "they can be counted on"

    def test_their_names_are_in_mixed_case(self) -> None:
        """0x20: a bit for each letter."""
        names = [to_text(parse(data).questions[0].name) for data in virtual(questions(100))]
        assert len(set(names)) == 100
        for column in range(20):
            assert {name[column].islower() for name in names} == {True, False}

    def test_they_come_from_ports_that_differ(self) -> None:
        """A real socket each: the kernel chooses."""

        async def main() -> set[int]:
            loop = asyncio.get_running_loop()
            ports: set[int] = set()

            class Server(asyncio.DatagramProtocol):
                def connection_made(self, transport: Any) -> None:
                    self.transport = transport

                def datagram_received(self, data: bytes, addr: Any) -> None:
                    ports.add(addr[1])
                    self.transport.sendto(answer_to(data), addr)

            transport, _ = await loop.create_datagram_endpoint(Server, ("127.0.0.1", 0))
            port = transport.get_extra_info("sockname")[1]
            for _ in range(30):
                await record(None, "get", f"dns://127.0.0.1:{port}/example.test", deadline=30)
            transport.close()
            return ports

        ports = asyncio.run(main())
        assert len(ports) > 20
        ordered = sorted(ports)
        assert ordered[-1] - ordered[0] > 500, "they stand side by side"


FORGED: dict[str, Callable[[bytes], bytes]] = {
    "another id": lambda data: answer_to(data, b"\x06\6\6\6", id=parse(data).id ^ 1),
    "another name": lambda data: answer_to(
        data, b"\x06\6\6\6", questions=(Question(from_text("evil.test"), codes.A, codes.IN),)
    ),
    "another type": lambda data: answer_to(
        data, b"\x06\6\6\6", questions=(Question(parse(data).questions[0].name, codes.MX, codes.IN),)
    ),
    "another class": lambda data: answer_to(
        data, b"\x06\6\6\6", questions=(Question(parse(data).questions[0].name, codes.A, 3),)
    ),
    "no question": lambda data: answer_to(data, b"\x06\6\6\6", questions=()),
    "two questions": lambda data: answer_to(data, b"\x06\6\6\6", questions=parse(data).questions * 2),
    "no answer at all": lambda data: answer_to(data, b"\x06\6\6\6", flags=codes.RD),
    "another cookie": lambda data: answer_to(data, b"\x06\6\6\6", edns=Edns(1232, options=((10, bytes(24)),))),
    "scraps": lambda data: data[:2] + b"\x80",
    "nothing": lambda data: b"",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_answer_is_passed_over(forge: Callable[[bytes], bytes]) -> None:
    async def handle(link: Datagrams) -> None:
        while True:
            data, sender = await link.receive_from()
            for _ in range(3):
                link.transport.sendto(forge(data), sender)  # ours wouldn't send an empty one
            await link.send(answer_to(data), sender)

    async def main() -> None:
        async with peer(handle, "udp") as house:
            found = await record(house.network, "get", f"dns://127.0.0.1:{house.port}/host.example.test", deadline=5.0)
            assert found.status is Status.SUCCESS, found.message
            assert [one["data"] for one in found.value["answers"]] == ["192.0.2.80"]

    virtual(main())


async def test_so_is_an_empty_one_of_the_kernels() -> None:
    loop = asyncio.get_running_loop()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.setblocking(False)

    def answer() -> None:
        data, sender = server.recvfrom(4096)
        for said in (b"", b"", answer_to(data)):
            server.sendto(said, sender)

    loop.add_reader(server, answer)
    try:
        place = f"dns://127.0.0.1:{server.getsockname()[1]}/host.example.test"
        found = await record(None, "get", place, deadline=HANG)
        assert found.status is Status.SUCCESS, found.message
    finally:
        loop.remove_reader(server)
        server.close()


def test_an_answer_in_another_case_is_not_believed_over_udp() -> None:
    async def handle(link: Datagrams) -> None:
        while True:
            data, sender = await link.receive_from()
            asked_ = parse(data).questions[0]
            await link.send(
                answer_to(data, b"\6\6\6\6", questions=(Question(asked_.name.swapcase(), asked_.rdtype, codes.IN),)),
                sender,
            )

    async def main() -> None:
        async with peer(handle, "udp") as house:
            found = await record(house.network, "get", f"dns://127.0.0.1:{house.port}/host.example.test", deadline=5.0)
            assert found.status is not Status.SUCCESS

    virtual(main())


@pytest.mark.parametrize("scheme", ["dns", "ntp", "udp"])
async def test_somebody_else_is_not_heard(scheme: str) -> None:
    """The kernel lets in what the server itself sent: another port of the same host is somebody else."""
    loop = asyncio.get_running_loop()
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.1", 0))

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            evil, good = self.answers(data)
            stranger.sendto(evil, addr)
            self.transport.sendto(good, addr)

        def answers(self, data: bytes) -> tuple[bytes, bytes]:
            if scheme == "dns":
                return answer_to(data, b"\6\6\6\6"), answer_to(data)
            if scheme == "ntp":
                given = ntp.parse(data)
                evil = ntp.Source(stratum=1, reference_id=b"EVIL", reference=1, leap=0, precision=-20)
                good = ntp.Source(stratum=1, reference_id=b"GOOD", reference=1, leap=0, precision=-20)
                return ntp.emit(ntp.response(given, evil, 1 << 32, 1 << 32)), ntp.emit(
                    ntp.response(given, good, 1 << 32, 1 << 32)
                )
            return b"EVIL", b"GOOD"

    transport, _ = await loop.create_datagram_endpoint(Server, ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    try:
        if scheme == "udp":
            found = await record(None, "send", f"udp://127.0.0.1:{port}#reply=some", "x", deadline=30)
            assert found.body == b"GOOD"
        else:
            path = "/host.example.test" if scheme == "dns" else ""
            found = await record(None, "get", f"{scheme}://127.0.0.1:{port}{path}", deadline=30)
            assert found.status is Status.SUCCESS, found.message
            assert "6.6.6.6" not in str(found.value)
            assert "EVIL" not in str(found.value)
    finally:
        transport.close()
        stranger.close()
        await asyncio.sleep(0)


def test_a_clocks_answer_has_to_be_to_our_question() -> None:
    """RFC 5905 §8: the origin timestamp is ours, and random (data minimization), so that nobody guesses it."""
    heard: list[int] = []

    async def handle(link: Datagrams) -> None:
        while True:
            data, sender = await link.receive_from()
            given = ntp.parse(data)
            heard.append(given.transmit)
            source = ntp.Source(stratum=1, reference_id=b"EVIL", reference=1, leap=0, precision=-20)
            said = ntp.emit(ntp.response(given, source, 1 << 32, 1 << 32))
            await link.send(said[:24] + bytes(8) + said[32:], sender)
            await link.send(said[:24] + struct.pack("!Q", given.transmit ^ 1) + said[32:], sender)

    async def main() -> None:
        async with peer(handle, "udp") as house:
            for _ in range(5):
                found = await record(house.network, "get", f"ntp://127.0.0.1:{house.port}", deadline=3.0)
                assert found.status is Status.TIMEOUT
        assert len(set(heard)) == len(heard)

    virtual(main())
