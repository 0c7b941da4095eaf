"""What is spoken: decided by first octets, after waiting no longer than it has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.streams.events import Data, Opened
from netloom.packet.streams.naming import HEAD, PIECES, Naming
from tests.packet.streams.packets import Script, names, stream

if TYPE_CHECKING:
    from netloom.packet.streams.events import Event, Stream


def choose(transport: str, sender: str, head: bytes) -> str:
    """A protocol whose client says hello, and another whose server does."""
    known = {("client", b"HELO"): "first", ("server", b"hello"): "second"}
    return next((name for (who, text), name in known.items() if who == sender and head.startswith(text)), "")


def usual(one: Stream) -> str:
    return "usual" if one.server.port == 80 else ""


def named(events: list[Event]) -> list[list[tuple[str, str]]]:
    """What each event gives back."""
    naming = Naming(choose, usual)
    return [[(name, type(event).__name__) for name, event in naming.feed(given)] for given in events]


def test_it_waits_until_it_is_known() -> None:
    script = Script(stream()).client(b"HE").client(b"LO").client(b"more")
    assert named(script.close()) == [
        [],
        [],
        [("first", "Opened"), ("first", "Data"), ("first", "Data")],
        [("first", "Data")],
        [("first", "Closed")],
    ]


def test_whoever_speaks_first() -> None:
    script = Script(stream()).server(b"hello").client(b"whatever")
    assert named(script.events)[1] == [("second", "Opened"), ("second", "Data")]


def test_what_isnt_known_is_what_is_usual() -> None:
    for server, name in ((80, "usual"), (81, "")):
        script = Script(stream(server=server)).client(b"?").server(b"!")
        assert named(script.close())[-1] == [(name, kind) for kind in ("Opened", "Data", "Data", "Closed")]
        many = Script(stream(server=server)).client(b"?" * HEAD)
        assert len(named(many.events)[-1]) == 2
        slow = Script(stream(server=server), lambda _: 1).client(b"?" * PIECES)
        given = named(slow.events)
        assert [len(one) for one in given] == [0] * PIECES + [PIECES + 1]


def test_it_waits_no_longer_than_somebody_speaks() -> None:
    for script in (Script(stream()).client(b"?").finish("client"), Script(stream()).client(b"?").reset("server")):
        assert [name for name, _ in named(script.events)[-1]] == ["usual"] * 3


def test_datagrams_are_looked_at_one_by_one() -> None:
    assert named(Script(stream(transport="udp")).client(b"HE").client(b"LO").events) == [[], [], []]
    assert len(named(Script(stream(transport="udp")).client(b"??").client(b"HELO").events)[-1]) == 3


def test_from_the_middle_on_they_may_change_places() -> None:
    one = stream()
    one.whole = False
    one.counts["client"].octets = 5
    script = Script(one).server(b"HELO").client(b"yes").finish("server").reset("server")
    naming = Naming(choose, usual)
    given = [event for event in script.close() for _, event in naming.feed(event)]
    assert (one.client.port, one.server.port, one.counts["server"].octets) == (80, 40_000, 5)
    assert [event.sender for event in given if not isinstance(event, Opened) and hasattr(event, "sender")] == [
        "client", "server", "client", "client",
    ]  # fmt: skip
    assert not naming._turned
    whole = stream()
    naming = Naming(choose, usual)
    assert {name for event in Script(whole).server(b"HELO").close() for name, _ in naming.feed(event)} == {"usual"}
    assert whole.client.port == 40_000


def test_nothing_is_kept_of_what_is_over() -> None:
    naming = Naming(choose, usual)
    for number in range(3):
        for event in Script(stream(number)).client(b"HELO" if number else b"?").close():
            naming.feed(event)
    assert not naming._names
    assert not naming._undecided


def test_heads_are_bounded() -> None:
    asked = []

    def ask(transport: str, sender: str, head: bytes) -> str:
        asked.append(len(head))
        return ""

    naming = Naming(ask, usual)
    events = Script(stream()).client(b"x" * (HEAD - 1)).client(b"x" * 60_000).events
    given = [naming.feed(event) for event in events][-1]
    assert names([event for _, event in given]) == ["Opened", "Data", "Data"]
    assert asked == [HEAD - 1, HEAD - 1 + 60_000]
    assert isinstance(given[-1][1], Data)
