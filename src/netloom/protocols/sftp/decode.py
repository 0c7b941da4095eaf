"""SFTP, the passive decoder: requests and answers in words, by number; inside SSH nothing can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.errors import RemoteProtocolError
from netloom.records import Said
from netloom.wire.sftp import codes, packets
from netloom.wire.ssh_passive import Decoder as SSHDecoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.wire.sftp.attributes import Attributes
    from netloom.wire.sftp.packets import Name

_SHOWN = 80


class Decoder:
    """Either side of a connection: SSH until it encrypts, or what a channel carries."""

    def __init__(self) -> None:
        self._ssh: SSHDecoder | None = None
        self._buffers = {"client": bytearray(), "server": bytearray()}
        self._broken: set[str] = set()
        self._begun: set[str] = set()
        self._fresh = True

    def feed(self, sender: str, data: bytes) -> list[Said]:
        """One piece as it passed."""
        if self._ssh is None and self._fresh and data:
            # SFTP begins with a size that is small, SSH with text.
            self._fresh = False
            if 0x20 <= data[0] < 0x7F:
                self._ssh = SSHDecoder()
        if self._ssh is not None:
            return [said for said in self._ssh.feed(sender, data) if not said.words.endswith("bytes, encrypted")]
        if sender in self._broken:
            return [Said(sender=sender, words=f"{len(data)} bytes", size=len(data))]
        buffer = self._buffers[sender]
        buffer += data
        said: list[Said] = []
        try:
            while len(buffer) >= 4:
                size = packets.parse_size(bytes(buffer[:4]))
                if len(buffer) < 4 + size:
                    break
                said.append(Said(sender=sender, words=self._words(sender, bytes(buffer[4 : 4 + size])), size=4 + size))
                del buffer[: 4 + size]
        except RemoteProtocolError as error:
            said.append(Said(sender=sender, words=f"no SFTP: {error.message}", size=len(buffer)))
            buffer.clear()
            self._broken.add(sender)
        return said

    def _words(self, sender: str, data: bytes) -> str:
        if sender not in self._begun:
            self._begun.add(sender)
            version = packets.parse_version(data, codes.INIT if sender == "client" else codes.VERSION)
            names = ", ".join(name.decode("ascii", "replace") for name, _ in version.extensions)
            return f"version {version.number}{f', {names}' if names else ''}"
        packet = packets.parse_packet(data)
        values = packets.fields(packet)
        return f"{packet.number} {codes.PACKETS[packet.kind]} {_told(packet.kind, values)}".rstrip()


def _told(kind: int, values: tuple[Any, ...]) -> str:
    """The fields for people; what files hold is told by its size."""
    tell = _TOLD.get(kind)
    return tell(*values) if tell is not None else " ".join(_text(value) for value in values if isinstance(value, bytes))


def _text(text: bytes) -> str:
    return text.decode("utf-8", "replace")[:_SHOWN]


def _hex(handle: bytes) -> str:
    return handle[: _SHOWN // 2].hex()


def _status(code: int, words: bytes, _: bytes) -> str:
    known = codes.STATUSES.get(code, str(code))
    return known if _text(words).lower() in ("", known) else f"{known}: {_text(words)}"


def _names(names: tuple[Name, ...]) -> str:
    return f"{len(names)}: {', '.join(_text(one.name) for one in names[:5])[:_SHOWN]}"


def _flags(flags: int) -> str:
    """How a file is opened."""
    return "+".join(word for flag, word in codes.FLAGS.items() if flags & flag)


def _set(told: Attributes) -> str:
    """What is to be set."""
    words = []
    if told.size is not None:
        words.append(f"size {told.size}")
    if told.owner is not None:
        words.append(f"owner {told.owner[0]}:{told.owner[1]}")
    if told.permissions is not None:
        words.append(f"mode {told.permissions:o}")
    if told.times is not None:
        words.append(f"modified {told.times[1]}")
    return ", ".join(words)


def _size(data: bytes) -> str:
    return f"{len(data)} bytes"


_TOLD: dict[int, Callable[..., str]] = {
    codes.OPEN: lambda path, flags, _: f"{_text(path)} {_flags(flags)}",
    codes.CLOSE: _hex,
    codes.READ: lambda handle, offset, size: f"{_hex(handle)} at {offset}, {size} bytes",
    codes.WRITE: lambda handle, offset, data: f"{_hex(handle)} at {offset}, {len(data)} bytes",
    codes.FSTAT: _hex,
    codes.SETSTAT: lambda path, told: f"{_text(path)} {_set(told)}",
    codes.FSETSTAT: lambda handle, told: f"{_hex(handle)} {_set(told)}",
    codes.READDIR: _hex,
    codes.EXTENDED: lambda name, _: _text(name),
    codes.STATUS: _status,
    codes.HANDLE: _hex,
    codes.DATA: _size,
    codes.NAME: _names,
    codes.ATTRS: lambda told: f"{told.kind}, {told.size} bytes",
    codes.EXTENDED_REPLY: _size,
}
