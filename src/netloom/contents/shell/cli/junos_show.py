"""What Junos shows in operational mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.contents.shell.cli import facts
from netloom.contents.shell.cli.junos_config import as_set, as_tree, below, statements

if TYPE_CHECKING:
    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.facts import Seen
    from netloom.contents.shell.cli.line import CommandLine


def version(cli: CommandLine, arguments: Arguments) -> str:
    hardware = cli.hardware
    return f"""\
Hostname: {cli.device.running.hostname}
Model: {hardware.model}
Junos: {hardware.release}
JUNOS OS Kernel 32-bit  [simulated by netloom]
JUNOS Base OS boot [{hardware.release}]
"""


def configuration(cli: CommandLine, arguments: Arguments) -> str:
    """All of it, or what is below a path."""
    found = statements(cli.device.running)
    path = arguments["path"].split() if "path" in arguments else []
    if path:
        found = below(found, path)
    if cli.form == "display set":
        return as_set((" ".join(path), *statement) if path else statement for statement in found)
    head = []
    if not path:
        commit = cli.device.history[0] if cli.device.history else None
        at = commit.at if commit is not None else cli.device.booted
        who = commit.user if commit is not None else "root"
        head = [
            f"## Last commit: {facts.stamp(at, '%Y-%m-%d %H:%M:%S UTC')} by {who}",
            f"version {cli.hardware.release};",
        ]
    return "".join(f"{line}\n" for line in [*head, *as_tree(found)])


def interfaces(cli: CommandLine, arguments: Arguments) -> str:
    return "\n".join(_interface(seen, cli) for seen in facts.interfaces(cli, arguments.get("name", "")))


def _interface(seen: Seen, cli: CommandLine) -> str:
    found, counted = seen.interface, seen.counters
    admin = "Enabled" if seen.enabled else "Administratively down"
    number = cli.hardware.number(seen.name) % 1000
    lines = [
        f"Physical interface: {seen.name}, {admin}, Physical link is {'Up' if seen.is_up else 'Down'}",
        f"  Interface index: {128 + number}, SNMP ifIndex: {500 + number}",
    ]
    if found.description:
        lines.append(f"  Description: {found.description}")
    if seen.is_loopback:
        lines.append("  Type: Loopback, MTU: Unlimited")
    else:
        speed = f"{cli.hardware.speed // 1_000_000}mbps"
        lines.append(
            f"  Link-level type: Ethernet, MTU: {found.mtu or 1514}, Speed: {speed}, Auto-negotiation: Enabled"
        )
        lines.append(f"  Current address: {seen.mac}, Hardware address: {seen.mac}")
    lines += [
        f"  Last flapped   : {facts.stamp(cli.device.booted, '%Y-%m-%d %H:%M:%S UTC')}",
        "  Input rate     : 0 bps (0 pps)",
        "  Output rate    : 0 bps (0 pps)",
    ]
    if found.addresses:
        lines += ["", f"  Logical interface {seen.name}.0 (Index 330) (SNMP ifIndex 540)"]
        lines.append(f"    Input packets : {counted.in_packets}")
        lines.append(f"    Output packets: {counted.out_packets}")
        for version_, family in ((4, "inet"), (6, "inet6")):
            for text in found.of_family(version_):
                lines += [
                    f"    Protocol {family}, MTU: {found.mtu or 1500}",
                    f"        Local: {text.partition('/')[0]}",
                ]
    return "\n".join(lines) + "\n"


def terse(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["Interface               Admin Link Proto    Local                 Remote"]
    for seen in facts.interfaces(cli, arguments.get("name", "")):
        state = f"{'up' if seen.enabled else 'down':<5} {'up' if seen.is_up else 'down':<4}"
        lines.append(f"{seen.name:<23} {state}".rstrip())
        shown = [
            (family, text)
            for version_, family in ((4, "inet"), (6, "inet6"))
            for text in seen.interface.of_family(version_)
        ]
        if seen.interface.vlan is not None:
            shown.append(("eth-switch", ""))
        for number, (family, text) in enumerate(shown):
            name = f"{seen.name}.0" if not number else ""
            lines.append(f"{name:<23} {state if not number else ' ' * 10} {family:<8} {text}".rstrip())
    return "\n".join(lines) + "\n"


def descriptions(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["Interface       Admin Link Description"]
    for seen in facts.interfaces(cli):
        if seen.interface.description:
            admin, link = "up" if seen.enabled else "down", "up" if seen.is_up else "down"
            lines.append(f"{seen.name:<15} {admin:<5} {link:<4} {seen.interface.description}")
    return "\n".join(lines) + "\n"


def vlans(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["", "Routing instance        VLAN name             Tag          Interfaces"]
    config = cli.device.running
    for number, name in config.vlans.items():
        ports = [f"{port}.0*" for port in facts.ports_of(config, number)]
        lines.append(f"default-switch          {name:<21} {number:<12} ")
        lines += [f"{'':<59}{port}" for port in ports]
    return "\n".join(lines) + "\n"


def routes(cli: CommandLine, arguments: Arguments) -> str:
    config = cli.device.running
    found = [(route.prefix, "Static/5", f"> to {route.next_hop}") for route in config.routes if ":" not in route.prefix]
    for network, name, own in facts.connected(config):
        found += [(network, "Direct/0", f"> via {name}.0"), (f"{own}/32", "Local/0", f"  Local via {name}.0")]
    count = len(found)
    lines = [
        "",
        f"inet.0: {count} destinations, {count} routes ({count} active, 0 holddown, 0 hidden)",
        "+ = Active Route, - = Last Active, * = Both",
        "",
    ]
    weeks, days, hours, minutes, seconds = facts.uptime(cli)
    age = (
        f"{weeks}w{days}d {hours:02}:{minutes:02}:{seconds:02}"
        if weeks or days
        else f"{hours:02}:{minutes:02}:{seconds:02}"
    )
    for prefix, kind, way in sorted(found):
        lines += [f"{prefix:<18} *[{kind}] {age}", f"{'':<20}  {way}"]
    return "\n".join(lines) + "\n"


def uptime(cli: CommandLine, arguments: Arguments) -> str:
    device = cli.device
    form = "%Y-%m-%d %H:%M:%S UTC"
    last = device.history[0] if device.history else None
    who = last.user if last is not None else "root"
    return (
        f"Current time: {facts.stamp(device.clock(), form)}\n"
        f"System booted: {facts.stamp(device.booted, form)} ({facts.spelt(cli)} ago)\n"
        f"Last configured: {facts.stamp(last.at if last is not None else device.booted, form)} by {who}\n"
    )


def users(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["USER     TTY      FROM                              LOGIN@  IDLE WHAT"]
    for session in cli.device.sessions.values():
        where = session.peer.rpartition(":")[0].strip("[]") or "-"
        at = facts.stamp(session.since, "%H:%M")
        lines.append(f"{session.user:<8} pts/{session.number:<4} {where:<33} {at:<7} -    -cli (cli)")
    return "\n".join(lines) + "\n"


def commits(cli: CommandLine, arguments: Arguments) -> str:
    lines = []
    for number, commit in enumerate(cli.device.history):
        at = facts.stamp(commit.at, "%Y-%m-%d %H:%M:%S UTC")
        lines.append(f"{number:<3} {at} by {commit.user} via {'cli' if commit.via != 'netconf' else 'netconf'}")
        if commit.words:
            lines.append(f"    {commit.words}")
    return "\n".join(lines) + "\n"


def associations(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["     remote         refid           st t when poll reach   delay   offset  jitter", "=" * 80]
    for number, server in enumerate(cli.device.running.ntp_servers):
        lines.append(
            f"{' ' if number else '*'}{server:<15} .GPS.            1 -   12   64  377    1.000    0.010   0.100"
        )
    return "\n".join(lines) + "\n"
