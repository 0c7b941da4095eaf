"""What Huawei VRP displays, and a configuration as it writes it down."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from netloom.contents.shell.cli import facts
from netloom.contents.shell.cli.arguments import mask_of
from netloom.contents.shell.device.config import Interface, usual_vlan_name

if TYPE_CHECKING:
    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.facts import Seen
    from netloom.contents.shell.cli.line import CommandLine
    from netloom.contents.shell.device import Config
    from netloom.contents.shell.device.hardware import Hardware


def render(config: Config, hardware: Hardware) -> str:
    """All of it, from `#` to `return`."""
    named = [number for number in config.vlans if number != 1]
    blocks = [
        [f"sysname {config.hostname}"],
        [f"dns server {server}" for server in config.name_servers],
        [f"dns domain {config.domain}"] if config.domain else [],
        [f"vlan batch {' '.join(map(str, named))}"] if named else [],
        [f"super password level 15 cipher {config.enable_secret}"] if config.enable_secret else [],
        *(
            [f"vlan {number}", f" name {config.vlans[number]}"]
            for number in named
            if config.vlans[number] != usual_vlan_name(number)
        ),
        _aaa(config),
        *(interface(found, hardware) for found in config.interfaces.values()),
        [_route(route.prefix, route.next_hop) for route in config.routes],
        [f"snmp-agent sys-info contact {config.contact}"] if config.contact else [],
        [f"snmp-agent sys-info location {config.location}"] if config.location else [],
        [f"info-center loghost {host}" for host in config.log_hosts],
        [f"ntp-service unicast-server {server}" for server in config.ntp_servers],
    ]  # fmt: skip
    return "#\n" + "".join("".join(f"{line}\n" for line in [*block, "#"]) for block in blocks if block) + "return\n"


def interface(found: Interface, hardware: Hardware) -> list[str]:
    """One interface's lines."""
    lines = [f"interface {found.name}"]
    if found.description:
        lines.append(f" description {found.description}")
    if found.addresses and hardware.is_port(found.name):
        lines.append(" undo portswitch")
    if found.vlan is not None:
        lines += [" port link-type access", f" port default vlan {found.vlan}"]
    if found.mtu is not None:
        lines.append(f" mtu {found.mtu}")
    for number, text in enumerate(found.of_family(4)):
        own = ipaddress.ip_interface(text)
        lines.append(f" ip address {own.ip} {mask_of(own.network.prefixlen)}{' sub' if number else ''}")
    for text in found.of_family(6):
        lines.append(f" ipv6 address {text}")
    if not found.enabled:
        lines.append(" shutdown")
    return lines


def _aaa(config: Config) -> list[str]:
    if not config.users:
        return []
    lines = ["aaa"]
    for user in config.users.values():
        if user.password:
            lines.append(f" local-user {user.name} password irreversible-cipher {user.password}")
        lines.append(f" local-user {user.name} privilege level {user.level}")
    return lines


def _route(prefix: str, next_hop: str) -> str:
    network = ipaddress.ip_network(prefix)
    if network.version == 6:
        return f"ipv6 route-static {prefix} {next_hop}"
    return f"ip route-static {network.network_address} {network.netmask} {next_hop}"


def version(cli: CommandLine, arguments: Arguments) -> str:
    hardware = cli.hardware
    weeks, days, hours, minutes, _ = facts.uptime(cli)
    return f"""\
Huawei Versatile Routing Platform Software
VRP (R) software, Version {hardware.release}
A simulated device: netloom. Nothing here runs on a real machine.
HUAWEI {hardware.model} Routing Switch uptime is {weeks} week, {days} day, {hours} hours, {minutes} minutes

ESN of Master : {hardware.serial}
"""


def current(cli: CommandLine, arguments: Arguments) -> str:
    if "name" in arguments:
        found = cli.device.running.interfaces.get(arguments["name"]) or Interface(name=arguments["name"])
        return "\n".join(["#", *interface(found, cli.hardware), "#", "return", ""])
    return "!Software Version V200R019C10SPC500\n" + render(cli.device.running, cli.hardware)


def saved(cli: CommandLine, arguments: Arguments) -> str:
    if cli.device.startup is None:
        return "The next startup configuration file is not set.\n"
    return "!Software Version V200R019C10SPC500\n" + render(cli.device.startup, cli.hardware)


def this(cli: CommandLine, arguments: Arguments) -> str:
    """What stands in the view that one is in."""
    if isinstance(cli.place, str):
        return "\n".join(["#", *interface(cli.device.running.interface(cli.place), cli.hardware), "#", "return", ""])
    return current(cli, arguments)


def interfaces(cli: CommandLine, arguments: Arguments) -> str:
    return "\n".join(_interface(seen, cli) for seen in facts.interfaces(cli, arguments.get("name", "")))


def _state(seen: Seen) -> str:
    return "UP" if seen.is_up else "DOWN" if seen.enabled else "Administratively DOWN"


def _interface(seen: Seen, cli: CommandLine) -> str:
    counted = seen.counters
    lines = [
        f"{seen.name} current state : {_state(seen)}",
        f"Line protocol current state : {'UP' if seen.is_up else 'DOWN'}{' (spoofing)' if seen.is_loopback else ''}",
        f"Description:{seen.interface.description}",
    ]
    kind = "Route Port" if seen.interface.addresses else f"Switch Port, PVID : {seen.interface.vlan or 1:>4}"
    lines.append(f"{kind},The Maximum Transmit Unit is {seen.interface.mtu or 1500}")
    lines.append(f"Internet Address is {seen.first()}" if seen.first() else "Internet protocol processing : disabled")
    if not seen.is_loopback:
        mac = seen.mac.replace(":", "")
        lines.append(f"IP Sending Frames' Format is PKTFMT_ETHNT_2, Hardware address is {mac[:4]}-{mac[4:8]}-{mac[8:]}")
        lines.append(f"Port Mode: COMMON COPPER\nSpeed : {cli.hardware.speed // 1_000_000},  Loopback: NONE")
    lines += [
        f"Input:  {counted.in_packets} packets, {counted.in_octets} bytes",
        f"  Total Error:                 {counted.in_errors}",
        f"Output:  {counted.out_packets} packets, {counted.out_octets} bytes",
    ]
    return "\n".join(lines) + "\n"


def brief(cli: CommandLine, arguments: Arguments) -> str:
    lines = [
        "PHY: Physical",
        "*down: administratively down",
        "(s): spoofing",
        "InUti/OutUti: input utility/output utility",
        "Interface                   PHY   Protocol  InUti OutUti   inErrors  outErrors",
    ]
    for seen in facts.interfaces(cli):
        physical = "up" if seen.is_up else "down" if seen.enabled else "*down"
        protocol = "up(s)" if seen.is_loopback else "up" if seen.is_up else "down"
        lines.append(
            f"{seen.name:<27} {physical:<5} {protocol:<9} {'0%':>5} {'0%':>6} {seen.counters.in_errors:>10} {0:>10}"
        )
    return "\n".join(lines) + "\n"


def ip_brief(cli: CommandLine, arguments: Arguments) -> str:
    lines = [
        "*down: administratively down",
        "(s): spoofing",
        "",
        "Interface                         IP Address/Mask      Physical   Protocol  ",
    ]
    for seen in facts.interfaces(cli):
        physical = "up" if seen.is_up else "down" if seen.enabled else "*down"
        protocol = "up(s)" if seen.is_loopback else "up" if seen.is_up else "down"
        lines.append(f"{seen.name:<33} {seen.first() or 'unassigned':<20} {physical:<10} {protocol:<10}")
    return "\n".join(lines) + "\n"


def descriptions(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["Interface                     PHY     Protocol Description"]
    for seen in facts.interfaces(cli):
        physical = "up" if seen.is_up else "down" if seen.enabled else "*down"
        lines.append(
            f"{seen.name:<29} {physical:<7} {'up' if seen.is_up else 'down':<8} {seen.interface.description}".rstrip()
        )
    return "\n".join(lines) + "\n"


def vlans(cli: CommandLine, arguments: Arguments) -> str:
    config = cli.device.running
    lines = [f"The total number of vlans is : {len(config.vlans)}", "-" * 80, "VID  Type    Ports", "-" * 80]
    for number in config.vlans:
        ports = "  ".join(f"UT:{port}" for port in facts.ports_of(config, number))
        lines.append(f"{number:<4} common  {ports}".rstrip())
    lines += ["", "VID  Status  Property      MAC-LRN Statistics Description", "-" * 80]
    for number, name in config.vlans.items():
        lines.append(f"{number:<4} enable  default       enable  disable    {name}")
    return "\n".join(lines) + "\n"


def routes(cli: CommandLine, arguments: Arguments) -> str:
    config = cli.device.running
    rows = [
        (route.prefix, "Static", 60, "RD", route.next_hop, "") for route in config.routes if ":" not in route.prefix
    ]
    for network, name, own in facts.connected(config):
        rows += [(network, "Direct", 0, "D", own, name), (f"{own}/32", "Direct", 0, "D", "127.0.0.1", name)]
    lines = [
        "Route Flags: R - relay, D - download to fib",
        "-" * 78,
        "Routing Tables: Public",
        f"         Destinations : {len(rows):<8} Routes : {len(rows):<8}",
        "",
        "Destination/Mask    Proto   Pre  Cost      Flags NextHop         Interface",
        "",
    ]
    for prefix, protocol, preference, flags, hop, name in rows:
        lines.append(f"{prefix:>18}  {protocol:<7} {preference:<4} 0         {flags:>3}   {hop:<15} {name}".rstrip())
    return "\n".join(lines) + "\n"


def users(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["  User-Intf    Delay    Type   Network Address     AuthenStatus    AuthorcmdFlag"]
    for session in cli.device.sessions.values():
        mark = "+" if session is cli.session else " "
        where = session.peer.rpartition(":")[0].strip("[]")
        line = f"{33 + session.number:<3} VTY {session.number:<4} 00:00:00  {session.via.upper():<6} {where:<19}"
        lines.append(f"{mark} {line} pass")
        lines.append(f"  Username : {session.user}")
    return "\n".join(lines) + "\n"


def clock(cli: CommandLine, arguments: Arguments) -> str:
    return facts.stamp(cli.device.clock(), "%Y-%m-%d %H:%M:%S+00:00\n%A\nTime Zone(UTC) : UTC") + "\n"


def ntp(cli: CommandLine, arguments: Arguments) -> str:
    return "".join(
        f"clock source: {server}\nclock stratum: 1\nclock status: {'configured' if number else 'configured, master'}\n"
        for number, server in enumerate(cli.device.running.ntp_servers)
    )
