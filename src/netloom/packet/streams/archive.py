"""An archive of HTTP: the exchanges of followed streams, written to a HAR file as they become whole (HAR 1.2)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.packet.captures.output import Output
from netloom.packet.streams.events import Closed, Data, Event, Finished, Gap, Reset
from netloom.packet.streams.record import Archived
from netloom.wire.http.coding import Decoder, Limits
from netloom.wire.http.har import Exchange, Request, Response, Timings
from netloom.wire.http.har.emit import TAIL, emit, head
from netloom.wire.http.har.redaction import redacted
from netloom.wire.http.passive.exchanges import Exchanges
from netloom.wire.http.passive.pairs import Room

if TYPE_CHECKING:
    import os

    from netloom.packet.streams.events import Stream
    from netloom.wire.http.passive.pairs import Pair, Part

LIMITS = Limits(size=64 << 20)
"""What a coded body may become."""
_MILLISECOND = 1_000_000


class Archive:
    """A file that takes exchanges; for its owner alone, and never written over. Raises UsageError.

    Passwords, tokens and cookies are dots unless `secrets`.
    """

    def __init__(self, path: str | os.PathLike[str], *, secrets: bool = False) -> None:
        self._path = path
        self._secrets = secrets
        self._output = Output(path)
        self._count = 0
        self._closed = False
        self._room = Room()
        self._following: dict[Stream, Exchanges] = {}
        self._output.write(head(version("netloom")))

    def feed(self, event: Event) -> None:
        """What happened on a stream. What isn't HTTP ends soon, and leaves nothing."""
        stream = event.stream
        if stream.transport != "tcp":
            return
        if isinstance(event, Data):
            following = self._following.setdefault(stream, Exchanges(self._room))
            self._put(stream, following.feed(event.sender, event.data, event.time))
        elif isinstance(event, Finished) and stream in self._following:
            self._put(stream, self._following[stream].end(event.sender, event.time))
        elif isinstance(event, Gap) and stream in self._following:
            self._put(stream, self._following[stream].close(), "octets are missing")
            self._following[stream] = Exchanges(self._room)
        elif isinstance(event, Closed | Reset) and stream in self._following:
            self._put(stream, self._following.pop(stream).close(), "it ends in the middle")

    def finish(self) -> Archived:
        """Close the file, and tell what is in it."""
        self.close()
        name = self._output.name
        words = f"{self._count} exchange{'s' * (self._count != 1)} of HTTP"
        return Archived(title=name, text=words, file=name, exchanges=self._count)

    def close(self) -> None:
        """Write the end, so that the file is whole whatever happened; again does nothing."""
        closed, self._closed = self._closed, True
        if closed:
            return
        try:
            self._output.write(TAIL)
        finally:
            self._output.close()

    def _put(self, stream: Stream, pairs: list[Pair], comment: str = "") -> None:
        for pair in pairs:
            made = exchange(pair, stream, comment)
            pair.let_go()
            entry = emit(made if self._secrets else redacted(made))
            self._output.write(entry if not self._count else b",\n" + entry)
            self._count += 1


def exchange(pair: Pair, stream: Stream, comment: str = "") -> Exchange:
    """A pair as an archive has it. Its times are nanoseconds since 1970."""
    request, note = _body(pair.request)
    response, other = _body(pair.response)
    notes = [comment, note, other]
    return Exchange(
        started=max(pair.request.began, 0),
        request=Request(
            method=pair.method,
            url=_url(pair, stream),
            version=pair.request.version,
            fields=tuple(pair.request.fields),
            body=request,
            coded=pair.request.coded,
        ),
        response=Response(
            status=pair.status,
            reason=pair.reason,
            version=pair.response.version,
            fields=tuple(pair.response.fields),
            body=response,
            coded=pair.response.coded if pair.status else -1,
        ),
        timings=_timings(pair),
        address=stream.server.host,
        connection=str(stream.number),
        comment="; ".join(dict.fromkeys(filter(None, notes))),
    )


def _url(pair: Pair, stream: Stream) -> str:
    if "://" in pair.target:
        return pair.target
    scheme = "https" if stream.inside == "tls" else "http"
    authority = pair.authority or str(stream.server)
    if pair.method == "CONNECT":
        return f"{scheme}://{pair.target}"
    return f"{scheme}://{authority}{pair.target if pair.target.startswith('/') else ''}"


def _body(part: Part) -> tuple[bytes, str]:
    """A body free of its codings, and a note about what isn't as it was."""
    body = bytes(part.body)
    note = f"{part.coded - len(body)} bytes of a body are left out" if part.cut else ""
    coding = next((value for name, value in part.fields if name.lower() == "content-encoding"), "")
    if not coding or not body:
        return body, note
    pieces: list[bytes] = []
    try:
        decoder = Decoder(coding, LIMITS)
        pieces.extend(decoder.feed(body))
        if not part.cut:
            decoder.finish()
    except RemoteProtocolError as error:
        return body, f"a body is left as it came: {error.message}"
    return b"".join(pieces), note


def _timings(pair: Pair) -> Timings:
    """From the first octets of a request to the last of its answer."""
    asked, answered = pair.request, pair.response
    sent = max(asked.began, asked.ended)
    if answered.began < 0:
        return Timings(send=_between(asked.began, sent))
    return Timings(
        send=_between(asked.began, sent),
        wait=_between(sent, answered.began),
        receive=_between(max(answered.began, sent), max(answered.began, answered.ended)),
    )


def _between(first: int, then: int) -> float:
    return max(0, then - first) / _MILLISECOND
