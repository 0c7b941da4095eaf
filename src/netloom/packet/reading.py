"""Reading: packets of captures that a filter wants, dissected in plain Python or by compiled kernels.

Both ways give the same. Kernels are a thousand times faster and have to be loaded, so small captures do without; they
have to be compiled once, so middling ones do without until that has been done.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import UsageError
from netloom.packet.captures.capture import open_capture, size_of
from netloom.packet.dissect import Dissected, dissect
from netloom.packet.stepwise import untold

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from netloom.packet.captures.capture import Capture, Note
    from netloom.packet.filters import Filter, FrameView, Matcher
    from netloom.packet.frame import Frame
    from netloom.packet.kernels.ahead import Ahead
    from netloom.packet.kernels.batches import Batch
    from netloom.packet.kernels.call import Array
    from netloom.packet.kernels.columns import PacketColumns

    Path = str | os.PathLike[str]

SMALL = 1 << 20
"""Octets of captures that are read in plain Python in any case: about as quickly as kernels are loaded."""
MIDDLING = 1 << 25
"""Octets of captures that are read in plain Python where kernels would have to be compiled first."""
STEP = 1024
"""Frames between two moments in which somebody can stop plain Python."""


class Seen(NamedTuple):
    """A packet that was wanted, `number` counting all from 1."""

    number: int
    frame: Frame
    dissected: Dissected


class Reading:
    """Captures as one, of whose packets a filter wants some. `frames` are all that were read so far.

    Raises UsageError for a filter that makes no sense, and for what can't be read.
    """

    def __init__(self, paths: Path | Sequence[Path], wanted: str = "", *, follow: bool = False) -> None:
        self._filter: Filter | None = None
        self._wanted: Matcher | None = None
        self._view: type[FrameView] | None = None
        if wanted.strip():
            from netloom.packet.filters import FrameView, matcher, parse

            self._filter = parse(wanted)
            self._wanted = matcher(self._filter)
            self._view = FrameView
        self.capture: Capture = open_capture(paths, follow=follow)
        self.frames = 0
        self._follow = follow
        self._ahead: Ahead | None = None

    @property
    def chooses(self) -> bool:
        """Whether a filter was given."""
        return self._wanted is not None

    @property
    def size(self) -> int:
        """Octets of the files, as far as it is known."""
        return self.capture.size

    @property
    def position(self) -> int:
        """Octets of them that were read."""
        return self.capture.position

    @property
    def prompt(self) -> bool:
        """Whether they are small files that are there as a whole."""
        return not self._follow and self.size < SMALL and all(size_of(path) is not None for path in self.capture.paths)

    @property
    def notes(self) -> list[Note]:
        """Where files are damaged."""
        return self.capture.notes

    def compiled(self, tell: Callable[[str], None]) -> bool:
        """Whether kernels are the better way. Where they have to be compiled first, that is told, and done."""
        known = all(path != "-" for path in self.capture.paths)
        if (known and self.size < SMALL) or self._follow or not self._answerable():
            return False
        from netloom.packet.kernels import compiled

        if not compiled.available():
            if self.size > MIDDLING:
                tell(
                    "this is read in plain Python; with NumPy and Numba it is a hundred times faster: "
                    "pip install 'netloom[packets]'"
                )
            return False
        if not compiled.ready() and known and self.size < MIDDLING:
            return False
        self._prepare(tell)
        return True

    def need_kernels(self, tell: Callable[[str], None]) -> None:
        """Raise CapabilityError where there can be none, UsageError for a filter that they can't answer."""
        from netloom.packet.kernels import compiled

        compiled.require()
        if not self._answerable():
            raise UsageError(
                "columns can't answer this filter", hint="inbound, outbound, mpls, pppoes and LLC are for packets"
            )
        self._prepare(tell)

    def _answerable(self) -> bool:
        """Whether rows can answer the filter."""
        if self._filter is None:
            return True
        from netloom.packet.kernels.choice import able

        return able(self._filter)

    def _prepare(self, tell: Callable[[str], None]) -> None:
        from netloom.packet.kernels import compiled

        if not compiled.ready():
            tell("compiling the packet kernels, this once …")
            compiled.prepare()

    def packets(self) -> Iterator[Seen | None]:
        """Those that are wanted, in plain Python; None after each `STEP` frames, and at the end."""
        frames = self.capture.frames()
        while part := list(islice(frames, STEP)):
            for frame in part:
                self.frames += 1
                dissected = dissect(frame)
                if self._keeps(frame, dissected):
                    yield Seen(self.frames, frame, dissected)
            yield None
        yield None

    def _keeps(self, frame: Frame, dissected: Dissected) -> bool:
        if self._wanted is None or self._view is None:
            return True
        return bool(self._wanted.keep(dissected.row, self._view(frame, dissected)))

    def batches(self, keys: Array | None = None) -> Iterator[Batch]:
        """Those that are wanted, by kernels; each is valid until the next one is asked for. Hashed, if by keys."""
        from netloom.packet.kernels.select import numbered, select

        for batch in self._dissected(keys):
            if self._wanted is None:
                yield batch
            else:
                numbered(batch, self.frames + 1)
                yield select(batch, self._wanted)
            self.frames += batch.size

    def _dissected(self, keys: Array | None) -> Iterable[Batch]:
        """All of them, on another core where there is one and enough to do."""
        from netloom.packet.kernels import ahead
        from netloom.packet.kernels.batches import Dissector, batches

        if not ahead.worthwhile(self.capture):
            return map(Dissector(keys), batches(self.capture))
        self._ahead = ahead.Ahead(self.capture, keys)
        return self._ahead if keys is not None else map(Dissector(), self._ahead)

    def columns(self, *names: str, tell: Callable[[str], None] = untold) -> PacketColumns:
        """Packets as NumPy arrays: the columns of `Row` that are named, or all. Raises as `need_kernels` does."""
        self.need_kernels(tell)
        from netloom.packet.kernels.columns import columns

        return columns(self.batches(), names)

    def cancel(self) -> None:
        """Stop what waits for octets, in any thread."""
        self.capture.cancel()

    def close(self) -> None:
        """Close the files; again does nothing."""
        if self._ahead is not None:
            self.capture.cancel()
            self._ahead.close()
            self._ahead = None
        self.capture.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
