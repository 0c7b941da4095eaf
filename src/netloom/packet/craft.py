"""Craft: packets from a text that reads as in Python: layers, `/`, literals, and nothing else that could run.

`Ethernet() / IPv4(dst="192.0.2.1") / TCP(flags="S", dport=[80, 443], options=mss(1460)) / "data"`
"""

from __future__ import annotations

import ast
import inspect
import itertools
import math
import struct
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, get_args

import msgspec

from netloom.endpoint import suggest
from netloom.errors import UsageError
from netloom.packet.dissect import dissect
from netloom.packet.formats import formats, layers
from netloom.packet.formats.ipv4 import IPv4
from netloom.packet.frame import Frame
from netloom.packet.layer import Around, Layer, Packet, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 16_384
"""Letters that a text may have."""
HIGHEST = 64
"""Layers that a packet may have."""
MOST = 65_536
"""Packets that one text may stand for."""
LARGEST = (1 << 64) - 1
ZEROS = 65_536
"""Octets that bytes(…) may make."""
MADE = 1 << 20
"""Octets that all functions of a text may make together."""
_FORMATS = "netloom.packet.formats."

Functions = dict[str, Callable[..., bytes]]


def crafted(text: str) -> Packet:
    """The one packet that a text stands for. Raises UsageError, which points at the column."""
    recipe = Recipe(text)
    if recipe.count != 1:
        raise UsageError(f"that is {recipe.count} packets, not one", hint="expand gives them all", text=text)
    return next(iter(recipe))


def expand(text: str) -> Iterator[Packet]:
    """The packets that a text stands for: one for each combination of its lists and ranges, the last varying fastest.

    Raises UsageError at once, which points at the column.
    """
    return iter(Recipe(text))


def dissected(data: bytes, link: int = 1) -> Packet:
    """The way back: the layers of a whole frame, by what it starts with (1: Ethernet, 101: IP of either version)."""
    return dissect(whole_frame(data, link)).packet


def whole_frame(data: bytes, link: int = 1) -> Frame:
    """Octets as a frame that was captured whole."""
    return Frame(data=data, timestamp_ns=None, link_type=link, length=len(data))


def link_type(packet: Packet) -> int | None:
    """What a frame starts with that begins as a packet does; None for a layer that no frame starts with."""
    found = (number for space, number in packet.layers[0].ANNOUNCED if space == "link") if packet.layers else iter(())
    return next(found, None)


class _Part(NamedTuple):
    """One layer of a text: which, and the values of each field that is given."""

    kind: type[Layer]
    fields: dict[str, list[Any]]


class Recipe:
    """A text that was read: `count` packets, and which fields of each layer are `given`. Raises UsageError."""

    def __init__(self, text: str) -> None:
        try:
            self._parts = _Reader(text).packet()
        except RecursionError:
            raise UsageError("that is nested too deeply", text=text) from None
        self.count = math.prod(len(values) for part in self._parts for values in part.fields.values())
        if self.count > MOST:
            raise UsageError(f"that is {self.count} packets; one text stands for {MOST} at most", text=text)
        self.given = tuple(frozenset(part.fields) for part in self._parts)

    def __iter__(self) -> Iterator[Packet]:
        names = [(at, name) for at, part in enumerate(self._parts) for name in part.fields]
        values = [part.fields[name] for part in self._parts for name in part.fields]
        for chosen in itertools.product(*values):
            given: list[dict[str, Any]] = [{} for _ in self._parts]
            for (at, name), value in zip(names, chosen, strict=True):
                given[at][name] = value
            yield Packet(tuple(part.kind(**fields) for part, fields in zip(self._parts, given, strict=True)))


class _Reader:
    """A text on its way to become layers. Every mistake is a UsageError that knows its column."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._made = 0
        self._tree = self._parsed()

    def _parsed(self) -> ast.expr:
        if len(self._text) > LONGEST:
            raise UsageError(f"a packet's text has {LONGEST} letters at most, not {len(self._text)}")
        inner = self._text.strip()
        if not inner:
            raise UsageError("a packet has a layer at least", hint='Ethernet() / IPv4(dst="192.0.2.1") / UDP()')
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # an escape in a text that Python doesn't know
                return ast.parse(inner, mode="eval").body
        except SyntaxError as exc:
            line = self._text.index(inner) if (exc.lineno or 1) == 1 else 0
            self._fail(f"that can't be read: {exc.msg}", exc.lineno or 1, line + (exc.offset or 1) - 1, "")
        except (ValueError, RecursionError, MemoryError) as exc:
            raise UsageError(
                f"that can't be read: {exc}" if isinstance(exc, ValueError) else "that is nested too deeply"
            ) from None

    def _fail(self, message: str, line: int, column: int, hint: str) -> NoReturn:
        lines = self._text.lstrip().splitlines() or [""]
        text = self._text if len(lines) == 1 else lines[min(line, len(lines)) - 1]
        raise UsageError(message, hint=hint, text=text, column=max(0, min(column, len(text))))

    def _wrong(self, message: str, node: ast.expr | ast.keyword, hint: str = "") -> NoReturn:
        """Raise UsageError that points at a place."""
        lines = self._text.strip().splitlines()
        column = len(lines[node.lineno - 1].encode()[: node.col_offset].decode(errors="replace"))
        if len(lines) == 1:
            column += len(self._text) - len(self._text.lstrip())
        self._fail(message, node.lineno, column, hint)

    # Layers

    def packet(self) -> list[_Part]:
        """The layers that stand between slashes, the lowest first."""
        waiting = [self._tree]
        parts: list[_Part] = []
        functions: Functions = {}
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                waiting += [node.right, node.left]
                continue
            if len(parts) == HIGHEST:
                self._wrong(f"a packet has {HIGHEST} layers at most", node)
            if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add):
                self._wrong("between layers stands /", node.right)
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            kind = _layer(called)
            if isinstance(node, ast.Call) and kind is not None:
                functions = _functions(kind)
                parts.append(_Part(kind, self._fields(kind, node, functions)))
            else:
                parts.append(_Part(Raw, {"data": [self._octets(node, one) for one in self._values(node, functions)]}))
        return parts

    def _octets(self, node: ast.expr, value: object) -> bytes:
        if isinstance(value, str):
            return value.encode()
        if not isinstance(value, bytes):
            self._wrong(f"{value!r} is no layer and no octets", node, 'a text, b"…", hex("…") or bytes(20)')
        return value

    def _fields(self, kind: type[Layer], call: ast.Call, functions: Functions) -> dict[str, list[Any]]:
        hints = {field.name: field.type for field in msgspec.structs.fields(kind)}
        found: dict[str, list[Any]] = {}
        for given in call.args:
            self._wrong(f"fields have names: {kind.__name__}({next(iter(hints), 'name')}=…)", given)
        for keyword in call.keywords:
            name = keyword.arg or ""
            if name not in hints:
                known = ", ".join(hints)
                self._wrong(
                    f"{kind.__name__} has no field {name!r}", keyword, suggest(name, hints) or f"fields: {known}"
                )
            if name in found:
                self._wrong(f"{name} is given twice", keyword)
            values = self._values(keyword.value, functions)
            for value in values:
                if not _fits(value, hints[name]):
                    self._wrong(f"{name} is {_in_words(hints[name])}, not {value!r}", keyword.value)
            for value in _extremes(values):
                self._try(kind, {name: value}, keyword.value)
            found[name] = values
        return found

    def _try(self, kind: type[Layer], fields: dict[str, Any], node: ast.expr) -> None:
        """Write a layer of its own, so that a value that has no place in it is found where it stands."""
        around = Around((IPv4(),), None)
        try:
            layer = kind(**fields)
            kind().emit(b"", around)
        except UsageError as exc:
            self._wrong(exc.message, node, exc.hint)
        try:
            layer.emit(b"", around)
        except UsageError as exc:
            self._wrong(exc.message, node, exc.hint)

    # Values

    def _values(self, node: ast.expr, functions: Functions) -> list[Any]:
        """What a place may hold: one value, or those of a list or a range."""
        if isinstance(node, ast.List | ast.Tuple):
            found = [value for item in node.elts for value in self._values(item, functions)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            found = self._range(node, functions)
        else:
            return [self._value(node, functions)]
        if not found:
            self._wrong("that is empty: no packet would be left", node)
        if len(found) > MOST:
            self._wrong(f"that are {len(found)} values; one text stands for {MOST} packets at most", node)
        return found

    def _range(self, node: ast.Call, functions: Functions) -> list[int]:
        bounds = [self._value(given, functions) for given in node.args]
        if node.keywords or not 1 <= len(bounds) <= 3 or not all(type(bound) is int for bound in bounds):
            self._wrong("a range has numbers: range(1, 10)", node, "as in Python, its end isn't part of it")
        if len(bounds) == 3 and bounds[2] == 0:
            self._wrong("a range has steps of 1 at least", node)
        numbers = range(*bounds)
        if len(numbers[: MOST + 1]) > MOST:
            self._wrong(f"one text stands for {MOST} packets at most", node)
        return list(numbers)

    def _value(self, node: ast.expr, functions: Functions) -> Any:
        match node:
            case ast.Constant(value=int(value)) if value > LARGEST:
                self._wrong("no field is wider than 64 bits", node)
            case ast.Constant(value=value) if value is None or isinstance(value, int | str | bytes):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int())):
                return -self._value(node.operand, functions)
            case ast.BinOp(op=ast.Add()):
                return self._sum(node, functions)
            case ast.Call():
                return self._call(node, functions)
            case ast.Name(id=name):
                self._wrong(f"{name} isn't known here", node, self._meant(name, functions))
        return self._wrong("numbers, texts, octets and functions of options can stand here, and nothing else", node)

    def _meant(self, name: str, functions: Functions) -> str:
        """What somebody may have meant by a name."""
        if name in _names() or name in functions:
            return f"{name}(…)"
        return suggest(name, [*_names(), *functions]) or ""

    def _sum(self, node: ast.BinOp, functions: Functions) -> bytes:
        """Octets that are put together with +."""
        terms: list[ast.expr] = []
        rest: ast.expr = node
        while isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Add):
            terms.append(rest.right)
            rest = rest.left
        terms.append(rest)
        octets = []
        for term in reversed(terms):
            value = self._value(term, functions)
            if not isinstance(value, bytes):
                self._wrong("only octets are put together with +", term)
            octets.append(value)
        return b"".join(octets)

    def _call(self, node: ast.Call, functions: Functions) -> bytes:
        called = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
        known: Functions = {**functions, "hex": _hex, "bytes": _zeros, "bytes.fromhex": _hex}
        if _layer(called) is not None:
            self._wrong(f"{called}(…) is a layer, and stands between slashes", node)
        if called not in known:
            words = ", ".join(f"{name}(…)" for name in known)
            meant = suggest(called, [*known, *_names()])
            self._wrong(f"there is no {called}(…) here", node, meant or f"besides layers there are {words}")
        function = known[called]
        places = [self._argument(given, functions) for given in node.args]
        names = {keyword.arg or "": self._argument(keyword.value, functions) for keyword in node.keywords}
        self._check(node, called, function, places, names)
        try:
            octets = function(*places, **names)
        except UsageError as exc:
            self._wrong(f"{called}(…): {exc.message}", node, exc.hint)
        except (OverflowError, ValueError, struct.error) as exc:
            self._wrong(f"{called}(…): {exc}", node)
        self._made += len(octets)
        if self._made > MADE:
            self._wrong(f"one text makes {MADE} octets at most", node)
        return octets

    def _argument(self, node: ast.expr, functions: Functions) -> Any:
        """What a function takes: a value, or values in parentheses."""
        if isinstance(node, ast.Tuple):
            return tuple(self._value(item, functions) for item in node.elts)
        return self._value(node, functions)

    def _check(
        self, node: ast.Call, called: str, function: Callable[..., bytes], places: list[Any], names: dict[str, Any]
    ) -> None:
        """That a function takes what it is given."""
        signature = inspect.signature(function)
        try:
            bound = signature.bind(*places, **names)
        except TypeError as exc:
            self._wrong(
                f"{called}(…): {exc}", node, f"{called}({', '.join(map(_parameter, signature.parameters.values()))})"
            )
        for name, value in bound.arguments.items():
            several = signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
            wanted = signature.parameters[name].annotation
            for one in value if several else (value,):
                if not _TAKEN[wanted](one):
                    self._wrong(f"{called}(…): {name} is {_WORDS[wanted]}, not {one!r}", node)


def _parameter(parameter: inspect.Parameter) -> str:
    """A parameter as a hint shows it."""
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return f"{parameter.name}, …"
    return parameter.name if parameter.default is parameter.empty else f"{parameter.name}={parameter.default!r}"


_TAKEN: dict[str, Callable[[object], bool]] = {
    "int": lambda value: type(value) is int,
    "str": lambda value: type(value) is str,
    "bytes": lambda value: type(value) is bytes,
    "tuple[int, int]": lambda value: isinstance(value, tuple) and [type(one) for one in value] == [int, int],
}
_WORDS = {"int": "a number", "str": "a text", "bytes": "octets", "tuple[int, int]": "two numbers in parentheses"}


def _names() -> list[str]:
    """What layers are called. They are imported all."""
    return [*layers(), Raw.__name__]


def _layer(name: str) -> type[Layer] | None:
    """A layer by its name; only that one is imported."""
    found = Raw if name == Raw.__name__ else formats().get(name)
    return found if isinstance(found, type) and issubclass(found, Layer) else None


def _functions(kind: type[Layer]) -> Functions:
    """What a format's file has that makes octets from plain values: those of options, for instance."""
    found: Functions = {}
    for name, function in vars(sys.modules[kind.__module__]).items():
        if name.startswith("_") or not inspect.isfunction(function) or not function.__module__.startswith(_FORMATS):
            continue
        takes = dict(function.__annotations__)
        if takes.pop("return", "") == "bytes" and set(takes.values()) <= set(_WORDS):
            found[name] = function
    return found


def _hex(digits: str) -> bytes:
    return bytes.fromhex(digits)


def _zeros(octets: int) -> bytes:
    if not 0 <= octets <= ZEROS:
        raise ValueError(f"0 to {ZEROS} of them")
    return bytes(octets)


def _fits(value: object, hint: Any) -> bool:
    """Whether a value is of a field's type. A truth is a number, but no number is a truth."""
    kinds = get_args(hint) or (hint,)
    return isinstance(value, kinds)


def _in_words(hint: Any) -> str:
    words = {int: "a number", bool: "True or False", str: "a text", bytes: "octets", type(None): "None"}
    return " or ".join(words[kind] for kind in get_args(hint) or (hint,) if kind in words)


def _extremes(values: list[Any]) -> list[Any]:
    """Those that tell whether all have a place: of numbers the least and the greatest."""
    return [min(values), max(values)] if all(type(value) is int for value in values) else values
