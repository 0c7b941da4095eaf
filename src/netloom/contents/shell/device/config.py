"""What a device is configured to be: one frozen value, in whatever dialect it was said."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec.structs import replace

from netloom.contents import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT_LIMIT = 240
"""Characters of a description, a contact or a location."""
ENTRIES = {"interfaces": 256, "users": 64, "vlans": 512, "routes": 512, "servers": 16}
"""How many of each may be configured."""
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_WORD_LIMIT = 32


class ConfigError(Invalid):
    """It can't be configured like that. `path` names what is wrong: `("interfaces", "ge-0/0/0", "mtu")`."""

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.path = path


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """One interface. `addresses` are texts such as `192.0.2.1/24`, the first of a family being its primary one; `vlan`
    is the one that a port is an access port of; `mtu` in bytes, None being the hardware's own.
    """

    name: str
    description: str = ""
    enabled: bool = True
    mtu: int | None = None
    addresses: tuple[str, ...] = ()
    vlan: int | None = None

    def of_family(self, version: int) -> tuple[str, ...]:
        """The addresses of IPv4 or IPv6."""
        return tuple(text for text in self.addresses if ipaddress.ip_interface(text).version == version)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the device knows: `level` from 1 to 15, `password` as crypt(5) has it, never as it was typed."""

    name: str
    level: int = 1
    password: str = ""


class Route(msgspec.Struct, frozen=True, order=True):
    """A static route: to a `prefix`, by way of a `next_hop`."""

    prefix: str
    next_hop: str


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A whole configuration. `vlans` are names by number; `enable_secret` is hashed as a user's password is."""

    hostname: str = "loom"
    domain: str = ""
    contact: str = ""
    location: str = ""
    name_servers: tuple[str, ...] = ()
    ntp_servers: tuple[str, ...] = ()
    log_hosts: tuple[str, ...] = ()
    enable_secret: str = ""
    users: dict[str, User] = {}
    vlans: dict[int, str] = {}
    interfaces: dict[str, Interface] = {}
    routes: tuple[Route, ...] = ()

    def interface(self, name: str) -> Interface:
        """An interface, as it is by default where nothing was said of it."""
        return self.interfaces.get(name) or Interface(name=name)

    def with_interface(self, name: str, **changes: Any) -> Self:
        """The same with another interface."""
        made = replace(self.interface(name), **changes)
        return replace(self, interfaces=ordered({**self.interfaces, name: made}))

    def without_interface(self, name: str) -> Self:
        return replace(self, interfaces={key: value for key, value in self.interfaces.items() if key != name})

    def with_user(self, name: str, **changes: Any) -> Self:
        """The same with another user."""
        made = replace(self.users.get(name) or User(name=name), **changes)
        return replace(self, users=dict(sorted({**self.users, name: made}.items())))

    def without_user(self, name: str) -> Self:
        return replace(self, users={key: value for key, value in self.users.items() if key != name})

    def with_vlan(self, number: int, name: str | None = None) -> Self:
        """The same with a VLAN, which has the name that it had, or its usual one, unless another is given."""
        known = self.vlans.get(number) or usual_vlan_name(number)
        return replace(self, vlans=dict(sorted({**self.vlans, number: name or known}.items())))

    def without_vlan(self, number: int) -> Self:
        return replace(self, vlans={key: value for key, value in self.vlans.items() if key != number})

    def with_route(self, prefix: str, next_hop: str) -> Self:
        return replace(self, routes=tuple(sorted({*self.routes, Route(prefix, next_hop)})))

    def without_route(self, prefix: str, next_hop: str = "") -> Self:
        """Without one route, or without all to a prefix."""
        gone = [route for route in self.routes if route.prefix == prefix and next_hop in ("", route.next_hop)]
        return replace(self, routes=tuple(route for route in self.routes if route not in gone))


def usual_vlan_name(number: int) -> str:
    return "default" if number == 1 else f"VLAN{number:04}"


def ordered(interfaces: dict[str, Interface]) -> dict[str, Interface]:
    """Interfaces by kind and then by number, as devices list them."""
    return {name: interfaces[name] for name in sorted(interfaces, key=natural)}


def natural(name: str) -> tuple[Any, ...]:
    """What a name is sorted by: `Ethernet10` comes after `Ethernet9`."""
    kind = re.match(r"[A-Za-z-]*", name)
    return (kind.group() if kind else "", tuple(int(digits) for digits in re.findall(r"\d+", name)), name)


# What may stand where


def host_name(text: str) -> str:
    """A host's own name."""
    if not _LABEL.fullmatch(text):
        raise ConfigError(f"{text[:64]!r} is no name of a host", "hostname")
    return text


def domain_name(text: str, *path: str) -> str:
    """A domain's or another host's name."""
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in text.split(".")):
        raise ConfigError(f"{text[:64]!r} is no domain name", *(path or ("domain",)))
    return text


def free_text(text: str, *path: str) -> str:
    """A description and its like: a line."""
    if len(text) > TEXT_LIMIT or _CONTROL.search(text):
        raise ConfigError(f"a text has no more than {TEXT_LIMIT} characters, and none that controls", *path)
    return text.strip()


def user_name(text: str) -> str:
    if not _USER.fullmatch(text):
        raise ConfigError(f"{text[:64]!r} is no name of a user", "users")
    return text


def vlan_name(text: str) -> str:
    if not text or len(text) > _WORD_LIMIT or _CONTROL.search(text) or " " in text:
        raise ConfigError(f"a VLAN's name is a word of no more than {_WORD_LIMIT} characters", "vlans")
    return text


def server(text: str, *path: str) -> str:
    """An address or a host's name."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if text.replace(".", "").isdigit():
            raise ConfigError(f"{text[:64]!r} is no address", *path) from None
        return domain_name(text, *path)


def address(text: str, *path: str) -> str:
    """An interface's own address with its prefix length: no network's, and none of many."""
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        raise ConfigError(f"{text[:64]!r} is no address with a prefix length", *path) from None
    if "/" not in text:
        raise ConfigError(f"{text[:64]!r} has no prefix length", *path)
    only_hosts = found.network.prefixlen < found.max_prefixlen - 1
    is_edge = only_hosts and found.version == 4 and found.ip in (found.network[0], found.network[-1])
    if is_edge or found.ip.is_multicast or found.ip.is_unspecified or getattr(found, "scope_id", None):
        raise ConfigError(f"{text[:64]} can't be an interface's address", *path)
    return str(found)


def prefix(text: str, *path: str) -> str:
    """A route's destination."""
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise ConfigError(f"{text[:64]!r} is no prefix", *path) from None


def next_hop(text: str, *path: str) -> str:
    """The address of a neighbour."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise ConfigError(f"{text[:64]!r} is no address", *path) from None
    if found.is_multicast or found.is_unspecified or getattr(found, "scope_id", None):
        raise ConfigError(f"{text[:64]} can't be a neighbour's address", *path)
    return str(found)


def within(number: int, least: int, most: int, *path: str) -> int:
    """A number between two others, both included."""
    if not least <= number <= most:
        raise ConfigError(f"{number} isn't from {least} to {most}", *path)
    return number


def check(config: Config) -> None:
    """What only shows in the whole: raises ConfigError where parts of a configuration don't fit together."""
    for name in ("interfaces", "users", "vlans", "routes"):
        few(name, getattr(config, name), ENTRIES[name])
    for name in ("name_servers", "ntp_servers", "log_hosts"):
        few(name, getattr(config, name), ENTRIES["servers"])
    _check_addresses(config)
    if config.vlans.get(1, usual_vlan_name(1)) != usual_vlan_name(1):
        raise ConfigError("VLAN 1 keeps its name", "vlans", "1")
    names: dict[str, int] = {}
    for number, name in config.vlans.items():
        if names.setdefault(name, number) != number:
            raise ConfigError(f"VLAN {number} and VLAN {names[name]} have the same name {name}", "vlans", str(number))
    for interface in config.interfaces.values():
        if interface.vlan is not None and interface.vlan not in config.vlans:
            raise ConfigError(f"there is no VLAN {interface.vlan}", "interfaces", interface.name, "vlan")
    for route in config.routes:
        if ipaddress.ip_network(route.prefix).version != ipaddress.ip_address(route.next_hop).version:
            raise ConfigError(f"{route.next_hop} is of another family than {route.prefix}", "routes", route.prefix)


def few(what: str, found: Iterable[object], limit: int) -> None:
    """No more than a device has room for."""
    if sum(1 for _ in found) > limit:
        raise ConfigError(f"no more than {limit} {what.replace('_', ' ')}", what)


def _check_addresses(config: Config) -> None:
    """No network is on two interfaces, as no router lets it be."""
    found = []
    for interface in config.interfaces.values():
        few("addresses of an interface", interface.addresses, ENTRIES["servers"])
        for text in interface.addresses:
            network = ipaddress.ip_interface(text).network
            first, last = int(network.network_address), int(network.broadcast_address)
            found.append((network.version, first, -last, interface.name, text))
    around: list[tuple[int, int, str, str]] = []  # those that the next one may be inside of
    for version, first, negative, name, text in sorted(found):
        while around and (around[-1][0] != version or around[-1][1] < first):
            around.pop()
        for _, _, other, _ in around:
            if other != name:
                network = ipaddress.ip_interface(text).network
                raise ConfigError(f"{network} overlaps with {other}", "interfaces", name, text)
        around.append((version, -negative, name, text))
