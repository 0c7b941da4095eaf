"""What is told of how far a script was played."""

from __future__ import annotations

from netloom.errors import Status
from netloom.links.played import Departure, Played, about, departed
from tests.packet.tape.tracks import script


def test_all_of_it() -> None:
    made = script("> warp", "< weft", flaw="it is cut")
    assert about(Played(made, 2, 4, 4)) == {
        "conversation": made.track.number, "said": 4, "heard": 4, "note": "it is cut",
    }  # fmt: skip


def test_a_departure() -> None:
    made = script("> warp", "< weft", "> and", own="server")
    played = Played(made, 2, 4, 7, Departure(2, b"but", "it said something else"))
    error = departed(played)
    assert error.status is Status.EXPECTATION_FAILED
    assert error.message == "the client departs from conversation 0: it said something else; expected and, got but"
    assert "--match none" in error.hint
    told = about(played)
    assert {name: told[name] for name in ("turn", "offset", "expected", "got")} == {
        "turn": 3, "offset": 4, "expected": "and", "got": "but",
    }  # fmt: skip


def test_beyond_the_end() -> None:
    made = script("> warp", own="client", match="none")
    played = Played(made, 1, 4, 4, Departure(1, b"more", "it goes on"))
    assert departed(played).message.startswith("the server departs")
    assert departed(played).hint == ""
    assert (about(played)["turn"], about(played)["expected"]) == (1, "the end")
