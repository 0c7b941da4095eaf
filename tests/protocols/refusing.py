"""A server in memory that is told to say no, and what our clients make of it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from netloom import registry
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, Status
from netloom.links import virtual
from netloom.links.memory import MemoryNetwork
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.worlds import pending_timers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from netloom.accounts import Accounts
    from netloom.attempts import Attempt
    from netloom.records import AccessRecord
    from netloom.shapes import Facts, Reply, Sample

T = TypeVar("T")

PORT = 4000
PATIENCE = 30.0
AT_ONCE = 1.0
"""Seconds, on the network's clock, by which a no that is said has been met."""
REFUSED, UNKNOWN, SUCCESS = Status.REFUSED_BY_PEER, Status.UNAUTHENTICATED, Status.SUCCESS
TWICE = [REFUSED, REFUSED, SUCCESS]
_TRUSTING = {"ssh": "hostkey=no", "tls": "verify=no", "https": "verify=no"}


class Met:
    """How one attempt ended, and what it brought."""

    def __init__(self, error: NetloomError | None, found: list[Any], seconds: float) -> None:
        self.error = error
        self.found = found
        self.seconds = seconds
        self.status = Status.SUCCESS if error is None else error.status
        self.message = "" if error is None else error.message
        self.phase = None if error is None else error.phase
        self.code = getattr(error, "code", "")

    def __repr__(self) -> str:
        return f"{self.status} in {self.phase} after {self.seconds:g} s: {self.message!r} {self.found}"


class Server:
    """A server of a scheme that stands; `told` are its access records."""

    def __init__(self, scheme: str, network: MemoryNetwork) -> None:
        self.scheme = scheme
        self.told: list[AccessRecord] = []
        self._network = network

    async def ask(self, verb: str, place: str = "", text: str = "", options: str = "", user: str = "") -> Met:
        """One attempt of a new client's: a verb, or `probe`."""
        declared, _ = registry.for_scheme(self.scheme)
        clock, found = asyncio.get_running_loop().time, []
        attempt = self.attempt(Endpoint.parse(self.url(place, options, user)))
        began = clock()
        async with attempt:
            client = attempt.client
            if verb == "probe":
                facts: Facts = registry.facts(declared)()
                found.append(facts)
                await registry.load(declared, "probe")(client, facts)
            else:
                found.extend([each async for each in _verb(client, verb, attempt.endpoint.path, text)])
        return Met(attempt.error, found, clock() - began)

    def attempt(self, endpoint: Endpoint) -> Attempt:
        """An attempt that can be entered."""
        return Toolbox(_nowhere, network=self._network).attempt(endpoint, PATIENCE)

    async def say(self, data: bytes, carrier: str = "tcp") -> bytes:
        """What comes of octets on a connection of their own, or of a datagram: all that the server says then."""
        heard: list[bytes] = []
        reply = "all" if carrier == "tcp" else "some"
        async with self.attempt(Endpoint.parse(f"{carrier}://127.0.0.1:{PORT}#reply={reply}")) as attempt:
            answer = await attempt.client.send(Message(payload=data))
            heard += [chunk async for chunk in answer.chunks()]
        return b"".join(heard)

    def url(self, place: str = "", options: str = "", user: str = "") -> str:
        """The URL of a place here, for a client that needs no certificate."""
        _, scheme = registry.for_scheme(self.scheme)
        trusting = "tls=never" if scheme.starttls else _TRUSTING.get(scheme.over, "")
        path, _, own = place.partition("#")
        chosen = ",".join(filter(None, [own, options, trusting]))
        return f"{self.scheme}://{user and user + '@'}127.0.0.1:{PORT}{path}#{chosen}"


@contextlib.asynccontextmanager
async def refusing(
    scheme: str, *faults: str, contents: tuple[Any, ...] = (), options: str = "", accounts: Accounts | None = None
) -> AsyncIterator[Server]:
    """A protocol's own default server, or one of the contents, with these `refuse`s."""
    network = MemoryNetwork()
    server = Server(scheme, network)
    chosen = [f"fault=refuse:{fault}" for fault in faults] + ([options] if options else [])
    endpoint = Endpoint.parse(f"{scheme}://127.0.0.1:{PORT}#{','.join(chosen)}")
    async with Serving([endpoint], contents, accounts, network=network, report=server.told.append):
        yield server


def run(scheme: str, main: Coroutine[Any, Any, T]) -> T:
    """On the virtual clock, but for what SSH carries: asyncssh waits for threads. Nothing may be left behind."""
    over_ssh = registry.for_scheme(scheme)[1].over == "ssh"

    async def whole() -> T:
        found = await main
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert over_ssh or not pending_timers(asyncio.get_running_loop())  # asyncssh's own outlive it
        return found

    return asyncio.run(whole()) if over_ssh else virtual.run(whole())


def outcomes(scheme: str, fault: str, *samples: Sample, options: str = "", own: str = "") -> list[Met]:
    """What comes of each of these at one server, one after the other. `options` are the clients', `own` are its own."""

    async def main() -> list[Met]:
        async with refusing(scheme, fault, options=own) as server:
            return [await server.ask(each.verb, each.place, each.text, options) for each in samples]

    return run(scheme, main())


async def _verb(client: Any, verb: str, path: str, text: str) -> AsyncIterator[Any]:
    if verb in ("list", "listen"):
        async with contextlib.aclosing(getattr(client, verb)(path)) as entries:
            async for entry in entries:
                yield entry
        return
    arguments: dict[str, tuple[Any, ...]] = {
        "get": (path,), "put": (path, _once(text.encode())), "send": (Message(payload=text.encode()),), "run": (text,)
    }  # fmt: skip
    reply: Reply | None = await getattr(client, verb)(*arguments[verb])
    if reply is not None:
        body = b"".join([chunk async for chunk in reply.chunks()])
        yield body or reply.value


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _nowhere(record: Any) -> None:
    """Nobody reads records: what an attempt came to is looked at itself."""
