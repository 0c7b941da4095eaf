"""A server for a test: real, on a port that the kernel chose, breakable, and able to tell what it received."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from typing import TYPE_CHECKING, Any, Self

from netloom.accounts import Accounts
from netloom.background import background
from netloom.endpoint import Endpoint, as_options
from netloom.errors import UsageError
from netloom.links.faults.kinds.refuse import Refuse
from netloom.links.faults.plan import Faults
from netloom.registry import content as named_content
from netloom.registry import settle
from netloom.serving import Serving
from netloom.testing.answers import Answers
from netloom.testing.heard import Heard
from netloom.testing.transcript import LIMIT, Transcript

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from netloom.links.faults.fault import Fault
    from netloom.records import AccessRecord
    from netloom.shapes import Protocol
    from netloom.testing.answers import Request, Told
    from netloom.testing.trust import Trust

WAIT = 5.0
"""Seconds that a test waits for what has to come."""


class Server:
    """One protocol's server, from its scheme or endpoint. `start` and `stop`, or `with`, at any time and again.

    It runs on a loop of its own, in another thread: tests may block, or have whichever loop they like. `accounts` are
    texts such as `ann:secret`, `faults` such as `latency:100ms`; what begins again listens on the same port. `content`
    is what the protocol serves as a rule, but for http: that has `Answers`, so that a test tells what it says. `kept`
    octets of the traffic are kept.
    """

    def __init__(  # noqa: PLR0913  # what there is to say of a server
        self,
        where: str | Endpoint,
        content: Any = None,
        *,
        accounts: Accounts | Iterable[str] = (),
        faults: Iterable[Fault | str] = (),
        trust: Trust | None = None,
        kept: int = LIMIT,
        **options: Any,
    ) -> None:
        wanted = self._place(where).with_options(as_options(options))
        self._protocol = settle(wanted)[0]
        self._wanted = wanted
        self.content = _usual(self._protocol) if content is None else content
        self.accounts = accounts if isinstance(accounts, Accounts) else Accounts.from_texts(list(accounts))
        self._faults = Faults(faults, changes=True)
        self._trust = trust
        self._heard = Heard(self.content)
        self.transcript = Transcript(self._protocol, limit=kept)
        self._serving: Serving | None = None
        self._endpoint: Endpoint | None = None

    # Where it is

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens; where it did, while it is stopped. Raises UsageError before it was started."""
        if self._endpoint is None:
            raise UsageError(f"{self._wanted} hasn't been started", hint="with server: …")
        return self._endpoint

    @property
    def url(self) -> str:
        """The endpoint as a text."""
        return str(self.endpoint)

    @property
    def host(self) -> str:
        return self.endpoint.host

    @property
    def port(self) -> int:
        return self.endpoint.port or 0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, as the socket module takes them."""
        return self.host, self.port

    @property
    def ca(self) -> str:
        """The PEM file that a client has to trust. Raises UsageError where the server has no authority of its own."""
        if self._trust is None:
            raise UsageError("this server's certificates are of the local authority", hint="serve(…) gives it its own")
        return self._trust.ca

    @property
    def trusted(self) -> Endpoint:
        """The endpoint with what netloom's own clients need to know that it is this server."""
        known = dict(self._serving.records[0].trust) if self._serving is not None else {}
        if self._trust is not None:
            known["ca"] = self.ca
        return self.endpoint.with_options(list(known.items()))

    def ssl_context(self) -> ssl.SSLContext:
        """What a client of the standard library needs to trust it."""
        import ssl

        return ssl.create_default_context(cafile=self.ca)

    def __str__(self) -> str:
        return str(self._endpoint or self._wanted)

    def __repr__(self) -> str:
        return f"<Server {self}>"

    def _place(self, where: str | Endpoint) -> Endpoint:
        """A bare scheme is loopback, on a port that the kernel chooses; of Unix sockets, in a folder of its own."""
        if isinstance(where, Endpoint):
            return where
        if "://" in where:
            return Endpoint.parse(where)
        _, scheme, _ = settle(Endpoint.parse(f"{where}:///x" if where == "unix" else f"{where}://"))
        if scheme.over == "unix":
            folder = tempfile.mkdtemp(prefix="netloom-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            return Endpoint.parse(f"{where}://{folder}/socket")
        return Endpoint.parse(f"{where}://127.0.0.1" if scheme.over == "icmp" else f"{where}://127.0.0.1:0")

    # Whether it is there

    def start(self) -> Self:
        """Listen. Raises UsageError, CapabilityError."""
        background().wait(self._start(), briefly=True)
        return self

    def stop(self) -> None:
        """Nobody is there any more: connections are cut, new ones refused."""
        serving, self._serving = self._serving, None
        if serving is not None:
            background().wait(serving.stop(0.0), briefly=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _start(self) -> None:
        if self._serving is not None:
            raise UsageError(f"{self} is running")
        again = self._endpoint is None
        self._serving = Serving(
            [self._wanted],
            [self.content],
            self.accounts,
            report=self._heard.report,
            authority=self._trust.authority if self._trust is not None else None,
            faults=self._faults,
            overhear=self.transcript.overhear,
        )
        try:
            await self._serving.start()
        except BaseException:
            self._serving = None
            raise
        self._endpoint = self._serving.endpoint
        self._wanted = self._wanted.replace(port=self._endpoint.port)
        if again:
            self._heard.begin()

    # What it received

    @property
    def received(self) -> Sequence[Any]:
        """What was for it, oldest first: mails, messages of a bus, requests of http; of others what clients did."""
        return self._heard.received

    @property
    def accesses(self) -> list[AccessRecord]:
        """What clients did, oldest first."""
        return self._heard.accesses

    def wait_for(self, count: int = 1, timeout: float = WAIT) -> Sequence[Any]:
        """`received`, as soon as it has `count`. Raises AssertionError after `timeout` seconds.

        In asyncio: `await asyncio.to_thread(server.wait_for, 3)`.
        """
        found = self._heard.wait_for(count, timeout)
        if len(found) < count:
            raise AssertionError(f"{self} received {len(found)} of {count} within {timeout:g} s: {list(found)!r}")
        return found

    # What it says

    def answer(  # noqa: PLR0913  # as `Answers.answer`
        self,
        path: str,
        body: bytes | str | Callable[[Request], bytes | str] = b"",
        *,
        json: Any = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        method: str = "",
        times: int | None = None,
    ) -> Told:
        """Say this to requests for `path` (`*` and `?` may stand in it), so many `times`: `Answers.answer`.

        Raises UsageError where something else is served.
        """
        if not isinstance(self.content, Answers):
            raise UsageError(
                f"{self} serves {self.content.describe()}, which answers by itself",
                hint="http and https without a content say what they are told",
            )
        return self.content.answer(path, body, json=json, status=status, headers=headers, method=method, times=times)

    # What is wrong with it

    def fault(self, fault: Fault | str) -> Placed:
        """Break it from now on, as `latency:100ms` or `reset:after=10:on=2`; `with` mends it afterwards.

        Raises UsageError for what can't act here.
        """

        def place() -> tuple[str, Fault]:
            name = self._faults.add(fault)
            return name, self._faults[name]

        return Placed(self, *background().call(place))

    def refuse(self, code: str, *, at: str = "", target: str = "", times: int | None = None, text: str = "") -> Placed:
        """Say no in the protocol's own words, so many times: `refuse("421", times=2)`. Raises UsageError."""
        return self.fault(Refuse(code=code, at=at, target=target, times=times, text=text))

    def mend(self, name: str = "") -> None:
        """Nothing is wrong with it any more, or one thing less, by its name."""
        background().call(lambda: self._faults.remove(name) if name else self._faults.clear())

    def has(self, name: str, fault: Fault) -> bool:
        """Whether a fault is in its place still."""
        return background().call(lambda: any(each.name == name and each.fault is fault for each in self._faults))


class Placed:
    """A fault that was placed: it goes with `lift`, or at the end of `with` if it hasn't gone before."""

    def __init__(self, server: Server, name: str, fault: Fault) -> None:
        self.name = name
        self.fault = fault
        self._server = server

    def lift(self) -> None:
        """Mend it. Raises UsageError where it has gone already."""
        self._server.mend(self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._server.has(self.name, self.fault):
            self.lift()


def _usual(protocol: Protocol) -> Any:
    """What is served where a test says nothing of it."""
    return Answers() if protocol.name == "http" else named_content(protocol.contents[0])
