"""Junos: operational mode, and a candidate configuration that is edited, compared, committed and rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netloom.contents.shell.cli import junos_show as show
from netloom.contents.shell.cli.dialect import Dialect, Login
from netloom.contents.shell.cli.grammar import Action, Grammar, Refusal, tokens_of
from netloom.contents.shell.cli.junos_config import (
    WORDS,
    as_set,
    as_tree,
    below,
    compared,
    grammar,
    statements,
    without,
)
from netloom.contents.shell.cli.line import Refused
from netloom.contents.shell.device import Busy, ConfigError
from netloom.contents.shell.device.hardware import JUNOS
from netloom.contents.shell.session import Interrupted, Pager

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.contents.shell.cli.dialect import Arguments
    from netloom.contents.shell.cli.grammar import Handler
    from netloom.contents.shell.cli.line import CommandLine
    from netloom.contents.shell.device import Config

operational = Grammar(
    {
        "commit": "Show pending commit requests and commit history",
        "configuration": "Show current configuration",
        "configure": "Manipulate software configuration information",
        "exit": "Exit the management session",
        "interfaces": "Show interface information",
        "ntp": "Show Network Time Protocol information",
        "quit": "Exit the management session",
        "route": "Show routing table information",
        "set": "Set CLI properties",
        "show": "Show system information",
        "system": "Show system information",
        "version": "Show software process revision levels",
        "vlans": "Show VLAN information",
    }
)
editing = Grammar(
    {
        **WORDS,
        "commit": "Commit current set of changes",
        "delete": "Delete a data element",
        "edit": "Edit a sub-element",
        "exit": "Exit from this level",
        "quit": "Quit from this level",
        "rollback": "Roll back to previous committed configuration",
        "run": "Run an operational-mode command",
        "set": "Set a parameter",
        "show": "Show a parameter",
        "top": "Exit to top level of configuration",
        "up": "Exit one level of configuration",
    }
)


def _show(spec: str, handler: Handler, **given: Any) -> None:
    operational.add(spec, Action(handler, shows=True, given=given))


_show("show version", show.version)
_show("show configuration [<line:path>]", show.configuration)
_show("show interfaces [<interface:name>]", show.interfaces)
_show("show interfaces [<interface:name>] terse", show.terse)
_show("show interfaces terse <interface:name>", show.terse)
_show("show interfaces descriptions", show.descriptions)
_show("show vlans", show.vlans)
_show("show route", show.routes)
_show("show system uptime", show.uptime)
_show("show system users", show.users)
_show("show system commit", show.commits)
_show("show ntp associations", show.associations)


# Operational mode


@operational.command("set cli screen-length <number:lines:0-100000>")
def _length(cli: CommandLine, arguments: Arguments) -> str:
    cli.page = arguments["lines"]
    return f"Screen length set to {cli.page}\n"


@operational.command("set cli screen-width <number:columns:0-1024>")
def _width(cli: CommandLine, arguments: Arguments) -> str:
    cli.columns = arguments["columns"]
    return f"Screen width set to {cli.columns}\n"


@operational.command("set cli complete-on-space off")
def _complete(cli: CommandLine, arguments: Arguments) -> str:
    return "Disabling complete-on-space\n"  # words are completed by Tab alone


@operational.command("set cli timestamp disable")
def _timestamp(cli: CommandLine, arguments: Arguments) -> str:
    return "CLI timestamp disabled\n"  # no command's answer begins with one


@operational.command("(exit|quit)")
def _quit(cli: CommandLine, arguments: Arguments) -> None:
    cli.exited = 0


@operational.command("configure", "edit", how="shared")
@operational.command("configure exclusive", how="exclusive")
@operational.command("configure private", how="private")
def _configure(cli: CommandLine, arguments: Arguments) -> str:
    if not cli.session.may_write:
        raise Refused("error: permission denied: configure\n")
    device, text = cli.device, ""
    if arguments["how"] == "exclusive":
        try:
            device.lock(cli.session, "candidate")
        except Busy as error:
            raise Refused(f"error: configuration database locked: {error}\n") from None
        text = "warning: uncommitted changes will be discarded on exit\n"
    elif arguments["how"] == "private":
        if device.is_edited:
            raise Refused("error: shared configuration database modified\n")
        cli.private = device.running
        text = "warning: uncommitted changes will be discarded on exit\n"
    elif device.is_edited:
        text = "The configuration has been changed but not committed\n"
    cli.mode, cli.place = "config", []
    return f"{text}Entering configuration mode\n"


# Configuration mode: `cli.place` are the words of the level that is edited


def _candidate(cli: CommandLine) -> Config:
    return cli.device.candidate if cli.private is None else cli.private


def _change(cli: CommandLine, change: Callable[[Config], Config]) -> None:
    """Change the candidate, without looking whether the whole fits together: commit does."""
    if cli.private is not None:
        cli.private = change(cli.private)
    else:
        cli.device.edit(cli.session, "candidate", change, check=False)


def _set(edit: Callable[[Config, Arguments], Config]) -> Handler:
    def handle(cli: CommandLine, arguments: Arguments) -> None:
        _change(cli, lambda config: edit(config, arguments))

    return handle


grammar.lend_all(editing, "set", _set)


@editing.command("delete <line:path>")
def _delete(cli: CommandLine, arguments: Arguments) -> None:
    path = [token.text for token in tokens_of(arguments["path"])]
    _change(cli, lambda config: without(config, path, cli))


@editing.command("delete")
async def _delete_all(cli: CommandLine, arguments: Arguments) -> None:
    """Everything below this level, if that is meant."""
    asked = "This will delete the entire configuration\nDelete everything under this level? [yes,no] (no) "
    if (await cli.answer(asked)).strip().lower() in ("y", "yes"):
        _change(cli, lambda config: without(config, [], cli))


@editing.command("edit <line:path>")
def _edit(cli: CommandLine, arguments: Arguments) -> None:
    path = arguments["path"]
    tokens = tokens_of(path)
    try:
        grammar.options(cli, tokens, path, "")
    except Refusal as refusal:  # there is no such level: it stands one word later in the line
        found = tokens_of(cli.line)
        number = min(refusal.number + 1, len(found) - 1)
        raise Refusal("invalid", number, found[number]) from None
    cli.place = [token.text for token in tokens]


@editing.command("up [<number:count:1-100>]")
def _up(cli: CommandLine, arguments: Arguments) -> None:
    for _ in range(arguments.get("count", 1)):
        while cli.place:
            cli.place = cli.place[:-1]
            if not cli.place or _is_level(cli, cli.place):
                break


def _is_level(cli: CommandLine, path: list[str]) -> bool:
    """Whether statements have a level that ends here: `unit` alone is none, `unit 0` is."""
    return any(
        [word for segment in statement[:depth] for word in segment.split(" ")] == path
        for statement in statements(_candidate(cli))
        for depth in range(1, len(statement))
    )


@editing.command("top")
def _top(cli: CommandLine, arguments: Arguments) -> None:
    cli.place = []


@editing.command("show [<line:path>]", shows=True)
def _show_candidate(cli: CommandLine, arguments: Arguments) -> str:
    """What stands below this level, as a tree, as commands, or what changed."""
    if cli.form == "compare":
        return compared(cli.device.running, _candidate(cli))
    path = [token.text for token in tokens_of(arguments.get("path", ""))]
    found = below(statements(_candidate(cli)), path)
    if cli.form == "display set":
        return as_set((" ".join(path), *statement) if path else statement for statement in found)
    return "".join(f"{line}\n" for line in as_tree(found))


@editing.command("rollback [<number:number:0-49>]")
def _rollback(cli: CommandLine, arguments: Arguments) -> str:
    wanted = cli.device.rolled_back(arguments.get("number", 0))
    _change(cli, lambda _: wanted)
    return "load complete\n"


@editing.command("commit [comment <text:words>]")
@editing.command("commit and-quit", quits=True)
def _commit(cli: CommandLine, arguments: Arguments) -> str:
    return _committed(cli, arguments, None)


@editing.command("commit confirmed [<number:minutes:1-65535>]")
@editing.command("commit confirmed [<number:minutes:1-65535>] and-quit", quits=True)
def _commit_confirmed(cli: CommandLine, arguments: Arguments) -> str:
    minutes = arguments.get("minutes", 10)
    text = f"commit confirmed will be automatically rolled back in {minutes} minutes unless confirmed\n"
    return text + _committed(cli, arguments, minutes * 60.0)


@editing.command("commit check")
def _check(cli: CommandLine, arguments: Arguments) -> str:
    from netloom.contents.shell.device.config import check

    try:
        check(_candidate(cli))
    except ConfigError as error:
        raise Refused(_faulty(error)) from None
    return "configuration check succeeds\n"


def _committed(cli: CommandLine, arguments: Arguments, confirm_within: float | None) -> str:
    try:
        cli.device.commit(
            cli.session,
            cli.private,
            confirm_within=confirm_within,
            persist="cli" if confirm_within is not None else "",
            persist_id=None,
            words=arguments.get("words", ""),
        )
    except ConfigError as error:
        raise Refused(_faulty(error)) from None
    if cli.private is not None:
        cli.private = cli.device.running
    if arguments.get("quits"):
        return "commit complete\n" + _leave(cli)
    return "commit complete\n"


def _faulty(error: ConfigError) -> str:
    place = f"[edit {' '.join(error.path)}]\n" if error.path else ""
    return f"{place}  {error}\nerror: configuration check-out failed\n"


@editing.command("(exit|quit)")
async def _exit(cli: CommandLine, arguments: Arguments) -> str:
    """One level up, or out of the configuration."""
    if cli.place:
        cli.place = []
        return ""
    return await _finished(cli)


@editing.command("(exit|quit) configuration-mode")
async def _exit_mode(cli: CommandLine, arguments: Arguments) -> str:
    return await _finished(cli)


async def _finished(cli: CommandLine) -> str:
    if cli.private is not None and cli.private != cli.device.running:
        asked = "The private edits have been changed but not committed\nDiscard uncommitted changes? [yes,no] (yes) "
    elif cli.private is None and cli.device.is_edited:
        asked = "The configuration has been changed but not committed\nExit with uncommitted changes? [yes,no] (yes) "
    else:
        return _leave(cli)
    try:
        said = (await cli.answer(asked)).strip().lower()
    except Interrupted:
        said = "no"
    return _leave(cli) if said in ("", "y", "yes") else ""


def _leave(cli: CommandLine) -> str:
    if cli.mode != "config":
        return ""
    cli.mode, cli.place, cli.private = "operational", None, None
    if cli.device.locks.get("candidate") is cli.session:
        cli.device.discard(cli.session)
        cli.device.unlock(cli.session, "candidate")
    return "Exiting configuration mode\n"


# Words


def prompt(cli: CommandLine) -> str:
    """`ann@loom> `, and `[edit]` above `ann@loom# `."""
    name = f"{cli.session.user}@{cli.device.running.hostname}"
    if cli.mode == "operational":
        return f"\n{name}> "
    return f"\n[edit{''.join(f' {word}' for word in cli.place)}]\n{name}# "


def refused(cli: CommandLine, line: str, refusal: Refusal) -> str:
    """A mark below the word, and what is wrong with it."""
    token = refusal.token
    start = token.start if token is not None else len(line) + 1
    column = len(cli.prompt.splitlines()[-1]) + max(start - cli.inserted, 0)
    mark = " " * column + "^\n"
    if refusal.why == "incomplete":
        return f"{mark}missing argument.\n"
    if refusal.why == "ambiguous" and token is not None:
        choices = "".join(f"  {word}\n" for word in refusal.choices)
        return f"{mark}'{token.text[:40]}' is ambiguous.\nPossible completions:\n{choices}"
    if refusal.number == 0:
        return f"{mark}unknown command.\n"
    return f"{mark}syntax error.\n" if cli.mode == "config" else f"{mark}syntax error, expecting <command>.\n"


def failed(cli: CommandLine, error: Exception) -> str:
    return f"error: {error}\n"


def _level(cli: CommandLine, line: str) -> str:
    """A command on a configuration, as it would be said at the top: the level's words stand after the first one."""
    word, blank, rest = line.partition(" ")
    whole = [known for known in ("set", "delete", "edit", "show") if len(word) > 1 and known.startswith(word)]
    if cli.mode != "config" or not cli.place or len(whole) != 1:
        return line
    place = " ".join(word if " " not in word else f'"{word}"' for word in cli.place)
    return f"{word} {place}{blank}{rest}"


DIALECT = Dialect(
    name="junos",
    hardware=JUNOS,
    login=Login(insists=True, greeting="\n\n{hostname} (ttyp0)\n\n", user="login: ", refused="Login incorrect\n"),
    modes={"operational": operational, "config": editing},
    start="operational",
    prompt=prompt,
    refused=refused,
    failed=failed,
    banner=lambda cli: f"--- JUNOS {cli.hardware.release} Kernel 32-bit, simulated by netloom\n",
    rewrite=_level,
    pager=Pager("---(more)---", "\r" + " " * 40 + "\r"),
    comments="#",
    escape="run",
    filters={"match": "include", "except": "exclude", "find": "begin", "count": "count"},
    forms=("compare", "display set", "no-more"),
    level=15,
)
