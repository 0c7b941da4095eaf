"""Expectations: `FIELD OP VALUE` over a record's fields, such as `facts.status == 200` or `duration < 500ms`."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from netloom.amounts import UNITS, amount
from netloom.endpoint import suggest
from netloom.errors import Phase, UsageError
from netloom.records import TLS, ProbeRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from netloom.shapes import Facts

_FORM = re.compile(
    r"\s*(?P<field>[A-Za-z_][\w.\-]*)\s*(?P<op>==|!=|<=|>=|<|>|!~|~|\bin\b)\s*(?P<value>.*?)\s*$", re.DOTALL
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


_FORM_HINT = "FIELD OP VALUE, for example: facts.status == 200; operators: == != < <= > >= ~ !~ in"


class Expectation(msgspec.Struct, frozen=True):
    """One expectation. `text` is how it was written; `words` are the value's parts as they were, for texts."""

    text: str
    field: tuple[str, ...]
    operator: str
    value: Any
    words: tuple[str, ...] = ()

    def check(self, record: Any) -> str:
        """What is wrong, in words; empty where the record is as expected."""
        found, actual = _look(record, self.field)
        if not found:
            return f"{self.text}: there is no {'.'.join(self.field)}{actual}"
        if self._holds(actual):
            return ""
        return f"expected {self.text}, found {_show(actual)}"

    def _holds(self, actual: Any) -> bool:
        operator, value = self.operator, self.value
        if isinstance(actual, bytes):
            actual = actual.decode("utf-8", "replace")
        if operator in ("~", "!~"):
            text = actual if isinstance(actual, str) else _show(actual)
            return (re.search(value, text) is not None) == (operator == "~")
        if operator == "in":
            return actual in self.words if isinstance(actual, str) else actual in value
        if isinstance(actual, list | tuple):
            inside = value in actual or any(isinstance(item, str) and item in self.words for item in actual)
            return inside if operator == "==" else not inside if operator == "!=" else False
        if isinstance(actual, str) and operator in ("==", "!="):  # as a text: 1.10 isn't 1.1
            value = self.words[0]
        elif isinstance(actual, str) and isinstance(value, int | float):
            found = amount(actual) if actual[-1:].isdigit() else None  # a text's unit isn't ours to understand
            actual = actual if found is None else found
        try:
            return _COMPARE[operator](actual, value)
        except TypeError:
            return False


def parse(text: str) -> Expectation:
    """Read an expectation. Raises UsageError with the column."""
    form = _FORM.match(text)
    if not form:
        word = re.match(r"\s*[\w.\-]*\s*", text)
        column = word.end() if word else 0
        raise UsageError(
            f"{text!r} is no expectation: an operator is expected at column {column + 1}",
            hint="did you mean == ?" if text[column : column + 1] == "=" else _FORM_HINT,
            text=text,
            column=column,
        )
    field, operator, raw = tuple(form["field"].split(".")), form["op"], form["value"]
    if raw == "":
        raise UsageError(
            f"{text!r} is no expectation: a value is expected at column {len(text) + 1}",
            hint=_FORM_HINT,
            text=text,
            column=len(text),
        )
    value: Any
    if operator in ("~", "!~"):
        try:
            value = re.compile(_unquote(raw))
        except re.error as exc:
            column = form.start("value") + (_unquote(raw) != raw) + (exc.pos or 0)
            raise UsageError(
                f"{raw!r} is no regular expression: {exc.msg}, at column {column + 1}", text=text, column=column
            ) from exc
        value = value.pattern
    elif operator == "in":
        closing = {"[": "]", "(": ")"}.get(raw[0], "")
        if closing and not raw.endswith(closing):
            column = form.start("value") + len(raw)
            raise UsageError(
                f"{text!r} is no expectation: {closing!r} is expected at column {column + 1}", text=text, column=column
            )
        parts = [part.strip() for part in (raw[1:-1] if closing else raw).split(",")]
        return Expectation(text.strip(), field, operator, tuple(map(_value, parts)), tuple(map(_unquote, parts)))
    else:
        value = _value(raw)
    return Expectation(text.strip(), field, operator, value, (_unquote(raw),))


def settle(wanted: Iterable[Expectation], kinds: Iterable[type[Facts]]) -> None:
    """Raise UsageError, with its column, for what no probe's record could meet: an unknown field, a text for a number.

    `kinds` are the facts of the protocols that are probed; what one of them has is meant.
    """
    known = list(dict.fromkeys(kinds))
    for expectation in wanted:
        _settle(expectation, known)


def _settle(wanted: Expectation, kinds: list[type[Facts]]) -> None:
    first, *rest = wanted.field
    inner: dict[str, list[type[msgspec.Struct]]] = {"facts": [*kinds], "tls": [TLS]}
    types: list[Any] = [_types(ProbeRecord).get(first)]
    if types == [None]:
        own = any(first in kind.__struct_fields__ for kind in kinds)
        near = f"did you mean facts.{first}?" if own else suggest(first, ProbeRecord.__struct_fields__)
        raise _unmet(wanted, first, 0, near or f"fields: {', '.join(ProbeRecord.__struct_fields__)}")
    if rest and first in inner:
        names = [name for kind in inner[first] for name in kind.__struct_fields__ if name != "summary"]
        if rest[0] not in names:
            near = suggest(rest[0], names) or f"{first}: {', '.join(dict.fromkeys(names))}"
            raise _unmet(wanted, f"{first}.{rest[0]}", len(first) + 1, near)
        types = [_types(kind).get(rest[0]) for kind in inner[first]] if len(rest) == 1 else []
    if rest and first == "phases":
        if rest[0] not in list(Phase):
            near = suggest(rest[0], list(Phase)) or f"phases: {', '.join(Phase)}"
            raise _unmet(wanted, f"phases.{rest[0]}", len(first) + 1, near)
        types = [float]
    if wanted.operator not in ("~", "!~") and any(types) and all(_is_number(kind) for kind in types if kind):
        _settle_number(wanted)


def _settle_number(wanted: Expectation) -> None:
    values = wanted.value if isinstance(wanted.value, tuple) else (wanted.value,)
    for value, word in zip(values, wanted.words, strict=True):
        if value is not None and not isinstance(value, int | float):
            form = _FORM.match(wanted.text)
            column = wanted.text.find(word, form.start("value") if form else 0)
            raise UsageError(
                f"{'.'.join(wanted.field)} is a number, and {word!r} is none, at column {column + 1}",
                hint=f"units: {' '.join(UNITS)}",
                text=wanted.text,
                column=column,
            )


def _unmet(wanted: Expectation, name: str, column: int, hint: str) -> UsageError:
    return UsageError(f"there is no {name}, at column {column + 1}", hint=hint, text=wanted.text, column=column)


@functools.cache
def _types(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def _is_number(kind: Any) -> bool:
    parts = [part for part in get_args(kind) if part is not type(None)] or [kind]
    return all(part in (int, float) for part in parts)


def _value(raw: str) -> Any:
    if raw[:1] in "\"'":
        return _unquote(raw)
    if raw in ("true", "false"):
        return raw == "true"
    if raw in ("null", "none"):
        return None
    number = amount(raw)
    return raw if number is None else number


def _unquote(raw: str) -> str:
    return raw[1:-1] if len(raw) > 1 and raw[0] in "\"'" and raw[-1] == raw[0] else raw


def _look(record: Any, path: tuple[str, ...]) -> tuple[bool, Any]:
    """The value at a path; where there is none, a suggestion. Names that hold dots or dashes (headers) work too."""
    here = record
    for number, name in enumerate(path):
        if isinstance(here, dict):
            rest = ".".join(path[number:]).lower()
            whole = next((key for key in here if str(key).lower() == rest), None)
            if whole is not None:
                return True, here[whole]
            match = next((key for key in here if str(key).lower() == name.lower()), None)
            if match is None:
                near = suggest(name, [str(key) for key in here])
                return False, f"; {near}" if near else ""
            here = here[match]
        elif isinstance(here, list | tuple) and name.isdigit():
            if int(name) >= len(here):
                return False, f"; there are {len(here)}"
            here = here[int(name)]
        elif isinstance(here, msgspec.Struct) and name in here.__struct_fields__:
            here = getattr(here, name)
        else:
            near = suggest(name, here.__struct_fields__) if isinstance(here, msgspec.Struct) else ""
            return False, f"; {near}" if near else ""
    return True, here


def _show(value: Any) -> str:
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return msgspec.json.encode(value).decode()
