"""Where a NETCONF message ends: a mark behind it in version 1.0, chunks with their sizes in 1.1 (RFC 6242 §4)."""

from __future__ import annotations

from netloom.errors import LocalProtocolError, RemoteProtocolError

MARK = b"]]>]]>"
LIMIT = 16 * 1024 * 1024
"""Bytes of a message."""
_HEAD_LIMIT = 13  # LF, "#", ten digits, LF
_LARGEST = 4_294_967_295
_CHUNK = 64 * 1024


class Reader:
    """Takes messages out of a stream that comes in pieces of any size. It begins in version 1.0, as the hello does."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.chunked = False
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0
        self._message = bytearray()
        self._left = 0  # bytes of the chunk that is being read

    def feed(self, data: bytes) -> None:
        """What has come."""
        self._buffer += data

    def take(self) -> bytes | None:
        """The next message, or None until more has come. Raises RemoteProtocolError."""
        return self._take_chunked() if self.chunked else self._take_marked()

    @property
    def is_empty(self) -> bool:
        """Whether nothing of a message has come that isn't whole."""
        return not (self._buffer.strip() or self._message or self._left)

    def _take_marked(self) -> bytes | None:
        buffer = self._buffer
        end = buffer.find(MARK, self._searched)
        if end < 0:
            self._searched = max(0, len(buffer) - len(MARK) + 1)
            self._check(len(buffer))
            return None
        self._check(end)
        message = bytes(buffer[:end])
        del buffer[: end + len(MARK)]
        self._searched = 0
        return message

    def _take_chunked(self) -> bytes | None:
        while True:
            if self._left:
                piece = bytes(self._buffer[: self._left])
                if not piece:
                    return None
                self._message += piece
                self._left -= len(piece)
                del self._buffer[: len(piece)]
                continue
            size = self._head()
            if size is None:
                return None
            if size == 0:
                message, self._message = bytes(self._message), bytearray()
                return message
            self._check(len(self._message) + size)
            self._left = size

    def _head(self) -> int | None:
        """The size of the chunk that begins, 0 for the end of all chunks, None until more has come."""
        buffer = self._buffer
        if buffer and not b"\n#".startswith(bytes(buffer[:2])):
            raise self._broken()
        end = buffer.find(b"\n", 2, _HEAD_LIMIT)
        if end < 0:
            if len(buffer) >= _HEAD_LIMIT:
                raise self._broken()
            return None
        said = bytes(buffer[2:end])
        if said == b"#":
            if not self._message:
                raise RemoteProtocolError("a message without any chunk", rule="RFC 6242 §4.2")
            del buffer[: end + 1]
            return 0
        if not said.isdigit() or said[:1] == b"0" or int(said) > _LARGEST:
            raise self._broken()
        del buffer[: end + 1]
        return int(said)

    def _broken(self) -> RemoteProtocolError:
        seen = bytes(self._buffer[:64])
        return RemoteProtocolError(
            f"a chunk begins with LF '#' SIZE LF, not {seen[:16]!r}", rule="RFC 6242 §4.2", seen=seen
        )

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise RemoteProtocolError(
                f"a message of more than {self._limit} bytes", offset=self._limit, seen=bytes(self._buffer[:64])
            )


def emit(message: bytes, *, chunked: bool) -> bytes:
    """A message as it is sent. Raises LocalProtocolError for one that can't be told from its end."""
    if chunked:
        if not message:
            raise LocalProtocolError("a message isn't empty", rule="RFC 6242 §4.2")
        pieces = [message[at : at + _CHUNK] for at in range(0, len(message), _CHUNK)]
        return b"".join(b"\n#%d\n%b" % (len(piece), piece) for piece in pieces) + b"\n##\n"
    if MARK in message:
        raise LocalProtocolError("']]>]]>' stands in a message of version 1.0", rule="RFC 6242 §4.3")
    return message + MARK
