"""HTTP Archive 1.2: exchanges of HTTP as JSON, read and written (HAR 1.2)."""

from __future__ import annotations

from msgspec import Struct

_UNKNOWN = -1.0

Field = tuple[str, str]


class Message(Struct, frozen=True, kw_only=True):
    """What one side said. `body` is free of codings; `coded` is its size on the wire, -1 where nobody knows."""

    version: str = "HTTP/1.1"
    fields: tuple[Field, ...] = ()
    body: bytes = b""
    coded: int = -1

    def field(self, name: str) -> str:
        """The value of a field, the first of that name; nothing where there is none."""
        return next((value for known, value in self.fields if known.lower() == name), "")


class Request(Message, frozen=True, kw_only=True):
    """A question."""

    method: str
    url: str


class Response(Message, frozen=True, kw_only=True):
    """An answer; its status is 0 where there was none. `bodiless`: it had a body that the archive hasn't."""

    status: int = 0
    reason: str = ""
    bodiless: bool = False


class Timings(Struct, frozen=True, kw_only=True):
    """Milliseconds, -1 where a phase wasn't there or isn't known."""

    send: float = 0.0
    wait: float = 0.0
    receive: float = 0.0
    blocked: float = _UNKNOWN
    dns: float = _UNKNOWN
    connect: float = _UNKNOWN
    ssl: float = _UNKNOWN

    @property
    def whole(self) -> float:
        """All of it; `ssl` is a part of `connect`."""
        phases = (self.blocked, self.dns, self.connect, self.send, self.wait, self.receive)
        return sum(phase for phase in phases if phase > 0)


class Exchange(Struct, frozen=True, kw_only=True):
    """A question with its answer. `started` is nanoseconds since 1970; `address` is the server's."""

    started: int
    request: Request
    response: Response
    timings: Timings = Timings()
    address: str = ""
    connection: str = ""
    comment: str = ""
