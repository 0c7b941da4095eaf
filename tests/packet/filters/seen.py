"""Frames as matchers see them: a row and a view each, or NumPy's columns and a view of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netloom.packet.dissect import dissect
from netloom.packet.filters.octets import FrameView
from netloom.packet.frame import Frame
from netloom.packet.row import Row, columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.packet.filters.matches import Matcher


class Columns:
    """Arrays by the names of a row's fields."""

    def __init__(self, rows: Sequence[Row]) -> None:
        for name, form in columns().items():
            setattr(self, name, np.array([getattr(row, name) for row in rows], dtype=f"<{form}"))


class ColumnsView:
    """Octets of many frames at once."""

    def __init__(self, views: Sequence[FrameView]) -> None:
        self._views = views

    @property
    def direction(self) -> Any:
        return np.array([view.direction for view in self._views], dtype="u1")

    def octet(self, base: str, offset: Any, size: int) -> tuple[Any, Any]:
        offsets = np.broadcast_to(np.asarray(offset), (len(self._views),))
        found = [view.octet(base, int(at), size) for view, at in zip(self._views, offsets, strict=True)]
        values = np.array([value for value, _ in found], dtype="u4")
        return values, np.array([there for _, there in found], dtype=bool)


class Seen(NamedTuple):
    """Both ways to see the same frames."""

    rows: list[Row]
    views: list[FrameView]

    def kept(self, matcher: Matcher) -> list[bool]:
        """One by one."""
        return [bool(matcher.keep(row, view)) for row, view in zip(self.rows, self.views, strict=True)]

    def kept_at_once(self, matcher: Matcher) -> list[bool]:
        """By columns."""
        with np.errstate(all="raise", over="ignore"):
            found = matcher.keep(Columns(self.rows), ColumnsView(self.views))
        assert found.dtype == bool
        assert found.shape == (len(self.rows),)
        return [bool(one) for one in found]


def seen(frames: Sequence[bytes], link_type: int, direction: int = 0) -> Seen:
    """Dissect frames."""
    whole = [
        Frame(data=data, timestamp_ns=None, link_type=link_type, length=len(data), direction=direction)
        for data in frames
    ]
    found = [dissect(frame) for frame in whole]
    views = [FrameView(frame, dissected) for frame, dissected in zip(whole, found, strict=True)]
    return Seen([dissected.row for dissected in found], views)
