"""From the arguments to the exit code."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from netloom.cli.failures import report
from netloom.cli.spout import PipeClosed
from netloom.endpoint import suggest
from netloom.errors import NetloomError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say. No traceback leaves this function."""
    _fill_gaps()
    try:
        return _main(list(arguments))
    except KeyboardInterrupt:
        return 130
    except (BrokenPipeError, PipeClosed):
        return 0
    except Exception as exc:  # the last resort: a user gets a line
        return report(exc, arguments)


def _fill_gaps() -> None:
    """Where a standard stream was closed before we began, the next socket would take its number: /dev/null keeps it."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number is this one
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, closefd=False)  # it ends at once


def _main(arguments: list[str]) -> int:
    from netloom.cli.simple import read

    said = read(arguments)
    if said is None:
        return _by_click(arguments)
    from netloom.cli.execution import run_operation

    _keep()
    try:
        return run_operation(*said)
    except EOFError:  # where something was asked for
        return 130


def _by_click(arguments: list[str]) -> int:
    import click

    from netloom.cli.commands import group

    _keep()
    try:
        code = group().main(arguments, prog_name="netloom", standalone_mode=False)
    except click.ClickException as exc:
        raise _usage(exc, arguments) from None
    except click.exceptions.Abort:
        return 130
    return code if isinstance(code, int) else 0


def _keep() -> None:
    """What is loaded by now stays: the collector needn't look at it again."""
    gc.freeze()
    gc.enable()


def _usage(error: Exception, arguments: Sequence[str]) -> NetloomError:
    """click's words for a mistake, in ours."""
    import click

    if isinstance(error, click.NoSuchOption):
        near = suggest(error.option_name, error.possibilities or _all_flags(error.ctx))
        return UsageError(f"there is no option {error.option_name}", hint=near or _where_to_look(error.ctx, arguments))
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    message = message.rstrip(".")
    if isinstance(error, click.BadOptionUsage) and "does not take a value" in message:
        name = error.option_name.removeprefix("--")
        return UsageError(f"--{name} is a switch and takes no value", hint=f"--{name} or --no-{name}")
    return UsageError(message[:1].lower() + message[1:], hint=_where_to_look(getattr(error, "ctx", None), arguments))


def _all_flags(ctx: object) -> list[str]:
    from netloom.cli.commands import OperationCommand
    from netloom.cli.fields import offered_links

    command = getattr(ctx, "command", None)
    flags = [name for param in getattr(command, "params", ()) for name in (*param.opts, *param.secondary_opts)]
    if isinstance(command, OperationCommand):
        flags += [field.flag for field in offered_links(command.operation.request)]
    return [flag for flag in flags if flag.startswith("-")]


def _where_to_look(ctx: object, arguments: Sequence[str]) -> str:
    from netloom.registry import names

    known = {name.replace("_", "-") for name in names("operations")}
    said = next((word for word in arguments if word in known), "")
    name = getattr(ctx, "info_name", None)
    name = name if name in known else said
    return f"netloom {name} --help" if name else "netloom --help"
