"""A laboratory for trouble: a protocol's own server, samples to try on it, and what is open at a moment."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from netloom import registry
from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.links.faults.fault import DATAGRAMS
from netloom.links.faults.fitting import carried
from netloom.links.faults.plan import Faults
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import VirtualLoop
from netloom.operations.demo import PASSWORD, USER, at, known
from netloom.serving import Serving
from netloom.shapes import Sample
from netloom.toolbox import Toolbox
from tests.worlds import pending_timers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from netloom.links.authority import Authority
    from netloom.links.network import Network
    from netloom.records import Record
    from netloom.shapes import Protocol

T = TypeVar("T")

DEADLINE = 6.0
IDLE = 4.0
LATEST = DEADLINE + 2 * IDLE
"""An answer that has begun is bounded by silence alone, and so may be another that it leads to."""
AFTER = 3000.0
"""Virtual seconds until all is as it was: longer than any server bears silence."""
PROBE = Sample(verb="probe")
H3 = "h3"
"""HTTP/3 alone, which has no scheme of its own."""


class Loop(VirtualLoop):
    """Work for other threads is done at once: on a virtual clock nobody waits for them."""

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]  # asyncio's is a coroutine's
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as exc:  # as a thread gives it back
            done.set_exception(exc)
        return done


def run(main: Coroutine[Any, Any, T]) -> T:
    """On the virtual clock."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(main)


class Left(NamedTuple):
    """What is open at a moment."""

    tasks: int
    timers: int
    sockets: int
    listeners: int


class Lab:
    """A protocol's own server in memory, with what `demo` knows of it, and samples to try on it."""

    def __init__(self, scheme: str, serving: Serving, faults: Faults, trust: Path) -> None:
        self.declared = spoken(scheme)
        self.scheme = scheme
        self.faults = faults
        place = known(serving, serving.endpoint, trust)
        self._place = place if scheme != H3 else place.with_options([*place.options, ("version", "3")])
        self.kinds = carried(self.declared.schemes[scheme].over) if scheme != H3 else DATAGRAMS
        self._source = trust.with_name("source.txt")
        self.network: Network = serving._network
        self.samples = self.declared.samples or (Sample(verb="probe"),)

    async def ask(self, sample: Sample, fault: str = "") -> Any:
        """The last record of a verb, or of a probe, with a fault of the client's own."""
        place = at(sample, self._place)
        own = [("fault", fault)] if fault else []
        given = [each for each in self._place.options if each[0] != "http3"]
        target = place.with_options([*given, ("idle", f"{IDLE:g}"), *own, *place.options])
        fields: dict[str, Any] = {"target": target}
        match sample.verb:
            case "get" | "list" | "probe":
                fields = {"targets": [target]}
            case "put":
                self._source.write_text(sample.text)
                fields["source"] = str(self._source)
            case "send":
                fields["message"] = sample.text
            case "run":
                fields["command"] = sample.text
        toolbox = Toolbox(_drop, network=self.network)
        return [record async for record in toolbox.call(sample.verb, deadline=DEADLINE, **fields)][-1]

    def left(self) -> Left:
        """What is open now."""
        loop = asyncio.get_running_loop()
        network = self.network
        sockets, listeners = (network.sockets, network.listeners) if isinstance(network, MemoryNetwork) else ((), ())
        return Left(len(asyncio.all_tasks()), len(pending_timers(loop)), len(sockets), len(listeners))


async def _drop(record: Record) -> None:
    """The records that count come through `call`."""


def spoken(scheme: str) -> Protocol:
    """The protocol of a scheme."""
    return registry.protocol("http") if scheme == H3 else next(p for p in registry.protocols() if scheme in p.schemes)


@contextlib.asynccontextmanager
async def laboratory(scheme: str, folder: Path, authority: Authority, network: Network | None) -> AsyncIterator[Lab]:
    """While inside, the server of a scheme runs, on a network in memory or (None) on the kernel's."""
    trust = folder / "authority.pem"
    trust.write_bytes(authority.certificate_pem)
    faults = Faults(changes=True)
    places = {"unix": f"unix://{folder}/m.sock", H3: "https://127.0.0.1:0#http3=only"}
    place = Endpoint.parse(places.get(scheme, f"{scheme}://127.0.0.1:0"))
    accounts = Accounts.from_texts([f"{USER}:{PASSWORD}"])
    async with Serving([place], (), accounts, network=network, authority=authority, faults=faults) as serving:
        yield Lab(scheme, serving, faults, trust)
