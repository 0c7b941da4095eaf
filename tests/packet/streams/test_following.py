"""Following: from frames to headings, words and what was carried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from netloom.packet.conversation import Conversation
from netloom.packet.dissect import dissect
from netloom.packet.frame import Frame
from netloom.packet.streams.extraction import Extraction
from netloom.packet.streams.extraction.body import Shelf
from netloom.packet.streams.following import Following, Known
from netloom.packet.streams.record import Met, Spoken, Taken
from netloom.records import Said

if TYPE_CHECKING:
    from netloom.packet.dissect import Dissected
    from netloom.packet.streams.events import Stream
    from netloom.records import Record
    from netloom.shapes import Decoder


class Plain:
    """What is said, as text."""

    def feed(self, sender: str, data: bytes) -> list[Said]:
        return [Said(sender=sender, words=data.decode("latin-1"), size=len(data))]


def choose(transport: str, sender: str, head: bytes) -> str:
    return "http" if head.startswith((b"GET ", b"HTTP/")) else ""


def usual(stream: Stream) -> str:
    return ""


def decoders(name: str) -> Decoder | None:
    return Plain() if name == "http" else None


KNOWN = Known(choose=choose, usual=usual, decoders=decoders)


def talk(number: int, *said: tuple[str, bytes]) -> list[bytes]:
    """A whole conversation as packets of IP."""
    conversation = Conversation("tcp", ("192.0.2.1", 40_000 + number), ("192.0.2.2", 80), number=number)
    composed = conversation.open()
    for sender, data in said:
        composed += conversation.sent(data) if sender == "client" else conversation.received(data)
    return [one.data for one in [*composed, *conversation.close()]]


async def told(following: Following, packets: list[bytes]) -> list[Record]:
    found: list[Record] = []
    for at, data in enumerate(packets):
        frame = Frame(data, at * 1_000_000, 101, len(data))
        found += following.packet(frame, dissect(frame))
    return found + [record async for record in following.finish()]


def lines(records: list[Record]) -> list[str]:
    return [one.title if isinstance(one, Met) else one.words if isinstance(one, Spoken) else "taken" for one in records]


ONE = talk(0, ("client", b"GET /a HTTP/1.1\r\n\r\n"), ("server", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
TWO = talk(1, ("client", b"??"), ("server", b"!!"))
MIXED = [packet for pair in zip(ONE, TWO, strict=True) for packet in pair]


async def test_one_after_the_other() -> None:
    records = await told(Following(KNOWN), MIXED)
    assert lines(records) == [
        "stream 0 · http",
        "GET /a HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "stream 1 · tcp",
        f"00000000  {'3f 3f':23}  {'':23}  ??",
        f"00000000  {'21 21':23}  {'':23}  !!",
    ]
    heading = records[0]
    assert isinstance(heading, Met)
    assert (heading.text, heading.started, heading.whole) == ("192.0.2.1:40000 → 192.0.2.2:80", 0.0, True)
    assert [one.stream for one in records if isinstance(one, Spoken)] == [0, 0, 1, 1]


def test_a_reset_ends_a_turn() -> None:
    conversation = Conversation("tcp", ("192.0.2.1", 40_000), ("192.0.2.2", 80))
    broken = [*conversation.open(), *conversation.sent(b"GET /"), *conversation.reset(outbound=False)]
    frames = [Frame(data, 0, 101, len(data)) for data in [*(one.data for one in broken), *TWO]]
    following = Following(KNOWN)
    records = [record for frame in frames for record in following.packet(frame, dissect(frame))]
    assert [line[:9] for line in lines(records)] == [
        "stream 0 ", "GET /", "… the con", "stream 1 ", "00000000 ", "00000000 ",
    ]  # fmt: skip


async def test_only_one_stream() -> None:
    assert lines(await told(Following(KNOWN, only=1), MIXED))[0] == "stream 1 · tcp"
    assert await told(Following(KNOWN, only=2), MIXED) == []


async def test_what_is_kept() -> None:
    def second(frame: Frame, dissected: Dissected) -> bool:
        return 40_001 in (dissected.row.src_port, dissected.row.dst_port)

    assert lines(await told(Following(KNOWN, keep=second), MIXED))[0] == "stream 0 · tcp"


async def test_what_was_carried() -> None:
    extraction = Extraction(Shelf(lambda _: ""))
    records = await told(Following(KNOWN, extraction=extraction), MIXED)
    (taken,) = [one for one in records if isinstance(one, Taken)]
    assert (taken.stream, taken.name, taken.size, taken.complete) == (0, "a", 2, True)
    assert records.index(taken) == 3


async def test_from_the_middle_on() -> None:
    records = await told(Following(KNOWN), ONE[3:])
    heading = records[0]
    assert isinstance(heading, Met)
    assert heading.text == "192.0.2.1:40000 → 192.0.2.2:80 · from the middle on"


@given(packets=st.lists(st.sampled_from(MIXED) | st.binary(max_size=60), max_size=30), cut=st.integers(20, 100))
async def test_whatever_comes(packets: list[bytes], cut: int) -> None:
    """It never raises, and headings stand where they have to."""
    records = await told(Following(KNOWN, extraction=Extraction(Shelf(lambda _: ""))), [one[:cut] for one in packets])
    stream = None
    for one in records:
        if isinstance(one, Met):
            assert one.stream != stream
            stream = one.stream
        else:
            assert isinstance(one, Spoken | Taken)
            assert one.stream == stream
