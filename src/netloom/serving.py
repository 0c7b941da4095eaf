"""Servers: endpoints, contents and accounts brought together on Listeners, started and stopped as one."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, runtime_checkable
from typing import Protocol as Interface

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint
from netloom.errors import NetloomError, Unsupported, UsageError
from netloom.links.dressing import Dressing
from netloom.links.listener import ALPN, CARRIERS, Listener
from netloom.links.route import Route
from netloom.links.system import SystemNetwork
from netloom.options import split
from netloom.records import AccessRecord, ServingRecord
from netloom.registry import content as named_content
from netloom.registry import load, settle
from netloom.shapes import Scheme

if TYPE_CHECKING:
    from netloom.links.authority import Authority
    from netloom.links.context import Context
    from netloom.links.dressing import Overhear
    from netloom.links.faults.kinds.certificate import Flaw
    from netloom.links.faults.plan import Faults
    from netloom.links.network import Network
    from netloom.links.options import LinkOptions
    from netloom.links.route import Serve
    from netloom.links.tls import ServerTLS
    from netloom.packet.recording import Recording
    from netloom.shapes import Protocol

Report = Callable[[AccessRecord], None]

_BELOW = {"http": "tcp", "https": "tls", "ssh": "tcp"}
"""What carriers are carried over themselves."""


@runtime_checkable
class TakesBytes(Interface):
    """A content for the bytes below whatever protocol an endpoint names: a relay, or a recording that is played.

    `upgrades`: a certificate is wanted where the protocol begins TLS later.
    """

    upgrades: bool

    async def serve_bytes(self, link: Any, context: Context) -> None:
        """One connection, or one socket of datagrams."""
        ...

    def describe(self) -> str: ...


class Serving:
    """Several servers that run together. `async with` starts and stops them; `endpoints` are the real ones.

    `contents` are offered to every protocol: each takes the first of a kind that it can serve, or its own safe default.
    `faults` hold for all of them, beside those that endpoints ask for; `recording` hears what passes,
    and `overhear` gives who hears the plaintext of a link.
    """

    def __init__(  # noqa: PLR0913  # what a test or an embedding program brings itself
        self,
        endpoints: Sequence[Endpoint],
        contents: Sequence[Any] = (),
        accounts: Accounts | None = None,
        *,
        network: Network | None = None,
        report: Report | None = None,
        authority: Authority | None = None,
        faults: Faults | None = None,
        recording: Recording | None = None,
        overhear: Overhear | None = None,
    ) -> None:
        self.faults = faults
        self._recording = recording
        self._overhear = overhear
        self.accounts = accounts if accounts is not None else Accounts()
        self.records: list[ServingRecord] = []
        self.endpoints: list[Endpoint] = []
        self._wanted = list(endpoints)
        self._contents = list(contents)
        self._network = network or SystemNetwork()
        self._report = report
        self._around = contextlib.AsyncExitStack()
        self._entered: set[tuple[str, int]] = set()
        self._authority = authority
        self._opened = False
        self._defaults: dict[str, Any] = {}
        self._listeners: list[Listener] = []

    @property
    def endpoint(self) -> Endpoint:
        """The first endpoint, which is the only one mostly."""
        return self.endpoints[0]

    async def start(
        self,
        started: Callable[[ServingRecord], None] | None = None,
        failed: Callable[[Endpoint, NetloomError], None] | None = None,
    ) -> list[ServingRecord]:
        """Bind and listen everywhere. `started` hears of each as it begins to listen.

        Where one can't, none stays, unless `failed` hears of it: then the others serve. Where nothing can, it raises.
        """
        try:
            for routes, options in self._grouped():
                try:
                    await self._open(routes, options, started)
                except NetloomError as error:
                    if failed is None or len(self._wanted) == 1:
                        raise
                    failed(routes[0].endpoint, error)
            if not self._listeners:
                raise UsageError("nothing can be served")
            if self.faults is not None:
                self.faults.check()
        except BaseException:
            await self.stop(0.0)
            raise
        return self.records

    async def stop(self, grace: float = 5.0) -> int:
        """Stop listening and let connections finish, `grace` seconds at most. Gives how many there were."""
        listeners, self._listeners = self._listeners, []
        try:
            return sum(await asyncio.gather(*(listener.close(grace) for listener in listeners)))
        finally:
            for listener in listeners:
                listener.let_go()  # whoever is cancelled before they have begun to close leaves none listening
                if listener.dressing.faults is not None:
                    listener.dressing.faults.detach()
            self._entered.clear()
            await self._around.aclose()

    def reload(self) -> None:
        """Read every certificate's files again."""
        for listener in self._listeners:
            if listener.dressing.tls is not None:
                listener.dressing.tls.reload()

    async def __aenter__(self) -> Serving:
        await self.start()
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        await self.stop(5.0 if kind is None else 0.0)

    # Inside

    async def _open(
        self, routes: list[Route], options: LinkOptions, started: Callable[[ServingRecord], None] | None
    ) -> None:
        for route in routes:
            await self._enter(route)
        tls = self._certificate(routes, options)
        dressing = Dressing.of(
            routes,
            options,
            tls,
            above=self.faults,
            recording=self._recording,
            flawed=self._flawed,
            overhear=self._overhear,
        )
        listener = Listener(self._network, routes, options, self.accounts, dressing)
        real = await listener.open()
        self._listeners.append(listener)
        for record, endpoint in self._announced(routes, real, tls):
            self.records.append(record)
            self.endpoints.append(endpoint)
            if started is not None:
                started(record)

    async def _enter(self, route: Route) -> None:
        """What has to run around a content begins once, however many ports serve it."""
        key = (route.declared.name, id(route.content))
        if route.declared.around and not isinstance(route.content, TakesBytes) and key not in self._entered:
            self._entered.add(key)
            await self._around.enter_async_context(load(route.declared, "around")(route.content))

    def _grouped(self) -> list[tuple[list[Route], LinkOptions]]:
        """One group a port: protocols that one carrier brings share it."""
        groups: dict[Any, tuple[list[Route], LinkOptions]] = {}
        for number, wanted in enumerate(self._wanted):
            declared, scheme, endpoint = settle(wanted)
            options, own = split(endpoint, load(declared, "client").Options)
            content = self._content(declared)
            taken = isinstance(content, TakesBytes)
            if taken:
                scheme = Scheme(scheme.port, _BELOW.get(scheme.over, scheme.over), scheme.starttls and content.upgrades)
            shares = scheme.over in CARRIERS and (endpoint.port or endpoint.socket)
            key: Any = (endpoint.host, endpoint.port, endpoint.socket, scheme.over) if shares else number
            route = Route(
                declared=declared,
                scheme=scheme,
                endpoint=endpoint,
                content=content,
                options=own,
                serve=_taking(content) if taken else load(declared, "serve"),
                report=self._report,
            )
            groups.setdefault(key, ([], options))[0].append(route)
        return list(groups.values())

    def _content(self, declared: Protocol) -> Any:
        for given in self._contents:
            if isinstance(given, TakesBytes) or given.KIND in declared.contents:
                return given
        if self._contents:
            raise Unsupported(
                f"{declared.name} can't serve {', '.join(c.KIND for c in self._contents)}",
                hint=f"{declared.name} serves {', '.join(declared.contents)}",
            )
        kind = declared.contents[0]
        if kind not in self._defaults:
            self._defaults[kind] = named_content(kind)
        return self._defaults[kind]

    def _certificate(self, routes: list[Route], options: LinkOptions) -> ServerTLS | None:
        over = routes[0].scheme.over
        upgrades = routes[0].scheme.starttls and options.tls != "never"
        if over not in ("tls", "https") and not upgrades and not options.cert:
            return None
        from netloom.links.tls import ServerTLS

        alpn = tuple(options.alpn.split(";")) if options.alpn else ALPN.get(over, ())
        if options.cert:
            return ServerTLS.from_files(
                options.cert,
                options.key or options.cert,
                alpn=alpn,
                client_ca=options.client_ca,
                minimum=options.tls_minimum,
            )
        issued = self._local_authority().issue(_names(routes[0].endpoint))
        return ServerTLS(
            issued.cert_pem, issued.key_pem, alpn=alpn, client_ca=options.client_ca, minimum=options.tls_minimum
        )

    def _flawed(self, flaw: Flaw, endpoint: Endpoint) -> tuple[bytes, bytes]:
        """A wrong certificate that a fault asks for, and its key."""
        from netloom.links.faults.flawed import issue

        return issue(flaw, self._local_authority(), _names(endpoint))

    def _local_authority(self) -> Authority:
        if self._authority is None:
            from netloom.links.authority import Authority

            self._authority = Authority.open(authority_folder())
            self._opened = True
        return self._authority

    def _announced(
        self, routes: list[Route], real: list[Endpoint], tls: ServerTLS | None
    ) -> list[tuple[ServingRecord, Endpoint]]:
        """A record and a plain endpoint for each route on each socket."""
        made = []
        for route in routes:
            trust = self._trust(route, tls)
            for bound in real:
                endpoint = Endpoint(
                    scheme=route.endpoint.scheme,
                    host=bound.host,
                    port=bound.port,
                    zone=bound.zone,
                    socket=bound.socket,
                    path=route.endpoint.path,
                    query=route.endpoint.query,
                )
                record = ServingRecord(
                    endpoint=str(endpoint),
                    protocol=route.declared.name,
                    content=route.content.describe(),
                    accounts=[account.name for account in self.accounts],
                    trust=trust,
                    note=" · ".join(f"{name} {value}" for name, value in trust.items()),
                )
                made.append((record, endpoint))
        return made

    def _trust(self, route: Route, tls: ServerTLS | None) -> dict[str, str]:
        """The options with which a client knows this very server."""
        known: dict[str, str] = {}
        if tls is not None and self._opened:
            known["ca"] = str(authority_folder() / "authority.pem")
        if route.declared.identity and not isinstance(route.content, TakesBytes):
            known |= load(route.declared, "identity")(route.options)
        return known


def _taking(content: TakesBytes) -> Serve:
    async def serve(link: Any, _: Any, context: Context) -> None:
        await content.serve_bytes(link, context)

    return serve


def authority_folder() -> Path:
    """Where the local authority keeps its key: `$XDG_STATE_HOME/netloom/authority`."""
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "netloom" / "authority"


def _names(endpoint: Endpoint) -> list[str]:
    """The names and addresses that a certificate for this endpoint is for."""
    names = ["localhost", "127.0.0.1", "::1"]
    if endpoint.host == "*":
        import socket

        names.append(socket.gethostname())
    elif endpoint.host and endpoint.host not in names:
        names.insert(0, endpoint.host)
    return names
