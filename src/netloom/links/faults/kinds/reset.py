"""Reset: the connection is broken off (RFC 9293 §3.5.2). For datagrams, the port is found closed."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from netloom.links.faults.act import Act
from netloom.links.faults.fault import Seconds, Size, Traffic
from netloom.links.faults.held import Held

if TYPE_CHECKING:
    from netloom.links.faults.way import Way


class Reset(Traffic, frozen=True, kw_only=True):
    """With 0 the first word breaks it. What comes between the last octet that passes and the reset is lost."""

    VALUE: ClassVar[str] = "after"

    after: Annotated[Size, Meta(description="octets that pass before")] = 0
    delay: Annotated[Seconds, Meta(description="seconds of silence between them and the reset")] = 0.0

    def work(self, way: Way) -> Act:
        return _Break(way, self) if way.kind == "stream" else _Closed(way, self)


class _Break(Held):
    """A stream that is broken off once. In the silence before, all is held back."""

    def __init__(self, way: Way, fault: Reset) -> None:
        super().__init__(way)
        self._delay = fault.delay
        self._left = fault.after

    def data(self, data: bytes) -> None:
        fitting, rest = data[: self._left], data[self._left :]
        self._left -= len(fitting)
        if fitting:
            self.on.data(fitting)
        if self._left or self.way.line.over:
            return
        if not self._delay:
            self.way.line.reset("reset")
            return
        if rest:
            self.keep(rest)
        if not self.counts_down:
            self.count_down(self._delay, functools.partial(self.way.line.reset, "reset"))

    def end(self) -> None:
        if not self.counts_down:
            self.on.end()
        else:
            self.keep_end()


class _Closed(Act):
    """A port that takes some datagrams whole, and none later."""

    def __init__(self, way: Way, fault: Reset) -> None:
        super().__init__(way)
        self._delay = fault.delay
        self._left = fault.after
        self._full: float | None = None

    def data(self, data: bytes) -> None:
        if self._left > 0:
            self._left -= len(data)
            self.on.data(data)
            return
        now = asyncio.get_running_loop().time()
        self._full = now if self._full is None else self._full
        if now - self._full >= self._delay:
            self.way.line.reset("reset")


FAULT = Reset
