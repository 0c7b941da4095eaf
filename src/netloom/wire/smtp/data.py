"""Message content after DATA: dot-stuffing out, and back in without letting anything be smuggled (RFC 5321 §4.5.2)."""

from __future__ import annotations

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.dots import Unstuffer, stuff

SIZE_LIMIT = 50 * 1024 * 1024
"""Octets of a message that a decoder passes on."""
LINE_LIMIT = 1000
"""Octets in a line with its CRLF, not counting a dot that was added (RFC 5321 §4.5.3.1.6)."""

_RULE = "RFC 5321 §2.3.8"


def to_crlf(content: bytes) -> bytes:
    """Content whose lines end in LF, CR or CRLF, with CRLF: as a message from a file has to be before `encode`."""
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def encode(content: bytes) -> bytes:
    """A whole message as it is sent after DATA, with its end. A last line without CRLF gets one: it can't do without.

    A CR or LF that stands alone, and a line beyond the limit, are refused with LocalProtocolError.
    """
    at = find_bare(content)
    if at >= 0:
        message = "a CR or LF that stands alone in a message"
        raise LocalProtocolError(message, rule=_RULE, offset=at, hint="end lines with CRLF")
    longest = max(map(len, content.split(b"\r\n")))
    if longest + 2 > LINE_LIMIT:
        message = f"a line of {longest} octets in a message: {LINE_LIMIT - 2} at most"
        raise LocalProtocolError(message, rule="RFC 5321 §4.5.3.1.6", hint="use quoted-printable or base64")
    return stuff(content)


def find_bare(content: bytes) -> int:
    """Where the first CR without LF or LF without CR is; -1 if there is none."""
    pairs = content.count(b"\r\n")
    if content.count(b"\r") == pairs == content.count(b"\n"):
        return -1
    rest = content.replace(b"\r\n", b"..")
    return min(at for at in (rest.find(b"\r"), rest.find(b"\n")) if at >= 0)


class Decoder:
    """What came after DATA, piece by piece: `feed` gives the message's octets, until `done`.

    The message ends with CRLF dot CRLF and with nothing else: a CR or LF that stands alone raises RemoteProtocolError,
    since another server may take it for a line's end and read commands out of a message. Beyond `size_limit` octets
    are read but not given (`oversize`; the server answers 552 at the end), as many again raise RemoteProtocolError.
    """

    def __init__(self, size_limit: int = SIZE_LIMIT) -> None:
        self.oversize = False
        self.size = 0
        """Octets of the message so far, given or not."""
        self._size_limit = size_limit
        self._dots = Unstuffer()
        self._position = -2  # of what isn't looked at yet, among all octets fed

    @property
    def done(self) -> bool:
        """Whether its end has come."""
        return self._dots.done

    @property
    def unused(self) -> bytes:
        """What came after the end: pipelined commands."""
        return self._dots.unused

    def feed(self, data: bytes) -> bytes:
        """Take some octets; give those of the message that are sure by now."""
        sent, content = self._dots.feed(data)
        at = find_bare(sent)
        if at >= 0:
            message = "a CR or LF that stands alone in a message: it may smuggle commands"
            raise RemoteProtocolError(message, rule=_RULE, offset=self._position + at)
        self._position += len(sent)
        self.size += len(content)
        if self.size > 2 * self._size_limit:
            message = f"a message more than twice as large as {self._size_limit} octets"
            raise RemoteProtocolError(message, rule="RFC 1870 §6.3", offset=self.size)
        if self.size > self._size_limit:
            self.oversize = True
        return b"" if self.oversize else content
