"""What passed a test's servers: kept as it was said, told in words or written as a file when a test has failed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, structs

from netloom.links.network import place_of, shown
from netloom.registry import load

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from netloom.shapes import Decoder, Protocol

    Carried = Literal["tcp", "udp", "icmp"]

Place = tuple[str, int]

LIMIT = 4 * 1024 * 1024
"""Octets of one server's traffic that are kept; what is said after that is only counted."""
LINES = 200
"""Lines of a report."""


class Talk(Struct, frozen=True):
    """One conversation: what carries it, and between whom."""

    number: int
    kind: Carried
    server: Place
    client: Place


class Piece(Struct, frozen=True):
    """Something that was said in one conversation, or nothing where a side ended; `at` in nanoseconds since 1970."""

    talk: Talk
    at: int
    sender: str
    data: bytes


class Transcript:
    """The plaintext of one server's conversations, within TLS, in the order in which it passed.

    `limit` octets of it are kept.
    """

    def __init__(self, protocol: Protocol, *, limit: int = LIMIT) -> None:
        self._protocol = protocol
        self._limit = limit
        self._lock = threading.Lock()
        self._count = 0
        self._pieces: list[Piece] = []
        self._size = 0
        self.lost = 0
        """Octets that weren't kept."""

    def overhear(self, kind: Carried, link: Any, peer: Any) -> Callable[[str, bytes], None]:
        """A conversation begins: who hears it."""
        talk: Talk | None = None

        def feed(sender: str, data: bytes) -> None:
            nonlocal talk
            with self._lock:
                if talk is None:
                    # Where it is, is known once something passes; who only comes and goes has no number.
                    talk = self._begin(kind, link.info("sockname"), peer or link.info("peername"))
                if self._size + len(data) > self._limit:
                    self.lost += len(data)
                else:
                    self._size += len(data)
                    self._pieces.append(Piece(talk, time.time_ns(), sender, data))

        return feed

    def pieces(self, since: int = 0) -> list[Piece]:
        """What was kept, from a moment on, in nanoseconds since 1970."""
        with self._lock:
            return [piece for piece in self._pieces if piece.at >= since]

    def words(self, since: int = 0) -> Iterator[str]:
        """What was said, line by line: `>` from a client, `<` from the server, each conversation by its number."""
        decoders: dict[int, Decoder] = {}
        shown: set[int] = set()
        lines = 0
        for piece in self.pieces():
            number = piece.talk.number
            if not piece.data:
                continue
            if number not in decoders:
                decoders[number] = load(self._protocol, "decode")()
            for said in decoders[number].feed(piece.sender, piece.data):
                if piece.at < since:
                    continue
                if lines == LINES:
                    yield "… and more: the file has all of it"
                    return
                if number not in shown:
                    shown.add(number)
                    yield f"{number}: {_client(piece.talk)}"
                lines += 1
                yield f"{number} {'>' if said.sender == 'client' else '<'} {said.words}"
        if self.lost:
            yield f"… and {self.lost} octets that weren't kept"

    def write(self, path: str | os.PathLike[str], since: int = 0, hide: Sequence[bytes] = ()) -> None:
        """A capture of what was kept, as if TLS hadn't been there; what is to be hidden is `*`. Raises UsageError."""
        from netloom.packet.recording import RecordedConversation, Recording

        moment = 0
        recording = Recording(path, overwrite=True, clock=lambda: moment)
        conversations: dict[int, RecordedConversation] = {}
        try:
            for piece in hidden(self.pieces(since), hide):
                talk, moment = piece.talk, piece.at
                found = conversations.get(talk.number)
                if found is None:
                    found = recording.open_conversation(talk.kind, talk.server, talk.client, accepted=True)
                    conversations[talk.number] = found
                if not piece.data:
                    found.finished(outbound=piece.sender == "server", timestamp_ns=piece.at)
                else:
                    (found.received if piece.sender == "client" else found.sent)(piece.data, piece.at)
            for each in conversations.values():
                each.finished(outbound=False)  # nobody has said that the server ended first
        finally:
            recording.close()

    def _begin(self, kind: Carried, own: Any, peer: Any) -> Talk:
        self._count += 1
        return Talk(self._count, kind, place_of(own), place_of(peer))


def hidden(pieces: Sequence[Piece], secrets: Sequence[bytes]) -> list[Piece]:
    """The same, with stars for each octet of a secret, also where it was said in several pieces."""
    said: dict[tuple[int, str], bytes] = {}
    for piece in pieces:
        key = piece.talk.number, piece.sender
        said[key] = said.get(key, b"") + piece.data
    for secret in filter(None, secrets):
        said = {key: data.replace(secret, b"*" * len(secret)) for key, data in said.items()}
    found = []
    for piece in pieces:
        key, size = (piece.talk.number, piece.sender), len(piece.data)
        found.append(structs.replace(piece, data=said[key][:size]))
        said[key] = said[key][size:]
    return found


def _client(talk: Talk) -> str:
    """Who spoke; over a Unix socket clients have no address."""
    return shown(talk.client) if talk.client[1] else talk.client[0] or "a local process"
