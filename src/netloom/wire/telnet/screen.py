"""What a terminal would show in the end of what was sent to it: overwritten, erased and coloured (ECMA-48)."""

from __future__ import annotations

import re

_STEP = re.compile(
    r"\x1b\[(?P<parameters>[0-9;?]*)[ -/]*(?P<final>[@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]"
    r"|(?P<text>[^\x00-\x1f\x7f\x1b]+)|(?P<control>[\b\t\n\r])|\x1b|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]+",
    re.DOTALL,
)


def shown(text: str) -> str:
    """Plain lines, ending with LF, as they stand when all has been said. What was on the screen only for a moment, such
    as `--More--` with what takes it away, is gone."""
    if text.isprintable():
        return text.rstrip()
    lines: list[str] = []
    line: list[str] = []
    column = 0
    for step in _STEP.finditer(text):
        if step["text"] is not None:
            said = step["text"]
            line += [" "] * (column - len(line))
            line[column : column + len(said)] = said
            column += len(said)
        elif step["control"] == "\n":
            lines.append("".join(line).rstrip())
            line, column = [], 0
        elif step["control"] == "\r":
            column = 0
        elif step["control"] == "\b":
            column = max(0, column - 1)
        elif step["control"] == "\t":
            column += 8 - column % 8
        elif step["final"] is not None:
            column = _moved(step["final"], step["parameters"], line, column)
    return "".join(f"{one}\n" for one in lines) + "".join(line).rstrip()


def _moved(final: str, parameters: str, line: list[str], column: int) -> int:
    """A control sequence that moves the cursor in its line, or erases there; the column after it.

    It doesn't get beyond what was said: a few bytes can't make a long line.
    """
    digits = parameters.split(";", 1)[0]
    count = int(digits[:6]) if digits.isdigit() else 0
    if final == "D":
        return max(0, column - max(count, 1))
    if final == "C":
        return max(column, min(len(line), column + max(count, 1)))
    if final == "G":
        return min(max(0, count - 1), max(column, len(line)))
    if final == "K":
        if count == 0:
            del line[column:]
        else:
            line[: len(line) if count == 2 else column + 1] = " " * (len(line) if count == 2 else column + 1)
    return column
