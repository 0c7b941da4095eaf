"""How much a peer may make us do: every bound of the HTTP engine, each with its default."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one connection. Sizes are bytes, times seconds.

    A protocol that HTTP carries widens or narrows one by having an option of the same name.
    """

    max_target: int = 16 * 1024
    max_head: int = 64 * 1024
    max_headers: int = 128
    max_body: int = 1 << 30
    head_timeout: float = 20.0
    # A body has body_timeout seconds, and one more for every body_rate bytes that came; only waiting for it counts.
    body_timeout: float = 20.0
    body_rate: int = 500
    # What is kept of a body that nobody reads yet, and read of one that nobody wants.
    buffered: int = 256 * 1024
    discarded: int = 256 * 1024
    linger: float = 2.0
    # HTTP/2
    max_streams: int = 100
    stream_window: int = 256 * 1024
    connection_window: int = 1024 * 1024
    # Streams that the peer opens and resets before they are answered (CVE-2023-44487), and frames that carry nothing:
    # so many at once, and so many more each second.
    resets: int = 200
    reset_rate: float = 33.0
    idle_frames: int = 1000
    idle_frame_rate: float = 200.0

    @classmethod
    def of(cls, *options: object) -> Limits:
        """The defaults, but for those that the options of the protocols on a port name."""
        chosen = {
            name: value
            for each in options
            for name in cls.__struct_fields__
            if (value := getattr(each, name, None)) is not None
        }
        return cls(**chosen) if chosen else DEFAULT


DEFAULT = Limits()


class Bucket:
    """A leaky bucket: `burst` at once, `rate` more each second."""

    __slots__ = ("_burst", "_level", "_rate", "_since")

    def __init__(self, burst: int, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._level = 0.0
        self._since = 0.0

    def add(self, now: float) -> bool:
        """Count one; False where it is one too many. `now` is the loop's time."""
        self._level = max(0.0, self._level - (now - self._since) * self._rate) + 1
        self._since = now
        return self._level <= self._burst
