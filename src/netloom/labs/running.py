"""One server or relay of a lab while it runs: begun, broken otherwise, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.accounts import Accounts
from netloom.endpoint import Endpoint, as_options
from netloom.labs.town import Relay, Server
from netloom.links.faults.plan import Faults
from netloom.registry import content as named_content
from netloom.relaying.relay import Relay as Relaying
from netloom.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.labs.namespaces import Inside
    from netloom.labs.town import Town
    from netloom.links.network import Network
    from netloom.packet.recording import Recording
    from netloom.records import ServingRecord


class Contents:
    """The contents of a lab, made when they are first served and kept as long as they are described as they were."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Any] = {}

    def of(self, server: Server, town: Town) -> list[Any]:
        """What a server serves: nothing, where each protocol has its own."""
        if not server.content:
            return []
        text = town.contents.get(server.content, server.content)
        # One that has a name is shared; one that hasn't is the server's own.
        key = (server.content, text) if server.content in town.contents else None
        if key is None:
            return [named_content(text)]
        if key not in self._made:
            self._made[key] = named_content(text)
        return [self._made[key]]


class Running:
    """A server or a relay by its name. `described` is what it is; `inside` the namespace in which it lives, if any."""

    def __init__(self, name: str, described: Server | Relay, inside: Inside | None = None) -> None:
        self.name = name
        self.described = described
        self.inside = inside
        self.faults = Faults(described.faults, changes=True)
        self._work: Serving | Relaying | None = None

    @property
    def serving(self) -> Serving:
        """What listens. Only while it runs."""
        assert self._work is not None  # noqa: S101  # asked of what runs
        return self._work.serving if isinstance(self._work, Relaying) else self._work

    async def start(self, make: Callable[[Running], Serving | Relaying]) -> list[ServingRecord]:
        """Begin. Raises UsageError, CapabilityError; then nothing of it runs."""

        async def begin() -> list[ServingRecord]:
            self._work = make(self)
            return await self.serving.start()

        return await (self.inside.do(begin()) if self.inside is not None else begin())

    async def stop(self) -> None:
        """End: connections are cut."""
        if self._work is None:
            return
        serving = self.serving
        self._work = None
        await (self.inside.do(serving.stop(0.0)) if self.inside is not None else serving.stop(0.0))

    async def change_faults(self, described: Server | Relay) -> None:
        """The same with other faults: connections stay."""

        async def change() -> None:
            self.faults.clear()
            for text in described.faults:
                self.faults.add(text)

        self.described = described
        await (self.inside.do(change()) if self.inside is not None else change())


class Maker:
    """Makes what a description asks for, ready to be started."""

    def __init__(
        self,
        town: Town,
        contents: Contents,
        network: Network,
        report: Callable[[Any], None],
        recording: Recording | None,
    ) -> None:
        self._town = town
        self._contents = contents
        self._network = network
        self._report = report
        self._recording = recording
        self.places: dict[str, list[Endpoint]] = {}
        """Where servers really listen, by their names: what relays that name them go on to."""

    def make(self, running: Running) -> Serving | Relaying:
        """A serving or a relay. Raises UsageError."""
        described = running.described
        report = running.inside.reporting(self._report) if running.inside is not None else self._report
        if isinstance(described, Server):
            return Serving(
                [_at(text, running).with_options(as_options(described.options)) for text in described.endpoints],
                self._contents.of(described, self._town),
                self._accounts(described),
                network=self._network,
                report=report,
                faults=running.faults,
                recording=self._recording,
            )
        return Relaying(
            _at(described.listen, running).with_options(as_options(described.options)),
            self._target(described.target, described),
            names={name: self._target(text, described) for name, text in described.names.items()},
            network=self._network,
            report=report,
            faults=running.faults,
            recording=self._recording,
        )

    def _accounts(self, server: Server) -> Accounts:
        wanted = self._town.accounts if server.accounts is None else server.accounts
        texts = []
        for name in wanted:
            account = self._town.accounts[name]
            texts.append(f"{name}:{account.password}" + (":read" if account.rights == "read" else ""))
        return Accounts.from_texts(texts)

    def _target(self, text: str, relay: Relay) -> Endpoint:
        """An endpoint, or that of a server which has the scheme in which the relay listens, or its first."""
        if text not in self._town.servers:
            return Endpoint.parse(text)
        scheme = Endpoint.parse(relay.listen).scheme
        return next((each for each in self.places[text] if each.scheme == scheme), self.places[text][0])


def _at(text: str, running: Running) -> Endpoint:
    """Where to listen: in a network of its own, on the address there where no host is named."""
    endpoint = Endpoint.parse(text)
    if running.inside is not None and endpoint.host in ("", "*") and not endpoint.socket:
        return endpoint.replace(host=running.inside.address)
    return endpoint
