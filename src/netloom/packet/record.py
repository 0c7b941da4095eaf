"""A packet as it leaves: one line of who, to whom and what."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from netloom.records import Record


class PacketRecord(Record, frozen=True, kw_only=True):
    """One packet of a capture. Of headers that are there twice, in a tunnel, the innermost counts."""

    number: Annotated[int, Meta(description="which one it is of all that were captured, from 1")]
    time: Annotated[float | None, Meta(description="when it passed, in Unix seconds")]
    src: Annotated[str, Meta(description="the sender: its IP address, or that of its hardware")]
    src_port: int | None = None
    dst: Annotated[str, Meta(description="the receiver")]
    dst_port: int | None = None
    protocol: Annotated[str, Meta(description="the innermost protocol that is known")]
    length: Annotated[int, Meta(description="octets that passed")]
    captured: Annotated[int, Meta(description="octets that were kept")]
    vlan: Annotated[int, Meta(description="the first VLAN tag; 0 without one")] = 0
    tunnels: Annotated[int, Meta(description="IP headers around the innermost one")] = 0
    interface: str = ""
    direction: Annotated[str, Meta(description="in or out, where the capture tells")] = ""
    words: Annotated[str, Meta(description="what else it says, for people")] = ""
    anomalies: Annotated[tuple[str, ...], Meta(description="what is wrong with it: cut, lying, deep")] = ()


class AnswerRow(Record, frozen=True, kw_only=True):
    """One row of a query's answer, by the names of its columns."""

    row: dict[str, Any]
