"""What an operation is given: attempts, a clock, randomness, emit and progress.

What only networking needs is imported when it is first used: operations that read files do without.
"""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from netloom import loop, registry
from netloom.emitting import records_in_turn, records_of_task
from netloom.errors import NetloomError, Unsupported, UsageError
from netloom.registry import load, settle
from netloom.requests import make
from netloom.shapes import VERBS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import SystemRandom

    from netloom.attempts import Attempt
    from netloom.emitting import Stop
    from netloom.endpoint import Endpoint
    from netloom.links.deadline import Deadlines
    from netloom.links.network import Network
    from netloom.packet.recording import Recording
    from netloom.records import Record
    from netloom.shapes import Operation

Progress = Callable[[str, int, int | None], None]
Dialogue = Callable[[str, str], None]
"""Hears what is said at an endpoint: the endpoint, and the words."""


def _no_progress(what: str, done: int, total: int | None) -> None:
    """In a pipe and in Python nobody watches."""


def _untold(words: str) -> None:
    """In Python there is nobody at a terminal."""


class Toolbox:
    """The tools of one run. Tests give another network, clock or randomness.

    `secrets`: recordings have those of TLS. `tell` is for words to whoever sits before it, beside the records: how to
    go on after Ctrl-C, for instance.
    """

    def __init__(  # noqa: PLR0913  # what a front end, a test or an embedding program brings itself
        self,
        emit: Callable[[Record], Awaitable[None]],
        *,
        network: Network | None = None,
        progress: Progress = _no_progress,
        now: Callable[[], float] = time.time,
        dialogue: Dialogue | None = None,
        tell: Callable[[str], None] = _untold,
        secrets: bool = True,
    ) -> None:
        self.emit = emit
        self.progress = progress
        self.now = now
        self.dialogue = dialogue
        self.tell = tell
        self._secrets = secrets
        self.underway = 0  # attempts that have begun and not ended
        self._given_network = network
        self._recordings: dict[str, Recording] = {}

    @functools.cached_property
    def network(self) -> Network:
        """The network that was given, or the system's."""
        from netloom.links.system import SystemNetwork

        return self._given_network or SystemNetwork()

    @functools.cached_property
    def random(self) -> SystemRandom:
        """Randomness that nobody can foresee."""
        from random import SystemRandom

        return SystemRandom()

    @functools.cached_property
    def deadlines(self) -> Deadlines:
        """One timer for all attempts."""
        from netloom.links.deadline import Deadlines

        return Deadlines()

    @property
    def watched(self) -> bool:
        """Whether anybody hears how far it is."""
        return self.progress is not _no_progress

    def attempt(self, target: Endpoint, deadline: float | None = None, record: str = "") -> Attempt:
        """One try at an endpoint: `async with` gives its client; how it ended stands in `outcome()` afterwards.

        Usage errors are raised; network, protocol and peer errors end the block and become the outcome.
        """
        from netloom.attempts import Attempt

        return Attempt(self, target, deadline, self.recording(record) if record else None)

    async def sleep(self, seconds: float) -> None:
        """Wait on the run's clock; 0 gives others their turn."""
        if seconds <= 0:
            await loop.turn()
            return
        await loop.needed()
        import asyncio

        await asyncio.sleep(seconds)

    def recording(self, path: str) -> Recording:
        """The recording that a file's name stands for; all attempts of a run share it."""
        from pathlib import Path

        from netloom.packet.recording import Recording

        if path not in self._recordings:
            self._recordings[path] = Recording(Path(path), secrets=self._secrets)
        return self._recordings[path]

    def check(self, target: Endpoint, verb: str = "") -> None:
        """Raise UsageError, or Unsupported where its client lacks the verb, for a target that can't be tried."""
        from netloom.attempts import ready
        from netloom.options import split

        declared, scheme, endpoint = settle(target)
        client = load(declared, "client")
        if verb and not hasattr(client, verb):
            verbs = ", ".join(name for name in VERBS if hasattr(client, name)) or "only be probed and served"
            lacking = verb if verb in VERBS else "channel that could be joined"
            raise Unsupported(f"{declared.name} has no {lacking}", hint=f"{declared.name} can {verbs}")
        options, _ = split(endpoint, client.Options)
        ready(scheme, options, tapped=self.dialogue is not None)
        if self.dialogue is not None:
            load(declared, "decode")

    async def call(self, name: str, **fields: Any) -> AsyncGenerator[Record, None]:
        """The records of another operation, run with the same tools."""
        operation = registry.operation(name)
        request = make(operation.request, fields)
        tools = {name: getattr(self, name) for name in ("progress", "now", "dialogue", "tell")}
        async with aclosing(records_of(operation, request, tools | {"network": self._given_network})) as records:
            async for record in records:
                yield record

    def forget(self) -> None:
        """Leave no recording that nothing came into: what was asked for could not even begin."""
        for path, recording in list(self._recordings.items()):
            if recording.forget():
                del self._recordings[path]

    def close(self) -> None:
        """Finish every recording; raise what went wrong with the first that failed."""
        recordings, self._recordings = list(self._recordings.values()), {}
        failures = []
        for recording in recordings:
            try:
                recording.close()
            except NetloomError as exc:
                failures.append(exc)
        if failures:
            raise failures[0]


def records_of(
    operation: Operation, request: msgspec.Struct, tools: Mapping[str, Any], stop: Stop | None = None
) -> AsyncGenerator[Record, None]:
    """Run an operation and give its records as they come. Whoever stops reading ends it.

    One that is `offline` needs no event loop until it waits for something (`netloom.loop`); it stands still whenever
    nobody reads, so that `stop` has nothing to do with it.
    """

    async def work(emit: Callable[[Record], Awaitable[None]]) -> None:
        toolbox = Toolbox(emit, secrets=getattr(request, "secrets", True), **tools)
        try:
            await operation.run(request, toolbox)
        except UsageError:
            toolbox.forget()
            raise
        finally:
            toolbox.close()

    return records_in_turn(work) if operation.offline else records_of_task(work, stop)


def fields_of(facts: msgspec.Struct) -> dict[str, Any]:
    """A draft of facts as plain values; what wasn't learnt isn't there."""
    made: dict[str, Any] = msgspec.to_builtins(facts)
    made.pop("summary", None)
    return made
