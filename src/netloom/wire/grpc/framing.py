"""Length-prefixed messages: a flag, four octets of length, the message (gRPC over HTTP/2, Length-Prefixed-Message)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.wire.grpc.status import RULE

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = 5


class TooLarge(RemoteProtocolError):
    """A message, or what it inflates to, is above the limit: RESOURCE_EXHAUSTED, for whoever answers it."""


class Frame(Struct, frozen=True):
    """One message as it passes: its octets, and whether grpc-encoding was applied to them."""

    payload: bytes
    compressed: bool = False


def emit(frame: Frame) -> bytes:
    """The message with its prefix."""
    return (b"\1" if frame.compressed else b"\0") + len(frame.payload).to_bytes(4, "big") + frame.payload


class Deframer:
    """Octets in pieces of any size to messages of at most `limit` octets. What is announced isn't allocated."""

    __slots__ = ("_buffer", "_limit", "_taken")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._taken = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The messages that are whole now. Raises RemoteProtocolError for a flag that isn't one, TooLarge."""
        buffer = self._buffer
        buffer += data
        at = 0
        try:
            while len(buffer) - at >= PREFIX:
                flag = buffer[at]
                if flag > 1:
                    raise RemoteProtocolError(
                        f"a message begins with the flag 0 or 1, not {flag}", rule=RULE, offset=self._taken + at
                    )
                size = int.from_bytes(buffer[at + 1 : at + PREFIX], "big")
                if size > self._limit:
                    raise TooLarge(
                        f"a message of {size} bytes, {self._limit} are taken", rule=RULE, offset=self._taken + at,
                        hint="-O max_size=BYTES",
                    )  # fmt: skip
                end = at + PREFIX + size
                if len(buffer) < end:
                    break
                payload = bytes(buffer[at + PREFIX : end])
                at = end
                yield Frame(payload, flag == 1)
        finally:
            del buffer[:at]
            self._taken += at

    def finish(self) -> None:
        """The stream has ended. Raises RemoteProtocolError where a message hasn't."""
        if self._buffer:
            raise RemoteProtocolError(
                f"the stream ends in the middle of a message: {len(self._buffer)} bytes of it came", rule=RULE,
                offset=self._taken,
            )  # fmt: skip
