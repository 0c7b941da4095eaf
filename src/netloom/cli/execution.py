"""From what a command line says to the request, the output and the work."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from netloom import output, settings
from netloom.cli import session
from netloom.cli.failures import say
from netloom.cli.fields import fields_of
from netloom.cli.progress import Progress
from netloom.cli.spout import standard_output
from netloom.errors import UsageError
from netloom.requests import make, pairs
from netloom.runs import Run
from netloom.shapes import VERBS

if TYPE_CHECKING:
    import msgspec

    from netloom.cli.fields import Field
    from netloom.shapes import Operation

COMMON = ("output", "write_out", "verbose", "quiet", "family", "color", "config")
"""What every command takes."""


def run_operation(operation: Operation, given: dict[str, Any], common: dict[str, Any]) -> int:
    """Settings below flags, the request, the output; then the work. Gives the exit code."""
    fields = fields_of(operation.request)
    chosen = settings.load(os.environ, file=common["config"] or "")
    for name in settings.COMMON:
        if not common[name] and chosen.common(name) is not None:
            common[name] = _plain_setting(name, chosen.common(name))
    if common["verbose"]:
        for line in settings.unknown(os.environ):
            say(f"netloom: {line}\n")
    request = _request(operation, fields, given, common["family"], chosen)
    view = _view(operation, request, common)
    name = common["output"] or ("write-out" if common["write_out"] else output.usual(operation, terminal=view.terminal))
    form = output.named(name)
    output.check(form, operation)
    writer = form.writer(view)
    watched = view.terminal and view.redraws and sys.stderr is not None and sys.stderr.isatty() and not common["quiet"]
    by_hand = output.brings(operation) and operation.verb not in VERBS
    progress = Progress(operation.name, visible=watched and not by_hand, unicode=view.unicode)
    tools: dict[str, Any] = {"progress": progress}
    tools["tell"] = session.teller(progress)
    if common["verbose"] > 1:
        from netloom.cli.beside import talker
        from netloom.output.table import endpoints_of
        from netloom.output.text.style import Style

        style = Style(colour=view.aside_colour, unicode=view.unicode)
        several = len(endpoints_of(request)) > 1 or bool(getattr(request, "file", ""))
        tools["dialogue"] = talker(progress, style, several=several)
    work = session.Session(Run(operation, request, tools), writer, standard_output(), progress, common["verbose"])
    return work.execute()


def _plain_setting(name: str, value: Any) -> Any:
    if name == "verbose":
        if not str(value).isdigit():
            raise UsageError(
                f"the setting verbose is a number, not {value!r}", hint="0, 1 (phases) or 2 (the dialogue)"
            )
        return int(value)
    if name == "quiet":
        if str(value).lower() not in _SWITCH:
            raise UsageError(f"the setting quiet is true or false, not {value!r}")
        return _SWITCH[str(value).lower()]
    return str(value)


_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _request(
    operation: Operation,
    fields: tuple[Field, ...],
    given: dict[str, Any],
    family: str | None,
    chosen: settings.Settings,
) -> msgspec.Struct:
    values = {field.name: given[field.name] for field in fields if given.get(field.name) not in (None, ())}
    open_fields = [field for field in fields if field.name not in values and not field.positional]
    sources = {}
    for field in open_fields:
        for value, source in chosen.fields(operation.name.replace("-", "_"), [field.name]).values():
            values[field.name] = value.split(",") if field.kind == "many" and isinstance(value, str) else value
            sources[field.name] = source
    for field in fields:
        if field.required and field.name not in values:
            raise UsageError(f"{operation.name} needs {field.metavar}: {field.description}", hint=operation.example)
    if values.get("account"):
        from netloom.cli import passwords

        values["account"] = passwords.complete(values["account"])
    options = _link_options(operation, given, family, chosen, list(values.get("options", ())))
    if options:
        values["options"] = options
    try:
        return make(operation.request, values)
    except UsageError as exc:
        name = exc.message.partition(":")[0].partition("[")[0].replace("-", "_")
        for field in fields:
            if field.name == name and name in values:
                raise _wrong_value(exc, field, values[name], sources.get(name, "")) from None
        raise


def _wrong_value(error: UsageError, field: Field, value: Any, source: str) -> UsageError:
    """A value that the request doesn't take, in words, with the place where it stands."""
    if source:
        return UsageError(f"{error.message}, in {source}", hint=error.hint)
    before = "" if field.positional else f"{field.flag} "
    shown = " ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
    return UsageError(error.message, hint=error.hint or field.description, text=before + shown, column=len(before))


def _link_options(
    operation: Operation, given: dict[str, Any], family: str | None, chosen: settings.Settings, options: list[str]
) -> list[str]:
    """The options of links, from -O, their own flags, -4 and -6, and at last the settings."""
    if "options" not in operation.request.__struct_fields__:
        if family:
            raise UsageError(f"-{family} has no meaning here: {operation.name} opens no connection")
        return options
    options += [f"family={family}"] if family else []
    own = operation.request.__struct_fields__
    for name, value in given.items():
        if name not in own and value not in (None, ()):
            options += _option(name, value)
    said = {text.partition("=")[0].strip().replace("-", "_") for text in options}
    for name, (value, source) in chosen.options().items():
        if name not in said:
            texts = _option(name, value)
            _check_setting(texts, source)
            options += texts
    return options


def _check_setting(texts: list[str], source: str) -> None:
    """An option of links that a file or the environment gives: a mistake in it is told with its place."""
    from netloom.options import link_options

    try:
        link_options(pairs(texts))
    except UsageError as exc:
        raise UsageError(f"{exc.message}, in {source}", hint=exc.hint) from None


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [f"{name}={item}" for item in value]
    return [f"{name}={str(value).lower() if isinstance(value, bool) else value}"]


def _view(operation: Operation, request: Any, common: dict[str, Any]) -> output.View:
    out_is_terminal = sys.stdout is not None and sys.stdout.isatty()
    encoding = (sys.stdout.encoding if sys.stdout is not None else "") or ""
    return output.View(
        operation=operation,
        request=request,
        terminal=out_is_terminal,
        redraws=_redraws(),
        colour=_colours(common["color"], 1),
        aside_colour=_colours(common["color"], 2),
        unicode="utf" in encoding.lower(),
        quiet=bool(common["quiet"]),
        template=common["write_out"] or "",
        size=_terminal_size,
    )


def _redraws() -> bool:
    return os.environ.get("TERM") != "dumb"


def _colours(wish: str | None, descriptor: int) -> bool:
    """--color over NO_COLOR (no-color.org) over what the terminal is."""
    if wish not in (None, "auto", "always", "never"):
        raise UsageError(f"color is auto, always or never, not {wish!r}")
    if wish in ("always", "never"):
        return wish == "always"
    if os.environ.get("NO_COLOR") or not _redraws():
        return False
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def _terminal_size() -> tuple[int, int]:
    """Columns and lines: COLUMNS, or the terminal's, now; a table in a pipe has its usual width."""
    try:
        size = tuple(os.get_terminal_size(1))
    except OSError:
        size = output.PLAIN_WIDTH, 40
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) else size[0] or output.PLAIN_WIDTH, size[1] or 40
