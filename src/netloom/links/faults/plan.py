"""The faults of a listener, a relay or a dialler: they can be placed and lifted while connections stand."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakSet

from netloom.errors import UsageError
from netloom.links.faults.fault import Fault
from netloom.links.faults.line import Line
from netloom.links.faults.placed import Placed
from netloom.links.faults.text import parse, several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from netloom.links.faults.fault import Kind
    from netloom.links.faults.line import Ends

F = TypeVar("F", bound=Fault)


class Faults:
    """Faults in the order in which they act; a text may be `@FILE`, a script of them.

    `above` are others that hold here, too, and act first. `fits` raises UsageError for a fault that can't act here.
    `changes`: they will be placed or lifted later, so that links are made ready for it.
    """

    def __init__(
        self,
        wanted: Iterable[Fault | str] = (),
        *,
        above: Faults | None = None,
        fits: Callable[[Fault], None] | None = None,
        changes: bool = False,
    ) -> None:
        self._placed: dict[str, Placed] = {}
        self._above = above
        self._below: WeakSet[Faults] = WeakSet()
        self._fits = fits
        self._changes = changes
        self._lines: set[Line] = set()
        self._numbers = itertools.count(1)
        for each in wanted:
            for fault in several(each) if isinstance(each, str) else (each,):
                self.add(fault)
        if above is not None:
            above._below.add(self)

    def add(self, fault: Fault | str, name: str = "") -> str:
        """Place a fault, by its text as well; gives its name here. Raises UsageError, where the name is taken too."""
        made = parse(fault) if isinstance(fault, str) else fault
        self._check(made)
        if name in self._placed:
            raise UsageError(f"there is a fault {name!r} already", hint="lift it first, or choose another name")
        placed = Placed(name or self._free(made.name), made)
        self._placed[placed.name] = placed
        with contextlib.suppress(RuntimeError):  # before anything runs its time can't begin
            asyncio.get_running_loop()
            placed.begin()
        self._arrange()
        return placed.name

    def remove(self, name: str) -> None:
        """Lift a fault by its name; what it held back goes on. Raises UsageError for a name that isn't here."""
        if name not in self._placed:
            there = ", ".join(self._placed)
            raise UsageError(
                f"there is no fault {name!r} here", hint=f"there are {there}" if there else "there is none"
            )
        del self._placed[name]
        self._arrange()

    def clear(self) -> None:
        """Lift all of them."""
        self._placed.clear()
        self._arrange()

    def __iter__(self) -> Iterator[Placed]:
        if self._above is not None:
            yield from self._above
        yield from list(self._placed.values())

    def __getitem__(self, name: str) -> Fault:
        return self._placed[name].fault

    def __len__(self) -> int:
        return len(self._placed)

    @property
    def wanted(self) -> bool:
        """Whether links have to be made ready for faults."""
        return self._changes or bool(self._placed) or (self._above is not None and self._above.wanted)

    def of(self, kind: type[F], line: Line | None) -> Iterator[tuple[Placed, F]]:
        """Those of one kind that hold at this moment for a connection, or for whoever is there where it is None."""
        now = asyncio.get_running_loop().time()
        for placed in self:
            fault = placed.fault
            if isinstance(fault, kind) and placed.holds(now) and placed.is_for(line):
                yield placed, fault

    def check(self) -> None:
        """Raises UsageError where one of them can act nowhere: those that were placed before anything was below."""
        for placed in self._placed.values():
            self._check(placed.fault)

    def detach(self) -> None:
        """Those above hold here no more: this place has gone."""
        if self._above is not None:
            self._above._below.remove(self)
            self._above = None

    def number(self) -> int:
        """The number of one connection more."""
        return next(self._numbers)

    def line(self, kind: Kind, ends: Ends, number: int | None = None) -> Line:
        """What a connection is under, which begins soon. `number`: it is a further one of that one's."""
        return Line(self, kind, ends, number)

    # What lines ask for

    def enter(self, line: Line) -> None:
        """A line has begun: it hears of what changes. From the first on, times run."""
        self._lines.add(line)
        for placed in self:
            placed.begin()

    def leave(self, line: Line) -> None:
        """A line has ended."""
        self._lines.discard(line)

    def _check(self, fault: Fault) -> None:
        """A fault has to fit here, or somewhere below."""
        if self._fits is not None:
            self._fits(fault)
        misfits: list[UsageError] = []
        belows = list(self._below)
        for below in belows:
            try:
                below._check(fault)
            except UsageError as exc:
                misfits.append(exc)
        if misfits and len(misfits) == len(belows):
            raise misfits[0]

    def _arrange(self) -> None:
        for line in list(self._lines):
            line.arrange()
        for below in list(self._below):
            below._arrange()

    def _free(self, name: str) -> str:
        names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
        return next(each for each in names if each not in self._placed)
