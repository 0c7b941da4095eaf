"""A lab at work: all that a town describes, begun as one, changed while it runs, ended as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from netloom.errors import NetloomError, UsageError
from netloom.labs.running import Contents, Maker, Running
from netloom.records import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from netloom.labs.file import LabFile
    from netloom.labs.namespaces import Inside, Networks
    from netloom.labs.town import Relay, Server, Town
    from netloom.links.network import Network
    from netloom.packet.recording import Recording
    from netloom.records import ServingRecord

    Announce = Callable[["Stands"], Awaitable[None]]


class Stands(Record, frozen=True, kw_only=True):
    """A server or relay of a lab that has begun. `trust` are the options with which a client knows it.

    `namespace` is the network namespace in which it lives, as `ip netns exec` takes it; empty: this machine's own.
    """

    name: str
    endpoints: list[str]
    content: str
    accounts: list[str] = msgspec.field(default_factory=list)
    faults: list[str] = msgspec.field(default_factory=list)
    namespace: str = ""
    trust: dict[str, str] = msgspec.field(default_factory=dict)


class Lab:
    """`announce` hears of everything that begins to listen; `report` of what peers do."""

    def __init__(
        self,
        network: Network,
        announce: Announce,
        report: Callable[[Any], None],
        recording: Recording | None = None,
    ) -> None:
        self._network = network
        self._announce = announce
        self._report = report
        self._recording = recording
        self._contents = Contents()
        self._running: dict[str, Running] = {}
        self._networks: Networks | None = None
        self._insides: dict[str, Inside] = {}
        self._town: Town | None = None

    async def start(self, file: LabFile) -> None:
        """Begin all of it. Raises UsageError with the line of what can't be; then nothing runs."""
        try:
            await self._connect(file)
            await self._begin(file, _all(file.town))
        except BaseException:
            await self.stop()
            raise
        self._town = file.town

    async def change(self, file: LabFile) -> tuple[list[str], list[str]]:
        """What is described as it was goes on; faults are changed where they are. Gives what has ended, and begun.

        Raises UsageError; what couldn't begin then doesn't run.
        """
        town, was = file.town, self._town
        assert was is not None  # noqa: S101  # only what was started is changed
        if (town.networks, town.routers, _living(town)) != (was.networks, was.routers, _living(was)):
            raise UsageError(f"{file.path}: networks don't change while a lab runs", hint="stop it, and start it again")
        wanted = _all(town)
        ended = [name for name in self._running if not self._stays(name, wanted, was, town)]
        for name in ended:
            await self._running.pop(name).stop()
        for name, running in self._running.items():
            if running.described.faults != wanted[name].faults:
                await running.change_faults(wanted[name])
        begun = {name: each for name, each in wanted.items() if name not in self._running}
        self._town = town
        await self._begin(file, begun)
        return ended, list(begun)

    async def stop(self) -> None:
        """End all of it, and remove its networks."""
        while self._running:
            await self._running.popitem()[1].stop()
        for inside in self._insides.values():
            inside.close()
        self._insides.clear()
        networks, self._networks = self._networks, None
        if networks is not None:
            await networks.close()

    # Inside

    async def _connect(self, file: LabFile) -> None:
        if not file.town.networks:
            return
        from netloom.labs.namespaces import Inside, Networks

        self._networks = Networks(file.town, file.path.stem)
        await self._networks.open()
        for name, (_, interface) in self._networks.addresses.items():
            self._insides[name] = await Inside(self._networks.namespace(name), str(interface.ip)).open()

    async def _begin(self, file: LabFile, wanted: dict[str, Server | Relay]) -> None:
        maker = Maker(file.town, self._contents, self._network, self._report, self._recording)
        maker.places |= {name: each.serving.endpoints for name, each in self._running.items()}
        for name, described in wanted.items():
            table = "servers" if name in file.town.servers else "relays"
            running = Running(name, described, self._insides.get(name))
            try:
                records = await running.start(maker.make)
            except NetloomError as exc:
                file.fail((table, name), exc.message, exc.hint)
            self._running[name] = running
            maker.places[name] = running.serving.endpoints
            await self._announce(_standing(running, records))

    def _stays(self, name: str, wanted: dict[str, Server | Relay], was: Town, town: Town) -> bool:
        """Whether one goes on: it is what it was, and so is all that it is made of."""
        new, old = wanted.get(name), self._running[name].described
        if new is None or type(new) is not type(old):
            return False
        if msgspec.structs.replace(new, faults=[]) != msgspec.structs.replace(old, faults=[]):
            return False
        if name in town.relays:
            # Whoever is relayed to a server that begins again has another place to go to.
            targets = [town.relays[name].target, *town.relays[name].names.values()]
            return all(each not in town.servers or self._stays(each, wanted, was, town) for each in targets)
        content = town.servers[name].content
        return was.accounts == town.accounts and was.contents.get(content) == town.contents.get(content)


def _all(town: Town) -> dict[str, Server | Relay]:
    """Servers first: relays go on to them."""
    return {**town.servers, **town.relays}


def _standing(running: Running, records: list[ServingRecord]) -> Stands:
    """One record for all its sockets."""
    return Stands(
        name=running.name,
        endpoints=[record.endpoint for record in records],
        content=" and ".join(dict.fromkeys(record.content for record in records)),
        accounts=records[0].accounts,
        faults=list(running.described.faults),
        namespace=running.inside.namespace if running.inside is not None else "",
        trust={name: value for record in records for name, value in record.trust.items()},
    )


def _living(town: Town) -> dict[str, tuple[str, str]]:
    return {name: (each.network, each.address) for name, each in _all(town).items() if each.network}
