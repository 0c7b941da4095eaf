"""Scripts: what is said and what is waited for, by units or by turns."""

from __future__ import annotations

from netloom.packet.streams.events import CLIENT, SERVER, Place
from netloom.packet.tape.script import Knowledge, write_script
from netloom.protocols.ftp.replay import Replay as Ftp
from netloom.protocols.irc.replay import Replay as Irc
from netloom.protocols.pop3.replay import Replay as Pop3
from netloom.protocols.telnet.replay import Replay as Telnet
from tests.packet.tape.tracks import script, track


class Changing(Telnet):
    """What we say is split, too."""

    adapts = frozenset({CLIENT, SERVER})


def words(*steps: str, **fields: object) -> list[tuple[str, bytes, int]]:
    made = script(*steps, **fields)  # type: ignore[arg-type]
    return [
        (cue.sender[0] + ("" if cue.act == "said" else f" {cue.act}"), cue.unit.data, cue.offset) for cue in made.cues
    ]


def test_turns_where_nothing_is_known() -> None:
    steps = ("> wa", "> rp", "< we", "< ft", "> !end", "< !end")
    ends = [("c end", b"", 4), ("s end", b"", 4)]
    assert words(*steps) == [("c", b"warp", 0), ("s", b"we", 0), ("s", b"ft", 2), *ends]
    assert words(*steps, own=CLIENT) == [("c", b"wa", 0), ("c", b"rp", 2), ("s", b"weft", 0), *ends]
    assert words("> a", "> b", transport="udp") == [("c", b"a", 0), ("c", b"b", 1)]


def test_units_of_whom_is_waited_for() -> None:
    known = Knowledge(Pop3)
    steps = ("< +OK\n", "> USER a\nPA", "> SS b\n", "< +O", "< K\n+OK\n", "> QU")
    assert words(*steps, known=known) == [
        ("s", b"+OK\n", 0), ("c", b"USER a\n", 0), ("c", b"PASS b\n", 7), ("s", b"+O", 4), ("s", b"K\n+OK\n", 6),
    ]  # fmt: skip
    assert words(*steps, known=known, own=CLIENT)[-1] == ("c", b"QU", 14)


def test_what_is_said_aside_is_left_out() -> None:
    steps = ("> NICK a\nPING 1\nJOIN b\n", "< PONG 1\n:x JOIN b\n")
    known = Knowledge(Irc)
    assert words(*steps, known=known) == [("c", b"NICK a\n", 0), ("c", b"JOIN b\n", 14), ("s", b":x JOIN b\n", 7)]
    assert len(words(*steps, known=known, match="exact")) == 5


def test_what_flows_is_one_until_somebody_does_something_else() -> None:
    known = Knowledge(Telnet)
    steps = ("< login: ", "> an", "> n\r\n", "< ann", "> x", "> !end")
    assert words(*steps, known=known) == [
        ("s", b"login: ", 0), ("c", b"ann\r\n", 0), ("s", b"ann", 7), ("c", b"x", 5), ("c end", b"", 6),
    ]  # fmt: skip
    assert words("> a", "< b", "< c", known=known, own=CLIENT) == [("c", b"a", 0), ("s", b"bc", 0)]
    assert words("> a\r\n", "> b", known=known, match="exact") == [("c", b"a\r\nb", 0)]
    assert words("> a", "< b", known=Knowledge(Changing)) == [("c", b"a", 0), ("s", b"b", 0)]


def test_further_connections() -> None:
    data = track("< listing", "< !end", number=1)
    asked: list[tuple[Place, int]] = []

    def further(place: Place, time: int) -> object:
        asked.append((place, time))
        return data

    control = track("> PASV\r\n", "< 227 (192,0,2,2,4,5)\r\n", "> PORT 192,0,2,1,4,6\r\n")
    made = write_script(control, SERVER, "loose", Knowledge(Ftp), further)  # type: ignore[arg-type]
    assert [place for place, _ in asked] == [Place("192.0.2.2", 1029), Place("192.0.2.1", 1030)]
    roles = [cue.beside.own if cue.beside is not None else "" for cue in made.cues]
    assert roles == ["", SERVER, CLIENT]


def test_what_stands_before_the_peer_speaks() -> None:
    assert script("< a", "< b", "> c").prelude() == 2
    assert script("< a").prelude() == 1
    assert script("> a").prelude() == 0
    assert script("> a", known=Knowledge(Pop3)).part is Pop3
    assert script("> a", known=Knowledge(Pop3), match="exact").part is None
