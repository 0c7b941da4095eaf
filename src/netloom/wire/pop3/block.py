"""Responses of several lines: dots added to lines that begin with one, and a dot at the end (RFC 1939 §3)."""

from __future__ import annotations

from netloom.errors import RemoteProtocolError
from netloom.wire.dots import Unstuffer


class Decoder:
    """What came after +OK, piece by piece: `feed` gives the content's octets until `done`, `unused` is what follows.

    It ends with CRLF dot CRLF. More than `limit` octets raise RemoteProtocolError.
    """

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._dots = Unstuffer()

    @property
    def done(self) -> bool:
        """Whether its end has come."""
        return self._dots.done

    @property
    def unused(self) -> bytes:
        """What came after the end."""
        return self._dots.unused

    def feed(self, data: bytes) -> bytes:
        """Take some octets; give those of the content that are sure by now."""
        content = self._dots.feed(data).meant
        self.size += len(content)
        if self.size > self._limit:
            raise RemoteProtocolError(
                f"a response of more than {self._limit} bytes", rule="RFC 1939 §3", offset=self.size
            )
        return content
