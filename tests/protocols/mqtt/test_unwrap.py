"""The inside of a WebSocket, seen from outside and cut anywhere."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.mqtt.unwrap import Unwrapper

HEAD = b"GET /mqtt?x=1 HTTP/1.1\r\nHost: a\r\n\r\n"


def frame(payload: bytes, opcode: int = 2, mask: bytes = b"\1\2\3\4") -> bytes:
    size = bytes((len(payload) | 128,)) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return bytes((0x80 | opcode,)) + size + mask + bytes(octet ^ mask[at % 4] for at, octet in enumerate(payload))


def carried(unwrapper: Unwrapper, data: bytes) -> tuple[bytes, list[str]]:
    pieces = list(unwrapper.feed(data))
    return b"".join(one for one in pieces if isinstance(one, bytes)), [one for one in pieces if isinstance(one, str)]


@given(st.lists(st.integers(0, 700), max_size=8))
def test_cut_anywhere(places: list[int]) -> None:
    said = HEAD + frame(b"hello ") + frame(b"ping", 9) + frame(b"w" * 300) + frame(b"", 8)
    unwrapper, heard = Unwrapper(), b""
    words: list[str] = []
    cuts = sorted({min(place, len(said)) for place in places} | {0, len(said)})
    for start, end in itertools.pairwise(cuts):
        data, told = carried(unwrapper, said[start:end])
        heard, words = heard + data, words + told
    assert heard == b"hello " + b"w" * 300
    assert words == ["open a WebSocket at /mqtt"]


def test_the_servers_side() -> None:
    unwrapper = Unwrapper()
    assert carried(unwrapper, b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n\x82\2hi") == (
        b"hi", ["101 Switching Protocols"],
    )  # fmt: skip
    assert carried(unwrapper, b"\x82\x7e\0\2ho\x82\x7f" + (1 << 40).to_bytes(8, "big") + b"x") == (b"hox", [])


def test_what_is_no_http_passes() -> None:
    for data in (b"\x10\x0c\0\4MQTT", b"GEX", b"HTTX"):
        assert carried(Unwrapper(), data) == (data, [])
    unwrapper = Unwrapper()
    assert carried(unwrapper, b"GE") == (b"", [])
    assert carried(unwrapper, b"X") == (b"GEX", [])
    assert carried(Unwrapper(), b"GET " + b"x" * 70_000)[0] == b"GET " + b"x" * 70_000
