"""Where somebody departs from a script, told in words: what was expected there, and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.streams.events import OTHER
from netloom.packet.tape.track import END, RESET, SAID, SECURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.tape.part import Unit
    from netloom.packet.tape.script import Match, Script

SHOWN = 48
"""Octets that are shown of what no decoder knows."""
_ENDINGS = {END: "the end", RESET: "a reset", SECURE: "TLS"}


def loosely(match: Match, recorded: Unit, heard: Unit) -> bool:
    """Whether a unit does for another."""
    if match == "none":
        return True
    return recorded.data == heard.data if match == "exact" else recorded.gist == heard.gist


def in_words(script: Script, number: int, heard: bytes) -> tuple[str, str]:
    """What a cue expects, and what came instead, as the protocol's decoder puts it; secrets are dots.

    Of each that is how it begins, and where they differ. Where the words are the same, it is the first octet that does.
    """
    cue = script.cues[number] if number < len(script.cues) else None
    came = _told(script, number, heard)
    if cue is None or cue.act != SAID:
        return _ENDINGS[cue.act if cue is not None else END], came[0]
    wanted = _told(script, number, cue.unit.data)
    at = _difference(wanted, came)
    where = f", which differs from byte {_difference(cue.unit.data, heard)} on"
    if at < max(len(wanted), len(came)):
        return _shown(wanted, at), _shown(came, at) + (where if script.match == "exact" else "")
    return wanted[0], came[0] + where


def _told(script: Script, number: int, data: bytes) -> list[str]:
    """What a decoder that has heard all before says of it."""
    if not data:
        return ["nothing more"]
    decoder = script.knowledge.decoder() if script.knowledge.decoder is not None else None
    if decoder is None:
        return [_plain(data)]
    for cue in script.cues[:number]:
        if cue.act == SAID:
            decoder.feed(cue.sender, cue.unit.data)
    # What a decoder doesn't put into words may be half a secret
    return [said.words for said in decoder.feed(OTHER[script.own], data)] or [f"{len(data)} bytes, no whole message"]


def _shown(words: list[str], at: int) -> str:
    """How it begins, and what stands where the difference is."""
    differing = words[at] if at < len(words) else "nothing more"
    return differing if not at else f"{words[0]} · {differing}"


def _plain(data: bytes) -> str:
    """Octets as they would be written in Python, without the quotes."""
    text = repr(data[:SHOWN])[2:-1]
    return text if len(data) <= SHOWN else f"{text}… ({len(data)} bytes)"


def _difference(one: Sequence[object], other: Sequence[object]) -> int:
    """The first place, from 0, where they differ; where one is longer, that is the other's end."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))
