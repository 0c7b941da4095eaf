"""SFTP, the client's dialogue: requests by number, many under way at once, and their answers in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.errors import ConnectionLost, PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.wire.sftp import codes, packets
from netloom.wire.sftp.attributes import Attributes
from netloom.wire.sftp.packets import Limits, Name, Packet, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netloom.links.ssh.channel import ChannelStream

BLOCK = 32 * 1024
"""Bytes that every server reads or writes at once (filexfer-02 §6.4)."""
LARGEST = 128 * 1024
"""Bytes that we ask for at once where the server takes more."""
UNDER_WAY = 2 * 1024 * 1024
"""Bytes that are asked for, or sent, before the first of them is answered: what SSH's own window lets through."""


class Dialogue:
    """One SFTP session. Whoever waits for an answer reads; the other answers that come meanwhile are kept."""

    def __init__(self, stream: ChannelStream) -> None:
        self.stream = stream
        self.version = Version(0)
        self.limits = Limits(0, 0, 0, 0)
        self.block = BLOCK
        self._number = 0
        self._asked: dict[int, int] = {}
        """Bytes that the answer to each request may bring, where it brings any."""
        self._arrived: dict[int, Packet] = {}
        self._forgotten: set[int] = set()
        self._left: list[bytes] = []

    @property
    def extensions(self) -> dict[bytes, bytes]:
        """What the server speaks besides."""
        return dict(self.version.extensions)

    async def begin(self) -> None:
        """Agree on a version, and learn how large a request may be. Raises RemoteProtocolError."""
        await self.stream.write(packets.emit_version(codes.INIT, Version(codes.VERSION_NUMBER)))
        size = packets.parse_size(await self.stream.read_exactly(4))
        self.version = packets.parse_version(await self.stream.read_exactly(size), codes.VERSION)
        if self.version.number != codes.VERSION_NUMBER:
            raise RemoteProtocolError(
                f"version 3 was asked for, and {self.version.number} is spoken", rule="filexfer-02 §4"
            )
        if codes.LIMITS in self.extensions:
            said = await self.ask(codes.EXTENDED, codes.LIMITS, b"", wanted=codes.EXTENDED_REPLY)
            self.limits = packets.parse_limits(said[0])
            least = min(self.limits.read or BLOCK, self.limits.write or BLOCK)
            self.block = max(1024, min(LARGEST, least))

    @property
    def many(self) -> int:
        """How many requests of a block each may be under way."""
        return max(2, UNDER_WAY // self.block)

    async def send(self, kind: int, *values: Any) -> int:
        """Ask for something; gives the number that the answer will have."""
        while self._left:
            self._forgotten.add(await self._send(codes.CLOSE, self._left.pop()))
        return await self._send(kind, *values)

    async def _send(self, kind: int, *values: Any) -> int:
        self._number = (self._number + 1) & 0xFFFFFFFF
        self._asked[self._number] = values[2] if kind == codes.READ else 0
        await self.stream.write(packets.emit(kind, self._number, *values))
        return self._number

    async def answer(self, number: int, wanted: int, what: str = "") -> tuple[Any, ...]:
        """The fields of the answer to a request, of the `wanted` kind.

        Raises PeerRefused for a status that says no, RemoteProtocolError.
        """
        while number not in self._arrived:
            await self._read()
        packet = self._arrived.pop(number)
        said = packets.fields(packet)
        if packet.kind == codes.STATUS and said[0] != codes.OK:
            raise refused(said, what)
        if packet.kind != wanted:
            raise RemoteProtocolError(
                f"{codes.PACKETS[wanted]} is expected, not {codes.PACKETS[packet.kind]}", rule="filexfer-02 §7"
            )
        return said

    async def ask(self, kind: int, *values: Any, wanted: int = codes.STATUS, what: str = "") -> tuple[Any, ...]:
        """One request, and its answer."""
        return await self.answer(await self.send(kind, *values), wanted, what)

    def forget(self, numbers: Iterable[int], handle: bytes | None = None) -> None:
        """Nobody waits for these answers any more. A `handle` is closed when something else is asked."""
        self._forgotten |= {number for number in numbers if self._arrived.pop(number, None) is None}
        if handle is not None:
            self._left.append(handle)

    async def _read(self) -> None:
        try:
            size = packets.parse_size(await self.stream.read_exactly(4))
            packet = packets.parse_packet(await self.stream.read_exactly(size))
        except ConnectionLost as error:
            if self.stream.exit_status:
                raise PeerRefused(
                    f"the server's SFTP ended with status {self.stream.exit_status}", code=self.stream.exit_status
                ) from error
            raise
        wanted = self._asked.pop(packet.number, None)
        if wanted is None:
            raise RemoteProtocolError(f"an answer to request {packet.number}, which wasn't made", rule="filexfer-02 §7")
        if packet.kind == codes.DATA and len(packet.body) - 4 > wanted:
            raise RemoteProtocolError(f"{wanted} bytes were asked for, and more came", rule="filexfer-02 §6.4")
        if packet.number in self._forgotten:
            self._forgotten.discard(packet.number)
        else:
            self._arrived[packet.number] = packet

    # What is asked often

    async def open(self, path: bytes, flags: int, attributes: Attributes | None = None) -> bytes:
        """A file's handle."""
        said = await self.ask(
            codes.OPEN, path, flags, attributes or Attributes(), wanted=codes.HANDLE, what=_text(path)
        )
        return bytes(said[0])

    async def close(self, handle: bytes, what: str = "") -> None:
        """Let go of a handle. For a file that was written, this is where it may fail at last."""
        await self.ask(codes.CLOSE, handle, what=what)

    async def stat(self, path: bytes, kind: int = codes.STAT) -> Attributes:
        """What is known of a path."""
        said = await self.ask(kind, path, wanted=codes.ATTRS, what=_text(path))
        found: Attributes = said[0]
        return found

    async def names(self, kind: int, path: bytes) -> tuple[Name, ...]:
        """What REALPATH or READLINK say."""
        said = await self.ask(kind, path, wanted=codes.NAME, what=_text(path))
        found: tuple[Name, ...] = said[0]
        if len(found) != 1:
            raise RemoteProtocolError(f"one name is expected, not {len(found)}", rule="filexfer-02 §6.11")
        return found


def refused(said: tuple[Any, ...], what: str = "") -> PeerRefused:
    """A status that says no."""
    code, words = said[0], said[1].decode("utf-8", "replace")
    known = codes.STATUSES.get(code, f"status {code}")
    text = words if words and words.lower() != known else known
    message = f"{what}: {text}" if what else text
    if code == codes.PERMISSION_DENIED:
        return Unauthenticated(message, code=code, text=words, hint="may this user do that there?")
    return PeerRefused(message, code=code, text=words)


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
