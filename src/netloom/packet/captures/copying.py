"""Copying: frames from one capture file into others, with the interfaces, names and secrets that belong to them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import UsageError
from netloom.packet.captures.blocks import INTERFACES_LIMIT, TOLD_LIMIT, Interface, Names, Secrets
from netloom.packet.captures.capture import open_part, size_of
from netloom.packet.captures.pcap import PcapReader
from netloom.packet.captures.record import Written
from netloom.packet.captures.writer import Kind, PcapngWriter, PcapWriter, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netloom.packet.captures.blocks import Block
    from netloom.packet.captures.writer import Writer
    from netloom.packet.frame import Frame

    Path_ = str | os.PathLike[str]

REPEATED_LIMIT = 64 * 1024 * 1024
"""Octets of names and secrets that are written again into one file after another."""


class Form(NamedTuple):
    """In which format to write, and how pcap tells the time."""

    kind: Kind
    nanoseconds: bool

    def create(self, path: Path_, *, overwrite: bool = False) -> Writer:
        """A writer of this form. Raises UsageError."""
        if self.kind == "pcap":
            return PcapWriter(path, overwrite=overwrite, nanoseconds=self.nanoseconds)
        return PcapngWriter(path, overwrite=overwrite)


def form_of(target: Path_, paths: Sequence[Path_]) -> Form:
    """What to write: what the target's name asks for, or pcap where all that is read is alike, or pcapng."""
    asked = kind_of(target)
    if asked == "pcapng":
        return Form("pcapng", nanoseconds=True)
    interfaces = [_interface_of(path) for path in paths]
    if asked is None and (None in interfaces or len({each.link_type for each in interfaces if each}) > 1):
        return Form("pcapng", nanoseconds=True)
    fine = any(each is None or each.ticks > 1_000_000 for each in interfaces)
    return Form("pcap", nanoseconds=fine)


def _interface_of(path: Path_) -> Interface | None:
    """What a pcap file says about its packets; None for pcapng, and for what can't be looked at twice."""
    if size_of(path) is None:
        return None
    part = open_part(path)
    try:
        if not isinstance(part.reader, PcapReader):
            return None
        beginning = part.source.peek(24)
        part.reader.block(beginning, 0, len(beginning))
        return part.reader.interfaces[0] if part.reader.interfaces else None
    finally:
        part.close()


def refuse_itself(target: Path_, paths: Iterable[Path_]) -> None:
    """Raise UsageError where a file would be written over that is still to be read."""
    if target == "-" or not Path(target).exists():
        return
    for path in paths:
        if path != "-" and Path(path).samefile(target):
            raise UsageError(f"{os.fspath(target)} is read itself: it can't be written too")


class Extras:
    """What a capture has beside frames, in order: every copy needs it before the frames that follow."""

    def __init__(self) -> None:
        self.blocks: list[Names | Secrets] = []
        self._size = 0
        self._repeated = 0

    def hear(self, block: Block) -> None:
        """Keep it, up to `TOLD_LIMIT`."""
        if not isinstance(block, Names | Secrets):
            return
        size = len(block.data) if isinstance(block, Secrets) else sum(20 + len(name) for name in block.names.values())
        if self._size + size <= TOLD_LIMIT:
            self._size += size
            self.blocks.append(block)

    def give(self, writer: Writer, done: int) -> int:
        """Write what a file doesn't have yet, and tell how many blocks it has then."""
        before = writer.size
        if self._repeated < REPEATED_LIMIT:
            for block in self.blocks[done:]:
                if isinstance(block, Secrets):
                    writer.secrets(block.data, block.kind)
                else:
                    writer.names(block.names)
            self._repeated += writer.size - before
        return len(self.blocks)


class Copy:
    """A file that frames are copied into; each interface that they came from gets its own."""

    def __init__(self, writer: Writer, extras: Extras, of: str = "") -> None:
        self.writer = writer
        self._extras = extras
        self._of = of
        self._given = 0
        self._numbers: dict[tuple[int, int, Interface], int] = {}
        self._first: int | None = None
        self._last: int | None = None

    def put(self, frame: Frame, interface: Interface, origin: int) -> None:
        """One frame, of an interface of the file with the number `origin`."""
        if self._given < len(self._extras.blocks):
            self._given = self._extras.give(self.writer, self._given)
        key = origin, frame.interface, interface
        number = self._numbers.get(key)
        if number is None:
            if len(self._numbers) == INTERFACES_LIMIT:
                raise UsageError(f"more than {INTERFACES_LIMIT} interfaces: a capture file has no more")
            number = self._numbers[key] = self.writer.interface(interface)
        self.writer.write(frame, number)
        time = frame.timestamp_ns
        if time is not None:
            self._first = time if self._first is None or time < self._first else self._first
            self._last = time if self._last is None or time > self._last else self._last

    def written(self) -> Written:
        """What became of it."""
        writer = self.writer
        return Written(
            file=os.fspath(writer.path),
            format=writer.kind,
            frames=writer.frames,
            octets=writer.octets,
            first=None if self._first is None else self._first / 1e9,
            last=None if self._last is None else self._last / 1e9,
            of=self._of,
            lost=tuple(sorted(writer.lost)),
        )
