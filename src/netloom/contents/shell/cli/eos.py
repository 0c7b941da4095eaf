"""Arista EOS: much like Cisco IOS, with configuration sessions that are committed, and JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netloom.contents.shell.cli import eos_show as show
from netloom.contents.shell.cli import ios, settings
from netloom.contents.shell.cli.dialect import Dialect, Login
from netloom.contents.shell.cli.grammar import Action, Grammar, Refusal
from netloom.contents.shell.cli.line import Refused
from netloom.contents.shell.device import ConfigError
from netloom.contents.shell.device.hardware import EOS
from netloom.contents.shell.session import Pager

if TYPE_CHECKING:
    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.grammar import Handler
    from netloom.contents.shell.cli.line import CommandLine

PRIVILEGED = 15
DRAFTS = 5
WORDS = {
    **ios.WORDS,
    "abort": "Abort this configuration session",
    "commit": "Commit this configuration session",
    "diffs": "Differences from running-config",
    "session": "Enter configuration session",
    "session-config": "Configuration of this session",
    "timer": "Commit timer",
}
exec_mode, config_mode, session_mode, interface_mode, vlan_mode = (Grammar(WORDS) for _ in range(5))
session_mode.keeps = True
shows = Grammar(WORDS, keeps=True)


def _show(spec: str, handler: Handler, level: int = 1) -> None:
    exec_mode.add(spec, Action(handler, level, shows=True))


_show("show version", show.version)
_show("show hostname", show.hostname)
_show("show running-config [interfaces <interface:name>]", show.running, PRIVILEGED)
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
_show("show configuration sessions", show.sessions)
exec_mode.lend("show", shows)


# EXEC

exec_mode.command("enable [<number:level:0-15>]")(ios.enable)
exec_mode.command("disable [<number:level:0-15>]", level=PRIVILEGED)(ios.disable)
exec_mode.command("(exit|logout|quit)")(ios.logout)
exec_mode.command("reload", level=PRIVILEGED)(ios.reload)


@exec_mode.command("terminal length <number:lines:0-32767>", "terminal no length", level=1)
def _length(cli: CommandLine, arguments: Arguments) -> str:
    ios.length(cli, arguments)
    return f"Pagination set to {cli.page} lines.\n" if cli.page else "Pagination disabled.\n"


@exec_mode.command("terminal width <number:columns:0-32767>", "terminal no width", level=1)
def _width(cli: CommandLine, arguments: Arguments) -> str:
    ios.width(cli, arguments)
    return f"Width set to {cli.columns} columns.\n"


@exec_mode.command("write [memory]", "copy running-config startup-config", level=PRIVILEGED)
def _write(cli: CommandLine, arguments: Arguments) -> str:
    cli.device.save(cli.session)
    return "Copy completed successfully.\n"


@exec_mode.command("configure [terminal]", level=PRIVILEGED)
def _configure(cli: CommandLine, arguments: Arguments) -> None:
    if not cli.session.may_write:
        raise Refused("% Authorization denied for command 'configure'\n")
    cli.mode, cli.place, cli.private = "config", None, None


@exec_mode.command("configure session [<word:name>]", level=PRIVILEGED)
def _session(cli: CommandLine, arguments: Arguments) -> None:
    """A draft of one's own, or one that was begun before."""
    _configure(cli, arguments)
    drafts = cli.device.drafts
    name = arguments.get("name") or f"sess-{cli.session.number}-{len(drafts)}"
    if name not in drafts:
        if len(drafts) >= DRAFTS:
            cli.mode = "exec"
            raise Refused("% Maximum number of pending sessions has been reached. Please commit or abort some.\n")
        drafts[name] = cli.device.running
    cli.private = drafts[name]
    cli.draft = name


@exec_mode.command("configure session <word:name> commit", level=PRIVILEGED)
def _confirm(cli: CommandLine, arguments: Arguments) -> None:
    try:
        cli.device.commit(cli.session, cli.device.running, persist_id=arguments["name"])
    except ConfigError:
        raise Refused(f"% Session {arguments['name']} isn't waiting for being confirmed\n") from None


@exec_mode.command("configure session <word:name> abort", level=PRIVILEGED)
def _cancel(cli: CommandLine, arguments: Arguments) -> None:
    if cli.device.drafts.pop(arguments["name"], None) is None:
        cli.device.cancel_commit(cli.session, arguments["name"])


# Configuration sessions: these are understood in every mode of one


@session_mode.command("commit")
def _commit(cli: CommandLine, arguments: Arguments) -> None:
    _finish(cli, None)


@session_mode.command("commit timer <word:time>")
def _commit_timer(cli: CommandLine, arguments: Arguments) -> None:
    found = re.fullmatch(r"(\d{1,3}):(\d{2}):(\d{2})", arguments["time"])
    if found is None:
        raise Refused("% Invalid input\n")
    hours, minutes, seconds = map(int, found.groups())
    _finish(cli, hours * 3600.0 + minutes * 60 + seconds)


def _finish(cli: CommandLine, confirm_within: float | None) -> None:
    cli.device.commit(cli.session, cli.private, confirm_within=confirm_within, persist=cli.draft, persist_id=None)
    _drop(cli)


@session_mode.command("abort")
def _abort(cli: CommandLine, arguments: Arguments) -> None:
    _drop(cli)


def _drop(cli: CommandLine) -> None:
    cli.device.drafts.pop(cli.draft, None)
    leave(cli)


session_mode.add("show session-config", Action(show.session, shows=True))
session_mode.add("show session-config diffs", Action(show.differences, shows=True))


# Configuration: as on IOS, where it isn't said otherwise

for _word in ("hostname", "snmp-server", "logging", "ntp", "username", "enable", "interface", "vlan", "no", "default"):
    ios.config_mode.lend(_word, config_mode)
for _word in ("description", "shutdown", "mtu", "switchport", "ipv6", "no"):
    ios.interface_mode.lend(_word, interface_mode)
for _word in ("name", "no"):
    ios.vlan_mode.lend(_word, vlan_mode)


def _set(spec: str, handler: Handler, **given: object) -> None:
    config_mode.add(spec, Action(handler, given=given))


for _form in ("dns domain", "ip domain-name"):
    _set(f"{_form} <word:value>", settings.text("domain"))
    _set(f"no {_form} [<word:ignored>]", settings.text("domain"))
_set("ip name-server [vrf default] <host:value>", settings.listed("name_servers"))
_set("no ip name-server [vrf default] <host:value>", settings.listed("name_servers", gone=True))
_set("enable password sha512 <text:password>", settings.enable_secret, kind="sha512")
_set("no enable password", settings.enable_secret)
for _kind in ("sha512", "5"):
    _set(
        f"username <word:name> [privilege <number:level:0-15>] [role <word:role>] secret {_kind} <text:password>",
        settings.user,
        kind=_kind,
    )
_set(
    "username <word:name> [privilege <number:level:0-15>] [role <word:role>] secret [0] <text:password>", settings.user
)
_set("username <word:name> [privilege <number:level:0-15>] [role <word:role>] nopassword", settings.user)
_set("ip route <prefix:prefix> <ip:next_hop>", settings.route)
_set("no ip route <prefix:prefix> [<ip:next_hop>]", settings.no_route)
_set("ipv6 route <prefix:prefix> <address:next_hop>", settings.route)


def _of_interface(spec: str, handler: Handler, **given: object) -> None:
    interface_mode.add(spec, Action(handler, given=given))


_of_interface("ip address <cidr:cidr>", settings.address)
_of_interface("ip address <cidr:cidr> secondary", settings.address, more=True)
_of_interface("ip address <ip:ip> <mask:length>", settings.address)
_of_interface("no ip address [<cidr:cidr> [secondary]]", settings.no_address, version=4)
_of_interface("switchport", settings.of_interface())


@config_mode.command("(end|exit)")
@session_mode.command("end")
def _end(cli: CommandLine, arguments: Arguments) -> None:
    leave(cli)


@interface_mode.command("exit")
@vlan_mode.command("exit")
def _exit(cli: CommandLine, arguments: Arguments) -> None:
    cli.mode, cli.place = "config", None


# Words


def leave(cli: CommandLine) -> str:
    """Back to EXEC; a draft waits."""
    cli.mode, cli.place, cli.private = "exec", None, None
    cli.draft = ""
    return ""


def _above(cli: CommandLine, mode: str) -> str:
    if mode in ("config", "session"):
        return "session" if cli.private is not None and mode == "config" else "shows"
    return "config" if mode in ("interface", "vlan") else ""


def prompt(cli: CommandLine) -> str:
    """`loom#`, `loom(config-if-Et1)#`, `loom(config-s-draft-if-Et1)#`."""
    name = cli.device.running.hostname
    if cli.mode == "exec":
        return f"{name}{'#' if cli.level >= PRIVILEGED else '>'}"
    draft = f"-s-{cli.draft[:6]}" if cli.draft else ""
    place = ""
    if cli.mode == "interface":
        place = f"-if-{show.shortened(cli.place)}"
    elif cli.mode == "vlan":
        place = f"-vlan-{cli.place}"
    return f"{name}(config{draft}{place})#"


def refused(cli: CommandLine, line: str, refusal: Refusal) -> str:
    words = {"incomplete": "% Incomplete command", "ambiguous": "% Ambiguous command", "invalid": "% Invalid input"}
    where = f" (at token {refusal.number}: '{refusal.token.text[:40]}')" if refusal.token is not None else ""
    return f"{words[refusal.why]}{where}\n"


DIALECT = Dialect(
    name="eos",
    hardware=EOS,
    login=Login(insists=True, greeting="\n", user="{hostname} login: ", refused="\nLogin incorrect\n"),
    modes={
        "exec": exec_mode, "config": config_mode, "session": session_mode, "interface": interface_mode,
        "vlan": vlan_mode, "shows": shows,
    },
    start="exec",
    prompt=prompt,
    refused=refused,
    failed=ios.failed,
    banner=lambda _: "",
    above=_above,
    leave=leave,
    interrupted=lambda cli: ios.void(leave(cli)),
    pager=Pager(" --More-- ", "\r" + " " * 10 + "\r"),
    escape="do",
    filters={
        "include": "include", "grep": "include", "exclude": "exclude", "begin": "begin", "section": "section",
        "count": "count",
    },
    forms=("json", "no-more"),
    helps_with_lines=True,
)  # fmt: skip
