"""Recorder: what rings hear into capture files, one or a series, as fast as the kernel hands it over."""

from __future__ import annotations

import os
import select
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
from netloom.packet.live.compose import counts_block, pcap_records, pcapng_blocks
from netloom.packet.live.ring import Counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.live.compose import Composed
    from netloom.packet.live.ring import Ring

LEAST_FILE = 1024 * 1024
"""Octets that a file of a series may at least have: a ring hands over up to a fifth of it at once."""
_LEFT_OVER = 0.05
"""Seconds of silence after which a ring that hears nothing more has handed over all: its latency, and a tick."""


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

    def write(self, data: bytes) -> None:
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


class Recorder:
    """Rings into files until it is stopped, or has so many packets, or so many seconds are over.

    `run` does it, in a thread of its own; `stop` may be called from any other. What had come by then is kept.
    """

    def __init__(self, rings: Sequence[Ring], path: str, rotation: Rotation | None = None) -> None:
        self.packets = self.octets = 0
        self.first_ns = self.last_ns = 0
        self.counts = Counts()
        self._rings = rings
        self._pcap = kind_of(path) == "pcap"
        self._series = Series(path, rotation or Rotation(), self._head())
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def _head(self) -> bytes:
        if not self._pcap:
            announced = (interface_block(ring.interface.name, ring.link_type, ring.snap) for ring in self._rings)
            return section_block() + b"".join(announced)
        kinds = {ring.link_type for ring in self._rings}
        if len(kinds) > 1:
            raise UsageError(
                "a pcap file holds packets of one link type, and these have several", hint="name it .pcapng"
            )
        return pcap.file_header(kinds.pop(), nanoseconds=True)

    @property
    def files(self) -> list[str]:
        """Those that are there."""
        return self._series.files

    def stop(self) -> None:
        """End it soon; from any thread. After `close` it does nothing."""
        if self._wake >= 0:
            os.eventfd_write(self._wake, 1)

    def run(self, count: int = 0, seconds: float = 0.0) -> None:
        """Until so many packets were written or so many seconds are over (0: no such limit), or it is stopped.

        Raises UsageError where a file can't be written, NetworkError where an interface is gone; what came is kept.
        """
        until = time.monotonic() + seconds if seconds else None
        try:
            try:
                self._hear(count, until)
            finally:
                self._finish(count)
        finally:
            self._count()
            self._series.close(b"" if self._pcap else self._counts_blocks())

    def _hear(self, count: int, until: float | None) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        for ring in self._rings:
            poll.register(ring, select.POLLIN)
        while not (count and self.packets >= count):
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return
            for descriptor, event in poll.poll(None if left is None else max(1, left * 1000)):
                if descriptor == self._wake:
                    return
                if event & select.POLLERR:
                    self._take(count)
                    next(ring for ring in self._rings if ring.fileno() == descriptor).check()
            self._take(count)

    def _finish(self, count: int) -> None:
        """What came before the end is kept, too."""
        for ring in self._rings:
            ring.finish()
        for ring in self._rings:
            while not (count and self.packets >= count) and ring.wait(_LEFT_OVER):
                self._take(count)

    def _take(self, count: int) -> None:
        """Whatever is there, up to so many packets in all."""
        write = pcap_records if self._pcap else pcapng_blocks
        for number, ring in enumerate(self._rings):
            for block, packets in ring.blocks():
                left = min(packets, count - self.packets) if count else packets
                if left <= 0:
                    return
                self._keep(write(ring, block, left, number))

    def _keep(self, composed: Composed) -> None:
        self._series.write(composed.data)
        self.packets += composed.packets
        self.octets += composed.octets
        self.first_ns = min(self.first_ns, composed.first_ns) if self.first_ns else composed.first_ns
        self.last_ns = max(self.last_ns, composed.last_ns)

    def _count(self) -> None:
        for ring in self._rings:
            ring.counts()
        told = [ring.counts() for ring in self._rings]
        self.counts = Counts(sum(one.passed for one in told), sum(one.dropped for one in told))

    def _counts_blocks(self) -> bytes:
        told = enumerate(ring.counts() for ring in self._rings)
        return b"".join(counts_block(number, time.time_ns(), one.passed, one.dropped) for number, one in told)

    def close(self) -> None:
        """Give the descriptor back; again does nothing."""
        wake, self._wake = self._wake, -1
        if wake >= 0:
            os.close(wake)
