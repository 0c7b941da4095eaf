"""A configuration as Arista EOS writes it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netloom.contents.shell.device import Config
    from netloom.contents.shell.device.config import Interface, User
    from netloom.contents.shell.device.hardware import Hardware


def render(config: Config, hardware: Hardware) -> str:
    """All of it, from the host's name to `end`."""
    blocks = [
        [f"enable password sha512 {config.enable_secret}"] if config.enable_secret else [],
        [
            f"hostname {config.hostname}",
            *(f"ip name-server vrf default {server}" for server in config.name_servers),
            *([f"dns domain {config.domain}"] if config.domain else []),
        ],
        [f"logging host {host}" for host in config.log_hosts],
        [f"ntp server {server}" for server in config.ntp_servers],
        [f"snmp-server contact {config.contact}"] if config.contact else [],
        [f"snmp-server location {config.location}"] if config.location else [],
        [_user(user) for user in config.users.values()],
        *([f"vlan {number}", f"   name {name}"] for number, name in config.vlans.items() if number != 1),
        *(interface(found, hardware) for found in config.interfaces.values()),
        [f"{'ipv6' if ':' in route.prefix else 'ip'} route {route.prefix} {route.next_hop}" for route in config.routes],
    ]
    return "".join("".join(f"{line}\n" for line in [*block, "!"]) for block in blocks if block) + "end\n"


def interface(found: Interface, hardware: Hardware) -> list[str]:
    """One interface's lines."""
    lines = [f"interface {found.name}"]
    if found.description:
        lines.append(f"   description {found.description}")
    if not found.enabled:
        lines.append("   shutdown")
    if found.mtu is not None:
        lines.append(f"   mtu {found.mtu}")
    if found.vlan is not None:
        lines.append(f"   switchport access vlan {found.vlan}")
    if found.addresses and hardware.is_port(found.name) and not found.name.startswith("Management"):
        lines.append("   no switchport")
    for number, text in enumerate(found.of_family(4)):
        lines.append(f"   ip address {text}{' secondary' if number else ''}")
    lines += [f"   ipv6 address {text}" for text in found.of_family(6)]
    return lines


def _user(user: User) -> str:
    level = f" privilege {user.level}" if user.level != 1 else ""
    return f"username {user.name}{level} " + (f"secret sha512 {user.password}" if user.password else "nopassword")
