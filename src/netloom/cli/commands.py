"""A click command for each operation, made from its request; nothing is imported before its name was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netloom import registry
from netloom.cli.execution import COMMON, run_operation
from netloom.cli.fields import Field, fields_of, offered_links
from netloom.cli.spout import put
from netloom.endpoint import Endpoint, suggest
from netloom.errors import UsageError

if TYPE_CHECKING:
    from netloom.shapes import Operation

_ASKED = "for"
"""`netloom completion for -- WORDS`: what the scripts ask."""
EXTRA = ("help", "completion")
"""Commands that are no operations."""


def common_options() -> list[click.Parameter]:
    """What every command takes, before its name or after."""
    return [
        click.Option(["-o", "--output"], metavar="FORMAT"),
        click.Option(["-w", "--write-out"], metavar="TEMPLATE"),
        click.Option(["-v", "--verbose"], count=True),
        click.Option(["-q", "--quiet"], is_flag=True, default=None),
        click.Option(["-4", "family"], flag_value="4", default=None),
        click.Option(["-6", "family"], flag_value="6", default=None),
        click.Option(["--color"], metavar="auto|always|never"),
        click.Option(["--config"], metavar="FILE"),
    ]


class OperationCommand(click.Command):
    """One operation. Options of links become flags only when one is used: there are many."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.fields = fields_of(operation.request)
        params = [_parameter(field) for field in self.fields] + common_options()
        super().__init__(operation.name, params=params, callback=self._run, add_help_option=False)
        self.params.append(_help_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; the flags of links are known where something asks for them."""
        known = {name for param in self.params for name in (*param.opts, *param.secondary_opts)}
        used = {arg.partition("=")[0] for arg in args if arg.startswith("--") and len(arg) > 2}
        if used - known:
            self.params += [_parameter(field) for field in offered_links(self.operation.request)]
        return super().parse_args(ctx, args)

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002  # click's shape
        """The operation's page."""
        from netloom.cli.pages import operation_page

        return operation_page(self.operation)

    def _run(self, **given: Any) -> int:
        before = click.get_current_context().parent
        common = {name: given.pop(name) for name in COMMON}
        if before is not None:
            common = {name: value or before.params[name] for name, value in common.items()}
        return run_operation(self.operation, given, common)


def _help_option() -> click.Option:
    def show(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001  # click's shape
        if value:
            put(ctx.command.get_help(ctx) + "\n")
            ctx.exit()

    return click.Option(["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, callback=show)


def _parameter(field: Field) -> click.Parameter:
    """What click has to know; bounds and types are the request's own business."""
    if field.positional:
        return click.Argument(
            [field.name], required=False, nargs=-1 if field.kind == "many" else 1, type=click.UNPROCESSED
        )
    names = [field.name, field.flag, *([field.short] if field.short else [])]
    if field.kind == "switch":
        names[1] = f"{field.flag}/--no-{field.flag.removeprefix('--')}"
        return click.Option(names, default=None)
    return click.Option(
        names, multiple=field.kind == "many", type=click.UNPROCESSED, default=None, metavar=field.metavar
    )


class Commands(click.Group):
    """The operations and a few commands more, each made when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's shape
        """All names."""
        return [*(name.replace("_", "-") for name in registry.names("operations")), *EXTRA]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """One of them. Raises UsageError."""
        if cmd_name == "help":
            return _help_command()
        if cmd_name == "completion":
            return _completion_command()
        try:
            operation = registry.operation(cmd_name)
        except UsageError as exc:
            raise _no_command(cmd_name, self.list_commands(ctx), exc.message) from None
        return OperationCommand(operation)

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002  # click's shape
        """The stored text."""
        from netloom.cli.helptext import stored

        return stored().rstrip("\n")


def group() -> Commands:
    """The command `netloom`."""
    commands = Commands(
        "netloom", params=common_options(), invoke_without_command=True, add_help_option=False, callback=_without
    )
    commands.params.append(_help_option())
    return commands


def _without(**_: Any) -> None:
    """Common options alone: what can be done is what one wants to know."""
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        put(ctx.get_help() + "\n")


def _no_command(name: str, known: list[str], message: str) -> UsageError:
    if not name.replace("-", "").replace("_", "").isalnum():
        return UsageError(
            f"what to do with {_shown(name)} isn't said: the operation comes first",
            hint=f"netloom probe {_shown(name)}",
        )
    return UsageError(message, hint=suggest(name, known) or f"operations: {', '.join(known)}")


def _shown(word: str) -> str:
    """An endpoint as it was given, without its password; anything else isn't repeated."""
    try:
        return str(Endpoint.parse(word))
    except UsageError:
        return "ENDPOINT"


def _help_command() -> click.Command:
    def show(topic: str | None) -> None:
        from netloom.cli.helptext import stored
        from netloom.cli.pages import page

        put(page(topic) + "\n" if topic else stored())

    return click.Command(
        "help", params=[click.Argument(["topic"], required=False)], callback=show, add_help_option=False
    )


def _completion_command() -> click.Command:
    def show(shell: str | None, words: tuple[str, ...]) -> None:
        from netloom.cli.completion import candidates, script

        if shell == _ASKED:
            put("".join(f"{word}\t{about}\n" for word, about in candidates(list(words))))
        else:
            put(script(shell or ""))

    arguments = [click.Argument(["shell"], required=False), click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)]
    return click.Command(
        "completion",
        params=list(arguments),
        callback=show,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
    )
