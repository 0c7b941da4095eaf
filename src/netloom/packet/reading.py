"""Reading: packets of captures that a filter wants, dissected in plain Python or by compiled kernels.

Both ways give the same. Kernels are a thousand times faster and have to be loaded, so small captures do without; they
have to be compiled once, so middling ones do without until that has been done.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from netloom.errors import UsageError
from netloom.packet.captures.capture import open_capture
from netloom.packet.dissect import Dissected, dissect

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from netloom.packet.captures.capture import Capture, Note
    from netloom.packet.filters import Filter, FrameView, Matcher
    from netloom.packet.frame import Frame
    from netloom.packet.kernels.batches import Batch
    from netloom.packet.kernels.columns import Columns

    Path = str | os.PathLike[str]

SMALL = 1 << 20
"""Octets of captures that are read in plain Python in any case: about as quickly as kernels are loaded."""
MIDDLING = 1 << 25
"""Octets of captures that are read in plain Python where kernels would have to be compiled first."""
STEP = 1024
"""Frames between two moments in which somebody can stop plain Python."""
BATCHES = 32
"""Batches between two moments in which somebody can stop the kernels."""


def _untold(words: str) -> None:
    """In Python there is nobody at a terminal."""


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
    def notes(self) -> list[Note]:
        """Where files are damaged."""
        return self.capture.notes

    def compiled(self, tell: Callable[[str], None]) -> bool:
        """Whether kernels are the better way. Where they have to be compiled first, that is told, and done."""
        from netloom.packet.kernels import compiled

        known = all(path != "-" for path in self.capture.paths)
        if (known and self.size < SMALL) or self._follow or not self._answerable():
            return False
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

    def batches(self) -> Iterator[Batch]:
        """Those that are wanted, by kernels."""
        from netloom.packet.kernels.batches import Dissector, batches
        from netloom.packet.kernels.select import numbered, select

        dissector = Dissector()
        for batch in batches(self.capture):
            dissector(batch)
            if self._wanted is None:
                yield batch
            else:
                numbered(batch, self.frames + 1)
                yield select(batch, self._wanted)
            self.frames += batch.size

    def columns(self, *names: str, tell: Callable[[str], None] = _untold) -> Columns:
        """Packets as NumPy arrays: the columns of `Row` that are named, or all. Raises as `need_kernels` does."""
        self.need_kernels(tell)
        from netloom.packet.kernels.columns import columns

        return columns(self.batches(), names)

    def cancel(self) -> None:
        """Stop what waits for octets, in any thread."""
        self.capture.cancel()

    def close(self) -> None:
        """Close the files; again does nothing."""
        self.capture.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
