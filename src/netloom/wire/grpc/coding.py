"""Message encodings: each message compressed on its own, undone within bounds (gRPC over HTTP/2, Message-Encoding)."""

from __future__ import annotations

import zlib

from netloom.errors import RemoteProtocolError
from netloom.wire.grpc.framing import Frame, TooLarge
from netloom.wire.grpc.status import RULE
from netloom.wire.http.coding import Decoder, Limits

IDENTITY = "identity"
KNOWN = (IDENTITY, "gzip", "deflate")
ACCEPTED = ",".join(KNOWN)
"""What grpc-accept-encoding says."""
_WINDOWS = {"gzip": 31, "deflate": 15}
_BOUNDS = ("-O max_size=BYTES", "-O max_ratio=NUMBER")
"""What the decoder says to those whose message is beyond a bound, and not broken."""


class Bounds(Limits, frozen=True, kw_only=True):
    """What a message may inflate to: `size` in octets, and `ratio` times what came once it is above 4 MiB."""

    size: int = 4 << 20
    ratio: int = 200
    free: int = 4 << 20


def accepts(offered: str, encoding: str) -> bool:
    """Whether grpc-accept-encoding names an encoding. Identity always goes."""
    return encoding == IDENTITY or encoding in [name.strip(" \t").lower() for name in offered.split(",")]


def pack(payload: bytes, encoding: str) -> Frame:
    """A message as it is to be sent. What nothing is gained by, stays as it is."""
    if encoding == IDENTITY or not payload:
        return Frame(payload)
    packer = zlib.compressobj(wbits=_WINDOWS[encoding])
    made = packer.compress(payload) + packer.flush()
    return Frame(made, compressed=True) if len(made) < len(payload) else Frame(payload)


def unpack(frame: Frame, encoding: str, bounds: Bounds) -> bytes:
    """A message as it was meant. Raises RemoteProtocolError where it isn't what it says, TooLarge beyond the bounds."""
    if not frame.compressed:
        return frame.payload
    if encoding == IDENTITY:
        raise RemoteProtocolError("a message is marked as compressed, and grpc-encoding names no way", rule=RULE)
    if encoding not in KNOWN:
        raise RemoteProtocolError(f"grpc-encoding {encoding[:40]!r} isn't known here", rule=RULE)
    if not frame.payload:
        raise RemoteProtocolError("a compressed message has at least its coding's own header", rule=RULE)
    decoder = Decoder(encoding, bounds)
    try:
        made = b"".join(decoder.feed(frame.payload))
        decoder.finish()
    except RemoteProtocolError as error:
        kind = TooLarge if error.hint in _BOUNDS else RemoteProtocolError
        words = error.message.replace("the compressed body", "a compressed message").replace("the body", "a message")
        raise kind(words, rule=RULE, hint=error.hint) from None
    return made
