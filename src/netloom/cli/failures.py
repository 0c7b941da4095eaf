"""How a mistake reads: one line, a caret under the column, what would be right; and the exit codes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from netloom.errors import Blocked, LocalProtocolError, NetloomError, Unsupported, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FAILED = 1
USAGE = 2
UNKNOWN = 3
"""A plug-in's "unknown": what usage is with -o nagios."""
BUG = 70
"""EX_SOFTWARE of sysexits.h."""


def exit_code(error: NetloomError) -> int:
    """What a script learns of an error that ended everything."""
    return USAGE if isinstance(error, UsageError | Unsupported | Blocked | LocalProtocolError) else FAILED


def tell(error: NetloomError, columns: int = 100) -> str:
    """The error's lines."""
    return "".join(f"{line}\n" for line in _lines(error, columns))


def _lines(error: NetloomError, columns: int) -> Iterator[str]:
    from netloom.output.text.words import clean, width, wrap

    line = f"netloom: {clean(error.message)}"
    hint = clean(error.hint)
    below = [f"  {piece}" for piece in wrap(hint, max(columns - 3, 20))] if hint else []
    text, column = clean(getattr(error, "text", "")), getattr(error, "column", None)
    if not text or column is None:
        yield line
        yield from below
        return
    before = width(clean(error.text[:column]))  # type: ignore[attr-defined]  # it has a text
    start = line.find(text)
    yield line
    if start < 0 or width(line) > columns:
        yield f"  {text}"
        start = 2
    caret = " " * (width(line[:start]) if start != 2 else start) + " " * before + "↑"
    beside = hint and width(caret) + 3 + width(hint) <= columns
    yield f"{caret}   {hint}" if beside else caret
    yield from [] if beside else below


def bug(error: BaseException) -> str:
    """One line for what should never happen. It doesn't repeat the error's text: that may hold a secret."""
    import traceback

    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        _, inside, file = frame.filename.replace(os.sep, "/").rpartition("/netloom/")
        where = f" at {file}:{frame.lineno}" if inside else where
    return f"netloom: a bug: {type(error).__name__}{where}; run with NETLOOM_DEBUG=1 for the traceback\n"


def report(error: BaseException, arguments: Sequence[str]) -> int:
    """Tell of an error that ended everything, and give the exit code."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    plugin = wants_plugin(arguments)
    if not isinstance(error, NetloomError):
        if os.environ.get("NETLOOM_DEBUG"):
            import traceback

            traceback.print_exception(error)
        say(bug(error))
        return UNKNOWN if plugin else BUG
    if plugin:
        print(f"NETLOOM UNKNOWN - {error.message}".replace("|", "¦").split("\n", maxsplit=1)[0])
        return UNKNOWN
    say(tell(error, stderr_columns()))
    return exit_code(error)


def stderr_columns() -> int:
    """How wide standard error is."""
    try:
        return os.get_terminal_size(2).columns or 100
    except OSError:
        return 100


def say(text: str) -> None:
    """Write to standard error, in whatever letters it has; if nobody can hear it, it isn't said."""
    if sys.stderr is None:
        return
    from netloom.cli.spout import encoded

    encoding = sys.stderr.encoding or "utf-8"
    try:
        sys.stderr.write(encoded(text, encoding).decode(encoding))
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # closed: there is no other place to say it


def wants_plugin(arguments: Sequence[str]) -> bool:
    """Whether the output is for Nagios, as far as can be told when the arguments themselves may be wrong."""
    words = list(arguments)
    for number, word in enumerate(words):
        if word in ("-o", "--output") and words[number + 1 : number + 2] == ["nagios"]:
            return True
        if word in ("-onagios", "--output=nagios"):
            return True
    return (
        not any(word.startswith(("-o", "--output")) for word in words) and os.environ.get("NETLOOM_OUTPUT") == "nagios"
    )
