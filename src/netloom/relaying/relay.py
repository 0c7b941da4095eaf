"""A relay: what comes to one endpoint goes on to another, with faults, a recording and a record of each connection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from netloom.errors import ConnectionLost, NetloomError, Status
from netloom.links.datagrams import Datagrams
from netloom.links.introducing import introduction
from netloom.links.join import Tally, join
from netloom.links.network import shown
from netloom.links.relay_datagrams import Sessions
from netloom.options import link_options
from netloom.records import Record
from netloom.relaying.onward import DEADLINE, Onward
from netloom.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from netloom.endpoint import Endpoint
    from netloom.links.context import Context
    from netloom.links.dial import Dialler
    from netloom.links.faults.plan import Faults
    from netloom.links.network import Network
    from netloom.links.relay_datagrams import Session
    from netloom.links.stream import Stream
    from netloom.packet.recording import Recording

IDLE = 60.0
"""Seconds of silence after which datagrams of a peer are a new conversation, unless `idle` says otherwise."""


class Relayed(Record, frozen=True, kw_only=True):
    """One connection, or one peer's datagrams, when it is over.

    `sent` are octets to the target, `received` those from it; `at` is when it began (Unix seconds).
    """

    deed = "relayed"
    at: float
    endpoint: str
    target: str
    peer: str
    status: Status
    message: str = ""
    sent: int = 0
    received: int = 0
    duration: float = 0.0


class Relay:
    """From `listen` to `target`. `async with` starts and stops it; `endpoint` is where it really listens.

    TLS ends here where `listen` is of a scheme over TLS, and begins again where `target` is of one; otherwise it passes
    through, to the target that `names` has for the server name that is asked for, if one fits (`*` and `?` may stand in
    it). `report` hears of each connection when it is over.
    """

    upgrades = False

    def __init__(  # noqa: PLR0913  # what an embedding program brings itself
        self,
        listen: Endpoint,
        target: Endpoint,
        *,
        names: Mapping[str, Endpoint] | None = None,
        network: Network,
        faults: Faults | None = None,
        recording: Recording | None = None,
        report: Callable[[Relayed], None] | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        """Raises UsageError where nothing could ever pass."""
        self.onward = Onward(listen, target, names=names or {}, network=network, deadline=deadline)
        self.serving = Serving([listen], [self], network=network, faults=faults, recording=recording)
        self._clock = network.clock
        self._report = report
        self._idle = link_options(listen.all_options).idle
        self._open: set[_Sized] = set()
        self._passed = (0, 0)

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens; there may be one more for the other family."""
        return self.serving.endpoint

    @property
    def sizes(self) -> tuple[int, int]:
        """Octets that went to the target and came from it, since it began."""
        sizes = [self._passed, *(each.sizes for each in self._open)]
        return sum(sent for sent, _ in sizes), sum(received for _, received in sizes)

    async def __aenter__(self) -> Relay:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen. Raises UsageError, CapabilityError."""
        await self.serving.start()

    async def stop(self) -> None:
        """Listen no more; connections that stand are reset."""
        await self.serving.stop(0.0)

    def describe(self) -> str:
        """What is served, in words."""
        others = [f"{pattern} to {place}" for pattern, place in self.onward.names.items()]
        return ", ".join([f"relay to {self.onward.target}", *others])

    async def serve_bytes(self, link: Any, context: Context) -> None:
        """One connection, or one socket of datagrams."""
        if isinstance(link, Datagrams):
            await self._datagrams(link, context)
        else:
            await self._stream(link, context)

    async def _stream(self, link: Stream, context: Context) -> None:
        began, start = time.time(), self._clock()
        link.set_idle(self._idle)  # two that are joined may be silent for as long as they like, as a rule
        dial: Dialler | None = None
        target = self.onward.target
        tally = Tally()
        self._open.add(tally)
        error: NetloomError | None = None
        try:
            target = await self.onward.choose(link)
            dial = self.onward.dialler(target)
            if dial.options.send_proxy:
                dial.speaks_for = context.proxied or introduction(link)
            onward = await self.onward.stream(dial, _spoken(link))
            onward.set_idle(dial.options.idle)
            joined = await join(link, onward, tally, resets=True)
            error = joined.left or joined.right
            if error is None:
                await onward.close()
                await link.close()
            else:
                onward.reset()
        except NetloomError as exc:
            error = exc
        except BaseException:
            error = ConnectionLost("the relay stops")
            raise
        finally:
            if error is not None:
                link.reset()
            if dial is not None:
                dial.let_go()
            self._ended(tally)
            if self._report is not None:
                spent = self._clock() - start
                self._tell(context, str(target), link.peer, (began, spent), error, tally.sizes)

    async def _datagrams(self, link: Datagrams, context: Context) -> None:
        target = str(self.onward.target)
        idle = link_options(self.onward.target.all_options).idle

        def ended(session: Session) -> None:
            self._passed = _sum(self._passed, session.sizes)
            spent = session.loop.time() - session.began
            self._tell(context, target, shown(session.peer), (time.time() - spent, spent), session.error, session.sizes)

        sessions = Sessions(link, self.onward.datagrams, IDLE if idle is None else idle, ended)
        self._open.add(sessions)
        try:
            await sessions.run()
        finally:
            self._open.discard(sessions)

    def _ended(self, tally: Tally) -> None:
        self._open.discard(tally)
        self._passed = _sum(self._passed, tally.sizes)

    def _tell(  # noqa: PLR0913, PLR0917  # the fields of a record
        self,
        context: Context,
        target: str,
        peer: str,
        times: tuple[float, float],
        error: NetloomError | None,
        sizes: tuple[int, int],
    ) -> None:
        if self._report is not None:
            self._report(
                Relayed(
                    at=times[0],
                    endpoint=context.place,
                    target=target,
                    peer=peer,
                    status=Status.SUCCESS if error is None else error.status,
                    message=error.message if error is not None else "",
                    sent=sizes[0],
                    received=sizes[1],
                    duration=times[1],
                )
            )


class _Sized(Protocol):
    """What knows how much has passed each way."""

    @property
    def sizes(self) -> tuple[int, int]: ...


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def _spoken(link: Stream) -> str:
    """What ALPN settled on where TLS ends here: it is spoken to the target, too."""
    layer = link.info("tls")
    return layer.alpn if layer is not None else ""
