"""MIB modules as people write them: names, identifiers and types, nothing else (RFC 2578, 2579, 1212, 1215)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from netloom.errors import LocalProtocolError
from netloom.wire.oid import Oid
from netloom.wire.snmp.mib import Node, Syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


MODULE_LIMIT = 8 << 20
"""Octets of a module."""
_TOKEN = re.compile(r"""--[^\n]*|"[^"]*"|'[^']*'[BbHh]|::=|\.\.|[A-Za-z][\w-]*|-?\d+|[{}()\[\],;|.]""")
_VALUED = frozenset(
    ("OBJECT-TYPE", "MODULE-IDENTITY", "OBJECT-IDENTITY", "NOTIFICATION-TYPE", "TRAP-TYPE", "OBJECT-GROUP",
     "NOTIFICATION-GROUP", "MODULE-COMPLIANCE", "AGENT-CAPABILITIES")
)  # fmt: skip
_BASES = {
    "INTEGER": "Integer32", "Integer32": "Integer32", "OCTET": "OctetString", "OBJECT": "ObjectIdentifier",
    "BITS": "OctetString", "Counter": "Counter32", "Counter32": "Counter32", "Gauge": "Gauge32", "Gauge32": "Gauge32",
    "Unsigned32": "Gauge32", "TimeTicks": "TimeTicks", "Counter64": "Counter64", "IpAddress": "IpAddress",
    "NetworkAddress": "IpAddress", "Opaque": "Opaque",
}  # fmt: skip


class Module(Struct):
    """What a module says, before its names are joined with those of others."""

    name: str
    imports: dict[str, str] = field(default_factory=dict)
    types: dict[str, Syntax] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)


class Value(Struct, frozen=True):
    """A name's place: below which other name, or none, and by which numbers. `type` is that of an object."""

    parent: str
    numbers: Oid
    type: Syntax | None = None
    notifies: bool = False


def parse(text: str) -> list[Module]:
    """The modules in a text. Raises LocalProtocolError that says what is missing, and where."""
    if len(text) > MODULE_LIMIT:
        raise LocalProtocolError(f"a MIB module has at most {MODULE_LIMIT} octets")
    tokens = [found for found in _TOKEN.findall(text) if not found.startswith("--")]
    return _Reader(tokens).modules()


def nodes(modules: Iterable[Module], known: Mapping[str, Node], types: Mapping[str, Syntax]) -> list[Node]:
    """The names of some modules with their whole identifiers; `known` and `types` are those that they may lean on.

    Raises LocalProtocolError for a name that leans on a module that isn't there.
    """
    by_name = {module.name: module for module in modules}
    made: dict[tuple[str, str], Oid] = {}

    def place(module: Module, name: str, depth: int = 0) -> Oid:
        key = module.name, name
        if key in made:
            return made[key]
        value = module.values.get(name)
        if value is None:
            source = module.imports.get(name, "")
            if source in by_name and by_name[source] is not module and depth < 64:
                return place(by_name[source], name, depth + 1)
            node = known.get(f"{source}::{name}") or known.get(name)
            if node is None:
                wanted = f"{name} of {source}" if source else name
                raise LocalProtocolError(f"{module.name} leans on {wanted}, which isn't known", hint="give it as well")
            return node.oid
        if depth >= 64:
            raise LocalProtocolError(f"{module.name}: {name} leans on itself")
        made[key] = (place(module, value.parent, depth + 1) if value.parent else ()) + value.numbers
        return made[key]

    found = []
    for module in by_name.values():
        for name, value in module.values.items():
            syntax = _resolved(value.type, module, by_name, types)
            found.append(Node(name, place(module, name), module.name, syntax, value.notifies))
    return found


def _resolved(
    wanted: Syntax | None, module: Module, modules: Mapping[str, Module], types: Mapping[str, Syntax]
) -> Syntax | None:
    """A type that rests on one of the SMI's own, through those that are named in between."""
    hint, enums = "", dict[int, str]()
    for _ in range(32):
        if wanted is None:
            return None
        hint, enums = hint or wanted.hint, enums or dict(wanted.enums)
        if wanted.base in _BASES:
            return Syntax(_BASES[wanted.base], hint, enums)
        source = modules.get(module.imports.get(wanted.base, ""), module)
        step = module.types.get(wanted.base) or source.types.get(wanted.base)
        if step is None:
            step = types.get(wanted.base)
            if step is None:
                return None
            return Syntax(step.base, hint or step.hint, enums or step.enums)
        module, wanted = source, step
    return None


class _Reader:
    """One pass over the tokens."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def modules(self) -> list[Module]:
        found = []
        while self.at < len(self.tokens):
            name = self.take()
            if self.peek() == "{":
                self.skip_braces()
            if self.peek() != "DEFINITIONS":
                raise LocalProtocolError(f"{name[:40]!r} where a module's name and DEFINITIONS are expected")
            self.until("BEGIN")
            found.append(self.module(name))
        if not found:
            raise LocalProtocolError("there is no MIB module in it")
        return found

    def module(self, name: str) -> Module:
        module = Module(name)
        while (word := self.take()) != "END":
            following = self.peek()
            if word == "IMPORTS":
                self.imports(module)
            elif word == "EXPORTS":
                self.until(";")
            elif following == "MACRO":
                self.until("END")
            elif following in _VALUED:
                self.valued(module, word, self.take())
            elif following == "OBJECT" and self.tokens[self.at + 2 : self.at + 3] == ["::="]:
                self.at += 3
                module.values[word] = self.value(module)
            elif following == "::=":
                self.at += 1
                module.types[word] = self.assigned()
        return module

    def imports(self, module: Module) -> None:
        names: list[str] = []
        while (word := self.take()) != ";":
            if word == "FROM":
                module.imports |= dict.fromkeys(names, self.take())
                names = []
            elif word != ",":
                names.append(word)

    def valued(self, module: Module, name: str, macro: str) -> None:
        syntax, enterprise = None, ""
        while (word := self.take()) != "::=":
            if word == "{":
                self.at -= 1
                self.skip_braces()
            elif word == "SYNTAX" and macro == "OBJECT-TYPE":
                syntax = self.type()
            elif word == "ENTERPRISE":
                enterprise = self.take()
                if enterprise == "{":
                    enterprise = self.take()
                    self.until("}")
        if macro == "TRAP-TYPE":
            generic = enterprise == "snmp"
            number = _number(self.take())
            numbers = (1, 3, 6, 1, 6, 3, 1, 1, 5, number + 1) if generic else (0, number)
            module.values[name] = Value("" if generic else enterprise, numbers, notifies=True)
            return
        found = self.value(module)
        if macro == "NOTIFICATION-TYPE":
            found = Value(found.parent, found.numbers, notifies=True)
        elif syntax is not None:
            found = Value(found.parent, found.numbers, syntax)
        module.values[name] = found

    def value(self, module: Module) -> Value:
        """`{ parent 1 }`, `{ iso org(3) 6 }` or `{ 1 3 6 }`; names that stand inside with a number are names, too."""
        if self.take() != "{":
            raise LocalProtocolError(f"'{{' is expected after ::=, not {self.tokens[self.at - 1][:40]!r}")
        parent, numbers = "", list[int]()
        while (word := self.take()) != "}":
            if word.isdecimal():
                numbers.append(_number(word))
            elif self.peek() == "(":
                self.at += 1
                numbers.append(_number(self.take()))
                self.until(")")
                if not parent and len(numbers) == 1 and word != "iso":
                    raise LocalProtocolError(f"{word[:40]} can't be the first of an identifier")
                module.values.setdefault(word, Value(parent, tuple(numbers)))
            elif not parent and not numbers:
                parent = word
            else:
                raise LocalProtocolError(f"{word[:40]!r} in an identifier, without a number")
        return Value(parent, tuple(numbers))

    def assigned(self) -> Syntax:
        """A type that is given a name."""
        if self.peek() == "[":
            self.until("]")
            if self.peek() == "IMPLICIT":
                self.at += 1
        if self.peek() != "TEXTUAL-CONVENTION":
            return self.type()
        hint = ""
        while (word := self.take()) != "SYNTAX":
            if word == "DISPLAY-HINT":
                hint = self.take().strip('"')
        found = self.type()
        return Syntax(found.base, hint, found.enums)

    def type(self) -> Syntax:
        base = self.take()
        if base in ("SEQUENCE", "CHOICE"):
            if self.peek() == "OF":
                self.at += 2
            else:
                self.skip_braces()
            return Syntax("")
        if base in ("OCTET", "OBJECT"):
            self.at += 1
        enums: dict[int, str] = {}
        if self.peek() == "{":
            enums = self.enums()
        if base == "BITS":
            enums = {}
        depth = 0
        while self.peek() == "(" or depth:
            depth += {"(": 1, ")": -1}.get(self.take(), 0)
        return Syntax(base, "", enums)

    def enums(self) -> dict[int, str]:
        found: dict[int, str] = {}
        self.at += 1
        while (word := self.take()) != "}":
            if self.peek() == "(":
                self.at += 1
                found[_number(self.take())] = word
                self.until(")")
        return found

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise LocalProtocolError("a MIB module ends in the middle of something")
        self.at += 1
        return self.tokens[self.at - 1]

    def until(self, word: str) -> None:
        while self.take() != word:
            pass

    def skip_braces(self) -> None:
        depth = 0
        while True:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
            if depth == 0:
                return


def _number(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise LocalProtocolError(f"{word[:40]!r} where a number is expected") from None
