"""Toxics, as toxiproxy's clients know them (API version 2): faults of one direction, with attributes in JSON."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta, Struct

from netloom.errors import UsageError
from netloom.links.faults.fault import Fault, Share, Side, Traffic
from netloom.links.faults.kinds.bandwidth import Bandwidth
from netloom.links.faults.kinds.latency import Latency
from netloom.links.faults.kinds.limit import Limit
from netloom.links.faults.kinds.reject import Reject
from netloom.links.faults.kinds.slice import Slice
from netloom.links.faults.kinds.slow_close import SlowClose
from netloom.links.faults.kinds.stall import Stall
from netloom.links.faults.text import parse

Number = Annotated[int, Meta(ge=0, le=2**40)]
Milliseconds = Annotated[int, Meta(ge=0, le=86_400_000 * 366)]
Microseconds = Annotated[int, Meta(ge=0, le=86_400_000_000 * 366)]

_HEARS: dict[str, Side] = {"upstream": "server", "downstream": "client"}
_FREE = 2**40
"""Octets a second that no link reaches: a bandwidth of 0 bounds nothing."""


class Attributes(Struct, frozen=True):
    """What a type of toxic can be told."""

    TYPE: ClassVar[str]

    def fault(self, to: Side) -> Fault:
        """The fault that it stands for. Raises UsageError."""
        raise NotImplementedError


class LatencyAttributes(Attributes, frozen=True):
    """Everything arrives later."""

    TYPE = "latency"
    latency: Milliseconds = 0
    jitter: Milliseconds = 0

    def fault(self, to: Side) -> Fault:
        return Latency(delay=self.latency / 1e3, jitter=self.jitter / 1e3, to=to)


class BandwidthAttributes(Attributes, frozen=True):
    """So many kilobytes a second."""

    TYPE = "bandwidth"
    rate: Number = 0

    def fault(self, to: Side) -> Fault:
        return Bandwidth(rate=self.rate * 1000 or _FREE, to=to)


class SlowCloseAttributes(Attributes, frozen=True):
    """The end is told late."""

    TYPE = "slow_close"
    delay: Milliseconds = 0

    def fault(self, to: Side) -> Fault:
        return SlowClose(delay=self.delay / 1e3, to=to)


class TimeoutAttributes(Attributes, frozen=True):
    """Nothing arrives any more; after `timeout` the connection is closed, with 0 never."""

    TYPE = "timeout"
    timeout: Milliseconds = 0

    def fault(self, to: Side) -> Fault:
        return Stall(close=self.timeout / 1e3 or None, to=to)


class ResetPeerAttributes(Attributes, frozen=True):
    """The connection is reset, at once or after `timeout`."""

    TYPE = "reset_peer"
    timeout: Milliseconds = 0

    def fault(self, to: Side) -> Fault:  # noqa: ARG002  # a reset is heard on both sides
        return Reject(delay=self.timeout / 1e3)


class SlicerAttributes(Attributes, frozen=True):
    """Pieces arrive in smaller ones; `delay` is in microseconds."""

    TYPE = "slicer"
    average_size: Number = 0
    size_variation: Number = 0
    delay: Microseconds = 0

    def fault(self, to: Side) -> Fault:
        return Slice(size=max(1, self.average_size), vary=self.size_variation, delay=self.delay / 1e6, to=to)


class LimitDataAttributes(Attributes, frozen=True):
    """The connection is closed after so many octets."""

    TYPE = "limit_data"
    bytes: Number = 0

    def fault(self, to: Side) -> Fault:
        return Limit(after=self.bytes, to=to)


class FaultAttributes(Attributes, frozen=True):
    """Any of our faults, by its text; where the text names no direction, the toxic's holds."""

    TYPE = "fault"
    text: str = ""

    def fault(self, to: Side) -> Fault:
        made = parse(self.text)
        directed = isinstance(made, Traffic) and ":to=" not in self.text
        return msgspec.structs.replace(made, to=to) if directed else made


TYPES: dict[str, type[Attributes]] = {
    kind.TYPE: kind
    for kind in (
        LatencyAttributes,
        BandwidthAttributes,
        SlowCloseAttributes,
        TimeoutAttributes,
        ResetPeerAttributes,
        SlicerAttributes,
        LimitDataAttributes,
        FaultAttributes,
    )
}


class Toxic(Struct, frozen=True, kw_only=True):
    """One toxic, as its JSON has it."""

    attributes: dict[str, Any] = {}
    name: str = ""
    type: str = ""
    stream: str = ""
    toxicity: Share = 1.0

    def settled(self) -> Toxic:
        """With all that it leaves out. Raises UsageError."""
        stream = self.stream.lower() or "downstream"
        if stream not in _HEARS:
            raise UsageError("stream was invalid, can be either upstream or downstream")
        if "/" in self.name:
            raise UsageError("bad request body: a name with a slash can't stand in a path")
        if self.type not in TYPES:
            raise UsageError("invalid toxic type", hint=f"types: {', '.join(TYPES)}")
        return msgspec.structs.replace(
            self,
            name=self.name or f"{self.type}_{stream}",
            stream=stream,
            attributes=msgspec.to_builtins(self._told()),
        )

    def fault(self) -> Fault:
        """What it does. Raises UsageError."""
        made = self._told().fault(_HEARS[self.stream])
        return made if self.toxicity >= 1 else msgspec.structs.replace(made, chance=self.toxicity)

    def _told(self) -> Attributes:
        try:
            return msgspec.convert(self.attributes, TYPES[self.type])
        except msgspec.ValidationError as exc:
            raise UsageError(f"bad request body: {exc}") from None


def shown(name: str, fault: Fault) -> Toxic:
    """A fault that was placed in another way than as a toxic."""
    stream = "upstream" if getattr(fault, "to", "client") == "server" else "downstream"
    return Toxic(name=name, type="fault", stream=stream, toxicity=fault.chance, attributes={"text": in_words(fault)})


def in_words(fault: Fault) -> str:
    """The text that gives the same fault, as far as it differs from what is usual."""
    parts = [
        f"{field.name}={value}"
        for field in msgspec.structs.fields(fault)
        if (value := getattr(fault, field.name)) != field.default and value is not None
    ]
    return ":".join([fault.name, *parts])
