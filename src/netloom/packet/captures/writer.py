"""Writer: frames into a capture file, pcapng or pcap, as its name says."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from netloom.errors import UsageError
from netloom.packet.captures import pcap
from netloom.packet.captures.blocks import SECRETS_TLS_KEY_LOG, Interface
from netloom.packet.captures.compose import interface_block, names_block, packet_block, secrets_block, section_block
from netloom.packet.captures.output import ENCODERS, Output

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from netloom.packet.frame import Frame

BUFFER = 256 * 1024
"""Octets that wait in memory until they are written, unless `flush` is called."""
NAMES = 1000
"""Names in one block."""
ETHERNET = 1
Kind = Literal["pcap", "pcapng"]
SUFFIXES: dict[str, Kind] = {".pcap": "pcap", ".cap": "pcap", ".pcapng": "pcapng", ".ntar": "pcapng"}


class Writer:
    """What both formats have in common: a buffer before a file, and counts of what was written.

    `frames` and their `octets` are counted, and `size`, the file's octets before compression. What the format has no
    place for is left out, and named in `lost`.
    """

    kind: Kind

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        self.path = path
        self.frames = self.octets = self.size = 0
        self.lost: set[str] = set()
        self._output: Output | None = Output(path, overwrite=overwrite)
        self._held: list[bytes] = []
        self._held_size = 0

    def _hold(self, data: bytes) -> None:
        self._held.append(data)
        self._held_size += len(data)
        self.size += len(data)
        if self._held_size >= BUFFER:
            self.flush()

    def _count(self, frame: Frame) -> None:
        self.frames += 1
        self.octets += len(frame.data)

    def interface(self, interface: Interface) -> int:
        """Announce an interface; its number is what the frames that follow name. Frames of others are announced too."""
        raise NotImplementedError

    def write(self, frame: Frame, interface: int | None = None) -> None:
        """One frame, of an interface that was announced, or as it tells itself. Untold time is written as 0."""
        raise NotImplementedError

    def secrets(self, secrets: bytes, kind: int = SECRETS_TLS_KEY_LOG) -> None:
        """Secrets for the frames that follow, by default TLS's key log."""
        raise NotImplementedError

    def names(self, names: Mapping[str, str]) -> None:
        """What addresses are called."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write what waits."""
        held, self._held, self._held_size = self._held, [], 0
        if held:
            if self._output is None:
                self._output = Output(self.path, append=True)
            self._output.write(*held)

    def suspend(self) -> None:
        """Close the file until there is more to write to it: so there can be more writers than open files."""
        self.flush()
        if self._output is not None:
            self._output.close()
            self._output = None

    def close(self) -> None:
        """Write what waits and close the file; again does nothing."""
        try:
            self.flush()
        finally:
            if self._output is not None:
                self._output.close()
                self._output = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PcapngWriter(Writer):
    """A pcapng file: any number of interfaces, nanoseconds, comments, directions, secrets and names."""

    kind = "pcapng"

    def __init__(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, application: str = "netloom", comment: str = ""
    ) -> None:
        super().__init__(path, overwrite=overwrite)
        self._numbers: dict[tuple[int, int], int] = {}
        self._interfaces = 0
        self._hold(section_block(application, comment))

    def interface(self, interface: Interface) -> int:
        number = self._announce(interface)
        self._numbers[number, interface.link_type] = number
        return number

    def _announce(self, interface: Interface) -> int:
        self._hold(interface_block(interface.name, interface.link_type, interface.snap, interface.fcs))
        self._interfaces += 1
        return self._interfaces - 1

    def write(self, frame: Frame, interface: int | None = None) -> None:
        if interface is None:
            interface = self._numbers.get((frame.interface, frame.link_type))
        if interface is None:
            interface = self._announce(Interface(frame.link_type))
            self._numbers[frame.interface, frame.link_type] = interface
        self._hold(packet_block(frame, interface))
        self._count(frame)

    def secrets(self, secrets: bytes, kind: int = SECRETS_TLS_KEY_LOG) -> None:
        self._hold(secrets_block(secrets, kind))

    def names(self, names: Mapping[str, str]) -> None:
        pairs = iter(names.items())
        while some := dict(islice(pairs, NAMES)):
            self._hold(names_block(some))


class PcapWriter(Writer):
    """A pcap file: frames of one link type, without comments, directions, secrets and names."""

    kind = "pcap"

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False, nanoseconds: bool = True) -> None:
        super().__init__(path, overwrite=overwrite)
        self._nanoseconds = nanoseconds
        self._link_type: int | None = None

    def interface(self, interface: Interface) -> int:
        if self._link_type is None:
            self._begin(interface.link_type, interface.fcs)
        elif self._link_type != interface.link_type:
            raise self._other(interface.link_type)
        return 0

    def _begin(self, link_type: int, fcs: int = 0) -> None:
        self._link_type = link_type
        self._hold(pcap.file_header(link_type, nanoseconds=self._nanoseconds, fcs=fcs))

    def _other(self, link_type: int) -> UsageError:
        return UsageError(
            f"a pcap file holds packets of one link type: {self._link_type}, not {link_type} too",
            hint="pcapng holds them all",
        )

    def write(self, frame: Frame, interface: int | None = None) -> None:  # noqa: ARG002 - there is only one
        if self._link_type is None:
            self._begin(frame.link_type)
        elif frame.link_type != self._link_type:
            raise self._other(frame.link_type)
        if frame.comment:
            self.lost.add("comments")
        if frame.direction:
            self.lost.add("directions")
        self._hold(pcap.record(frame, nanoseconds=self._nanoseconds))
        self._count(frame)

    def secrets(self, secrets: bytes, kind: int = SECRETS_TLS_KEY_LOG) -> None:  # noqa: ARG002 - no place for them
        self.lost.add("secrets")

    def names(self, names: Mapping[str, str]) -> None:  # noqa: ARG002 - no place for them
        self.lost.add("names")

    def close(self) -> None:
        if self._link_type is None:
            self._begin(ETHERNET)  # nothing was written; it is a capture all the same
        super().close()


def kind_of(path: str | os.PathLike[str]) -> Kind | None:
    """The format that a file's name asks for; None where it doesn't say."""
    place = Path(path)
    if place.suffix in ENCODERS:
        place = place.with_suffix("")
    return SUFFIXES.get(place.suffix.lower())


def create(path: str | os.PathLike[str], *, overwrite: bool = False) -> PcapngWriter | PcapWriter:
    """A writer for a file: pcap if its name says so, pcapng otherwise. Raises UsageError if it can't be made."""
    make = PcapWriter if kind_of(path) == "pcap" else PcapngWriter
    return make(path, overwrite=overwrite)


def write(path: str | os.PathLike[str], frames: Iterable[Frame], *, overwrite: bool = False) -> None:
    """A whole file of frames, as `create` makes it."""
    with create(path, overwrite=overwrite) as writer:
        for frame in frames:
            writer.write(frame)
