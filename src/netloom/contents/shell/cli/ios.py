"""Cisco IOS: user and privileged EXEC, configuration with its sub-modes, and `%` before what is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.contents.shell.cli import ios_show as show
from netloom.contents.shell.cli import settings
from netloom.contents.shell.cli.dialect import Dialect, Login
from netloom.contents.shell.cli.grammar import Action, Grammar, Refusal, Token
from netloom.contents.shell.cli.line import Refused
from netloom.contents.shell.device import crypt
from netloom.contents.shell.device.hardware import IOS
from netloom.contents.shell.session import Interrupted, Pager

if TYPE_CHECKING:
    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.grammar import Handler
    from netloom.contents.shell.cli.line import CommandLine

PRIVILEGED = 15
TRIES = 3
PENALTY = 1.0
"""Seconds that a wrong answer takes: guessing is slow."""
WORDS = {
    "address": "Set the IP address of an interface",
    "brief": "Brief summary",
    "clock": "Display the system clock",
    "configure": "Enter configuration mode",
    "copy": "Copy from one file to another",
    "description": "Interface specific description",
    "disable": "Turn off privileged commands",
    "do": "To run exec commands in config mode",
    "enable": "Turn on privileged commands",
    "end": "Exit from configure mode",
    "exit": "Exit from the current mode",
    "history": "Display the session command history",
    "hostname": "Set system's network name",
    "interface": "Select an interface to configure",
    "interfaces": "Interface status and configuration",
    "ip": "IP information",
    "length": "Set number of lines on a screen",
    "logging": "Modify message logging facilities",
    "logout": "Exit from the EXEC",
    "mtu": "Set the interface Maximum Transmission Unit (MTU)",
    "name": "Ascii name of the VLAN",
    "no": "Negate a command or set its defaults",
    "ntp": "Configure NTP",
    "privilege": "Show current privilege level",
    "reload": "Halt and perform a cold restart",
    "route": "Establish static routes",
    "running-config": "Current operating configuration",
    "show": "Show running system information",
    "shutdown": "Shutdown the selected interface",
    "snmp-server": "Modify SNMP engine parameters",
    "startup-config": "Contents of startup configuration",
    "switchport": "Set switching mode characteristics",
    "terminal": "Set terminal line parameters",
    "username": "Establish User Name Authentication",
    "users": "Display information about terminal lines",
    "version": "System hardware and software status",
    "vlan": "VLAN commands",
    "width": "Set width of the display terminal",
    "write": "Write running configuration to memory, network, or terminal",
}
exec_mode, config_mode, interface_mode, vlan_mode = (Grammar(WORDS) for _ in range(4))


def _show(spec: str, handler: Handler, level: int = 1, **given: object) -> None:
    exec_mode.add(spec, Action(handler, level, shows=True, given=given))


_show("show version", show.version)
_show("show (running-config|configuration) [interface <interface:name>]", show.running, PRIVILEGED)
_show("show startup-config", show.startup, PRIVILEGED)
_show("show interfaces [<interface:name>]", show.interfaces)
_show("show interfaces status", show.status)
_show("show interfaces description", show.descriptions)
_show("show ip interface brief [<interface:name>]", show.brief)
_show("show ip route", show.routes)
_show("show vlan [brief]", show.vlans)
_show("show users", show.users)
_show("show clock", show.clock)
_show("show ntp associations", show.associations)
_show("show history", show.history)
_show("show privilege", show.privilege)
_show("show inventory", show.inventory)
_show("show snmp contact", show.contact, field="contact")
_show("show snmp location", show.contact, field="location")


# EXEC


@exec_mode.command("enable [<number:level:0-15>]")
async def enable(cli: CommandLine, arguments: Arguments) -> None:
    """Ask for the secret, three times at most; who may only look stays where he is."""
    secret = cli.device.running.enable_secret
    if cli.level >= PRIVILEGED:
        return
    for _ in range(TRIES if secret else 0):
        try:
            said = await cli.answer("Password: ", hidden=True)
        except Interrupted:
            raise Refused("% Access denied\n\n") from None
        if crypt.matches(said, secret):
            break
        await asyncio.sleep(PENALTY)
    else:
        if secret:
            raise Refused("% Bad secrets\n\n")
    cli.level = arguments.get("level", PRIVILEGED)


@exec_mode.command("disable [<number:level:0-15>]", level=PRIVILEGED)
def disable(cli: CommandLine, arguments: Arguments) -> None:
    cli.level = arguments.get("level", 1)


@exec_mode.command("(exit|logout|quit)")
def logout(cli: CommandLine, arguments: Arguments) -> None:
    cli.exited = 0


@exec_mode.command("terminal length <number:lines:0-512>", "terminal no length", level=1)
def length(cli: CommandLine, arguments: Arguments) -> None:
    cli.page = arguments.get("lines", 24)


@exec_mode.command("terminal width <number:columns:0-512>", "terminal no width", level=1)
def width(cli: CommandLine, arguments: Arguments) -> None:
    cli.columns = arguments.get("columns", 80)


@exec_mode.command("configure terminal", "configure", level=PRIVILEGED)
def _configure(cli: CommandLine, arguments: Arguments) -> str:
    if not cli.session.may_write:
        raise Refused("Command authorization failed.\n\n")
    cli.mode = "config"
    return "Enter configuration commands, one per line.  End with CNTL/Z.\n"


@exec_mode.command("write [memory]", level=PRIVILEGED)
def _write(cli: CommandLine, arguments: Arguments) -> str:
    return _saved(cli)


def _saved(cli: CommandLine) -> str:
    cli.device.save(cli.session)
    return "Building configuration...\n[OK]\n"


exec_mode.add("write terminal", Action(show.running, PRIVILEGED, shows=True))


@exec_mode.command("copy running-config startup-config", level=PRIVILEGED)
async def _copy(cli: CommandLine, arguments: Arguments) -> str:
    cli.device.guard(cli.session, "startup")
    named = (await cli.answer("Destination filename [startup-config]? ")).strip()
    if named not in ("", "startup-config"):
        raise Refused("%Error opening nvram:/" + named + " (Permission denied)\n")
    return _saved(cli)


@exec_mode.command("write erase", "erase startup-config", level=PRIVILEGED)
async def _erase(cli: CommandLine, arguments: Arguments) -> str:
    cli.device.guard(cli.session, "startup")
    asked = "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]"
    if (await cli.answer(asked)).strip().lower() not in ("", "y", "yes"):
        return ""
    cli.device.delete_startup(cli.session)
    return "[OK]\nErase of nvram: complete\n"


@exec_mode.command("reload", level=PRIVILEGED)
async def reload(cli: CommandLine, arguments: Arguments) -> None:
    cli.device.guard(cli.session, "running")
    if (await cli.answer("Proceed with reload? [confirm]")).strip().lower() in ("", "y", "yes"):
        cli.device.restart(cli.session)
        cli.exited = 0


# Configuration


def enter(cli: CommandLine, mode: str, place: object) -> None:
    """Configure one interface, or one VLAN."""
    cli.mode, cli.place = mode, place


@config_mode.command("interface <interface:name>")
def _interface(cli: CommandLine, arguments: Arguments) -> None:
    settings.make_interface(cli, arguments["name"])
    enter(cli, "interface", arguments["name"])


@config_mode.command("no interface <interface:name>")
def _no_interface(cli: CommandLine, arguments: Arguments) -> None:
    if cli.hardware.is_port(arguments["name"]):
        raise Refused("% Removal of physical interfaces is not permitted\n")
    settings.no_interface(cli, arguments)


@config_mode.command("default interface <interface:name>")
def _default(cli: CommandLine, arguments: Arguments) -> str:
    cli.configure(lambda config: config.without_interface(arguments["name"]))
    return f"Interface {arguments['name']} set to default configuration\n"


@config_mode.command("vlan <number:number:1-4094>")
def _vlan(cli: CommandLine, arguments: Arguments) -> None:
    cli.configure(lambda config: config.with_vlan(arguments["number"]))
    enter(cli, "vlan", arguments["number"])


@config_mode.command("(end|exit)")
def _end(cli: CommandLine, arguments: Arguments) -> None:
    enter(cli, "exec", None)


@interface_mode.command("exit")
@vlan_mode.command("exit")
def _exit(cli: CommandLine, arguments: Arguments) -> None:
    enter(cli, "config", None)


def _set(spec: str, handler: Handler, **given: object) -> None:
    config_mode.add(spec, Action(handler, given=given))


_set("hostname <word:value>", settings.text("hostname"))
_set("no hostname [<word:ignored>]", settings.text("hostname"))
for _spec in ("domain-name", "domain name"):
    _set(f"ip {_spec} <word:value>", settings.text("domain"))
    _set(f"no ip {_spec} [<word:ignored>]", settings.text("domain"))
_set("snmp-server contact <line:value>", settings.text("contact"))
_set("no snmp-server contact [<line:ignored>]", settings.text("contact"))
_set("snmp-server location <line:value>", settings.text("location"))
_set("no snmp-server location [<line:ignored>]", settings.text("location"))
for _spec, _field in (("ip name-server", "name_servers"), ("ntp server", "ntp_servers"), ("logging host", "log_hosts")):
    _set(f"{_spec} <host:value>", settings.listed(_field))
    _set(f"no {_spec} <host:value>", settings.listed(_field, gone=True))
_set("logging <ip:value>", settings.listed("log_hosts"))
_set("no ntp", settings.listed("ntp_servers", gone=True))
for _word in ("secret", "password"):
    _set(f"username <word:name> [privilege <number:level:0-15>] {_word} <text:password>", settings.user)
    _set(
        f"username <word:name> [privilege <number:level:0-15>] {_word} <number:kind:0-9> <text:password>",
        settings.user,
    )
    _set(f"enable {_word} <text:password>", settings.enable_secret)
    _set(f"enable {_word} <number:kind:0-9> <text:password>", settings.enable_secret)
    _set(f"no enable {_word}", settings.enable_secret)
_set("username <word:name> [privilege <number:level:0-15>]", settings.user)
_set("no username <word:name>", settings.no_user)
_set("ip route <ip:ip> <mask:length> <ip:next_hop>", settings.route)
_set("no ip route <ip:ip> <mask:length> [<ip:next_hop>]", settings.no_route)
_set("ipv6 route <prefix:prefix> <address:next_hop>", settings.route)
_set("no ipv6 route <prefix:prefix> [<address:next_hop>]", settings.no_route)
_set("no vlan <number:number:1-4094>", settings.no_vlan)


def _of_interface(spec: str, handler: Handler, **given: object) -> None:
    interface_mode.add(spec, Action(handler, given=given))


_of_interface("description <line:value>", settings.description)
_of_interface("no description", settings.of_interface(description=""))
_of_interface("shutdown", settings.of_interface(enabled=False))
_of_interface("no shutdown", settings.of_interface(enabled=True))
_of_interface("mtu <number:value:68-9216>", settings.mtu)
_of_interface("no mtu [<number:ignored:68-9216>]", settings.of_interface(mtu=None))
_of_interface("ip address <ip:ip> <mask:length>", settings.address)
_of_interface("ip address <ip:ip> <mask:length> secondary", settings.address, more=True)
_of_interface("no ip address [<ip:ip> <mask:length> [secondary]]", settings.no_address, version=4)
_of_interface("ipv6 address <cidr:cidr>", settings.address, more=True)
_of_interface("no ipv6 address [<cidr:cidr>]", settings.no_address, version=6)
_of_interface("switchport access vlan <number:number:1-4094>", settings.access_vlan)
_of_interface("no switchport access vlan [<number:ignored:1-4094>]", settings.of_interface(vlan=None))
_of_interface("switchport mode access", settings.of_interface())
_of_interface("no switchport [mode]", settings.of_interface(vlan=None))
vlan_mode.add("name <word:value>", Action(settings.vlan_name))
vlan_mode.add("no name [<word:ignored>]", Action(settings.vlan_name, given={}))


# Words


def prompt(cli: CommandLine) -> str:
    """`loom>`, `loom#`, `loom(config-if)#`."""
    name = cli.device.running.hostname
    if cli.mode == "exec":
        return f"{name}{'#' if cli.level >= PRIVILEGED else '>'}"
    return f"{name}({_MODES[cli.mode]})#"


_MODES = {"config": "config", "interface": "config-if", "vlan": "config-vlan"}


def refused(cli: CommandLine, line: str, refusal: Refusal) -> str:
    """A mark below the word that isn't understood, or what is missing."""
    if refusal.why == "incomplete":
        return "% Incomplete command.\n\n"
    if refusal.why == "ambiguous":
        return f'% Ambiguous command:  "{line}"\n'
    return f"{marked(cli, refusal.token)}% Invalid input detected at '^' marker.\n\n"


def marked(cli: CommandLine, token: Token | None) -> str:
    """The mark, below what was typed after the prompt."""
    return " " * (len(cli.prompt.splitlines()[-1]) + (token.start if token else 0)) + "^\n"


def failed(cli: CommandLine, error: Exception) -> str:
    return f"% {error}\n"


def _leave(cli: CommandLine) -> str:
    if cli.mode != "exec":
        enter(cli, "exec", None)
    return ""


DIALECT = Dialect(
    name="ios",
    hardware=IOS,
    login=Login(
        insists=True,
        greeting="\n\nUser Access Verification\n\n",
        user="Username: ",
        password="Password: ",  # noqa: S106  # a question
        refused="% Login invalid\n\n",
    ),
    modes={"exec": exec_mode, "config": config_mode, "interface": interface_mode, "vlan": vlan_mode},
    start="exec",
    prompt=prompt,
    refused=refused,
    failed=failed,
    banner=lambda _: "\n",
    above=lambda _, mode: "config" if mode in ("interface", "vlan") else "",
    leave=_leave,
    interrupted=lambda cli: void(_leave(cli)),
    pager=Pager(" --More-- ", "\b" * 10 + " " * 10 + "\b" * 10),
    escape="do",
    filters={"include": "include", "exclude": "exclude", "begin": "begin", "section": "section", "count": "count"},
    helps_with_lines=False,
)


def void(said: str) -> None:
    """A text that nobody is shown."""
