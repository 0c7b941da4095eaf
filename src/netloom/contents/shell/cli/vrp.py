"""Huawei VRP: views in angle and square brackets, `display` and `undo`, and a question before anything is saved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from netloom.contents.shell.cli import ios, settings
from netloom.contents.shell.cli import vrp_show as show
from netloom.contents.shell.cli.dialect import Dialect, Login
from netloom.contents.shell.cli.grammar import Action, Grammar, Refusal
from netloom.contents.shell.cli.line import Refused
from netloom.contents.shell.device import crypt
from netloom.contents.shell.device.hardware import VRP
from netloom.contents.shell.session import Pager

if TYPE_CHECKING:
    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.grammar import Handler
    from netloom.contents.shell.cli.line import CommandLine

CONFIGURES = 3
WORDS = {
    "aaa": "AAA configuration",
    "address": "Set the IP address of an interface",
    "clock": "Specify the system clock",
    "current-configuration": "Current configuration",
    "description": "Specify interface description",
    "display": "Display information",
    "dns": "Specify domain name system",
    "interface": "Specify the interface configuration view",
    "ip": "Specify IP configurations",
    "name": "VLAN's name",
    "ntp-service": "Specify NTP (Network Time Protocol) configuration information",
    "quit": "Exit from current mode and enter prior mode",
    "return": "Enter the privileged mode",
    "save": "Save file",
    "saved-configuration": "Saved configuration",
    "screen-length": "Specify the number of lines displayed on a screen",
    "shutdown": "Shut down the interface",
    "snmp-agent": "Specify SNMP configuration information",
    "super": "Modify super password parameters",
    "sysname": "Specify the host name",
    "system-view": "SystemView from terminal",
    "undo": "Cancel current setting",
    "users": "Display user information",
    "version": "Display version information",
    "vlan": "Virtual LAN",
}
user_view, system_view, interface_view, vlan_view, aaa_view = (Grammar(WORDS) for _ in range(5))
everywhere = Grammar(WORDS, keeps=True)


def _display(spec: str, handler: Handler, level: int = 1) -> None:
    everywhere.add(f"display {spec}", Action(handler, level, shows=True))


_display("version", show.version)
_display("current-configuration [interface <interface:name>]", show.current, CONFIGURES)
_display("saved-configuration", show.saved, CONFIGURES)
_display("this", show.this, CONFIGURES)
_display("interface [<interface:name>]", show.interfaces)
_display("interface brief", show.brief)
_display("interface description", show.descriptions)
_display("ip interface brief", show.ip_brief)
_display("ip routing-table", show.routes)
_display("vlan", show.vlans)
_display("users", show.users)
_display("clock", show.clock)
_display("ntp-service sessions", show.ntp)


# User view


@user_view.command("super [<number:level:0-15>]")
async def _super(cli: CommandLine, arguments: Arguments) -> str:
    """To a higher level, for whoever knows the password."""
    wanted = arguments.get("level", 15)
    secret = cli.device.running.enable_secret
    if wanted > cli.level and secret:
        for _ in range(ios.TRIES):
            if crypt.matches(await cli.answer("Password:", hidden=True), secret):
                break
            await asyncio.sleep(ios.PENALTY)
        else:
            raise Refused("Error: Failed to authenticate.\n")
    cli.level = wanted
    return (
        f"Now user privilege is level {wanted}, and only those commands whose level is\n"
        "equal to or less than this level can be used.\n"
        "Privilege note: 0-VISIT, 1-MONITOR, 2-SYSTEM, 3-MANAGE\n"
    )


@user_view.command("system-view", level=CONFIGURES)
def _system_view(cli: CommandLine, arguments: Arguments) -> str:
    if not cli.session.may_write:
        raise Refused("Error: You do not have permission to run the command.\n")
    cli.mode = "system"
    return "Enter system view, return user view with Ctrl+Z.\n"


@user_view.command("save [force]", level=CONFIGURES)
async def _save(cli: CommandLine, arguments: Arguments) -> str:
    cli.device.guard(cli.session, "startup")
    asked = "The current configuration will be written to the device.\nAre you sure to continue?[Y/N]"
    if "force" not in cli.line and (await cli.answer(asked)).strip().lower() not in ("y", "yes"):
        return ""
    cli.device.save(cli.session)
    return "Now saving the current configuration to the slot 0....\nSave the configuration successfully.\n"


@user_view.command("reset saved-configuration", level=CONFIGURES)
async def _reset(cli: CommandLine, arguments: Arguments) -> str:
    cli.device.guard(cli.session, "startup")
    asked = "The action will delete the saved configuration in the device.\nAre you sure? (y/n)[n]:"
    if (await cli.answer(asked)).strip().lower() not in ("y", "yes"):
        return ""
    cli.device.delete_startup(cli.session)
    return "Clear the configuration in the device successfully.\n"


@user_view.command("reboot", level=CONFIGURES)
async def _reboot(cli: CommandLine, arguments: Arguments) -> None:
    cli.device.guard(cli.session, "running")
    if (await cli.answer("System will reboot! Continue ? [y/n]:")).strip().lower() in ("y", "yes"):
        cli.device.restart(cli.session)
        cli.exited = 0


@user_view.command("screen-length <number:lines:0-512> temporary", "undo screen-length temporary")
def _screen_length(cli: CommandLine, arguments: Arguments) -> str:
    cli.page = arguments.get("lines", 24)
    return "Info: The configuration takes effect on the current user terminal interface only.\n"


@user_view.command("screen-width <number:columns:60-512>")
async def _screen_width(cli: CommandLine, arguments: Arguments) -> str:
    asked = "Warning: This command will change the default screen width. Continue? [Y/N]:"
    if (await cli.answer(asked)).strip().lower() not in ("y", "yes"):
        return ""
    cli.columns = arguments["columns"]
    return "Info: Succeeded in setting the screen width.\n"


@user_view.command("(quit|exit)")
def _quit(cli: CommandLine, arguments: Arguments) -> None:
    cli.exited = 0


# System view, and those below it


@everywhere.command("return")
def _return(cli: CommandLine, arguments: Arguments) -> None:
    leave(cli)


@system_view.command("quit")
def _quit_system(cli: CommandLine, arguments: Arguments) -> None:
    leave(cli)


@interface_view.command("quit")
@vlan_view.command("quit")
@aaa_view.command("quit")
def _quit_view(cli: CommandLine, arguments: Arguments) -> None:
    ios.enter(cli, "system", None)


@system_view.command("interface <interface:name>")
def _interface(cli: CommandLine, arguments: Arguments) -> None:
    settings.make_interface(cli, arguments["name"])
    ios.enter(cli, "interface", arguments["name"])


@system_view.command("undo interface <interface:name>")
def _undo_interface(cli: CommandLine, arguments: Arguments) -> None:
    if cli.hardware.is_port(arguments["name"]):
        raise Refused("Error: Failed to delete the interface, a port can't be removed.\n")
    settings.no_interface(cli, arguments)


@system_view.command("clear configuration interface <interface:name>")
def _clear(cli: CommandLine, arguments: Arguments) -> None:
    cli.configure(lambda config: config.without_interface(arguments["name"]))


@system_view.command("vlan <number:number:1-4094>")
def _vlan(cli: CommandLine, arguments: Arguments) -> None:
    cli.configure(lambda config: config.with_vlan(arguments["number"]))
    ios.enter(cli, "vlan", arguments["number"])


@system_view.command("vlan batch <line:numbers>")
def _batch(cli: CommandLine, arguments: Arguments) -> None:
    """`10 20`, or `10 to 20`."""
    words = arguments["numbers"].split()
    numbers: list[int] = []
    for at, word in enumerate(words):
        if word == "to" and at and at + 1 < len(words) and words[at + 1].isdigit() and numbers:
            numbers += range(numbers[-1] + 1, min(int(words[at + 1][:5]), 4094) + 1)
        elif word.isascii() and word.isdigit() and len(word) < 5 and 1 <= int(word) <= 4094:
            numbers.append(int(word))
        else:
            raise Refused("Error: Wrong parameter found.\n")
    for number in numbers:
        cli.configure(lambda config, number=number: config.with_vlan(number))  # type: ignore[misc]


@system_view.command("aaa")
def _aaa(cli: CommandLine, arguments: Arguments) -> None:
    ios.enter(cli, "aaa", None)


def _set(spec: str, handler: Handler, **given: object) -> None:
    system_view.add(spec, Action(handler, given=given))


_set("sysname <word:value>", settings.text("hostname"))
_set("undo sysname", settings.text("hostname"))
_set("dns domain <word:value>", settings.text("domain"))
_set("undo dns domain [<word:ignored>]", settings.text("domain"))
_set("snmp-agent sys-info contact <line:value>", settings.text("contact"))
_set("undo snmp-agent sys-info contact", settings.text("contact"))
_set("snmp-agent sys-info location <line:value>", settings.text("location"))
_set("undo snmp-agent sys-info location", settings.text("location"))
for _spec, _field in (
    ("dns server", "name_servers"),
    ("ntp-service unicast-server", "ntp_servers"),
    ("info-center loghost", "log_hosts"),
):
    _set(f"{_spec} <host:value>", settings.listed(_field))
    _set(f"undo {_spec} <host:value>", settings.listed(_field, gone=True))
_set("super password [level <number:level:1-15>] cipher <text:password>", settings.cipher(settings.enable_secret))
_set("undo super password", settings.enable_secret)
_set("ip route-static <ip:ip> <masklen:length> <ip:next_hop>", settings.route)
_set("undo ip route-static <ip:ip> <masklen:length> [<ip:next_hop>]", settings.no_route)
_set("ipv6 route-static <prefix:prefix> <address:next_hop>", settings.route)
_set("undo ipv6 route-static <prefix:prefix> [<address:next_hop>]", settings.no_route)
_set("undo vlan [batch] <number:number:1-4094>", settings.no_vlan)
for _word in ("irreversible-cipher", "cipher"):
    aaa_view.add(f"local-user <word:name> password {_word} <text:password>", Action(settings.cipher(settings.user)))
aaa_view.add("local-user <word:name> privilege level <number:level:0-15>", Action(settings.user))
aaa_view.add("undo local-user <word:name>", Action(settings.no_user))


def _of_interface(spec: str, handler: Handler, **given: object) -> None:
    interface_view.add(spec, Action(handler, given=given))


_of_interface("description <line:value>", settings.description)
_of_interface("undo description", settings.of_interface(description=""))
_of_interface("shutdown", settings.of_interface(enabled=False))
_of_interface("undo shutdown", settings.of_interface(enabled=True))
_of_interface("mtu <number:value:68-9216>", settings.mtu)
_of_interface("undo mtu", settings.of_interface(mtu=None))
_of_interface("ip address <ip:ip> <masklen:length>", settings.address)
_of_interface("ip address <ip:ip> <masklen:length> sub", settings.address, more=True)
_of_interface("undo ip address [<ip:ip> <masklen:length> [sub]]", settings.no_address, version=4)
_of_interface("ipv6 address <cidr:cidr>", settings.address, more=True)
_of_interface("undo ipv6 address [<cidr:cidr>]", settings.no_address, version=6)
_of_interface("port link-type access", settings.of_interface())
_of_interface("port default vlan <number:number:1-4094>", settings.default_vlan)
_of_interface("undo port default vlan", settings.of_interface(vlan=None))
_of_interface("portswitch", settings.of_interface(addresses=()))
_of_interface("undo portswitch", settings.of_interface(vlan=None))
vlan_view.add("name <word:value>", Action(settings.vlan_name))
vlan_view.add("undo name", Action(settings.vlan_name))


# Words


def leave(cli: CommandLine) -> str:
    """Back to the user view."""
    ios.enter(cli, "user", None)
    return ""


def prompt(cli: CommandLine) -> str:
    """`<loom>`, `[loom]`, `[loom-GigabitEthernet0/0/1]`."""
    name = cli.device.running.hostname
    if cli.mode == "user":
        return f"<{name}>"
    places = {"interface": f"-{cli.place}", "vlan": f"-vlan{cli.place}", "aaa": "-aaa"}
    return f"[{name}{places.get(cli.mode, '')}]"


def refused(cli: CommandLine, line: str, refusal: Refusal) -> str:
    if refusal.why == "incomplete":
        column = len(cli.prompt) + len(line)
        return f"{' ' * column}^\nError:Incomplete command found at '^' position.\n"
    mark = ios.marked(cli, refusal.token)
    if refusal.why == "ambiguous":
        return f"{mark}Error:Ambiguous command found at '^' position.\n"
    words = " Wrong parameter" if refusal.number > 1 else " Unrecognized command"
    return f"{mark}Error:{words} found at '^' position.\n"


def _entered(cli: CommandLine) -> None:
    """Where there is a password for `super`, one has to say it first."""
    cli.level = 1 if cli.device.running.enable_secret else 15


DIALECT = Dialect(
    name="vrp",
    hardware=VRP,
    login=Login(
        insists=True,
        greeting="\n\nWarning: Telnet is not a secure protocol, and it is recommended to use Stelnet.\n\n"
        "Login authentication\n\n\n",
        user="Username:",
        password="Password:",  # noqa: S106  # a question
        refused="Error: Authentication fail.\n",
    ),
    modes={
        "user": user_view, "system": system_view, "interface": interface_view, "vlan": vlan_view, "aaa": aaa_view,
        "everywhere": everywhere,
    },
    start="user",
    prompt=prompt,
    refused=refused,
    failed=lambda _, error: f"Error: {error}\n",
    above=lambda _, mode: {"everywhere": "", "user": "everywhere", "system": "everywhere"}.get(mode, "system"),
    leave=leave,
    interrupted=lambda _: None,
    entered=_entered,
    pager=Pager("  ---- More ----", "\x1b[16D" + " " * 16 + "\x1b[16D"),
    comments="#!",
    filters={"include": "include", "exclude": "exclude", "begin": "begin", "section": "section", "count": "count"},
    forms=("no-more",),
)  # fmt: skip
