"""What Arista EOS shows, as tables and, behind `| json`, as JSON."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import msgspec

from netloom.contents.shell.cli import facts
from netloom.contents.shell.cli.eos_config import interface, render
from netloom.contents.shell.device.config import Interface

if TYPE_CHECKING:
    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.facts import Seen
    from netloom.contents.shell.cli.line import CommandLine

_SHORT = (("Ethernet", "Et"), ("Loopback", "Lo"), ("Management", "Ma"), ("Vlan", "Vl"))


def version(cli: CommandLine, arguments: Arguments) -> str:
    hardware = cli.hardware
    mac = hardware.mac(hardware.ports[0])
    if cli.form == "json":
        return _json(
            {
                "modelName": hardware.model,
                "version": hardware.release,
                "serialNumber": hardware.serial,
                "systemMacAddress": mac,
                "uptime": cli.device.clock() - cli.device.booted,
                "bootupTimestamp": cli.device.booted,
                "architecture": "x86_64",
                "memTotal": 2097152,
                "memFree": 1048576,
            }
        )
    return f"""\
{hardware.maker} {hardware.model}
Hardware version: 0.0
Serial number: {hardware.serial}
Hardware MAC address: {facts.dotted(mac)}
System MAC address: {facts.dotted(mac)}

Software image version: {hardware.release} (a device that netloom simulates)
Architecture: x86_64
Internal build version: {hardware.release}-1.0
Internal build ID: 00000000-0000-0000-0000-000000000000
Image format version: 1.0

Uptime: {facts.spelt(cli)}
Total memory: 2097152 kB
Free memory: 1048576 kB

"""


def hostname(cli: CommandLine, arguments: Arguments) -> str:
    config = cli.device.running
    whole = f"{config.hostname}.{config.domain}" if config.domain else config.hostname
    if cli.form == "json":
        return _json({"hostname": config.hostname, "fqdn": whole})
    return f"Hostname: {config.hostname}\nFQDN:     {whole}\n"


def running(cli: CommandLine, arguments: Arguments) -> str:
    if "name" in arguments:
        found = cli.device.running.interfaces.get(arguments["name"]) or Interface(name=arguments["name"])
        return "\n".join([*interface(found, cli.hardware), ""])
    return _head(cli, "running-config") + render(cli.device.running, cli.hardware)


def startup(cli: CommandLine, arguments: Arguments) -> str:
    if cli.device.startup is None:
        return "% Error displaying startup-config (No such file or directory)\n"
    return _head(cli, "startup-config") + render(cli.device.startup, cli.hardware)


def _head(cli: CommandLine, what: str) -> str:
    hardware = cli.hardware
    name = cli.device.running.hostname
    return f"! Command: show {what}\n! device: {name} ({hardware.model}, EOS-{hardware.release})\n!\n"


def session(cli: CommandLine, arguments: Arguments) -> str:
    """The draft that is worked on."""
    return render(cli.configured, cli.hardware)


def differences(cli: CommandLine, arguments: Arguments) -> str:
    """What a commit of the draft would change."""
    before, after = (render(config, cli.hardware).splitlines() for config in (cli.device.running, cli.configured))
    found = difflib.unified_diff(before, after, "system:/running-config", f"session:/{cli.draft}-session-config", n=3)
    return "".join(f"{line.rstrip()}\n" for line in found)


def sessions(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["Maximum number of completed sessions: 1", "Maximum number of pending sessions: 5", ""]
    lines += ["  Name      State      User      Terminal", "  --------- ---------- --------- --------"]
    for name in cli.device.drafts:
        mark = "*" if name == cli.draft else " "
        lines.append(f"{mark} {name:<9} pending")
    return "\n".join(lines) + "\n"


def interfaces(cli: CommandLine, arguments: Arguments) -> str:
    seen = list(facts.interfaces(cli, arguments.get("name", "")))
    if cli.form == "json":
        return _json({"interfaces": {found.name: _facts(found, cli) for found in seen}})
    return "".join(_interface(found, cli) for found in seen)


def _facts(seen: Seen, cli: CommandLine) -> dict[str, Any]:
    address, _, length = seen.first().partition("/")
    return {
        "name": seen.name,
        "description": seen.interface.description,
        "interfaceStatus": _status(seen),
        "lineProtocolStatus": "up" if seen.is_up else "down",
        "physicalAddress": seen.mac,
        "mtu": _mtu(seen),
        "bandwidth": 0 if seen.is_loopback else cli.hardware.speed,
        "interfaceAddress": [{"primaryIp": {"address": address, "maskLen": int(length)}}] if address else [],
        "interfaceCounters": {
            "inOctets": seen.counters.in_octets,
            "outOctets": seen.counters.out_octets,
            "totalInErrors": seen.counters.in_errors,
        },
    }


def _status(seen: Seen) -> str:
    return "disabled" if not seen.enabled else "connected" if seen.is_up else "notconnect"


def _mtu(seen: Seen) -> int:
    return seen.interface.mtu or (65535 if seen.is_loopback else 1500)


def _interface(seen: Seen, cli: CommandLine) -> str:
    counted = seen.counters
    state = "up" if seen.is_up else "down" if seen.enabled else "administratively down"
    lines = [f"{seen.name} is {state}, line protocol is {'up' if seen.is_up else 'down'} ({_status(seen)})"]
    if seen.is_loopback:
        lines.append("  Hardware is Loopback")
    else:
        mac = facts.dotted(seen.mac)
        lines.append(f"  Hardware is {'Ethernet' if seen.is_port else 'Vlan'}, address is {mac} (bia {mac})")
    if seen.interface.description:
        lines.append(f"  Description: {seen.interface.description}")
    if seen.first():
        lines += [f"  Internet address is {seen.first()}", "  Broadcast address is 255.255.255.255"]
    lines.append(
        f"  {'IP' if seen.first() else 'Ethernet'} MTU {_mtu(seen)} bytes , BW {cli.hardware.speed // 1000} kbit"
    )
    if seen.is_port:
        lines.append("  Full-duplex, 10Gb/s, auto negotiation: off, uni-link: n/a")
    lines += [
        f"  Up {facts.spelt(cli)}" if seen.is_up else f"  Down {facts.spelt(cli)}",
        "  Loopback Mode : None",
        f"     {counted.in_packets} packets input, {counted.in_octets} bytes",
        f"     {counted.in_errors} input errors, {counted.in_errors} CRC, 0 alignment, 0 symbol, 0 input discards",
        f"     {counted.out_packets} packets output, {counted.out_octets} bytes",
        "     0 output errors, 0 collisions",
    ]
    return "\n".join(lines) + "\n"


def brief(cli: CommandLine, arguments: Arguments) -> str:
    seen = [found for found in facts.interfaces(cli, arguments.get("name", "")) if found.first()]
    if cli.form == "json":
        return _json({"interfaces": {found.name: _facts(found, cli) for found in seen}})
    lines = [
        "                                                                                Address",
        "Interface         IP Address            Status       Protocol            MTU    Owner  ",
        "----------------- --------------------- ------------ -------------- ----------- -------",
    ]
    for found in seen:
        status = "up" if found.is_up else "down" if found.enabled else "admin down"
        lines.append(
            f"{found.name:<17} {found.first():<21} {status:<12} {'up' if found.is_up else 'down':<14} {_mtu(found):>11}"
        )
    return "\n".join(lines) + "\n"


def descriptions(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["Interface                      Status         Protocol           Description"]
    for seen in facts.interfaces(cli):
        status = "up" if seen.is_up else "down" if seen.enabled else "admin down"
        protocol = "up" if seen.is_up else "down"
        lines.append(f"{shortened(seen.name):<30} {status:<14} {protocol:<18} {seen.interface.description}".rstrip())
    return "\n".join(lines) + "\n"


def status(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["Port       Name       Status       Vlan     Duplex Speed  Type            Flags Encapsulation"]
    for seen in facts.interfaces(cli):
        if seen.is_port:
            vlan = "routed" if seen.first() else str(seen.interface.vlan or 1)
            name = seen.interface.description[:10]
            lines.append(
                f"{shortened(seen.name):<10} {name:<10} {_status(seen):<12} {vlan:<8} full   10G    EbraTestPhyPort"
            )
    return "\n".join(lines) + "\n"


def vlans(cli: CommandLine, arguments: Arguments) -> str:
    config = cli.device.running
    if cli.form == "json":
        found = {
            str(number): {
                "name": name, "status": "active", "dynamic": False,
                "interfaces": {port: {} for port in facts.ports_of(config, number)},
            }
            for number, name in config.vlans.items()
        }  # fmt: skip
        return _json({"vlans": found})
    lines = [
        "VLAN  Name                             Status    Ports",
        "----- -------------------------------- --------- -------------------------------",
    ]
    for number, name in config.vlans.items():
        ports = ", ".join(map(shortened, facts.ports_of(config, number)))
        lines.append(f"{number:<5} {name:<32} active    {ports}".rstrip())
    return "\n".join(lines) + "\n"


def routes(cli: CommandLine, arguments: Arguments) -> str:
    config = cli.device.running
    found = [route for route in config.routes if ":" not in route.prefix]
    last = [f" S        {route.prefix} [1/0] via {route.next_hop}" for route in found if route.prefix == "0.0.0.0/0"]
    lines = ["", "VRF: default", "Codes: C - connected, S - static, K - kernel", ""]
    lines += ["Gateway of last resort:", *last] if last else ["Gateway of last resort is not set"]
    lines.append("")
    lines += [f" C        {network} is directly connected, {name}" for network, name, _ in facts.connected(config)]
    lines += [f" S        {route.prefix} [1/0] via {route.next_hop}" for route in found if route.prefix != "0.0.0.0/0"]
    return "\n".join(lines) + "\n\n"


def users(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["    Line      User        Host(s)       Idle        Location"]
    for session in cli.device.sessions.values():
        mark = "*" if session is cli.session else " "
        where = session.peer.rpartition(":")[0].strip("[]") or "-"
        lines.append(
            f"{mark} {session.number:>2} vty {session.number:<5} {session.user:<11} idle          00:00:00    {where}"
        )
    return "\n".join(lines) + "\n"


def clock(cli: CommandLine, arguments: Arguments) -> str:
    return facts.stamp(cli.device.clock(), "%a %b %e %H:%M:%S %Y") + "\nTimezone: UTC\nClock source: local\n"


def associations(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["     remote           refid      st t when poll reach   delay   offset  jitter", "=" * 78]
    for number, server in enumerate(cli.device.running.ntp_servers):
        lines.append(
            f"{' ' if number else '*'}{server:<15} .GPS.            1 u   12   64  377    1.000    0.010   0.100"
        )
    return "\n".join(lines) + "\n"


def shortened(name: str) -> str:
    """`Et1` of `Ethernet1`."""
    for whole, short in _SHORT:
        if name.startswith(whole):
            return short + name[len(whole) :]
    return name


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=4).decode() + "\n"
