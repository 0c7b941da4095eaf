"""Relays: what comes to one endpoint goes on to another, with faults, a recording and a record of each connection."""

from __future__ import annotations

import asyncio
import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeVar

from netloom.errors import ConnectionLost, DeadlineExceeded, NetloomError, Status, UsageError
from netloom.links.datagrams import Datagrams
from netloom.links.dial import Dialler
from netloom.links.hello import asked_name
from netloom.links.introducing import own_place, peer_place
from netloom.links.join import Tally, join
from netloom.links.network import shown
from netloom.links.relay_datagrams import relay
from netloom.links.trace import Trace
from netloom.options import link_options
from netloom.records import Record
from netloom.registry import settle
from netloom.serving import Serving
from netloom.wire.proxy_protocol import Proxied

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from netloom.endpoint import Endpoint
    from netloom.links.context import Context
    from netloom.links.faults.plan import Faults
    from netloom.links.network import Network
    from netloom.links.relay_datagrams import Session
    from netloom.links.stream import Stream
    from netloom.packet.recording import Recording

T = TypeVar("T")

IDLE = 60.0
"""Seconds of silence after which datagrams of a peer are a new conversation, unless `idle` says otherwise."""
DEADLINE = 10.0
"""Seconds in which a target has to be reached."""


class Relayed(Record, frozen=True, kw_only=True):
    """One connection, or one peer's datagrams, when it is over.

    `sent` are octets to the target, `received` those from it; `at` is when it began (Unix seconds).
    """

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
        self.target = target
        self._names = {pattern.lower(): place for pattern, place in (names or {}).items()}
        self._network = network
        self._report = report
        self._deadline = deadline
        for place in (target, *self._names.values()):
            self._check(listen, place)
        self.serving = Serving([listen], [self], network=network, faults=faults, recording=recording)

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens; there may be one more for the other family."""
        return self.serving.endpoint

    async def __aenter__(self) -> Relay:
        await self.serving.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.serving.stop(0.0)

    def describe(self) -> str:
        """What is served, in words."""
        others = [f"{pattern} to {place}" for pattern, place in self._names.items()]
        return ", ".join([f"relay to {self.target}", *others])

    async def serve_bytes(self, link: Any, context: Context) -> None:
        """One connection, or one socket of datagrams."""
        if isinstance(link, Datagrams):
            await self._datagrams(link, context)
        else:
            await self._stream(link, context)

    def _check(self, listen: Endpoint, target: Endpoint) -> None:
        """Raises UsageError, where nothing could ever pass."""
        comes, goes = settle(listen)[1].over, settle(target)[1].over
        if "icmp" in (comes, goes) or not _passes(comes) <= _passes(goes):
            raise UsageError(
                f"what comes to {listen} can't go on to {target}", hint="streams to streams, datagrams to datagrams"
            )
        place = settle(target)[2]
        if place.port is None and not place.socket:
            raise UsageError(f"{target} needs a port", hint=f"{target.scheme}://{target.host}:PORT")
        link_options(target.all_options)

    # Streams

    async def _stream(self, link: Stream, context: Context) -> None:
        began, start = time.time(), self._network.clock()
        link.set_idle(None)  # two that are joined may be silent for as long as they like
        dial: Dialler | None = None
        target = self.target
        tally = Tally()
        error: NetloomError | None = ConnectionLost("the relay stops")
        try:
            target = await self._chosen(link)
            dial = self._dialler(target)
            onward = await self._reach(dial, link)
            joined = await join(link, onward, tally)
            error = joined.left or joined.right
            if error is None:
                await onward.close()
                await link.close()
            else:
                onward.reset()
        except NetloomError as exc:
            error = exc
        finally:
            if error is not None:
                link.reset()
            if dial is not None:
                dial.let_go()
            spent = self._network.clock() - start
            self._tell(context, target, peer=link.peer, began=began, duration=spent, error=error, sizes=tally.sizes)

    async def _chosen(self, link: Stream) -> Endpoint:
        """Where a connection is meant to go: by the name that it asks for, where that matters."""
        if not self._names:
            return self.target
        name = await self._in_time(asked_name(link), "no ClientHello came")
        return next((place for pattern, place in self._names.items() if fnmatchcase(name, pattern)), self.target)

    async def _reach(self, dial: Dialler, link: Stream) -> Stream:
        dial.speaks_for = Proxied(peer_place(link), own_place(link)) if dial.options.send_proxy else None
        onward = await self._in_time(self._dialled(dial, link), f"{dial.endpoint} wasn't reached")
        onward.set_idle(None)
        return onward

    async def _dialled(self, dial: Dialler, link: Stream) -> Stream:
        onward = await dial.stream(plain=True)
        if settle(dial.endpoint)[1].over in ("tls", "https"):
            layer = link.info("tls")
            spoken = layer.connection.get_alpn_proto_negotiated().decode("ascii") if layer is not None else ""
            await dial.secure(onward, alpn=(spoken,) if spoken else ())
        return onward

    async def _in_time(self, work: Awaitable[T], otherwise: str) -> T:
        try:
            async with asyncio.timeout(self._deadline):
                return await work
        except TimeoutError:
            raise DeadlineExceeded(f"{otherwise} within {self._deadline:g} s") from None

    # Datagrams

    async def _datagrams(self, link: Datagrams, context: Context) -> None:
        options = link_options(self.target.all_options)

        async def dial() -> Datagrams:
            dialler = self._dialler(self.target)
            made = await self._in_time(dialler.datagrams(), f"{self.target} wasn't reached")
            made.set_idle(None)
            return made

        def ended(session: Session) -> None:
            spent = session.loop.time() - session.began
            self._tell(
                context,
                self.target,
                peer=shown(session.peer),
                began=time.time() - spent,
                duration=spent,
                error=session.error,
                sizes=session.sizes,
            )

        await relay(link, dial, IDLE if options.idle is None else options.idle, ended)

    # Both

    def _dialler(self, target: Endpoint) -> Dialler:
        settled = settle(target)[2]
        return Dialler(self._network, settled, link_options(target.all_options), Trace(self._network.clock))

    def _tell(  # noqa: PLR0913  # the fields of a record
        self,
        context: Context,
        target: Endpoint,
        *,
        peer: str,
        began: float,
        duration: float,
        error: NetloomError | None,
        sizes: tuple[int, int],
    ) -> None:
        if self._report is None:
            return
        self._report(
            Relayed(
                at=began,
                endpoint=context.place,
                target=str(target),
                peer=peer,
                status=Status.SUCCESS if error is None else error.status,
                message=error.message if error is not None else "",
                sent=sizes[0],
                received=sizes[1],
                duration=duration,
            )
        )


def _passes(over: str) -> set[str]:
    return {"udp": {"datagrams"}, "udp+tcp": {"datagrams", "streams"}}.get(over, {"streams"})
