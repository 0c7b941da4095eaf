"""Archives of HTTP as tapes: each exchange a conversation of its own, in HTTP/1.1 (HAR 1.2)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.streams.events import CLIENT, SERVER, Data, Finished, Place, Stream
from netloom.packet.tape.collecting import Collector
from netloom.packet.tape.track import Tape
from netloom.wire.http.har.address import split
from netloom.wire.http.har.messages import request_octets, response_octets
from netloom.wire.http.har.parse import SIZE_LIMIT, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netloom.wire.http.har import Exchange

SUFFIX = ".har"
_MILLISECOND = 1_000_000
_PORTS = {"https": 443, "wss": 443}


def tape_of(paths: Sequence[str | os.PathLike[str]], limit: int) -> Tape:
    """What archives hold, `limit` octets of it at most; answers that are missing or not whole are told in its notes.

    Raises UsageError for what can't be read, and for what is no archive.
    """
    collector = Collector(limit)
    unanswered = 0
    found = [exchange for path in paths for exchange in _read(path)]
    for number, exchange in enumerate(found):
        if exchange.response.status < 200:
            unanswered += 1
        else:
            _collect(collector, number, exchange)
    bodiless = sum(exchange.response.bodiless for exchange in found)
    told = {
        f"{unanswered} of {len(found)} requests had no answer that could be played": unanswered,
        f"{bodiless} of {len(found)} answers are played without their bodies, which aren't in the archive": bodiless,
    }
    return Tape(collector.tape().tracks, [note for note, count in told.items() if count])


def _read(path: str | os.PathLike[str]) -> list[Exchange]:
    name = os.fspath(path)
    try:
        with Path(path).open("rb") as file:
            return parse(file.read(SIZE_LIMIT + 1))
    except OSError as error:
        raise UsageError(f"can't read {name}: {error.strerror}") from error
    except RemoteProtocolError as error:
        raise UsageError(f"{name}: {error.message}", hint="an HTTP archive 1.2, or a capture") from None


def _collect(collector: Collector, number: int, exchange: Exchange) -> None:
    parts = split(exchange.request.url)
    asked = exchange.started
    answered = asked + round(max(exchange.timings.whole, 0.0) * _MILLISECOND)
    stream = Stream(
        number=number,
        transport="tcp",
        client=Place("", 0),
        server=Place(parts.hostname or exchange.address, parts.port or _PORTS.get(parts.scheme, 80)),
        started=asked,
        whole=True,
        counts={},
    )
    for event in (
        Data(stream, asked, CLIENT, 0, request_octets(exchange.request)),
        Data(stream, answered, SERVER, 0, response_octets(exchange.request, exchange.response)),
        Finished(stream, answered, SERVER),
    ):
        collector.feed("http", event)
