"""A configuration as Cisco IOS writes it down, in the order in which it would be read again."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from netloom.contents.shell.cli.arguments import mask_of

if TYPE_CHECKING:
    from netloom.contents.shell.device import Config
    from netloom.contents.shell.device.config import Interface
    from netloom.contents.shell.device.hardware import Hardware


def render(config: Config, hardware: Hardware) -> str:
    """All of it, from `!` to `end`."""
    blocks = [
        [f"hostname {config.hostname}"],
        [f"enable secret 9 {config.enable_secret}"] if config.enable_secret else [],
        [_user(config, name) for name in config.users],
        [f"ip domain-name {config.domain}"] if config.domain else [],
        [f"ip name-server {server}" for server in config.name_servers],
        *([f"vlan {number}", f" name {name}"] for number, name in config.vlans.items() if number != 1),
        *(interface(found, hardware) for found in config.interfaces.values()),
        [_route(route.prefix, route.next_hop) for route in config.routes],
        [f"logging host {host}" for host in config.log_hosts],
        [f"snmp-server location {config.location}"] if config.location else [],
        [f"snmp-server contact {config.contact}"] if config.contact else [],
        [f"ntp server {server}" for server in config.ntp_servers],
    ]
    return "".join("".join(f"{line}\n" for line in [*block, "!"]) for block in blocks if block) + "end\n"


def interface(found: Interface, hardware: Hardware) -> list[str]:
    """One interface's lines."""
    lines = [f"interface {found.name}"]
    if found.description:
        lines.append(f" description {found.description}")
    if found.vlan is not None:
        lines += [f" switchport access vlan {found.vlan}", " switchport mode access"]
    if found.mtu is not None:
        lines.append(f" mtu {found.mtu}")
    for number, text in enumerate(found.of_family(4)):
        own = ipaddress.ip_interface(text)
        lines.append(f" ip address {own.ip} {mask_of(own.network.prefixlen)}{' secondary' if number else ''}")
    if not found.of_family(4):
        lines.append(" no ip address")
    lines += [f" ipv6 address {text}" for text in found.of_family(6)]
    if not found.enabled:
        lines.append(" shutdown")
    return lines


def _user(config: Config, name: str) -> str:
    user = config.users[name]
    level = f" privilege {user.level}" if user.level != 1 else ""
    return f"username {name}{level}" + (f" secret 9 {user.password}" if user.password else "")


def _route(prefix: str, next_hop: str) -> str:
    network = ipaddress.ip_network(prefix)
    if network.version == 6:
        return f"ipv6 route {prefix} {next_hop}"
    return f"ip route {network.network_address} {network.netmask} {next_hop}"
