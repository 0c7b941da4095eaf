"""The client: what it asks, how it is answered, bodies in blocks, and servers that answer as they shouldn't."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.contents.registers import Registers
from netloom.errors import NetloomError, Status, UsageError
from netloom.links.virtual import run as virtual
from netloom.wire.coap import codes
from netloom.wire.coap.block import Block, emit_block, parse_block
from netloom.wire.coap.message import Message, uint
from tests.protocols.coap.lab import answer, attempt, large, liar, place, put, served
from tests.worlds import elapsed, record, records

Said = list[Message | bytes]


def test_get() -> None:
    async def main() -> None:
        async with served() as network:
            found = await record(network, "get", place("/sensors/temperature"))
            assert (found.status, found.body) == (Status.SUCCESS, b"21.5")
            assert found.meta["code"] == "2.05"
            assert found.meta["content_format"] == "text/plain"
            assert len(bytes.fromhex(found.meta["etag"])) == 4

    virtual(main())


def test_list() -> None:
    async def main() -> None:
        async with served() as network:
            listed: list[Any] = await records(network, "list", place())
            paths = [each.entry.path for each in listed[:-1]]
            assert "/sensors/temperature" in paths
            assert "/fan" in paths
            below: list[Any] = await records(network, "list", place("/sensors"))
            assert [each.entry.path for each in below[:-1]] == [path for path in paths if path.startswith("/sensors/")]
            first = below[0].entry
            assert (first.name, first.kind, first.value["if"]) == ("temperature in °C", "number", "sensor")
            asked: list[Any] = await records(network, "list", place("?rt=boolean"))
            assert [each.entry.path for each in asked[:-1]] == ["/fan", "/lamp", "/sensors/door"]

    virtual(main())


def test_put_and_send() -> None:
    async def main() -> None:
        registers = Registers()
        async with served(registers) as network:
            assert (await put(network, place("/setpoint"), b"23.5\n")).error is None
            assert registers.value("setpoint") == 23.5
            found = await record(network, "send", place("/fan"), "on")
            assert (found.status, found.meta["code"]) == (Status.SUCCESS, "2.04")
            assert registers.value("fan") is True
            found = await record(network, "send", place("#method=put"), "off", topic="fan")
            assert registers.value("fan") is False
            found = await record(network, "send", place("/fan#method=delete"), "")
            assert (found.status, found.message[:4]) == (Status.REFUSED_BY_PEER, "4.05")

    virtual(main())


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/nothing", b"1", "4.04"),
        ("/sensors/door", b"true", "4.05"),
        ("/setpoint", b"warm", "4.00"),
        ("/setpoint", b"99", "4.00"),
        ("/setpoint", b"\xff\xfe", "4.15"),
        ("/setpoint#content_format=application/json", b"20", "4.15"),
        ("/setpoint#if_none_match", b"20", "4.12"),
        ("/setpoint#if_match=00112233", b"20", "4.12"),
        ("/nothing#if_match=00", b"20", "4.12"),
        ("/.well-known/core", b"20", "4.05"),
    ],
)
def test_what_is_refused(path: str, body: bytes, code: str) -> None:
    async def main() -> None:
        registers = Registers()
        async with served(registers) as network:
            trying = await put(network, place(path), body)
            assert trying.error is not None
            assert trying.error.status is Status.REFUSED_BY_PEER
            assert getattr(trying.error, "code", "") == code
            assert registers.value("setpoint") == 22.0

    virtual(main())


def test_over_what_is_known_to_be_there() -> None:
    async def main() -> None:
        registers = Registers()
        async with served(registers) as network:
            etag = (await record(network, "get", place("/setpoint"))).meta["etag"]
            assert (await put(network, place(f"/setpoint#if_match={etag}"), b"20")).error is None
            assert (await put(network, place(f"/setpoint#if_match={etag}"), b"21")).error is not None
            assert registers.value("setpoint") == 20

    virtual(main())


@pytest.mark.parametrize("block", [16, 64, 1024])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 1023, 1024, 1025, 5000, 65_535])
def test_bodies_of_every_size(block: int, size: int) -> None:
    async def main() -> None:
        registers = large(7)
        async with served(registers) as network:
            text = bytes(97 + number % 26 for number in range(size))
            assert (await put(network, place(f"/text#block={block}"), text)).error is None
            assert registers.value("text") == text.decode()
            found = await record(network, "get", place(f"/text#block={block}"))
            assert (found.status, found.body) == (Status.SUCCESS, text)

    virtual(main())


def test_a_body_that_is_too_large() -> None:
    async def main() -> None:
        async with served(large()) as network:
            trying = await put(network, place("/text"), b"x" * 65_537)
            assert getattr(trying.error, "code", "") == "4.13"
            with pytest.raises(UsageError):
                await put(network, place("/text"), b"x" * (1 << 20) + b"x")

    virtual(main())


def test_who_shows_to_be_there_is_told_more_at_once() -> None:
    async def main() -> None:
        async with served(large(4000)) as network:
            for path in ("/text", "/text/of/many/pages"):
                found = await record(network, "get", place(path))
                assert len(found.body) == 4000
                # Where the request is so short that no Echo finds its place beside a block, it stays as it is.
                assert found.meta["blocks"] == (250 if path == "/text" else 4)

    virtual(main())


class TestPatience:
    @pytest.mark.parametrize("confirm", [True, False])
    def test_it_asks_again(self, confirm: bool) -> None:
        """RFC 7252 §4.2: after 2 to 3 seconds, and twice as long each time."""

        async def main() -> None:
            def say(asked: Message, number: int) -> Said:
                return [answer(asked, b"at last")] if number == 4 else []

            async with liar(say) as (network, other):
                found = await record(network, "get", place(f"/a#confirm={confirm}"), deadline=100)
                assert found.body == b"at last"
                waits = [after - before for before, after in zip(other.times, other.times[1:], strict=False)]
                assert 2 <= waits[0] <= 3
                assert waits[1] == pytest.approx(2 * waits[0])
                assert waits[2] == pytest.approx(4 * waits[0])
                ids = {message.id for message in other.heard}
                assert len(ids) == (1 if confirm else 4), "what isn't confirmed would be passed over, the second time"
                assert len({message.token for message in other.heard}) == 1

        virtual(main())

    def test_nobody_answers(self) -> None:
        async def main() -> None:
            async with liar(lambda asked, number: []) as (network, other):
                found = await record(network, "get", place("/a#patience=1,retries=2"), deadline=100)
                assert (found.status, len(other.heard)) == (Status.TIMEOUT, 3)
                assert "3 times" in found.message

        virtual(main())

    def test_an_answer_that_comes_by_itself(self) -> None:
        async def main() -> None:
            def say(asked: Message, number: int) -> Said:
                if number > 1:
                    return []
                later = Message(codes.CON, codes.CONTENT, 77, asked.token, (), b"slow")
                return [Message(codes.ACK, codes.EMPTY, asked.id), later, later]

            async with liar(say) as (network, other):
                found = await record(network, "get", place("/a"))
                assert found.body == b"slow"
                assert other.heard[1:] == [Message(codes.ACK, codes.EMPTY, 77)]

        virtual(main())

    def test_it_was_heard_and_never_answered(self) -> None:
        async def main() -> None:
            async with liar(lambda asked, _: [Message(codes.ACK, codes.EMPTY, asked.id)]) as (network, _):
                found = await record(network, "get", place("/a"), deadline=1000)
                assert (found.status, "heard" in found.message) == (Status.TIMEOUT, True)
                assert elapsed() == pytest.approx(247)

        virtual(main())

    def test_no_answer_is_wanted(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network:
                for confirm in ("yes", "no"):
                    registers.store({"fan": False})
                    found = await record(network, "send", place(f"/fan#no_response,confirm={confirm}"), "on")
                    assert found.status is Status.SUCCESS
                    async with attempt(network, place("/fan")) as trying:
                        await trying.client.get("/fan")  # after it, on the same clock
                    assert registers.value("fan") is True

        virtual(main())


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (codes.NOT_FOUND, Status.REFUSED_BY_PEER, "4.04 Not Found: nothing"),
        (codes.UNAUTHORIZED, Status.UNAUTHENTICATED, "4.01 Unauthorized: nothing"),
        (codes.SERVER_ERROR, Status.REFUSED_BY_PEER, "5.00 Internal Server Error: nothing"),
        (codes.code(4, 31), Status.REFUSED_BY_PEER, "4.31: nothing"),
    ],
)
def test_a_no(code: int, status: Status, words: str) -> None:
    async def main() -> None:
        async with liar(lambda asked, _: [answer(asked, b"no\x07thing"[:2] + b"thing", code)]) as (network, _):
            found = await record(network, "get", place("/a"))
            assert found.status is status
            assert found.message == words

    virtual(main())


def test_a_message_that_is_refused() -> None:
    async def main() -> None:
        async with liar(lambda asked, _: [Message(codes.RST, codes.EMPTY, asked.id)]) as (network, _):
            found = await record(network, "get", place("/a"))
            assert (found.status, "RST" in found.message) == (Status.REFUSED_BY_PEER, True)

    virtual(main())


STRANGE: dict[str, Any] = {
    "another token": lambda asked: Message(codes.ACK, codes.CONTENT, asked.id, b"evil", (), b"EVIL"),
    "another id": lambda asked: Message(codes.ACK, codes.CONTENT, asked.id ^ 1, asked.token, (), b"EVIL"),
    "a refusal of another": lambda asked: Message(codes.RST, codes.EMPTY, asked.id ^ 1),
    "a request": lambda asked: Message(codes.CON, codes.GET, 4, asked.token),
    "another's answer": lambda asked: Message(codes.CON, codes.CONTENT, 5, b"evil", (), b"EVIL"),
    "a ping": lambda asked: Message(codes.CON, codes.EMPTY, 6),
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
def test_what_does_not_answer_is_passed_over(strange: Any) -> None:
    async def main() -> None:
        async with liar(lambda asked, number: [strange(asked), answer(asked, b"right")] if number == 1 else []) as (
            network,
            other,
        ):
            found = await record(network, "get", place("/a"))
            assert found.body == b"right"
            refused = [message.id for message in other.heard[1:]]
            sent = strange(other.heard[0])
            assert refused == ([sent.id] if sent.type == codes.CON else [])
            assert all(message.type == codes.RST for message in other.heard[1:])

    virtual(main())


def test_not_for_ever() -> None:
    async def main() -> None:
        async with liar(lambda asked, _: [STRANGE["another token"](asked)] * 1000) as (network, _):
            assert (await record(network, "get", place("/a"))).status is Status.PROTOCOL_ERROR

    virtual(main())


def blocks(body: bytes, exponent: int = 0, etags: tuple[bytes, ...] = (b"t",)) -> Any:
    """A server that has a body, in blocks of at most a size."""

    def say(asked: Message, number: int) -> Said:
        value = asked.value(codes.BLOCK2)
        wanted = parse_block(value) if value is not None else Block(0, False, exponent)
        size = 1 << min(exponent, wanted.exponent) + 4
        at = wanted.offset
        found = Block(at // size, at + size < len(body), min(exponent, wanted.exponent))
        etag = etags[min(number, len(etags)) - 1]
        return [
            answer(asked, body[at : at + size], codes.CONTENT, (codes.BLOCK2, emit_block(found)), (codes.ETAG, etag))
        ]

    return say


def test_blocks_that_a_server_chooses() -> None:
    async def main() -> None:
        async with liar(blocks(b"0123456789abcdef" * 5 + b"end")) as (network, other):
            found = await record(network, "get", place("/a"))
            assert found.body == b"0123456789abcdef" * 5 + b"end"
            assert found.meta["blocks"] == len(other.heard) == 6
            assert len({message.token for message in other.heard}) == 6

    virtual(main())


def test_a_body_that_changes_meanwhile_is_begun_anew() -> None:
    async def main() -> None:
        async with liar(blocks(b"x" * 40, 0, (b"1", b"2", b"2"))) as (network, other):
            found = await record(network, "get", place("/a"))
            assert (found.body, len(other.heard)) == (b"x" * 40, 5)
        async with liar(blocks(b"x" * 40, 0, tuple(bytes([number]) for number in range(99)))) as (network, other):
            found = await record(network, "get", place("/a"))
            assert found.status is Status.PROTOCOL_ERROR
            assert len(other.heard) < 10

    virtual(main())


def block2(number: int, more: bool, exponent: int = 0) -> tuple[int, bytes]:
    return codes.BLOCK2, emit_block(Block(number, more, exponent))


@pytest.mark.parametrize(
    "say",
    [
        lambda asked, number: [answer(asked, b"x" * 15, codes.CONTENT, block2(0, True))],
        lambda asked, number: [answer(asked, b"x" * 16, codes.CONTENT, block2(1, True))],
        lambda asked, number: [answer(asked, b"x" * 16, codes.CONTENT, block2(0, True))],
        lambda asked, number: [answer(asked, b"x" * 16, codes.CONTENT, block2(min(number, 2) * 2 - 2, True))],
        lambda asked, number: [answer(asked, b"x" * 16, codes.CONTENT, (codes.BLOCK2, b"\x0f"))],
        lambda asked, number: [b"\x40"],
        lambda asked, number: [b"HTTP/1.1 200 OK\r\n\r\n"],
        lambda asked, number: [b"\0" * 20],
    ],
)
def test_a_server_that_breaks_the_protocol(say: Any) -> None:
    async def main() -> None:
        async with liar(say) as (network, _):
            assert (await record(network, "get", place("/a"))).status is Status.PROTOCOL_ERROR

    virtual(main())


def test_a_body_without_an_end() -> None:
    async def main() -> None:
        def say(asked: Message, number: int) -> Said:
            value = asked.value(codes.BLOCK2)
            at = parse_block(value).number if value is not None else 0
            return [answer(asked, b"x" * 1024, codes.CONTENT, block2(at, True, 6))]

        async with liar(say) as (network, other):
            found = await record(network, "get", place("/a"), deadline=1000)
            assert found.status is Status.PROTOCOL_ERROR
            assert len(other.heard) < 17_000

    virtual(main())


def test_smaller_pieces_where_a_server_wants_them() -> None:
    async def main() -> None:
        bodies: list[bytes] = []

        def say(asked: Message, number: int) -> Said:
            value = asked.value(codes.BLOCK1)
            if value is None or parse_block(value).exponent > 2:
                return [answer(asked, b"", codes.TOO_LARGE, (codes.BLOCK1, emit_block(Block(0, True, 2))))]
            bodies.append(asked.payload)
            code = codes.CONTINUE if parse_block(value).more else codes.CHANGED
            return [answer(asked, b"", code, (codes.BLOCK1, value))]

        for size in (1000, 5000):
            async with liar(say) as (network, _):
                assert (await put(network, place("/a"), bytes(size))).error is None
                assert b"".join(bodies) == bytes(size)
                assert max(map(len, bodies)) == 64
            bodies.clear()

    virtual(main())


def test_an_echo_that_a_server_wants_to_see() -> None:
    """RFC 9175 §2.3, once; and the next request brings it along."""

    async def main() -> None:
        def say(asked: Message, number: int) -> Said:
            if asked.value(codes.ECHO) != b"prove it":
                return [answer(asked, b"", codes.UNAUTHORIZED, (codes.ECHO, b"prove it"))]
            return [answer(asked, b"shown")]

        async with liar(say) as (network, other):
            assert (await record(network, "get", place("/a"))).body == b"shown"
            assert len(other.heard) == 2
        async with liar(lambda asked, n: [answer(asked, b"", codes.UNAUTHORIZED, (codes.ECHO, b"same"))]) as (
            network,
            other,
        ):
            assert (await record(network, "get", place("/a"))).status is Status.UNAUTHENTICATED
            assert len(other.heard) == 2

    virtual(main())


@pytest.mark.parametrize(
    ("say", "status"),
    [
        (lambda asked: answer(asked, b"</a", codes.CONTENT, (codes.CONTENT_FORMAT, b"\x28")), Status.PROTOCOL_ERROR),
        (
            lambda asked: answer(asked, b"</\xff>", codes.CONTENT, (codes.CONTENT_FORMAT, b"\x28")),
            Status.PROTOCOL_ERROR,
        ),
        (lambda asked: answer(asked, b"{}", codes.CONTENT, (codes.CONTENT_FORMAT, uint(50))), Status.PROTOCOL_ERROR),
        (lambda asked: answer(asked, b"", codes.NOT_FOUND), Status.REFUSED_BY_PEER),
    ],
)
def test_a_discovery_that_is_none(say: Any, status: Status) -> None:
    async def main() -> None:
        async with liar(lambda asked, _: [say(asked)]) as (network, _):
            assert [each.status for each in await records(network, "list", place())] == [status]  # type: ignore[attr-defined]

    virtual(main())


@pytest.mark.parametrize(
    ("operation", "rest"),
    [
        ("get", "/.."),
        ("get", "/" + "x" * 256),
        ("get", "/a#accept=nonsense"),
        ("get", "/a#accept=99999"),
        ("get", "/a#block=100"),
    ],
)
def test_what_can_not_be_said(operation: str, rest: str) -> None:
    async def main() -> None:
        async with served() as network:
            with pytest.raises(NetloomError):
                await record(network, operation, place(rest))

    virtual(main())
