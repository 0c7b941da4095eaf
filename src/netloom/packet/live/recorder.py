"""Recorder: what rings hear into capture files, one or a series, as fast as the kernel hands it over."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from netloom.errors import UsageError
from netloom.packet.captures import pcap
from netloom.packet.captures.compose import interface_block, section_block
from netloom.packet.captures.output import ENCODERS, Output
from netloom.packet.captures.writer import kind_of
from netloom.packet.live.compose import counts_block
from netloom.packet.live.draining import ALL, Plain, drain
from netloom.packet.live.hearing import Hearing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.live.ring import Ring

LEAST_FILE = 1024 * 1024
"""Octets that a file of a series may at least have: a ring hands over up to a fifth of it at once."""


class Rotation(Struct, frozen=True, kw_only=True):
    """When a file of a series is full: at so many octets (before compression), or after so many seconds; 0: never.

    `files` is how many of a series are kept, the newest; 0: all.
    """

    octets: int = 0
    seconds: float = 0.0
    files: int = 0

    @property
    def is_asked(self) -> bool:
        return bool(self.octets or self.seconds)


class Series:
    """The files that a capture goes into. Those of a series have a number and the time before their suffix."""

    def __init__(self, path: str, rotation: Rotation, head: bytes) -> None:
        if rotation.is_asked and path == "-":
            raise UsageError("a series of files needs a name, and `-` is standard output")
        if rotation.octets and rotation.octets < LEAST_FILE:
            raise UsageError(f"a file of a series has at least {LEAST_FILE >> 20} MiB")
        if rotation.files and not rotation.is_asked:
            raise UsageError("how many files are kept says nothing without when a new one begins")
        self.files: list[str] = []
        self.removed = 0
        self._path = path
        self._rotation = rotation
        self._head = head
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        name = self._name() if self._rotation.is_asked else self._path
        self._output = Output(name)
        try:
            self._output.write(self._head)
        except UsageError:
            self._output.close()
            raise
        self._size = len(self._head)
        self._began = time.monotonic()
        self.files.append(name)
        if self._rotation.files and len(self.files) > self._rotation.files:
            Path(self.files.pop(0)).unlink(missing_ok=True)
            self.removed += 1

    def _name(self) -> str:
        place = Path(self._path)
        suffix = "".join(place.suffixes[-2:]) if place.suffix in ENCODERS else place.suffix
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        return str(place.with_name(f"{place.name.removesuffix(suffix)}_{self._number:05}_{stamp}{suffix}"))

    def write(self, data: bytes | memoryview) -> None:
        """Packets, into the next file where this one is full. Raises UsageError where they can't be written."""
        full = self._rotation.octets and self._size + len(data) > self._rotation.octets
        late = self._rotation.seconds and time.monotonic() - self._began >= self._rotation.seconds
        if (full or late) and self._size > len(self._head):
            self._output.close()
            self._begin()
        self._output.write(data)
        self._size += len(data)

    def close(self, last: bytes = b"") -> None:
        """Write what comes at the end, and close the last file."""
        try:
            if last:
                self._output.write(last)
        finally:
            self._output.close()


class Recorder(Hearing):
    """Rings into files. Raises UsageError where a file can't be written."""

    def __init__(self, rings: Sequence[Ring], path: str, rotation: Rotation | None = None) -> None:
        rotation = rotation or Rotation()
        self._pcap = kind_of(path) == "pcap"
        self._series = Series(path, rotation, self._head(rings))
        self._blocks = 1 if rotation.is_asked else ALL
        self._drains = [drain(ring, "pcap" if self._pcap else "pcapng", number) for number, ring in enumerate(rings)]
        self.is_plain = any(isinstance(one, Plain) for one in self._drains)
        super().__init__(rings)

    def _head(self, rings: Sequence[Ring]) -> bytes:
        if not self._pcap:
            announced = (interface_block(ring.interface.name, ring.link_type, ring.snap) for ring in rings)
            return section_block() + b"".join(announced)
        kinds = {ring.link_type for ring in rings}
        if len(kinds) > 1:
            raise UsageError(
                "a pcap file holds packets of one link type, and these have several", hint="name it .pcapng"
            )
        return pcap.file_header(kinds.pop(), nanoseconds=True)

    @property
    def files(self) -> list[str]:
        """Those that are there."""
        return self._series.files

    def take(self, most: int) -> None:
        for one in self._drains:
            composed = one.take(most or ALL, self._blocks)
            if composed is None:
                continue
            self._series.write(composed.data)
            self.heard(composed.packets, composed.octets, composed.first_ns, composed.last_ns)
            if most:
                most -= composed.packets
                if not most:
                    return

    def finished(self) -> None:
        self._series.close(b"" if self._pcap else self._counts_blocks())

    def _counts_blocks(self) -> bytes:
        told = enumerate(ring.counts() for ring in self.rings)
        return b"".join(counts_block(number, time.time_ns(), one.passed, one.dropped) for number, one in told)

    def close(self) -> None:
        for one in self._drains:
            one.close()
        super().close()
