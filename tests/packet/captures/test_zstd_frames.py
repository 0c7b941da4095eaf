"""zstd's frames: where each ends, however they come."""

from __future__ import annotations

import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from netloom.packet.captures.zstd_frames import ZstdFrames


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300_000), max_size=3), st.booleans(), st.integers(1, 5000))
def test_where_frames_end(contents: list[bytes], checksum: bool, piece: int) -> None:
    packer = zstandard.ZstdCompressor(write_checksum=checksum, write_content_size=checksum)
    made = [packer.compress(data) for data in contents] + [b"\x5a\x2a\x4d\x18\3\0\0\0abc"]
    ends = {sum(map(len, made[:count])) for count in range(len(made) + 1)}
    packed = b"".join(made)
    frames = ZstdFrames()
    for start in range(0, len(packed), piece):
        frames.feed(packed[start : start + piece])
        assert frames.whole == (min(start + piece, len(packed)) in ends)
    assert frames.whole
