"""Casting: which conversations of a tape an endpoint plays, and what is known of what they spoke."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom import registry
from netloom.errors import Unsupported, UsageError
from netloom.packet.streams.events import CLIENT, Place
from netloom.packet.tape.script import Knowledge, Match, Script, write_script
from netloom.packet.tape.web_socket import is_handshake

if TYPE_CHECKING:
    from collections.abc import Collection

    from netloom.endpoint import Endpoint
    from netloom.packet.tape.track import Tape, Track
    from netloom.shapes import Protocol, Scheme

_CARRIED = {
    "tcp": "tcp", "http": "tcp", "unix": "tcp", "tls": "tls", "https": "tls", "udp": "udp", "udp+tcp": "udp+tcp",
}  # fmt: skip
_WEB = ("http", "https")
_RAW = ("tcp", "udp", "unix", "tls")
"""Protocols that any other can be taken for."""


class Chosen(Struct, frozen=True):
    """The scripts for one side, and what is to be told of the choice."""

    scripts: list[Script]
    notes: list[str]


def carried(target: Endpoint) -> str:
    """What a tape goes over there: tcp, tls, udp or udp+tcp, below what carries its protocol. Raises Unsupported."""
    declared, scheme, _ = registry.settle(target)
    if scheme.over not in _CARRIED:
        raise Unsupported(
            f"{declared.name} can't be replayed over {scheme.over}", hint="over TCP, TLS and UDP recordings are played"
        )
    return _CARRIED[scheme.over]


def choose(tape: Tape, target: Endpoint, own: str, match: Match, numbers: Collection[int] = ()) -> Chosen:
    """The conversations of the endpoint's protocol, or where there are none those that it can carry at all.

    Those that others name, as FTP does its data connections, are played beside them. Raises UsageError where there is
    nothing that could be played.
    """
    declared, scheme, _ = registry.settle(target)
    transports = carried(target).replace("tls", "tcp").split("+")
    asked = [track for track in tape.tracks if track.speaks and (not numbers or track.number in numbers)]
    able = [track for track in asked if track.transport in transports]
    closed = [track for track in able if track.protocol == "tls"]
    notes = [f"conversation {track.number} is inside TLS, and its secrets aren't there" for track in closed]
    able = [track for track in able if track.protocol != "tls"]
    if not able:
        found = ", ".join(_found(asked))
        raise UsageError(
            f"nothing of the recording can be played at {target}: it has {found or 'no conversation'}",
            hint="netloom follow tells what is in it",
        )
    chosen = _fitting(able, declared, scheme)
    if not chosen:
        chosen = able
        notes.append(f"the recording has no {declared.name}, but {', '.join(_found(able))}: that is played")
    flawed = [track for track in chosen if track.flaw]
    notes += [f"conversation {track.number} is played as far as it goes: {track.flaw}" for track in flawed]
    further = _Further(tape.tracks)
    scripts = [write_script(track, own, match, _knowledge(track, declared), further) for track in chosen]
    scripts = [script for script in scripts if not any(script.track is one for one in further.named)]
    return Chosen(scripts, notes)


class _Further:
    """Finds the connections that are named in others, each once."""

    def __init__(self, tracks: list[Track]) -> None:
        self._tracks = [track for track in tracks if track.transport == "tcp"]
        self.named: list[Track] = []

    def __call__(self, place: Place, time: int) -> Track | None:
        """The first one to a place after a time. Without a host it is the port that tells."""
        for track in self._tracks:
            fits = track.server.port == place.port and place.host in ("", track.server.host)
            if fits and track.started >= time and not any(track is known for known in self.named):
                self.named.append(track)
                return track
        return None


def _found(tracks: list[Track]) -> list[str]:
    return sorted({track.protocol or f"{track.transport} that nobody recognises" for track in tracks})


def _fitting(able: list[Track], declared: Protocol, scheme: Scheme) -> list[Track]:
    """The conversations of a protocol. What nobody recognised is taken for it at the same server, or on its own."""
    servers = {track.server for track in able if _speaks(track, declared, scheme)}
    return [
        track
        for track in able
        if _speaks(track, declared, scheme) or (not track.protocol and (not servers or track.server in servers))
    ]


def _speaks(track: Track, declared: Protocol, scheme: Scheme) -> bool:
    """Whether an endpoint's protocol was spoken, or another that shares its carrier."""
    if declared.name in _RAW or track.protocol == declared.name:
        return True
    if not track.protocol:
        return False
    if scheme.over not in _WEB:
        return False
    return any(other.over in _WEB for other in registry.protocol(track.protocol).schemes.values())


def _knowledge(track: Track, declared: Protocol) -> Knowledge:
    """Of what nobody recognised, what the endpoint says that it is. Whatever HTTP carries may be a WebSocket."""
    first = next((step.data for step in track.steps if step.sender == CLIENT), b"")
    name = track.protocol or declared.name
    return _known(name, "ws" if is_handshake(first) else "http")


@functools.cache
def _known(name: str, carrier: str) -> Knowledge:
    declared = registry.protocol(name)
    part = registry.load(declared, "replay") if declared.replay else None
    if all(scheme.over in _WEB for scheme in declared.schemes.values()):
        part = registry.load(registry.protocol(carrier), "replay")
    return Knowledge(part, registry.load(declared, "decode"))
