from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.websocket import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, Frame, FrameReader, unmasked


def framed(opcode: int, payload: bytes, *, mask: bytes = b"", last: bool = True, compressed: bool = False) -> bytes:
    size = len(payload)
    first = bytes([last << 7 | compressed << 6 | opcode])
    mark = bool(mask) << 7
    if size < 126:
        head = bytes([mark | size])
    elif size < 1 << 16:
        head = bytes([mark | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([mark | 127]) + size.to_bytes(8, "big")
    return first + head + mask + (unmasked(payload, mask) if mask else payload)


def test_the_rfcs_examples() -> None:
    """RFC 6455 §5.7."""
    said = bytes.fromhex("810548656c6c6f 818537fa213d7f9f4d5158 010348656c 80026c6f 890548656c6c6f")
    frames = FrameReader(100).feed(said)
    assert [(frame.opcode, frame.payload, frame.last) for frame in frames] == [
        (TEXT, b"Hello", True),
        (TEXT, b"Hello", True),
        (TEXT, b"Hel", False),
        (CONTINUED, b"lo", True),
        (PING, b"Hello", True),
    ]


FRAMES = st.lists(
    st.tuples(
        st.sampled_from([CONTINUED, TEXT, BINARY, CLOSE, PING, PONG, 15]),
        st.one_of(st.binary(max_size=200), st.integers(120, 70_000).map(bytes)),
        st.sampled_from([b"", b"\1\2\3\4", bytes(4)]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=5,
)


@given(FRAMES, st.integers(1, 1000))
def test_every_frame_however_it_comes(frames: list[tuple[int, bytes, bytes, bool, bool]], step: int) -> None:
    said = b"".join(
        framed(opcode, payload, mask=mask, last=last, compressed=compressed)
        for opcode, payload, mask, last, compressed in frames
    )
    reader = FrameReader(100)
    step = max(step, len(said) // 200)
    found = [frame for at in range(0, len(said), step) for frame in reader.feed(said[at : at + step])]
    assert found == [
        Frame(opcode=opcode, last=last, compressed=compressed, payload=payload[:100], size=len(payload))
        for opcode, payload, _, last, compressed in frames
    ]


@given(st.lists(st.binary(max_size=50)))
def test_it_never_raises(pieces: list[bytes]) -> None:
    reader = FrameReader(10)
    for piece in pieces:
        assert all(len(frame.payload) <= 10 for frame in reader.feed(piece))


def test_a_huge_one_is_not_kept() -> None:
    reader = FrameReader(10)
    assert reader.feed(b"\x82\x7f" + (1 << 62).to_bytes(8, "big") + bytes(100_000)) == []
    assert len(reader._payload) == 10
