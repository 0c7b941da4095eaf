"""Collecting: events to tracks, with their flaws, within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.streams.events import (
    CLIENT,
    SERVER,
    Closed,
    Counts,
    Data,
    Finished,
    Gap,
    Opened,
    Place,
    Reset,
    Stream,
)
from netloom.packet.tape.collecting import PIECE, TOGETHER, Collector
from netloom.packet.tape.track import END, RESET, SAID, SECURE

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event
    from netloom.packet.tape.track import Step, Track


def stream(
    number: int = 0, *, transport: str = "tcp", inside: str = "", started: int = 5, whole: bool = True
) -> Stream:
    return Stream(
        number=number, transport=transport, client=Place("192.0.2.1", 40_000), server=Place("192.0.2.2", 80),
        started=started, whole=whole, inside=inside, counts={CLIENT: Counts(), SERVER: Counts()},
    )  # fmt: skip


def collected(*events: Event, limit: int = 1 << 20) -> list[Track]:
    collector = Collector(limit)
    for event in events:
        collector.feed("http", event)
    return collector.tape().tracks


def said(steps: list[Step]) -> list[tuple[str, str, bytes]]:
    return [(step.sender, step.act, step.data) for step in steps]


def test_what_is_said_in_one_go_is_one_step() -> None:
    one, late = stream(), TOGETHER * 3
    (track,) = collected(
        Opened(one, 5), Data(one, 10, CLIENT, 0, b"wa"), Data(one, 11, CLIENT, 2, b"rp"),
        Data(one, late, CLIENT, 4, b"!"), Data(one, late + 1, SERVER, 0, b"weft"), Finished(one, late + 2, SERVER),
        Reset(one, late + 3, CLIENT), Closed(one, late + 3, "capture"),
    )  # fmt: skip
    assert said(track.steps) == [
        (CLIENT, SAID, b"warp"), (CLIENT, SAID, b"!"), (SERVER, SAID, b"weft"), (SERVER, END, b""),
        (CLIENT, RESET, b""),
    ]  # fmt: skip
    assert [(step.turn, step.offset) for step in track.steps] == [(1, 0), (1, 4), (2, 0), (2, 4), (2, 5)]
    assert track.steps[1].pause == (late - 11) / 1e9
    assert (track.started, track.protocol, track.flaw) == (5, "http", "")


def test_datagrams_and_long_pieces_are_kept_apart() -> None:
    one, long = stream(transport="udp"), stream(1)
    two = collected(
        Data(one, 1, CLIENT, 0, b"a"), Data(one, 1, CLIENT, 1, b"b"), Data(one, 1, CLIENT, 2, b""),
        Data(long, 1, CLIENT, 0, b"x" * PIECE), Data(long, 1, CLIENT, PIECE, b"y"),
    )  # fmt: skip
    assert [len(track.steps) for track in two] == [2, 2]


def test_what_is_missing() -> None:
    one = stream()
    (track,) = collected(
        Data(one, 1, CLIENT, 0, b"warp"), Gap(one, 2, SERVER, 7, 100, "acknowledged"), Data(one, 3, SERVER, 107, b"x")
    )
    assert said(track.steps) == [(CLIENT, SAID, b"warp")]
    assert track.flaw == "100 bytes of the server's are missing after its first 7"
    other = stream(transport="udp")
    (track,) = collected(
        Data(other, 1, CLIENT, 0, b"warp"), Data(other, 1, SERVER, 0, b"we"), Gap(other, 1, SERVER, 2, 2, "cut")
    )
    assert said(track.steps) == [(CLIENT, SAID, b"warp")]
    (track,) = collected(Data(stream(whole=False), 1, CLIENT, 0, b"warp"))
    assert track.flaw == "its beginning isn't in the recording"


def test_what_is_too_much() -> None:
    one, other = stream(), stream(1)
    first, second = collected(
        Data(one, 1, CLIENT, 0, b"x" * 100), Data(other, 2, CLIENT, 0, b"y" * 100),
        Data(other, 3, CLIENT, 100, b"z" * 200),
        limit=1300,
    )  # fmt: skip
    assert first.flaw == ""
    assert second.flaw == "no more than 1300 bytes of the recording are kept"
    assert [len(step.data) for step in second.steps] == [100]


def test_what_tls_hid() -> None:
    outer, inner = stream(), stream(inside="tls", started=50)
    (track,) = collected(Opened(outer, 5), Data(inner, 60, CLIENT, 0, b"warp"))
    assert (track.secured, track.started, said(track.steps)) == (True, 5, [(CLIENT, SAID, b"warp")])
    (track,) = collected(
        Data(outer, 10, SERVER, 0, b"220\n"),
        Data(outer, 20, CLIENT, 0, b"STARTTLS\n"),
        Data(inner, 60, CLIENT, 0, b"warp"),
    )
    assert not track.secured
    assert said(track.steps) == [
        (SERVER, SAID, b"220\n"), (CLIENT, SAID, b"STARTTLS\n"), (CLIENT, SECURE, b""), (CLIENT, SAID, b"warp"),
    ]  # fmt: skip
    assert track.steps[3].offset == 9


def test_who_began_first_is_first() -> None:
    late, early = stream(0, started=50), stream(1, started=5)
    assert [track.number for track in collected(Data(late, 60, CLIENT, 0, b"a"), Data(early, 70, CLIENT, 0, b"b"))] == [
        1,
        0,
    ]
    assert collected(Opened(late, 50), Closed(late, 51, "capture")) == []
