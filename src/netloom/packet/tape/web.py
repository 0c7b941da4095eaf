"""HTTP, replayed: requests and responses as units, in HTTP/1 and HTTP/2 (RFC 9112, RFC 9113).

Two requests are loosely the same whose method and target are; two responses whose status, media type and content are.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING
from zlib import crc32

from netloom.packet.streams.events import CLIENT, SERVER
from netloom.packet.tape.part import Part, Unit
from netloom.packet.tape.web_frames import PREFACE, Frames
from netloom.wire.http.passive.body import body_of

if TYPE_CHECKING:
    from netloom.packet.tape.part import Units
    from netloom.wire.http.passive.body import BodyReader

HEAD = 256 * 1024
"""Octets of a head; what has no end by then isn't HTTP/1."""
_TOLD = 4
"""Octets that tell HTTP/2 from HTTP/1."""
_BLANK = re.compile(rb"\r?\n\r?\n")
_AUTHORITY = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


class Replay(Part):
    """One connection."""

    def units(self, _: str) -> Units:
        """Requests and responses."""
        return Messages()

    def alpn(self, first: bytes) -> str:
        """HTTP/2 begins with its preface."""
        return "h2" if first.startswith(PREFACE[:3]) else "http/1.1"


class Messages:
    """Both directions of one connection. Once it has become something else, its pieces are waited for by nobody."""

    def __init__(self) -> None:
        shared = _Shared()
        self._sides: dict[str, _Side | Frames] = {side: _Side(side, shared) for side in (CLIENT, SERVER)}
        self._begun = False
        self._early = {CLIENT: b"", SERVER: b""}

    def feed(self, sender: str, data: bytes) -> list[Unit]:
        """The messages that are whole with this piece."""
        if self._begun:
            return self._sides[sender].feed(data)
        self._early[sender] += data
        if not self._begin(sender):
            return []
        return [unit for side, early in self._early.items() for unit in self._sides[side].feed(early)]

    def rest(self, sender: str) -> bytes:
        """What isn't whole; a response may end with the connection."""
        return self._sides[sender].rest() if self._begun else self._early.pop(sender, b"")

    def _begin(self, sender: str) -> bool:
        """HTTP/2 begins with its client's preface, or with its server's settings. Whether that can be told."""
        data = self._early[sender]
        if sender == CLIENT:
            may_be = PREFACE.startswith(data[:_TOLD])
        else:
            may_be = data[:1] == b"\0" and data[3:_TOLD] in (b"", b"\4")
        if may_be and len(data) < _TOLD:
            return False
        self._begun = True
        if may_be:
            self._sides = {side: Frames(side) for side in (CLIENT, SERVER)}
        return True


class _Shared:
    """What both sides of a connection know: methods that wait for their responses, and whether it is HTTP no more."""

    def __init__(self) -> None:
        self.methods: deque[str] = deque()
        self.switched = False


class _Side:
    """What one side says in HTTP/1."""

    def __init__(self, sender: str, shared: _Shared) -> None:
        self._sender = sender
        self._shared = shared
        self._buffer = b""
        self._said: list[bytes] = []
        self._content = 0
        self._body: BodyReader | None = None
        self._gist = ""

    def feed(self, data: bytes) -> list[Unit]:
        self._buffer += data
        found: list[Unit] = []
        while self._buffer and not self._shared.switched:
            if self._body is None:
                if not self._head(found):
                    return found
            else:
                taken, content = self._body.take(self._buffer)
                self._said.append(self._buffer[:taken])
                self._content = crc32(content, self._content)
                self._buffer = self._buffer[taken:]
                if self._body.done:
                    found.append(self._whole())
                elif not taken:
                    return found
        if self._buffer and self._shared.switched:
            found.append(Unit(self._sender, self._buffer, None))
            self._buffer = b""
        return found

    def rest(self) -> bytes:
        rest, self._buffer = b"".join([*self._said, self._buffer]), b""
        self._said, self._content, self._body = [], 0, None
        return rest

    def _head(self, found: list[Unit]) -> bool:
        """A head, where it is whole."""
        end = _BLANK.search(self._buffer)
        if end is None:
            self._shared.switched = len(self._buffer) > HEAD
            return self._shared.switched
        head, self._buffer = self._buffer[: end.end()], self._buffer[end.end() :]
        self._said.append(head)
        first, *lines = head.decode("latin-1").strip("\r\n").replace("\r\n", "\n").split("\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if self._sender == CLIENT:
            self._request(first, fields)
        else:
            self._response(first, fields)
        if self._body is None:
            found.append(self._whole())
        return True

    def _request(self, first: str, fields: dict[str, str]) -> None:
        method, _, rest = first.partition(" ")
        self._shared.methods.append(method)
        self._gist = f"{method} {_AUTHORITY.sub('', rest.partition(' ')[0]) or '/'}"
        self._body = body_of(fields, is_request=True)

    def _response(self, first: str, fields: dict[str, str]) -> None:
        status = first.partition(" ")[2][:3]
        final = not status.startswith("1") or status == "101"
        method = self._shared.methods.popleft() if self._shared.methods and final else ""
        self._gist = f"{status} {fields.get('content-type', '').lower()}"
        self._shared.switched = status == "101" or (method == "CONNECT" and status.startswith("2"))
        has_body = final and status not in ("101", "204", "304") and method != "HEAD" and not self._shared.switched
        self._body = body_of(fields, is_request=False) if has_body else None

    def _whole(self) -> Unit:
        gist = self._gist if self._sender == CLIENT else f"{self._gist} {self._content:08x}"
        unit = Unit(self._sender, b"".join(self._said), gist)
        self._said, self._content, self._body = [], 0, None
        return unit
