"""The server: messages of each kind, options that must be understood, blocks, and what is told."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING

import pytest

from netloom.contents.bus import Bus
from netloom.contents.registers import Registers
from netloom.errors import Status
from netloom.links.virtual import run as virtual
from netloom.protocols.coap.sites import Device
from netloom.records import Message as BusMessage
from netloom.wire.coap import codes
from netloom.wire.coap.block import Block, emit_block, parse_block
from netloom.wire.coap.links import Link, parse_links
from netloom.wire.coap.message import Message, uint
from tests.fuzzing import mutate
from tests.protocols.coap.lab import large, peer, place, served
from tests.security.parsers.coap import DATAGRAMS
from tests.worlds import record

if TYPE_CHECKING:
    from netloom.records import AccessRecord

BLOCK = codes.BLOCK2


def block(number: int, exponent: int, more: bool = False) -> bytes:
    return emit_block(Block(number, more, exponent))


class TestMessages:
    def test_what_is_confirmed_is_answered_in_the_confirmation(self) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                asked = one.request("/fan")
                found = await one.ask(asked)
                assert (found.type, found.id, found.token) == (codes.ACK, asked.id, b"tokn")
                assert (found.code, found.payload) == (codes.CONTENT, b"false")

        virtual(main())

    def test_what_is_not_confirmed_is_answered_by_itself(self) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                asked = one.request("/fan", kind=codes.NON)
                found = await one.ask(asked)
                assert (found.type, found.token, found.payload) == (codes.NON, b"tokn", b"false")
                assert found.id != asked.id

        virtual(main())

    def test_a_ping(self) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                assert await one.ask(Message(codes.CON, codes.EMPTY, 7)) == Message(codes.RST, codes.EMPTY, 7)

        virtual(main())

    @pytest.mark.parametrize(
        "said",
        [
            Message(codes.NON, codes.EMPTY, 7), Message(codes.ACK, codes.EMPTY, 7), Message(codes.RST, codes.EMPTY, 7),
            Message(codes.ACK, codes.CONTENT, 7, b"t"), Message(codes.NON, codes.CONTENT, 7, b"t"), b"", b"\x40",

            b"\x50\x01\0\1\xff", b"\x80\x01\0\1", Message(codes.ACK, codes.GET, 7), Message(codes.RST, codes.EMPTY, 8),
        ],
        ids=str,
    )  # fmt: skip
    def test_what_is_not_answered(self, said: Message | bytes) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                one.say(said)
                assert await one.heard() == []

        virtual(main())

    @pytest.mark.parametrize("said", ["4001000aff", "4901000a00", "40e0000a", "4000000a01", "4045000a", "4001000af0"])
    def test_what_is_refused(self, said: str) -> None:
        """Where it wants to be confirmed and can't be read, or answers nothing (RFC 7252 §4.2)."""

        async def main() -> None:
            async with served() as network, peer(network) as one:
                assert await one.ask(bytes.fromhex(said)) == Message(codes.RST, codes.EMPTY, 10)

        virtual(main())

    @pytest.mark.parametrize("kind", [codes.CON, codes.NON])
    def test_what_comes_again_does_nothing_again(self, kind: int) -> None:
        async def main() -> None:
            bus = Bus()
            async with served(bus) as network, peer(network) as one, bus.subscribe("#") as heard:
                asked = one.request("/a", codes.POST, payload=b"once", kind=kind)
                first = await one.ask(asked)
                one.say(asked)
                assert await one.heard() == ([first] if kind == codes.CON else [])
                assert (await anext(heard)).payload == b"once"
                bus.publish(BusMessage("end"))
                assert (await anext(heard)).topic == "end"
                await asyncio.sleep(248)
                assert (await one.ask(asked)).code == codes.CHANGED, "a new one, after so long a time"

        virtual(main())

    @pytest.mark.parametrize(
        ("wish", "code", "answered"),
        [
            (2, codes.GET, False),
            (2, codes.FETCH, True),
            (8, codes.FETCH, False),
            (0, codes.GET, True),
            (26, codes.FETCH, False),
        ],
    )
    def test_answers_that_nobody_wants(self, wish: int, code: int, answered: bool) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                for kind in (codes.CON, codes.NON):
                    asked = one.request("/fan", code, (codes.NO_RESPONSE, uint(wish)), kind=kind)
                    one.say(asked)
                    found = await one.heard()
                    if answered:
                        assert found[0].token == b"tokn"
                    else:
                        assert found == ([Message(codes.ACK, codes.EMPTY, asked.id)] if kind == codes.CON else [])

        virtual(main())


class TestOptions:
    @pytest.mark.parametrize(
        "option", [(9, b"x"), (13, b""), (codes.ACCEPT, b"abc"), (65001, b""), (codes.URI_HOST, b"")]
    )
    def test_one_that_must_be_understood(self, option: tuple[int, bytes]) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                raw = bytearray(b"\x40\x01\0\x09")
                number, value = option
                raw += (
                    bytes([number << 4 | len(value)])
                    if number < 13
                    else bytes([0xD0 | len(value), number - 13])
                    if number < 269
                    else b"%c%b" % (0xE0 | len(value), (number - 269).to_bytes(2))
                )
                raw += value + b"\xff" + bytes(20)
                found = await one.ask(bytes(raw))
                assert (found.code, found.payload[:7]) == (codes.BAD_OPTION, b"option ")
                raw[0], raw[3] = 0x50, 10
                one.say(bytes(raw))
                assert await one.heard() == [], "what isn't to be confirmed is passed over"

        virtual(main())

    def test_what_need_not_be_understood(self) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                options = (
                    (10, b"x"),
                    (codes.URI_HOST, b"example"),
                    (codes.URI_PORT, uint(5683)),
                    (codes.HOP_LIMIT, b"\x09"),
                )
                assert (await one.ask(one.request("/fan", codes.GET, *options))).payload == b"false"

        virtual(main())

    @pytest.mark.parametrize("option", [(codes.PROXY_URI, b"coap://other/"), (codes.PROXY_SCHEME, b"http")])
    def test_no_proxy(self, option: tuple[int, bytes]) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                found = await one.ask(one.request("/fan", codes.GET, option))
                assert found.code == codes.PROXYING_NOT_SUPPORTED

        virtual(main())

    @pytest.mark.parametrize(
        ("path", "accept", "code"),
        [
            ("/fan", codes.TEXT, codes.CONTENT), ("/fan", codes.JSON, codes.NOT_ACCEPTABLE),
            ("/.well-known/core", codes.LINK_FORMAT, codes.CONTENT), ("/.well-known/core", codes.TEXT,
            codes.NOT_ACCEPTABLE),
        ],
    )  # fmt: skip
    def test_what_is_accepted(self, path: str, accept: int, code: int) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                assert (await one.ask(one.request(path, codes.GET, (codes.ACCEPT, uint(accept))))).code == code

        virtual(main())

    def test_what_is_known_already(self) -> None:
        async def main() -> None:
            registers = Registers()
            async with served(registers) as network, peer(network) as one:
                etag = (await one.ask(one.request("/fan", codes.GET, (codes.URI_HOST, b"long-enough")))).value(
                    codes.ETAG
                )
                assert etag is not None
                asked = (codes.ETAG, b"other"), (codes.ETAG, etag)
                found = await one.ask(one.request("/fan", codes.GET, *asked))
                assert (found.code, found.payload, found.value(codes.ETAG)) == (codes.VALID, b"", etag)
                registers.store({"fan": True})
                assert (await one.ask(one.request("/fan", codes.GET, *asked))).code == codes.CONTENT

        virtual(main())

    def test_what_is_never_the_same_is_fresh_for_a_second(self) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                assert (await one.ask(one.request("/system/uptime"))).uint(codes.MAX_AGE) == 1

        virtual(main())


@pytest.mark.parametrize(
    ("path", "code", "payload", "answer"),
    [
        ("/fan", codes.FETCH, b"", codes.METHOD_NOT_ALLOWED),
        ("/fan", codes.PATCH, b"", codes.METHOD_NOT_ALLOWED),
        ("/fan", 9, b"", codes.METHOD_NOT_ALLOWED),
        ("/fan", codes.DELETE, b"", codes.METHOD_NOT_ALLOWED),
        ("/nothing", codes.DELETE, b"", codes.NOT_FOUND),
        ("", codes.GET, b"", codes.NOT_FOUND),
        ("/sensors", codes.GET, b"", codes.NOT_FOUND),
        ("/sensors/door", codes.PUT, b"1", codes.METHOD_NOT_ALLOWED),
        ("/fan", codes.PUT, b"maybe", codes.BAD_REQUEST),
        ("/fan", codes.PUT, b"\xff", codes.BAD_REQUEST),
        ("/%FF", codes.GET, b"", codes.BAD_REQUEST),
    ],
)
def test_what_can_not_be_done(path: str, code: int, payload: bytes, answer: int) -> None:
    async def main() -> None:
        async with served() as network, peer(network) as one:
            found = await one.ask(one.request(path, code, (codes.URI_HOST, b"x" * 40), payload=payload))
            assert found.code == answer

    virtual(main())


class TestBlocks:
    def test_a_body_in_blocks_of_the_size_that_is_asked_for(self) -> None:
        async def main() -> None:
            registers = large(100)
            async with served(registers) as network, peer(network) as one:
                body = b""
                for number in range(4):
                    found = await one.ask(
                        one.request("/text", codes.GET, (BLOCK, block(number, 1)), (codes.URI_HOST, b"x" * 40))
                    )
                    value = found.value(BLOCK)
                    assert value is not None
                    assert parse_block(value) == Block(number, number < 3, 1)
                    assert (found.uint(codes.SIZE2) == 100) == (number == 0)
                    body += found.payload
                assert body == str(registers.value("text")).encode()
                found = await one.ask(
                    one.request("/text", codes.GET, (BLOCK, block(4, 1)), (codes.URI_HOST, b"x" * 40))
                )
                assert found.code == codes.BAD_REQUEST

        virtual(main())

    def test_no_block_has_the_size_seven(self) -> None:
        async def main() -> None:
            async with served() as network, peer(network) as one:
                assert (await one.ask(one.request("/fan", codes.GET, (BLOCK, b"\x07")))).code == codes.BAD_REQUEST

        virtual(main())

    def test_pieces_that_come_as_they_should(self) -> None:
        async def main() -> None:
            registers = large(1)
            async with served(registers) as network, peer(network) as one:
                for number, (piece, more) in enumerate([(b"a" * 16, True), (b"b" * 16, True), (b"c", False)]):
                    said = block(number, 0, more)
                    found = await one.ask(one.request("/text", codes.PUT, (codes.BLOCK1, said), payload=piece))
                    assert found.code == (codes.CONTINUE if more else codes.CHANGED)
                    assert found.value(codes.BLOCK1) == said
                    if number == 1:  # a piece that comes again, in a message of its own
                        await one.ask(one.request("/text", codes.PUT, (codes.BLOCK1, said), payload=piece))
                assert registers.value("text") == "a" * 16 + "b" * 16 + "c"

        virtual(main())

    def test_pieces_that_do_not(self) -> None:
        async def main() -> None:
            registers = large(3)
            async with served(registers) as network, peer(network) as one, peer(network) as other:

                async def say(who: object, number: int, piece: bytes, more: bool, tag: bytes = b"") -> int:
                    options = [(codes.BLOCK1, block(number, 0, more)), *([(codes.REQUEST_TAG, tag)] if tag else [])]
                    who_ = one if who is one else other
                    return (await who_.ask(who_.request("/text", codes.PUT, *options, payload=piece))).code

                assert await say(one, 1, b"x" * 16, True) == codes.INCOMPLETE, "the first is missing"
                assert await say(one, 0, b"x" * 15, True) == codes.BAD_REQUEST, "it is shorter than it says"
                assert await say(one, 0, b"x" * 16, True) == codes.CONTINUE
                assert await say(other, 1, b"y", False) == codes.INCOMPLETE, "somebody else's"
                assert await say(one, 1, b"y", False, b"t") == codes.INCOMPLETE, "another body of the same"
                assert await say(one, 2, b"y", False) == codes.INCOMPLETE, "the second is missing"
                assert await say(one, 0, b"x" * 16, True) == codes.CONTINUE
                await asyncio.sleep(300)
                assert await say(one, 1, b"y", False) == codes.INCOMPLETE, "so long nobody waits"
                assert registers.value("text") == "abc"

        virtual(main())


def test_what_there_is_is_put_together_once_for_all_its_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a long list are asked for one by one: each would cost as much as the whole."""
    asked: list[int] = []
    links = Device.links

    def counted(device: Device) -> list[Link]:
        asked.append(1)
        return links(device)

    monkeypatch.setattr(Device, "links", counted)

    async def main() -> None:
        async with served() as network, peer(network) as one:
            for number in range(30):
                options = ((BLOCK, block(number, 0)), (codes.URI_HOST, b"x" * 40))
                assert (await one.ask(one.request("/.well-known/core", codes.GET, *options))).code == codes.CONTENT
            assert len(asked) == 1
            for number in range(100):
                one.say(one.request("/.well-known/core", codes.GET, (codes.URI_QUERY, b"rt=%d" % number)))
            await one.octets()
            await asyncio.sleep(2)
            before = len(asked)
            await one.ask(one.request("/.well-known/core"))
            assert len(asked) == before + 1, "it isn't kept for long"

    virtual(main())


class TestABus:
    def test_topics_are_paths(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with served(bus) as network, peer(network) as one:
                assert (await one.ask(one.request("/house/kitchen"))).code == codes.NOT_FOUND
                await one.ask(one.request("/house/kitchen", codes.PUT, payload=b"21"))
                found = await one.ask(one.request("/house/kitchen"))
                assert (found.payload, found.uint(codes.CONTENT_FORMAT)) == (b"21", codes.TEXT)
                links = await record(network, "get", place("/.well-known/core"))
                assert [link.target for link in parse_links(links.body.decode())] == ["/house/kitchen"]
                assert (await one.ask(one.request("/house/kitchen", codes.DELETE))).code == codes.DELETED
                assert (await one.ask(one.request("/house/kitchen"))).code == codes.NOT_FOUND
                assert (await one.ask(one.request("/house/kitchen", codes.DELETE))).code == codes.NOT_FOUND

        virtual(main())

    def test_what_is_posted_is_heard_and_not_kept(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with served(bus) as network, peer(network) as one, bus.subscribe("house/#") as heard:
                options = ((codes.CONTENT_FORMAT, uint(codes.JSON)),)
                await one.ask(one.request("/house/kitchen", codes.POST, *options, payload=b"{}"))
                message = await anext(heard)
                assert (message.topic, message.payload, message.retain) == ("house/kitchen", b"{}", False)
                assert message.properties == {"content-type": "application/json"}
                assert message.sender.startswith("127.0.0.1:")
                assert not bus.retained()

        virtual(main())

    @pytest.mark.parametrize("path", ["/house/%23", "/%2B", "/a%00b"])
    def test_what_is_no_topic(self, path: str) -> None:
        async def main() -> None:
            async with served(Bus()) as network, peer(network) as one:
                for code in (codes.GET, codes.PUT, codes.DELETE):
                    assert (await one.ask(one.request(path, code))).code == codes.BAD_REQUEST

        virtual(main())

    def test_it_is_left_when_nobody_serves_it(self) -> None:
        async def main() -> None:
            bus = Bus()
            async with served(bus) as network, peer(network) as one:
                await one.ask(Message(codes.CON, codes.EMPTY, 7))
                assert bus.subscribers == 1
            assert bus.subscribers == 0

        virtual(main())


def test_what_was_done_is_told() -> None:
    async def main() -> None:
        seen: list[AccessRecord] = []
        async with served(seen=seen) as network, peer(network) as one:
            await one.ask(one.request("/fan"))
            await one.ask(one.request("/gr%C3%B6%C3%9Fe"))
            await one.ask(one.request("/fan", codes.PUT, payload=b"on"))
        assert [(each.verb, each.target, each.status) for each in seen] == [
            ("GET", "/fan", "2.05"), ("GET", "/gr%C3%B6%C3%9Fe", "4.04"), ("PUT", "/fan", "2.04"),
        ]  # fmt: skip
        assert all(each.peer.startswith("127.0.0.1:") for each in seen)

    virtual(main())


@pytest.mark.parametrize("content", ["registers", "bus"])
def test_peers_that_say_anything(content: str) -> None:
    async def main() -> None:
        generator = random.Random(3)
        async with served(Bus() if content == "bus" else Registers()) as network, peer(network) as one:
            asked = [one.request("/fan"), one.request("/fan", codes.GET, (codes.OBSERVE, b""))]
            samples = [*DATAGRAMS, *(bytes(each) for each in map(_octets, asked))]
            for _ in range(3000):
                with contextlib.suppress(ValueError):
                    one.say(mutate(generator, samples) or b"x")
            await one.octets()
            assert (await record(network, "probe", place())).status is Status.SUCCESS

    virtual(main())


def _octets(message: Message) -> bytes:
    from netloom.wire.coap.message import emit

    return emit(message)
