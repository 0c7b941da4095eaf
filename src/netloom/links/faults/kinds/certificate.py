"""Certificate: a TLS server that shows a wrong one."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from netloom.links.faults.fault import Fault

Flaw = Literal["expired", "early", "name", "untrusted"]


class Certificate(Fault, frozen=True, kw_only=True):
    """Expired yesterday, valid from tomorrow on, for another name, or of an authority that nobody knows.

    QUIC's handshake, in datagrams, is TLS's as well.
    """

    VALUE: ClassVar[str] = "flaw"

    flaw: Annotated[Flaw, Meta(description="what is wrong with it")]


FAULT = Certificate
