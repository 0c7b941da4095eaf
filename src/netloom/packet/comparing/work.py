"""Work: two captures read side by side, and how they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.captures.capture import open_capture
from netloom.packet.comparing.delays import DelayCount
from netloom.packet.comparing.fields import changes
from netloom.packet.comparing.keys import flow, known
from netloom.packet.comparing.pairing import Pair, Pairing, Waiting
from netloom.packet.comparing.record import Comparison, FlowDifference, PacketDifference
from netloom.packet.dissect import dissect
from netloom.packet.filters.language import parse
from netloom.packet.filters.matches import matcher
from netloom.packet.filters.octets import FrameView
from netloom.packet.protocols import PROTOCOLS
from netloom.packet.row import address
from netloom.packet.words import record_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from netloom.packet.captures.capture import Note
    from netloom.packet.comparing.keys import Flow
    from netloom.packet.dissect import Dissected
    from netloom.packet.frame import Frame

    Path_ = str | os.PathLike[str]

STEP = 512
"""Packets between two moments in which somebody can stop it."""
FLOWS = 100_000
"""Flows that are remembered."""
_NANO = 1_000_000_000
_WITH_PORTS = (6, 17, 132)


class Comparing:
    """Tells packets that differ, then flows that only one capture has, then both in whole.

    Packets are matched within `window` nanoseconds. Where time is ignored, both captures begin at the same moment.
    """

    def __init__(
        self, first: Path_, second: Path_, ignored: frozenset[str], *, wanted: str = "", window: int = 5 * _NANO
    ) -> None:
        self._wanted = matcher(parse(wanted)) if wanted.strip() else None
        self._captures = open_capture(first), open_capture(second)
        self.size = sum(capture.size for capture in self._captures)
        self.unseen_flows = 0
        self._ignored = ignored
        self._pairing = Pairing(window)
        self._delays = DelayCount()
        self._flows: dict[Flow, _Counted] = {}
        self._packets = [0, 0]
        self._same = self._changed = 0
        self._only = [0, 0]
        self._fields: dict[str, int] = {}
        self._found: list[PacketDifference] = []
        self._steps = self._walk()

    @property
    def position(self) -> int:
        """Octets of the files that were read, to be compared with `size`."""
        return sum(capture.position for capture in self._captures)

    @property
    def notes(self) -> list[Note]:
        """Where files are damaged."""
        return [note for capture in self._captures for note in capture.notes]

    @property
    def early(self) -> int:
        """Packets that weren't waited for as long as was asked."""
        return self._pairing.early

    def step(self) -> bool:
        """Do some of it; whether there is more."""
        for _ in self._steps:
            return True
        return False

    def take(self) -> list[PacketDifference]:
        """Packets that differ, since this was asked last."""
        taken, self._found = self._found, []
        return taken

    def cancel(self) -> None:
        """Stop, also what waits for octets, in any thread."""
        for capture in self._captures:
            capture.cancel()

    def close(self) -> None:
        """Close the files; again does nothing."""
        for capture in self._captures:
            capture.close()

    def _walk(self) -> Iterator[None]:
        tracks = [_Track(self._captures[side].frames(), relative="time" in self._ignored) for side in (0, 1)]
        count = 0
        while waiting := [side for side in (0, 1) if tracks[side].frame is not None]:
            side = min(waiting, key=lambda each: tracks[each].time)
            self._add(side, tracks[side])
            tracks[side].advance()
            count += 1
            if count % STEP == 0:
                yield
        for pair in self._pairing.finish():
            self._tell(pair)
        yield

    def _add(self, side: int, track: _Track) -> None:
        frame = track.frame
        if frame is None:
            return
        read = dissect(frame)
        if self._wanted is not None and not self._wanted.keep(read.row, FrameView(frame, read)):
            return
        self._packets[side] += 1
        self._count(side, frame, read)
        packet = Waiting(track.number, track.time, frame, known(frame, read, self._ignored))
        for pair in self._pairing.add(side, packet, track.time):
            self._tell(pair)

    def _count(self, side: int, frame: Frame, read: Dissected) -> None:
        found = None if self._ignored & {"address", "port"} else flow(read)
        if found is None:
            return
        which, forward = found
        counted = self._flows.get(which)
        if counted is None:
            if len(self._flows) == FLOWS:
                self.unseen_flows += 1
                return
            counted = self._flows[which] = _Counted(forward)
        counted.packets[side] += 1
        counted.octets += frame.length

    def _tell(self, pair: Pair) -> None:
        first, second = pair
        if first is None or second is None:
            alone = first or second
            if alone is not None:
                side = int(first is None)
                self._only[side] += 1
                self._differs("only second" if side else "only first", pair, dissect(alone.frame))
            return
        delay = None
        if "time" not in self._ignored and None not in (first.frame.timestamp_ns, second.frame.timestamp_ns):
            delay = second.time - first.time
            self._delays.add(delay)
        if first.frame.data == second.frame.data:
            self._same += 1
            return
        before = dissect(first.frame)
        found = changes(before, dissect(second.frame), self._ignored)
        if not found:
            self._same += 1
            return
        self._changed += 1
        for change in found:
            name = f"{change.layer}.{change.field}" if change.field and change.layer != "payload" else change.layer
            self._fields[name] = self._fields.get(name, 0) + 1
        record = PacketDifference(
            difference="changed",
            first=first.number,
            second=second.number,
            packet=record_of(first.number, first.frame, before),
            changes=found,
            delay=None if delay is None else delay / _NANO,
        )
        self._found.append(record)

    def _differs(self, difference: str, pair: Pair, read: Dissected) -> None:
        packet = pair.first or pair.second
        if packet is None:
            return
        record = PacketDifference(
            difference="only first" if difference == "only first" else "only second",
            first=pair.first.number if pair.first is not None else None,
            second=pair.second.number if pair.second is not None else None,
            packet=record_of(packet.number, packet.frame, read),
        )
        self._found.append(record)

    def flows(self) -> Iterator[FlowDifference]:
        """Flows that only one capture has; where addresses or ports are ignored there are none to tell."""
        for which, counted in self._flows.items():
            if 0 in counted.packets:
                yield counted.record(which)

    def comparison(self) -> Comparison:
        """Both in whole."""
        return Comparison(
            first_packets=self._packets[0],
            second_packets=self._packets[1],
            same=self._same,
            changed=self._changed,
            only_first=self._only[0],
            only_second=self._only[1],
            reordered=self._pairing.reordered,
            lost=self._only[0] / self._packets[0] if self._packets[0] else 0.0,
            fields=dict(sorted(self._fields.items())),
            delays=self._delays.record(),
            early=self._pairing.early,
        )


class _Track:
    """One capture, its next frame, and when that is due."""

    def __init__(self, frames: Iterator[Frame], *, relative: bool) -> None:
        self._frames = frames
        self._relative = relative
        self._begin: int | None = None
        self.frame: Frame | None = None
        self.number = 0
        self.time = 0
        self.advance()

    def advance(self) -> None:
        self.frame = next(self._frames, None)
        self.number += 1
        time = None if self.frame is None else self.frame.timestamp_ns
        if time is None:
            return
        if self._begin is None:
            self._begin = time if self._relative else 0
        self.time = time - self._begin


class _Counted:
    """Packets of a flow on both sides."""

    __slots__ = ("_forward", "octets", "packets")

    def __init__(self, forward: bool) -> None:
        self._forward = forward
        self.packets = [0, 0]
        self.octets = 0

    def record(self, which: Flow) -> FlowDifference:
        source, target = (which.one, which.other) if self._forward else (which.other, which.one)
        ports = which.protocol in _WITH_PORTS
        return FlowDifference(
            only="first" if self.packets[0] else "second",
            protocol=PROTOCOLS.get(which.protocol, f"ip {which.protocol}"),
            src=address(*source[:2]),
            src_port=source[2] if ports else None,
            dst=address(*target[:2]),
            dst_port=target[2] if ports else None,
            packets=sum(self.packets),
            octets=self.octets,
        )
