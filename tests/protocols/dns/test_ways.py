"""DNS: what is passed over, repeated and given up on the way to an answer, on a virtual clock."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from netloom.errors import Phase, Status
from netloom.links.options import LinkOptions
from netloom.links.virtual import run
from netloom.protocols.dns.ways import MISMATCHES
from netloom.wire.dns import codes
from netloom.wire.dns.message import Edns, Question, framed, parse
from netloom.wire.dns.names import from_text
from tests.protocols.dns.lab import Liar, answered, client, liar, memory
from tests.worlds import cancel_everywhere, elapsed, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.memory import MemoryNetwork

URL = "dns://127.0.0.1/www.example.test"
TRUE, FALSE = b"\xc0\0\2\x50", b"\xc6\x33\x64\x66"


def tried(
    say: Callable[[bytes, int], list[bytes]], url: str = URL, *, tcp: Any = None, **fields: Any
) -> tuple[Any, Liar, float]:
    """A probe of a liar: its record, the liar, and the seconds that it took."""

    async def main() -> tuple[Any, Liar, float]:
        network = memory()
        server = await liar(network, say)
        if tcp is not None:
            await network.listen((socket.AF_INET, ("127.0.0.1", 53)), tcp, LinkOptions())
        found = await record(network, "probe", url, **fields)
        return found, server, elapsed()

    return run(main())


class Stream(asyncio.Protocol):
    """A server over TCP that answers each message with what `say` gives, in octets."""

    def __init__(self, say: Callable[[bytes], bytes | None]) -> None:
        self._say = say
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._tell(b"")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 2 and len(self._buffer) >= 2 + int.from_bytes(self._buffer[:2]):
            end = 2 + int.from_bytes(self._buffer[:2])
            message, self._buffer = self._buffer[2:end], self._buffer[end:]
            self._tell(message)

    def _tell(self, message: bytes) -> None:
        said = self._say(message)
        if said is None:
            self._transport.close()
        elif said:
            self._transport.write(said)


def honest(data: bytes) -> bytes:
    return framed(answered(data)) if data else b""


class TestDatagrams:
    def test_an_honest_answer(self) -> None:
        found, server, _ = tried(lambda data, _: [answered(data)])
        assert found.status is Status.SUCCESS
        assert found.summary == "NOERROR · 1 answer · 192.0.2.80 · ttl 300"
        assert len(server.heard) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"id": 0},
            {"flags": codes.RD},
            {"questions": (Question(from_text("www.example.org"), codes.A),)},
            {"questions": (Question(from_text("www.example.test"), codes.AAAA),)},
            {"questions": ()},
            {"edns": Edns(options=((codes.OPTION_COOKIE, b"87654321" + bytes(8)),))},
        ],
    )
    def test_what_is_forged_is_passed_over_and_counted(self, changes: dict[str, Any]) -> None:
        def say(data: bytes, _: int) -> list[bytes]:
            forged = answered(data, FALSE, **({"id": parse(data).id ^ 1} if "id" in changes else changes))
            return [forged, forged, b"", b"\0" * 11, answered(data, TRUE)]

        found, _, _ = tried(say)
        assert found.facts["answers"][0]["data"] == "192.0.2.80"
        assert found.facts["mismatched"] == 4

    def test_somebody_who_forges_without_end_is_given_up(self) -> None:
        found, _, _ = tried(
            lambda data, _: [answered(data, FALSE, id=parse(data).id ^ 1)] * 1000, f"{URL}#retries=20,patience=0.01"
        )
        assert found.status is Status.PROTOCOL_ERROR
        assert "forges" in found.message
        assert found.facts["mismatched"] == MISMATCHES

    def test_ids_cases_and_ports_change(self) -> None:
        seen = [tried(lambda data, _: [answered(data)])[1].heard[0][1] for _ in range(12)]
        assert len({data[:2] for data in seen}) > 9
        assert len({data[12:30] for data in seen}) > 9
        assert len({data.lower()[12:30] for data in seen}) == 1
        cookies = {parse(data).edns.option(codes.OPTION_COOKIE) for data in seen}  # type: ignore[union-attr]
        assert len(cookies) == 12

    def test_without_mixing_the_name_is_asked_as_it_is_written(self) -> None:
        _, server, _ = tried(lambda data, _: [answered(data)], f"{URL}#mix_case=no,cookie=no,edns=0,ad=no")
        assert (
            server.heard[0][1][2:]
            == bytes.fromhex("0100 0001 0000 0000 0000") + from_text("www.example.test") + b"\0\1\0\1"
        )

    def test_silence_is_asked_again_and_ends_at_the_deadline(self) -> None:
        found, server, seconds = tried(lambda _, __: [])
        assert found.status is Status.TIMEOUT
        assert found.phase is Phase.FIRST_BYTE
        assert seconds == pytest.approx(10)
        assert [at for at, _ in server.heard] == pytest.approx([0, 2, 6])
        assert len({data for _, data in server.heard}) == 1
        assert found.facts["repeated"] == 2

    def test_a_question_has_an_end_of_its_own(self) -> None:
        found, server, seconds = tried(lambda _, __: [], f"{URL}#retries=1,patience=1", deadline=60)
        assert found.status is Status.TIMEOUT
        assert seconds == pytest.approx(3)
        assert len(server.heard) == 2

    def test_the_second_try_may_be_the_one(self) -> None:
        found, _, seconds = tried(lambda data, number: [answered(data)] if number == 2 else [])
        assert found.status is Status.SUCCESS
        assert found.facts["repeated"] == 1
        assert seconds == pytest.approx(2)

    def test_a_closed_port(self) -> None:
        async def main() -> Any:
            return await record(memory(), "probe", URL)

        found = run(main())
        assert found.status is Status.REFUSED

    def test_a_malformed_answer_is_the_servers_fault(self) -> None:
        found, _, _ = tried(lambda data, _: [answered(data) + b"\0"])
        assert found.status is Status.PROTOCOL_ERROR
        assert "follow" in found.message

    def test_one_who_knows_no_edns_is_asked_without(self) -> None:
        def say(data: bytes, _: int) -> list[bytes]:
            if parse(data).edns is not None:
                return [answered(data, questions=(), answers=(), edns=None, flags=codes.QR | codes.FORMERR)]
            return [answered(data)]

        found, server, _ = tried(say)
        assert found.status is Status.SUCCESS
        assert found.facts["edns"] == 0
        assert len(server.heard) == 2

    def test_a_bad_cookie_is_replaced_by_what_the_server_gives(self) -> None:
        given: list[bytes] = []

        def say(data: bytes, _: int) -> list[bytes]:
            sent = parse(data).edns.option(codes.OPTION_COOKIE)  # type: ignore[union-attr]
            assert sent is not None
            given.append(sent)
            edns = Edns(rcode=codes.BADCOOKIE >> 4, options=((codes.OPTION_COOKIE, sent[:8] + b"server" * 3),))
            if len(sent) == 8:
                return [answered(data, answers=(), flags=codes.QR | codes.BADCOOKIE & 15, edns=edns)]
            return [answered(data, edns=Edns(options=((codes.OPTION_COOKIE, sent),)))]

        found, _, _ = tried(say)
        assert found.status is Status.SUCCESS
        assert found.facts["cookie"] is True
        assert given[1] == given[0] + b"server" * 3


class TestFallingBack:
    def test_a_truncated_answer_is_asked_for_over_tcp(self) -> None:
        found, _, _ = tried(
            lambda data, _: [answered(data, answers=(), flags=codes.QR | codes.TC)], tcp=lambda: Stream(honest)
        )
        assert found.status is Status.SUCCESS
        assert (found.facts["transport"], found.facts["truncated"]) == ("tcp", True)

    def test_unless_only_udp_is_wanted(self) -> None:
        found, _, _ = tried(
            lambda data, _: [answered(data, flags=codes.QR | codes.TC, answers=())], f"{URL}#transport=udp"
        )
        assert found.facts["transport"] == "udp"
        assert found.status is Status.SUCCESS

    def test_a_name_in_another_case_is_not_believed_over_udp(self) -> None:
        def say(data: bytes, _: int) -> list[bytes]:
            asked = parse(data).questions[0]
            return [answered(data, FALSE, questions=(Question(asked.name.lower(), asked.rdtype),))]

        found, _, _ = tried(say, tcp=lambda: Stream(honest))
        assert found.facts["answers"][0]["data"] == "192.0.2.80"
        assert (found.facts["transport"], found.facts["kept_case"]) == ("tcp", False)

    def test_tcp_alone(self) -> None:
        found, server, _ = tried(lambda data, _: [answered(data)], f"{URL}#transport=tcp", tcp=lambda: Stream(honest))
        assert found.facts["transport"] == "tcp"
        assert not server.heard


class TestStreams:
    TCP = f"{URL}#transport=tcp"

    def probed(self, say: Callable[[bytes], bytes | None], **fields: Any) -> Any:
        return tried(lambda _, __: [], self.TCP, tcp=lambda: Stream(say), **fields)[0]

    @pytest.mark.parametrize(
        "greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail ESMTP\r\n", b"\x15\x03\x03\x00\x02\x02\x28"]
    )
    def test_what_speaks_something_else_is_told_by_its_first_octets(self, greeting: bytes) -> None:
        found = self.probed(lambda data: b"" if data else greeting)
        assert found.status is Status.PROTOCOL_ERROR
        assert found.hint
        assert "no answer" in found.message

    def test_an_answer_that_stops_in_the_middle(self) -> None:
        found = self.probed(lambda data: honest(data)[:20] if data else b"")
        assert found.status is Status.TIMEOUT
        assert found.phase is Phase.TRANSFER

    def test_a_connection_that_ends(self) -> None:
        found = self.probed(lambda data: None if data else b"")
        assert found.status is Status.CLOSED

    def test_answers_to_something_else_are_passed_over(self) -> None:
        found = self.probed(lambda data: framed(answered(data, id=parse(data).id ^ 1)) + honest(data) if data else b"")
        assert found.status is Status.SUCCESS
        assert found.facts["mismatched"] == 1

    def test_a_connection_is_kept_and_made_anew(self) -> None:
        connections: list[Stream] = []

        def accept() -> Stream:
            left = 2 if not connections else 9

            def say(data: bytes) -> bytes | None:
                nonlocal left
                left -= bool(data)
                return honest(data) if left >= 0 else None

            connections.append(Stream(say))
            return connections[-1]

        url = "dns://127.0.0.1/www.example.test?type=A,AAAA,MX,TXT#transport=tcp"
        found, _, _ = tried(lambda _, __: [], url, tcp=accept)
        assert found.status is Status.SUCCESS
        assert len(connections) == 2


def test_nothing_is_left_after_a_question(leaves_nothing: None) -> None:
    async def main() -> None:
        network: MemoryNetwork = memory()
        await liar(network, lambda data, number: [answered(data)] if number > 1 else [])
        await record(network, "probe", f"{URL}?type=A,AAAA,MX")
        assert len(network.sockets) == 1  # the liar's
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_cancelled_at_any_turn_nothing_is_left() -> None:
    async def world() -> Any:
        network = memory()
        await liar(
            network, lambda data, number: [answered(data, answers=(), flags=codes.QR | codes.TC)] if number > 1 else []
        )
        listening = await network.listen((socket.AF_INET, ("127.0.0.1", 53)), lambda: Stream(honest), LinkOptions())

        async def work() -> None:
            async with client(network, URL) as made:
                assert (await made.ask(made.target.questions[0])).transport == "tcp"

        async def check() -> None:
            listening.close()
            assert len(network.sockets) == 1

        return work(), check

    assert cancel_everywhere(world) > 3
