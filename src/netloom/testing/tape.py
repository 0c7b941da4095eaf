"""A tape for a test: the first run goes to the real server and records it, later ones play the recording."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from netloom.background import background
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.layer import Layer
from netloom.links.play_server import TapeServer
from netloom.links.played import departed
from netloom.links.system import SystemNetwork
from netloom.packet.streams.events import SERVER
from netloom.packet.tape.casting import carried, choose
from netloom.packet.tape.reading import read_tape
from netloom.packet.tape.shelf import Shelf
from netloom.registry import settle
from netloom.relaying.onward import Onward
from netloom.relaying.relay import Relay
from netloom.testing.guard import GUARD
from netloom.testing.server import Server

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from netloom.links.dial import Dialler
    from netloom.links.play_server import Visit
    from netloom.links.stream import Stream
    from netloom.packet.tape.script import Match
    from netloom.testing.trust import Trust

Mode = Literal["once", "record", "replay", "live"]
MODES: tuple[Mode, ...] = get_args(Mode)

LIMIT = 64 * 1024 * 1024
"""Octets of a tape."""
_HEAD = re.compile(rb"[A-Z]+ \S+ HTTP/1\.[01]\r\n")


class Tape(Server):
    """Stands on loopback for `target`: relays to it and records, or plays what was recorded at `path`.

    `mode`: `once` records where there is no recording yet, `record` always, `replay` never, `live` passes on and
    records nothing. `hide` are secrets of which a recording has only `*`: in headers and bodies, as what `match`
    compares has to be there. `repeat` plays a conversation as often as it is asked for. TLS ends here, with the run's
    certificate.
    """

    def __init__(  # noqa: PLR0913  # what there is to say of a tape
        self,
        target: str | Endpoint,
        path: str | os.PathLike[str],
        mode: Mode = "once",
        *,
        match: Match = "loose",
        repeat: bool = False,
        hide: Sequence[str | bytes] = (),
        trust: Trust | None = None,
    ) -> None:
        """Raises UsageError where a recording is wanted and isn't there, Unsupported for what can't be taped."""
        self.target = Endpoint.parse(target) if isinstance(target, str) else target
        carried(self.target)
        self.path = Path(path)
        self.departures: list[str] = []
        """Where a client departed from the recording, in words."""
        self.notes: list[str] = []
        """What is to be told of the recording: that it is cut short, or of another protocol."""
        self._hide = [each.encode() if isinstance(each, str) else each for each in hide]
        self.plays = mode == "replay" or (mode == "once" and self.path.exists())
        self.records = not self.plays and mode != "live"
        if self.plays and not self.path.exists():
            raise UsageError(f"there is no tape {self.path}", hint="--netloom-tape once records it")
        own = Endpoint.parse(f"{self.target.scheme}://127.0.0.1:0").replace(path=self.target.path)
        content: Any = (
            self._player(match, repeat=repeat) if self.plays else _Original(own, self.target, lambda: self.port)
        )
        super().__init__(own, content, trust=trust, kept=LIMIT)

    def keep(self) -> None:
        """Write the recording; what was there goes when it is whole. Raises UsageError where it would be too large."""
        if self.transcript.lost:
            raise UsageError(f"what was said to {self.target} is more than a tape holds", hint=f"{LIMIT} octets")
        if not self.records or not self.transcript.pieces():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        self.transcript.write(part, hide=self._hide)
        part.replace(self.path)

    async def _start(self) -> None:
        if not self.plays:
            GUARD.allow(self.target.host)
        await super()._start()

    def _player(self, match: Match, *, repeat: bool) -> TapeServer:
        tape = background().wait(read_tape(self.path), briefly=True)
        chosen = choose(tape, self.target, SERVER, match)
        self.notes += [*tape.notes, *chosen.notes]
        shelves = [[one for one in chosen.scripts if one.track.transport == kind] for kind in ("tcp", "udp")]
        streams, datagrams = (Shelf(scripts, repeat=repeat) for scripts in shelves)
        return TapeServer(streams, datagrams, self._visited, name=f"tape {self.path.name}")

    def _visited(self, visit: Visit) -> None:
        if visit.error is not None:
            return  # the line broke before anybody could be asked for anything
        if visit.played is None:
            self.departures.append("the client connects once more than in the recording")
            return
        for played in (visit.played, *visit.played.beside):
            if played.departure is not None:
                self.departures.append(departed(played).message)


class _Original(Relay):
    """The real server, which is asked under its own name; `port` tells which is ours."""

    def __init__(self, listen: Endpoint, target: Endpoint, port: Callable[[], int]) -> None:
        network = SystemNetwork()
        super().__init__(listen, target, network=network)
        if settle(target)[0].name in ("http", "ws") or settle(target)[1].over in ("http", "https"):
            self.onward = _Named(port, listen, target, names={}, network=network)


class _Named(Onward):
    def __init__(self, port: Callable[[], int], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._port = port

    async def stream(self, dial: Dialler, *given: Any, **named: Any) -> Stream:
        made = await super().stream(dial, *given, **named)
        _Host.under(made, self._port(), dial.endpoint.authority.encode())
        return made


class _Host(Layer):
    """Says the target's name in requests of HTTP/1.1 (RFC 9110 §7.2), whose heads come in one piece.

    A body's piece may look like one, but says hardly ever that it is for our port.
    """

    def __init__(self, upper: Any, port: int, name: bytes) -> None:
        super().__init__(upper)
        self._name = name
        self._ours = re.compile(rb"(\r\nhost:[ \t]*)(?:127\.0\.0\.1|localhost):%d(?=\r\n)" % port, re.IGNORECASE)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        said = bytes(data)
        if _HEAD.match(said):
            head, blank, body = said.partition(b"\r\n\r\n")
            said = self._ours.sub(lambda found: found[1] + self._name, head + b"\r\n", 1)[:-2] + blank + body
        self.lower.write(said)
