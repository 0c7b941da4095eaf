"""Casting: which conversations an endpoint plays."""

from __future__ import annotations

import msgspec
import pytest

from netloom.endpoint import Endpoint
from netloom.errors import Unsupported, UsageError
from netloom.packet.streams.events import SERVER, Place
from netloom.packet.tape.casting import Chosen, carried, choose
from netloom.packet.tape.track import Tape, Track
from netloom.packet.tape.web import Replay as Web
from netloom.packet.tape.web_socket import Replay as Socket
from tests.packet.tape.tracks import SECOND, track

TRACKS = [
    track("> GET / HTTP/1.1\r\n\r\n", protocol="http"),
    track("> GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", protocol="ws", number=1),
    track("> \x16\x03", protocol="tls", number=2),
    track("> a1 NOOP\r\n", protocol="imap", number=3, flaw="it is cut"),
    track("> ?", number=4),
    track("> q", protocol="dns", transport="udp", number=5),
    track("> !end", number=6),
]


def chosen(place: str, *numbers: int, tracks: list[Track] | None = None) -> Chosen:
    return choose(Tape(TRACKS if tracks is None else tracks), Endpoint.parse(place), SERVER, "loose", numbers)


def numbers(found: Chosen) -> list[int]:
    return [script.track.number for script in found.scripts]


def test_what_carries_it() -> None:
    places = ("http://x", "https://x", "dns://x", "snmp://x", "tls://x:1", "smtp://x", "unix:///x")
    assert [carried(Endpoint.parse(place)) for place in places] == ["tcp", "tls", "udp+tcp", "udp", "tls", "tcp", "tcp"]
    for place in ("ssh://x", "icmp://x"):
        with pytest.raises(Unsupported):
            carried(Endpoint.parse(place))


def test_an_endpoint_s_own_protocol() -> None:
    assert numbers(chosen("http://x")) == [0, 1, 4]
    assert numbers(chosen("imap://x")) == [3, 4]
    assert numbers(chosen("dns://x")) == [4, 5]
    assert numbers(chosen("tcp://x:1")) == [0, 1, 3, 4]
    assert numbers(chosen("http://x", 1)) == [1]
    elsewhere = msgspec.structs.replace(TRACKS[4], server=Place("192.0.2.9", 80))
    assert numbers(chosen("http://x", tracks=[*TRACKS[:4], elsewhere])) == [0, 1]
    assert numbers(chosen("smtp://x", tracks=[TRACKS[0], elsewhere])) == [4]
    assert [script.part for script in chosen("http://x").scripts] == [Web, Socket, Web]


def test_what_is_told() -> None:
    closed = "conversation 2 is inside TLS, and its secrets aren't there"
    assert chosen("http://x").notes == [closed]
    assert chosen("imap://x").notes == [closed, "conversation 3 is played as far as it goes: it is cut"]
    other = chosen("smtp://x", 0, 5)
    assert numbers(other) == [0]
    assert other.notes == ["the recording has no smtp, but http: that is played"]


def test_nothing_to_play() -> None:
    for place, which, told in (("snmp://x", 0, "http"), ("http://x", 2, "tls"), ("http://x", 6, "no conversation")):
        with pytest.raises(UsageError, match=told):
            chosen(place, which)


def test_what_is_named_is_played_beside() -> None:
    control = track("> PASV\r\n", "< 227 (192,0,2,2,0,99)\r\n", protocol="ftp")
    data = msgspec.structs.replace(track("< all", number=1), server=Place("192.0.2.2", 99), started=2 * SECOND)
    early = msgspec.structs.replace(data, number=2, started=0)
    found = chosen("ftp://x", tracks=[control, early, data])
    assert numbers(found) == [0]
    beside = found.scripts[0].cues[1].beside
    assert beside is not None
    assert beside.track is data
