"""Handshake: TLS that begins and never ends, at once or after STARTTLS (RFC 8446 §4.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from netloom.links.faults.fault import STREAM, Kind, Traffic
from netloom.links.faults.held import Held

if TYPE_CHECKING:
    from netloom.links.faults.act import Act
    from netloom.links.faults.way import Way

_HELLO = re.compile(rb"\x16\x03[\x00-\x04]..[\x01\x02]", re.DOTALL)
"""A record (RFC 8446 §5.1) with a ClientHello or a ServerHello."""


class Handshake(Traffic, frozen=True, kw_only=True):
    """Nothing more is said to the side that should have heard a hello."""

    KINDS: ClassVar[frozenset[Kind]] = STREAM

    to: Annotated[Literal["client", "server", "both"], Meta(description="who hears no hello")] = "server"

    def work(self, way: Way) -> Act:
        return _Unheard(way)


class _Unheard(Held):
    """A hello is the first that a piece says: nobody says more before it is answered."""

    def __init__(self, way: Way) -> None:
        super().__init__(way)
        self._heard = False

    def data(self, data: bytes) -> None:
        self._heard = self._heard or _HELLO.match(data) is not None
        if self._heard:
            self.keep(data)
        else:
            self.on.data(data)

    def end(self) -> None:
        if self._heard:
            self.keep_end()
        else:
            self.on.end()


FAULT = Handshake
