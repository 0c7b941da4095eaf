"""The length of a body in HTTP/1 as it passes: by its number, by chunks, or until the end (RFC 9112 §6.3, §7.1)."""

from __future__ import annotations

import re
from typing import Protocol

_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[^\n]{0,4096}\n")
_LINE_LIMIT = 4200
_END = re.compile(rb"\r?\n")


class BodyReader(Protocol):
    """Follows one body. `take` gives how many octets belong to it, and which of them are content.

    `endless`: it ends with the connection.
    """

    done: bool
    endless: bool

    def take(self, data: bytes) -> tuple[int, bytes]: ...


def body_of(fields: dict[str, str], *, is_request: bool) -> BodyReader | None:
    """What follows a head with these fields (names in lower case); None for nothing."""
    if "chunked" in fields.get("transfer-encoding", "").lower():
        return Chunks()
    length = fields.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 19:
        return Counted(int(length)) if int(length) else None
    return None if is_request else Counted(None)


class Counted:
    """A number of octets, or with None all of them."""

    def __init__(self, left: int | None) -> None:
        self._left = left
        self.done = False
        self.endless = left is None

    def take(self, data: bytes) -> tuple[int, bytes]:
        if self._left is None:
            return len(data), data
        taken = min(self._left, len(data))
        self._left -= taken
        self.done = not self._left
        return taken, data[:taken]


class Chunks:
    """Chunks, then trailers."""

    def __init__(self) -> None:
        self._left = 0
        self._trailers = False
        self.done = self.endless = False

    def take(self, data: bytes) -> tuple[int, bytes]:
        at = 0
        pieces = []
        while at < len(data) and not self.done:
            if self._left:
                taken = min(self._left, len(data) - at)
                # The last two octets of a chunk are its line end.
                pieces.append(data[at : at + max(0, taken - max(0, 2 - (self._left - taken)))])
                self._left -= taken
                at += taken
                continue
            end = data.find(b"\n", at) + 1
            if not end:
                self.done = len(data) - at > _LINE_LIMIT
                break
            if self._trailers:
                self.done = data[at:end].strip() == b""
            else:
                found = _SIZE.match(data, at)
                if found is None:
                    self.done = True
                    break
                self._left = int(found[1], 16) + 2 if int(found[1], 16) else 0
                self._trailers = not self._left
            at = end
        return at, b"".join(pieces)
