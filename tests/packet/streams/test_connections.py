"""A connection: how it begins, how it ends, and whose octets are whose."""

from __future__ import annotations

from netloom.packet.streams.connections import Connection
from netloom.packet.streams.events import Counts, Place, Reset, Stream
from tests.packet.streams.packets import Talk, names


def connection() -> Connection:
    return Connection(
        Stream(
            number=0,
            transport="tcp",
            client=Place("192.0.2.1", 1),
            server=Place("2001:db8::1", 2),
            started=0,
            counts={"client": Counts(), "server": Counts()},
        )
    )


def test_over_once_both_have_finished() -> None:
    talk, seen = Talk(), connection()
    assert names(seen.add(*talk.packet("client", "S"), "client", 1)) == ["Opened"]
    seen.add(*talk.packet("server", "SA", ack=1), "server", 2)
    assert names(seen.add(*talk.packet("client", "FA", 1, b"x", ack=1), "client", 3)) == ["Data", "Finished"]
    assert not seen.over
    assert names(seen.add(*talk.packet("server", "FA", 1, ack=3), "server", 4)) == ["Finished"]
    assert seen.over
    assert names(seen.close(5, "capture")) == ["Closed"]


def test_each_side_resets_once() -> None:
    talk, seen = Talk(), connection()
    given = [event for side in ("client", "client", "server") for event in seen.add(*talk.packet(side, "R"), side, 1)]
    assert [event.sender for event in given if isinstance(event, Reset)] == ["client", "server"]
    assert seen.over


def test_only_another_syn_begins_anew() -> None:
    talk, seen = Talk(), connection()
    seen.add(*talk.packet("client", "S"), "client", 1)
    assert not seen.begins_anew(talk.packet("client", "S")[0], "client")
    assert not seen.begins_anew(talk.packet("client", "A", 5)[0], "client")
    assert not seen.begins_anew(talk.packet("server", "S")[0], "server")
    assert seen.begins_anew(talk.packet("client", "S", 5)[0], "client")


def test_places_read_as_in_endpoints() -> None:
    assert [str(place) for place in (connection().stream.client, connection().stream.server)] == [
        "192.0.2.1:1",
        "[2001:db8::1]:2",
    ]
