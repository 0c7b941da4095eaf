"""Duplicate: datagrams that arrive twice. A stream's TCP keeps that from whoever reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.act import Act
from netloom.links.faults.fault import DATAGRAMS, Kind, Share, Traffic

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Duplicate(Traffic, frozen=True, kw_only=True):
    """The second comes right after the first."""

    VALUE: ClassVar[str] = "share"
    KINDS: ClassVar[frozenset[Kind]] = DATAGRAMS

    share: Annotated[Share, Meta(description="share of datagrams")] = 1.0

    def work(self, way: Way) -> Act:
        return _Twice(way, self)


class _Twice(Act):
    def __init__(self, way: Way, fault: Duplicate) -> None:
        super().__init__(way)
        self._share = fault.share
        self._random = way.random(fault)

    def data(self, data: bytes) -> None:
        self.on.data(data)
        if self._random.random() < self._share:
            self.on.data(data)


FAULT = Duplicate
