"""What stands between a served socket and its protocol: faults at the bottom, a tap that hears what is left, TLS."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal

from netloom.errors import UsageError
from netloom.links.faults import dress

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from netloom.endpoint import Endpoint
    from netloom.links.datagrams import DatagramKind
    from netloom.links.faults.kinds.certificate import Flaw
    from netloom.links.faults.line import Line
    from netloom.links.faults.plan import Faults
    from netloom.links.options import LinkOptions
    from netloom.links.route import Route
    from netloom.links.stream import Stream
    from netloom.links.tap import Feed
    from netloom.links.tls import ServerTLS
    from netloom.packet.recording import Recording

    Overhear = Callable[[DatagramKind | Literal["tcp"], Any, Any], Feed]
    Flawed = Callable[[Flaw, Endpoint], tuple[bytes, bytes]]


class Dressing:
    """What a listener's connections wear, and the further ones beside them.

    `flawed` makes a wrong certificate and its key, for faults that want one. `overhear` gives who hears a link's
    plaintext: it is told what carries it, the link, and who the peer is where that isn't the link's. `secured`: TLS
    begins at once.
    """

    def __init__(  # noqa: PLR0913  # all that there is, in one place
        self,
        tls: ServerTLS | None = None,
        *,
        faults: Faults | None = None,
        recording: Recording | None = None,
        flawed: Callable[[Flaw], tuple[bytes, bytes]] | None = None,
        overhear: Overhear | None = None,
        secured: bool = False,
    ) -> None:
        self.tls = tls
        self.faults = faults
        self._recording = recording
        self._overhear = overhear
        self._secured = secured
        self._flawed = functools.cache(flawed) if flawed is not None else None

    @classmethod
    def of(  # noqa: PLR0913  # all that there is, in one place
        cls,
        routes: list[Route],
        options: LinkOptions,
        tls: ServerTLS | None = None,
        *,
        above: Faults | None = None,
        recording: Recording | None = None,
        flawed: Flawed | None = None,
        overhear: Overhear | None = None,
    ) -> Dressing:
        """What an endpoint's options ask for, with the faults `above` that hold for it anyway. Raises UsageError."""
        faults = dress.of_server(routes, options, above, secure=tls is not None)
        wrong = (lambda flaw: flawed(flaw, routes[0].endpoint)) if flawed is not None else None
        secured = routes[0].scheme.over in ("tls", "https")
        return cls(tls, faults=faults, recording=recording, flawed=wrong, overhear=overhear, secured=secured)

    @property
    def key_log(self) -> Callable[[bytes], None] | None:
        """Who is told the secrets of TLS."""
        return self._recording.secret if self._recording is not None else None

    def stream(self, upper: Stream, number: int | None = None) -> asyncio.Protocol:
        """What the transport of an accepted stream, or of one beside it, talks to.

        `number` is that of the connection that it stands beside.
        """
        top: asyncio.Protocol = upper
        if self._overhear is not None:
            from netloom.links.tap import ServedDialogue

            top = ServedDialogue(top, self._overhear("tcp", upper, None), secured=self._secured)
        if self._recording is not None:
            from netloom.links.tap import TapLayer

            top = TapLayer(top, self._recording, None)
        return dress.stream(top, self.faults, "server", number)

    def datagrams(
        self, upper: asyncio.DatagramProtocol, kind: DatagramKind = "udp", number: int | None = None
    ) -> asyncio.DatagramProtocol:
        """The same for a socket of datagrams."""
        top = upper
        if self._overhear is not None:
            from netloom.links.tap import ServedDatagramDialogue

            top = ServedDatagramDialogue(top, functools.partial(self._overhear, kind, upper))
        if self._recording is not None:
            from netloom.links.tap import ServedDatagramTap

            top = ServedDatagramTap(top, self._recording, kind)
        return dress.datagrams(top, self.faults, "server", number)

    def certified(self, line: Line | None) -> ServerTLS:
        """The certificate that is shown on a connection of that line. Raises UsageError where there is none."""
        if self.tls is None:
            raise UsageError("a TLS server needs a certificate")
        if self.faults is None or self._flawed is None:
            return self.tls
        from netloom.links.faults.kinds.certificate import Certificate

        flaw = next((fault.flaw for _, fault in self.faults.of(Certificate, line)), None)
        return self.tls if flaw is None else self.tls.showing(*self._flawed(flaw))
