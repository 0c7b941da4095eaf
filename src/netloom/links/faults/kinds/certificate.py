"""Certificate: a TLS server that shows a wrong one."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from netloom.links.faults.fault import STREAM, Fault, Kind

Flaw = Literal["expired", "early", "name", "untrusted"]


class Certificate(Fault, frozen=True, kw_only=True):
    """Expired yesterday, valid from tomorrow on, for another name, or of an authority that nobody knows."""

    VALUE: ClassVar[str] = "flaw"
    KINDS: ClassVar[frozenset[Kind]] = STREAM

    flaw: Annotated[Flaw, Meta(description="what is wrong with it")]


FAULT = Certificate
