"""What devices say of themselves and of their interfaces, before a dialect puts it into its own form."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from netloom.contents.shell.device.config import Interface, natural
from netloom.contents.shell.device.state import Counters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.contents.shell.cli.line import CommandLine
    from netloom.contents.shell.device import Config


class Seen(msgspec.Struct, frozen=True):
    """An interface as it is now: configured, up or not, and what it counted."""

    interface: Interface
    is_up: bool
    counters: Counters
    mac: str
    is_port: bool
    is_loopback: bool

    @property
    def name(self) -> str:
        return self.interface.name

    @property
    def enabled(self) -> bool:
        return self.interface.enabled

    def first(self, version: int = 4) -> str:
        """The primary address of a family, or an empty text."""
        return next(iter(self.interface.of_family(version)), "")


def interfaces(cli: CommandLine, name: str = "") -> Iterator[Seen]:
    """All interfaces that run, or one."""
    device = cli.device
    now = device.clock()
    for interface in device.running.interfaces.values():
        if name in ("", interface.name):
            yield Seen(
                interface=interface,
                is_up=device.traffic.is_up(device.running, interface.name),
                counters=device.traffic.counters(interface.name, now),
                mac=device.hardware.mac(interface.name),
                is_port=device.hardware.is_port(interface.name),
                is_loopback=device.hardware.is_loopback(interface.name),
            )


def uptime(cli: CommandLine) -> tuple[int, int, int, int, int]:
    """Weeks, days, hours, minutes and seconds since the device booted."""
    seconds = max(0, int(cli.device.clock() - cli.device.booted))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    weeks, days = divmod(days, 7)
    return weeks, days, hours, minutes, seconds


def spelt(cli: CommandLine) -> str:
    """`1 week, 2 hours, 5 minutes`, as Cisco spells it."""
    names = ("week", "day", "hour", "minute")
    parts = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in zip(uptime(cli)[:4], names, strict=True)
        if count or name == "minute"
    ]
    return ", ".join(parts)


def stamp(seconds: float, form: str) -> str:
    """A moment in UTC."""
    return time.strftime(form, time.gmtime(seconds))


def dotted(mac: str) -> str:
    """`0200.5e00.0001` of `02:00:5e:00:00:01`."""
    digits = mac.replace(":", "")
    return ".".join(digits[at : at + 4] for at in (0, 4, 8))


def connected(config: Config) -> list[tuple[str, str, str]]:
    """Networks that are there by themselves: each with its interface and the own address in it."""
    import ipaddress

    found = []
    for interface in config.interfaces.values():
        if interface.enabled:
            for text in interface.of_family(4):
                own = ipaddress.ip_interface(text)
                found.append((str(own.network), interface.name, str(own.ip)))
    return sorted(found, key=lambda item: tuple(natural(part) for part in item[0].split(".")))


def ports_of(config: Config, number: int) -> list[str]:
    """The ports that are in a VLAN."""
    return [interface.name for interface in config.interfaces.values() if interface.vlan == number]
