"""What a device counts and shows beside its configuration: links that are up, and traffic that grows with time."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from netloom.contents.shell.device.config import Config
    from netloom.contents.shell.device.hardware import Hardware

_FRAME = 512
"""Bytes of an average frame."""


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """An interface's traffic since the device booted: bytes and packets, in both directions, and what was broken."""

    in_octets: int
    in_packets: int
    in_errors: int
    out_octets: int
    out_packets: int


class Traffic:
    """Simulated traffic: as long as an interface is up it grows at a rate of its own, and it stands still otherwise."""

    def __init__(self, hardware: Hardware, config: Config, now: float) -> None:
        self._hardware = hardware
        self._before: dict[str, float] = {}
        self._since: dict[str, float] = {}
        self.follow(config, now)

    def follow(self, config: Config, now: float) -> None:
        """Take note of which interfaces are up from `now` (seconds) on."""
        for name, since in list(self._since.items()):
            if not self.is_up(config, name):
                self._before[name] = self._before.get(name, 0.0) + now - since
                del self._since[name]
        for name in config.interfaces:
            if self.is_up(config, name):
                self._since.setdefault(name, now)

    def is_up(self, config: Config, name: str) -> bool:
        """Whether an interface is up: one that isn't shut down, and for a port has something plugged in.

        In every second port there is nothing, so that both states can be seen.
        """
        if name not in config.interfaces or not config.interfaces[name].enabled:
            return False
        return not self._hardware.is_port(name) or self._hardware.number(name) % 2 == 1

    def counters(self, name: str, now: float) -> Counters:
        """What an interface has counted until `now`."""
        seconds = self._before.get(name, 0.0)
        if name in self._since:
            seconds += now - self._since[name]
        if self._hardware.is_loopback(name):
            seconds = 0.0
        rate = 2_000 + zlib.crc32(name.encode()) % 50_000  # bytes a second
        inward, outward = int(seconds * rate), int(seconds * rate * 0.6)
        return Counters(
            in_octets=inward,
            in_packets=inward // _FRAME,
            in_errors=inward // 50_000_000,
            out_octets=outward,
            out_packets=outward // _FRAME,
        )
