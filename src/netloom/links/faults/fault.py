"""What a fault is: its parameters, for whom it is meant, and what it does to what passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from netloom.errors import UsageError

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way

Kind = Literal["stream", "datagrams"]
Side = Literal["client", "server"]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=86400.0 * 366)]
Size = Annotated[int, Meta(ge=0, le=2**40)]
Count = Annotated[int, Meta(ge=1)]

STREAM: frozenset[Kind] = frozenset({"stream"})
DATAGRAMS: frozenset[Kind] = frozenset({"datagrams"})


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What every fault can be told. Times are seconds, sizes octets, shares between 0 and 1.

    `VALUE` names the field that a bare value sets, `KINDS` says what it acts on.
    """

    VALUE: ClassVar[str] = ""
    KINDS: ClassVar[frozenset[Kind]] = STREAM | DATAGRAMS

    chance: Annotated[Share, Meta(description="share of connections that it is for")] = 1.0
    on: Annotated[
        str, Meta(pattern=r"^([1-9]\d*(-([1-9]\d*)?)?)?$", description="only the connections N, N-M or N-, from 1")
    ] = ""
    start: Annotated[Seconds, Meta(description="seconds until it begins")] = 0.0
    end: Annotated[Seconds | None, Meta(description="seconds until it ends")] = None
    seed: Annotated[int, Meta(description="chance repeats itself with its seed")] = 0

    def __post_init__(self) -> None:
        first, _, last = self.on.partition("-")
        if last and int(last) < int(first):
            raise UsageError(f"on={self.on} is for no connection", hint=f"on={last}-{first}")
        if self.end is not None and self.end <= self.start:
            raise UsageError(
                f"a fault that ends after {self.end:g} s can't begin after {self.start:g} s",
                hint="start and end are counted from the same moment",
            )

    @property
    def name(self) -> str:
        """What it is called: as its module."""
        return type(self).__module__.rpartition(".")[2]

    def act(self, way: Way) -> Act | None:
        """Its work on one way of one connection; None where it does nothing to what passes there."""
        return None

    def meets(self, number: int) -> bool:
        """Whether a connection's number is among those that it is for."""
        first, dash, last = self.on.partition("-")
        if not first:
            return True
        return int(first) <= number <= (int(last) if last else number if dash else int(first))


class Traffic(Fault, frozen=True, kw_only=True):
    """A fault of what passes, one way or both."""

    to: Annotated[Literal["client", "server", "both"], Meta(description="what is said to whom")] = "client"

    def act(self, way: Way) -> Act | None:
        return self.work(way) if self.to in (way.towards, "both") else None

    def work(self, way: Way) -> Act:
        """Its work on a way that it is for."""
        raise NotImplementedError
