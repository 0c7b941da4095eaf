"""SASL in IRC: what is said to authenticate, in base64 and in pieces of 400 (IRCv3 sasl-3.1)."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from netloom.errors import RemoteProtocolError

PIECE = 400
LIMIT = 8 * 1024
"""Characters of base64 in one answer."""


def emit(answer: bytes) -> list[str]:
    """The parameters of one AUTHENTICATE after the other; `+` is empty, and what ends a multiple of 400."""
    said = b64encode(answer).decode("ascii")
    pieces = [said[at : at + PIECE] for at in range(0, len(said), PIECE)]
    return pieces if pieces and len(pieces[-1]) < PIECE else [*pieces, "+"]


class Pieces:
    """What the other side says, piece by piece."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> bytes | None:
        """The whole answer, or None while more is to come. Raises RemoteProtocolError for what isn't base64, or too
        much of it."""
        if len(piece) > PIECE or len(self._held) + len(piece) > LIMIT:
            raise RemoteProtocolError("too long an AUTHENTICATE", rule="IRCv3 sasl-3.1")
        if piece != "+":
            self._held += piece
            if len(piece) == PIECE:
                return None
        said, self._held = self._held, ""
        try:
            return b64decode(said, validate=True)
        except (binascii.Error, ValueError):
            raise RemoteProtocolError("AUTHENTICATE isn't base64", rule="IRCv3 sasl-3.1") from None
