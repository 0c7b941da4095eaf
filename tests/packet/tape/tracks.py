"""Tracks as tests write them: what each side says, one line a step."""

from __future__ import annotations

from typing import Any

from netloom.packet.streams.events import CLIENT, SERVER, Place
from netloom.packet.tape.script import Knowledge, Match, Script, write_script
from netloom.packet.tape.track import SAID, Step, Track

SECOND = 1_000_000_000
SIDES = {">": CLIENT, "<": SERVER}


def track(*steps: str, number: int = 0, transport: str = "tcp", protocol: str = "", flaw: str = "") -> Track:
    """`> words` is said by the client, `< words` by the server; `> !end` is an act. Steps are a second apart."""
    made: list[Step] = []
    offsets = {CLIENT: 0, SERVER: 0}
    turn, speaker = 0, ""
    for at, text in enumerate(steps):
        sender, words = SIDES[text[0]], text[2:]
        act, data = (words[1:], b"") if words.startswith("!") else (SAID, words.encode())
        turn += act == SAID and sender != speaker
        speaker = sender if act == SAID else speaker
        made.append(Step(sender, at * SECOND, float(at > 0), data, act, offsets[sender], turn))
        offsets[sender] += len(data)
    return Track(
        number=number,
        transport=transport,
        protocol=protocol,
        client=Place("192.0.2.1", 40_000 + number),
        server=Place("192.0.2.2", 80),
        started=0,
        steps=made,
        flaw=flaw,
    )


def script(
    *steps: str, own: str = SERVER, match: Match = "loose", known: Knowledge | None = None, **fields: Any
) -> Script:
    """The script of such a track."""
    return write_script(track(*steps, **fields), own, match, known or Knowledge())
