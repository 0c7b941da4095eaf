"""What Cisco IOS shows: its tables and sentences, in the columns that scripts expect."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from netloom.contents.shell.cli import facts
from netloom.contents.shell.cli.ios_config import interface, render
from netloom.contents.shell.device.config import Interface

if TYPE_CHECKING:
    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.facts import Seen
    from netloom.contents.shell.cli.line import CommandLine

_SHORT = (("GigabitEthernet", "Gi"), ("Loopback", "Lo"), ("Vlan", "Vl"))


def version(cli: CommandLine, arguments: Arguments) -> str:
    hardware, name = cli.hardware, cli.device.running.hostname
    return f"""\
Cisco IOS Software, C1000 Software (C1000-UNIVERSALK9-M), Version {hardware.release}, RELEASE SOFTWARE (fc3)
Technical Support: http://www.cisco.com/techsupport
A simulated device: netloom. Nothing here runs on a real machine.

ROM: Bootstrap program is C1000 boot loader
BOOTLDR: C1000 Boot Loader (C1000-HBOOT-M) Version 15.2(7r)E2, RELEASE SOFTWARE (fc1)

{name} uptime is {facts.spelt(cli)}
System returned to ROM by power-on
System restarted at {facts.stamp(cli.device.booted, "%H:%M:%S UTC %a %b %e %Y")}
System image file is "flash:/c1000-universalk9-mz.152-7.E3.bin"
Last reload reason: power-on

cisco {hardware.model} (APM86XXX) processor (revision A0) with 524288K bytes of memory.
Processor board ID {hardware.serial}
Last reset from power-on
{len(hardware.ports)} Gigabit Ethernet interfaces
The password-recovery mechanism is enabled.

Base ethernet MAC Address       : {hardware.mac(hardware.ports[0]).upper()}
Model number                    : {hardware.model}
System serial number            : {hardware.serial}
Configuration register is 0xF
"""


def running(cli: CommandLine, arguments: Arguments) -> str:
    device = cli.device
    if "name" in arguments:
        name = arguments["name"]
        found = device.running.interfaces.get(name) or Interface(name=name)
        text = "\n".join(["!", *interface(found, cli.hardware), "end", ""])
        return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}"
    text = render(device.running, cli.hardware)
    changed = facts.stamp(device.changed, "%H:%M:%S UTC %a %b %e %Y")
    head = f"!\n! Last configuration change at {changed}\n!\n"
    return f"Building configuration...\n\nCurrent configuration : {len(head + text)} bytes\n{head}{text}"


def startup(cli: CommandLine, arguments: Arguments) -> str:
    if cli.device.startup is None:
        return "startup-config is not present\n"
    text = "!\n" + render(cli.device.startup, cli.hardware)
    return f"Using {len(text)} out of 65536 bytes\n{text}"


def interfaces(cli: CommandLine, arguments: Arguments) -> str:
    return "".join(_interface(seen, cli) for seen in facts.interfaces(cli, arguments.get("name", "")))


def _interface(seen: Seen, cli: CommandLine) -> str:
    found, counted = seen.interface, seen.counters
    state = "up" if seen.is_up else "down"
    shown = state if seen.enabled else "administratively down"
    line = f"{seen.name} is {shown}, line protocol is {state}"
    if seen.is_port and seen.enabled:
        line += " (connected)" if seen.is_up else " (notconnect)"
    kind = "Loopback" if seen.is_loopback else "Gigabit Ethernet" if seen.is_port else "Ethernet SVI"
    mac = "" if seen.is_loopback else f", address is {facts.dotted(seen.mac)} (bia {facts.dotted(seen.mac)})"
    lines = [line, f"  Hardware is {kind}{mac}"]
    if found.description:
        lines.append(f"  Description: {found.description}")
    if seen.first():
        lines.append(f"  Internet address is {seen.first()}")
    bandwidth = 8_000_000 if seen.is_loopback else cli.hardware.speed // 1000
    mtu = found.mtu or (1514 if seen.is_loopback else 1500)
    lines += [
        f"  MTU {mtu} bytes, BW {bandwidth} Kbit/sec, DLY 10 usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
        f"  Encapsulation {'LOOPBACK' if seen.is_loopback else 'ARPA'}, loopback not set",
    ]
    if seen.is_port:
        lines.append("  Full-duplex, 1000Mb/s, media type is 10/100/1000BaseTX")
    lines += [
        "  Last input 00:00:01, output 00:00:00, output hang never",
        '  Last clearing of "show interface" counters never',
        "  5 minute input rate 0 bits/sec, 0 packets/sec",
        "  5 minute output rate 0 bits/sec, 0 packets/sec",
        f"     {counted.in_packets} packets input, {counted.in_octets} bytes, 0 no buffer",
        f"     {counted.in_errors} input errors, {counted.in_errors} CRC, 0 frame, 0 overrun, 0 ignored",
        f"     {counted.out_packets} packets output, {counted.out_octets} bytes, 0 underruns",
        "     0 output errors, 0 collisions, 0 interface resets",
    ]
    return "\n".join(lines) + "\n"


def brief(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["Interface              IP-Address      OK? Method Status                Protocol"]
    for seen in facts.interfaces(cli, arguments.get("name", "")):
        address = seen.first().partition("/")[0] or "unassigned"
        method = "manual" if seen.first() else "unset"
        state = "up" if seen.is_up else "down"
        status = state if seen.enabled else "administratively down"
        lines.append(f"{seen.name:<22} {address:<15} YES {method:<6} {status:<21} {state:<8}")
    return "\n".join(lines) + "\n"


def descriptions(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["Interface                      Status         Protocol Description"]
    for seen in facts.interfaces(cli):
        state = "up" if seen.is_up else "down"
        status = state if seen.enabled else "admin down"
        lines.append(f"{shortened(seen.name):<30} {status:<14} {state:<8} {seen.interface.description}".rstrip())
    return "\n".join(lines) + "\n"


def status(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["", "Port      Name               Status       Vlan       Duplex  Speed Type"]
    for seen in facts.interfaces(cli):
        if seen.is_port:
            state = "connected" if seen.is_up else "notconnect" if seen.enabled else "disabled"
            vlan = "routed" if seen.first() else str(seen.interface.vlan or 1)
            name = seen.interface.description[:18]
            speed = "a-full a-1000" if seen.is_up else "  auto   auto"
            lines.append(f"{shortened(seen.name):<9} {name:<18} {state:<12} {vlan:<10} {speed} 10/100/1000BaseTX")
    return "\n".join(lines) + "\n"


def vlans(cli: CommandLine, arguments: Arguments) -> str:
    lines = [
        "",
        "VLAN Name                             Status    Ports",
        "---- -------------------------------- --------- -------------------------------",
    ]
    config = cli.device.running
    for number, name in config.vlans.items():
        inside = facts.ports_of(config, number)
        if number == 1:
            inside += [seen.name for seen in facts.interfaces(cli) if _unassigned(seen)]
        rows = [", ".join(map(shortened, inside[at : at + 4])) for at in range(0, len(inside), 4)] or [""]
        lines.append(f"{number:<4} {name:<32} active    {rows[0]}".rstrip())
        lines += [f"{'':<48}{row}" for row in rows[1:]]
    return "\n".join(lines) + "\n"


def _unassigned(seen: Seen) -> bool:
    return seen.is_port and seen.interface.vlan is None and not seen.first()


def routes(cli: CommandLine, arguments: Arguments) -> str:
    config = cli.device.running
    found = [route for route in config.routes if ipaddress.ip_network(route.prefix).version == 4]
    default = next((route for route in found if route.prefix == "0.0.0.0/0"), None)
    last = f"{default.next_hop} to network 0.0.0.0" if default else "not set"
    lines = [
        "Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP",
        "       * - candidate default, U - per-user static route, o - ODR",
        "",
        f"Gateway of last resort is {last}",
        "",
    ]
    for route in found:
        star = "*" if route is default else " "
        lines.append(f"S{star}    {route.prefix} [1/0] via {route.next_hop}")
    for network, name, own in facts.connected(config):
        lines += [
            f"C        {network} is directly connected, {name}",
            f"L        {own}/32 is directly connected, {name}",
        ]
    return "\n".join(lines) + "\n"


def users(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["    Line       User       Host(s)              Idle       Location"]
    for session in cli.device.sessions.values():
        mark = "*" if session is cli.session else " "
        where = session.peer.rpartition(":")[0].strip("[]")
        line = f"{session.number} {'vty' if session.via != 'netconf' else 'nc'} {session.number - 1}"
        lines.append(f"{mark} {line:>9}    {session.user:<10} idle                 00:00:00   {where}")
    return "\n".join(lines) + "\n"


def clock(cli: CommandLine, arguments: Arguments) -> str:
    now = cli.device.clock()
    return facts.stamp(now, f"%H:%M:%S.{int(now * 1000) % 1000:03} UTC %a %b %e %Y") + "\n"


def associations(cli: CommandLine, arguments: Arguments) -> str:
    lines = ["", "  address         ref clock       st   when   poll reach  delay  offset   disp"]
    for number, server in enumerate(cli.device.running.ntp_servers):
        mark = "*~" if not number else " ~"
        lines.append(f"{mark}{server:<15} .GPS.            1     12     64   377  1.000   0.010  0.100")
    lines.append(" * sys.peer, # selected, + candidate, - outlyer, x falseticker, ~ configured")
    return "\n".join(lines) + "\n"


def history(cli: CommandLine, arguments: Arguments) -> str:
    return "".join(f"  {line}\n" for line in cli.history)


def privilege(cli: CommandLine, arguments: Arguments) -> str:
    return f"Current privilege level is {cli.level}\n"


def inventory(cli: CommandLine, arguments: Arguments) -> str:
    hardware = cli.hardware
    return f'NAME: "1", DESCR: "{hardware.model}"\nPID: {hardware.model:<18}, VID: V01  , SN: {hardware.serial}\n\n'


def contact(cli: CommandLine, arguments: Arguments) -> str:
    return f"{getattr(cli.device.running, arguments['field'])}\n"


def shortened(name: str) -> str:
    """`Gi0/1` of `GigabitEthernet0/1`."""
    for whole, short in _SHORT:
        if name.startswith(whole):
            return short + name[len(whole) :]
    return name
