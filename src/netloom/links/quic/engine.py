"""The engine of one QUIC connection, with the means to hold back what the peer sends (RFC 9000 §4.1)."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from qh3.quic.configuration import QuicConfiguration
from qh3.quic.connection import QuicConnection

from netloom.errors import CapabilityError

if TYPE_CHECKING:
    from qh3.quic.events import ConnectionTerminated

# It tells of every connection that a peer closes, at WARNING.
logging.getLogger("quic").setLevel(logging.CRITICAL)

if not hasattr(QuicConnection, "_drain_core"):  # pragma: no cover  # what it is for can't be had otherwise
    raise CapabilityError("this release of qh3 can't hold back what a peer sends", hint="pip install 'qh3>=2.1,<3'")


class Engine(QuicConnection):
    """qh3's connection. While it is `held`, what arrives is acknowledged and stays below, and the peer gets no credit.

    The engine gives credit for data as it is taken out of its core: so nothing is taken out.
    """

    held = False

    def _drain_core(self) -> None:
        if not self.held or self._core is None or self._core.state not in ("first_flight", "connected"):
            super()._drain_core()

    def release(self) -> None:
        """Take what waits below."""
        self.held = False
        if self._core is not None:
            self._drain_core()

    @property
    def ending(self) -> ConnectionTerminated | None:
        """Why the connection ends, as soon as that is known: the event comes only once the last words are forgotten."""
        return self._close_event

    @property
    def blames_peer(self) -> bool:
        """Whether we end it, for what the peer did."""
        return self._core is not None and self._core.local_error is not None

    @property
    def number(self) -> int:
        """QUIC's version."""
        return self._version or 0


@functools.cache
def warm_up() -> None:
    """The first key exchange of a process takes tens of milliseconds: they belong to no phase of an attempt."""
    engine = Engine(configuration=QuicConfiguration(alpn_protocols=["h3"], server_name="localhost"))
    engine.connect(("127.0.0.1", 0), 0.0)
