"""CoAP's smaller parts: proofs, what came lately, bodies in pieces, what fits, formats, sites, options."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents import Forbidden, Invalid, NotFound
from netloom.contents.bus import Bus
from netloom.contents.registers import Register, Registers
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.options import split
from netloom.protocols.coap import formats
from netloom.protocols.coap.exchange import Answer
from netloom.protocols.coap.fitting import fitted
from netloom.protocols.coap.observers import Observer, Observers
from netloom.protocols.coap.options import CoapOptions
from netloom.protocols.coap.proof import FRESH, PEERS, Proofs
from netloom.protocols.coap.recent import MESSAGES, OCTETS, Recent
from netloom.protocols.coap.sites import Device, State, Topics, site_of
from netloom.protocols.coap.uploads import BODIES, BODY_LIMIT, Refused, Uploads
from netloom.records import Message as BusMessage
from netloom.wire.coap import codes
from netloom.wire.coap.block import Block, parse_block
from netloom.wire.coap.message import Message, parse, uint


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


ANN, ROB = ("192.0.2.1", 5683), ("192.0.2.1", 5684)


class TestProofs:
    def test_an_echo_is_for_one_and_for_a_while(self) -> None:
        clock = Clock()
        proofs = Proofs(clock)
        echo = proofs.challenge(ANN)
        assert not proofs.stands(ANN)
        assert not proofs.show(ROB, echo)
        assert not proofs.show(ANN, echo[:-1])
        assert not proofs.show(ANN, b"")
        assert not Proofs(clock).show(ANN, echo), "another server's"
        assert proofs.show(ANN, echo)
        assert proofs.stands(ANN)
        assert not proofs.stands(ROB)
        clock.now += FRESH + 1
        assert not proofs.stands(ANN)
        clock.now += FRESH
        assert not proofs.show(ANN, echo)

    def test_so_many_are_remembered(self) -> None:
        proofs = Proofs(Clock())
        for port in range(PEERS + 10):
            assert proofs.show(("192.0.2.1", port), proofs.challenge(("192.0.2.1", port)))
        assert len(proofs._shown) == PEERS
        assert not proofs.stands(("192.0.2.1", 0))
        assert proofs.stands(("192.0.2.1", PEERS))


class TestRecent:
    def test_for_as_long_as_it_may_come_again(self) -> None:
        clock = Clock()
        recent = Recent(clock)
        assert recent.get(ANN, 1) is None
        recent.put(ANN, 1, b"answer")
        assert (recent.get(ANN, 1), recent.get(ROB, 1), recent.get(ANN, 2)) == (b"answer", None, None)
        clock.now += codes.EXCHANGE_LIFETIME + 1
        assert recent.get(ANN, 1) is None
        recent.put(ANN, 2, b"")
        assert recent.get(ANN, 2) == b""
        assert len(recent) == 1

    def test_no_more_than_so_many(self) -> None:
        recent = Recent(Clock())
        for number in range(MESSAGES + 10):
            recent.put(ANN, number, b"")
        assert len(recent) == MESSAGES
        for number in range(100):
            recent.put(ROB, number, bytes(1 << 20))
        assert recent._size <= OCTETS


class TestUploads:
    def test_no_more_than_so_many(self) -> None:
        uploads = Uploads(Clock())
        for number in range(BODIES + 5):
            assert uploads.take(number, Block(0, True, 0), bytes(16)) is None
        assert len(uploads) == BODIES
        with pytest.raises(Refused):
            uploads.take(0, Block(1, False, 0), b"x")
        assert uploads.take(BODIES, Block(1, False, 0), b"x") == bytes(16) + b"x"

    def test_and_none_that_is_larger(self) -> None:
        uploads = Uploads(Clock())
        for number in range(BODY_LIMIT // 1024):
            assert uploads.take("a", Block(number, True, 6), bytes(1024)) is None
        with pytest.raises(Refused) as refused:
            uploads.take("a", Block(BODY_LIMIT // 1024, False, 6), b"x")
        assert refused.value.code == codes.TOO_LARGE
        assert len(uploads) == 0

    @given(st.binary(max_size=300), st.integers(0, 2))
    def test_bodies_come_together(self, body: bytes, exponent: int) -> None:
        uploads, size, found = Uploads(Clock()), 16 << exponent, None
        for at in range(0, max(len(body), 1), size):
            found = uploads.take("a", Block(at // size, at + size < len(body), exponent), body[at : at + size])
        assert found == body


AROUND = Message(codes.ACK, codes.CONTENT, 7, b"tokn", ((codes.OBSERVE, b"\1"),))


class TestFitting:
    @given(
        st.binary(max_size=3000),
        st.none() | st.builds(Block, st.integers(0, 40), st.just(False), st.integers(0, 6)),
        st.integers(0, 1200),
        st.sampled_from([b"", bytes(8)]),
    )
    def test_it_fits_and_is_a_piece_of_it(self, body: bytes, wanted: Block | None, room: int, echo: bytes) -> None:
        if wanted is not None and wanted.offset and wanted.offset >= len(body):
            return
        made = fitted(AROUND, State(body, codes.TEXT), wanted, room, echo)
        if made is None:
            assert room < 60
            return
        assert len(made) <= room
        found = parse(made)
        assert (found.type, found.code, found.id, found.token) == (codes.ACK, codes.CONTENT, 7, b"tokn")
        value = found.value(codes.BLOCK2)
        block = parse_block(value) if value is not None else Block(0, False, 6)
        assert block.offset == (wanted.offset if wanted is not None else 0)
        assert found.payload == body[block.offset : block.offset + block.size]
        assert block.more == (block.offset + block.size < len(body))
        assert wanted is None or block.exponent <= wanted.exponent

    def test_as_it_is_told(self) -> None:
        made = fitted(AROUND, State(b"x", codes.JSON, 5), None, 1000)
        assert made is not None
        assert (parse(made).uint(codes.CONTENT_FORMAT), parse(made).uint(codes.MAX_AGE)) == (codes.JSON, 5)
        assert parse(made).value(codes.BLOCK2) is None
        nothing = fitted(AROUND, State(), None, 1000)
        assert nothing is not None
        assert parse(nothing) == AROUND


class TestFormats:
    @pytest.mark.parametrize(
        ("text", "number"), [("", None), ("0", 0), ("text/plain", 0), ("Application/JSON", 50), ("65535", 65535)]
    )
    def test_names(self, text: str, number: int | None) -> None:
        assert formats.number_of(text) == number

    @pytest.mark.parametrize("text", ["65536", "text", "-1"])
    def test_what_are_none(self, text: str) -> None:
        with pytest.raises(UsageError):
            formats.number_of(text)

    def test_what_is_told(self) -> None:
        options = (
            (codes.ETAG, b"\1"),
            (codes.LOCATION_PATH, b"a"),
            (codes.LOCATION_PATH, b"b"),
            (codes.MAX_AGE, uint(9)),
        )
        message = Message(codes.ACK, codes.CREATED, 1, b"", options)
        assert formats.described(message) == {"code": "2.01", "etag": "01", "max_age": 9, "location": "/a/b"}
        assert formats.is_text(message)
        assert not formats.is_text(Message(2, 69, 1, b"", ((codes.CONTENT_FORMAT, uint(42)),)))


class TestSites:
    def test_a_device(self) -> None:
        registers = Registers([(Register(name="hidden", kind="int"), 1), (Register(name="a", kind="int", path="a"), 1)])
        device = site_of(registers)
        assert isinstance(device, Device)
        assert [link.target for link in device.links()] == ["/a"]
        assert device.state("a") == State(b"1", codes.TEXT)
        for path, error in (("a", Forbidden), ("hidden", NotFound)):
            with pytest.raises(error):
                device.write(path, State(b"2", codes.TEXT), replaces=True, peer="")
        with pytest.raises(Forbidden):
            device.delete("a")

    async def test_topics(self) -> None:
        bus = Bus()
        topics = site_of(bus)
        assert isinstance(topics, Topics)
        bus.publish(BusMessage("a b<c", b"x", retain=True))
        bus.publish(BusMessage("plain", b"\xff", retain=True))
        bus.publish(BusMessage("json", b"{}", retain=True, properties={"content-type": "application/json; x=y"}))
        assert [link.target for link in topics.links()] == ["/json", "/plain"]
        assert topics.state("plain").format == codes.OCTETS
        assert topics.state("json").format == codes.JSON
        assert topics.state("nothing", waits=True) == State()
        with pytest.raises(Invalid):
            topics.state("#")
        told: list[str] = []
        running = asyncio.ensure_future(topics.run(told.append))
        await asyncio.sleep(0)
        topics.follow("news")
        bus.publish(BusMessage("news", b"1"))
        bus.publish(BusMessage("other", b"1"))
        assert told == ["news"]
        assert topics.state("news").payload == b"1"
        topics.leave("news")
        bus.publish(BusMessage("news", b"2"))
        assert told == ["news"]
        with pytest.raises(NotFound):
            topics.state("news")
        running.cancel()
        await asyncio.wait({running})
        topics.close()
        assert bus.subscribers == 0

    async def test_a_bus_that_takes_no_more_patterns(self) -> None:
        from netloom.contents.bus import Limits

        topics = Topics(Bus(limits=Limits(patterns=1)))
        observers = Observers(topics, lambda data, peer: None, lambda: 1, (10, 10))
        assert observers.add(Observer(ANN, b"1", "a", None)) is not None
        assert observers.add(Observer(ANN, b"2", "b", None)) is None
        assert len(observers) == 1
        observers.close()
        assert len(observers) == 0


@pytest.mark.parametrize("text", ["block=100", "retries=21", "patience=0", "method=get", "observers=-1", "write=some"])
def test_options_have_bounds(text: str) -> None:
    with pytest.raises(UsageError):
        split(Endpoint.parse(f"coap://h#{text}"), CoapOptions)


def test_an_answer_is_a_code_at_least() -> None:
    assert Answer(codes.DELETED).state is None
