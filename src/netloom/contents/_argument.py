"""What follows the colon in `--content KIND:ARGUMENT`: a text and options, or a reference to a Python object."""

from __future__ import annotations

import contextlib
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.endpoint import suggest
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


def split(kind: str, argument: str, options: Iterable[str]) -> tuple[str, dict[str, list[str]]]:
    """`TEXT,name=value,…` as the text (it comes first, or is absent) and each option's values. Raises UsageError."""
    known = tuple(options)
    text = ""
    values: dict[str, list[str]] = {name: [] for name in known}
    for position, part in enumerate(argument.split(",") if argument else ()):
        name, equals, value = part.partition("=")
        if not equals and position == 0:
            text = part
        elif name in values and value:
            values[name].append(value)
        else:
            allowed = f"{kind} takes {', '.join(f'{name}=…' for name in known)}"
            raise UsageError(
                f"{part!r} in --content {kind}:{argument} is no option", hint=suggest(name, known) or allowed
            )
    return text, values


def once(kind: str, name: str, values: list[str]) -> str | None:
    """The value of an option that may be given once, or None. Raises UsageError."""
    if len(values) > 1:
        raise UsageError(f"--content {kind}: {name} is given {len(values)} times")
    return values[0] if values else None


def nothing(kind: str, argument: str) -> None:
    """Raises UsageError where a content that takes no argument was given one."""
    if argument:
        raise UsageError(f"--content {kind} takes no argument, but {argument!r} was given", hint=f"--content {kind}")


def load(kind: str, reference: str, default_names: tuple[str, ...] = ()) -> Any:
    """The object `module:name`, or what `module:name()` returns. Modules are looked for in the current directory too.

    Without a name the module must have one of `default_names`. Raises UsageError that says what failed.
    """
    module_name, _, name = reference.partition(":")
    if not module_name or not all(part.isidentifier() for part in module_name.split(".")):
        raise UsageError(
            f"--content {kind} is to name a Python object: {kind}:module:name, not {reference!r}",
            hint=f"{kind}:shop:application for `application` in shop.py",
        )
    module = _module(kind, module_name)
    calls = name.endswith("()")
    found: Any = module
    path = name.removesuffix("()")
    if not path:
        path = next((default for default in default_names if hasattr(module, default)), "")
    for part in path.split("."):
        if not part or not hasattr(found, part):
            candidates = [public for public in vars(module) if not public.startswith("_")]
            wanted = (
                f"no {path!r}" if path else f"none of {', '.join(default_names)}" if default_names else "no name given"
            )
            raise UsageError(
                f"--content {kind}:{reference}: {wanted} in module {module_name}",
                hint=suggest(part, candidates) or f"{kind}:{module_name}:NAME or {kind}:{module_name}:FACTORY()",
            )
        found = getattr(found, part)
    if not calls:
        return found
    if not callable(found):
        raise UsageError(f"--content {kind}:{reference}: {path} can't be called", hint=f"{kind}:{module_name}:{path}")
    return _guarded(kind, reference, found)


def _module(kind: str, name: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        return _guarded(kind, name, lambda: importlib.import_module(name))
    except UsageError as error:
        missing = error.__cause__
        if isinstance(missing, ModuleNotFoundError) and missing.name and f"{name}.".startswith(f"{missing.name}."):
            raise UsageError(
                f"--content {kind}: there is no module {missing.name}", hint=f"looked in {here} and where Python looks"
            ) from None
        raise


def _guarded(kind: str, what: str, call: Any) -> Any:
    """What runs is the user's code: whatever it raises is told in one line, with its place."""
    try:
        return call()
    except Exception as error:
        place = ""
        with contextlib.suppress(AttributeError):
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            place = "" if trace is None else f" ({trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno})"
        raise UsageError(f"--content {kind}:{what} failed: {type(error).__name__}: {error}{place}") from error
