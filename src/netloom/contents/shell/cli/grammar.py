"""What may be typed: a tree of words, each of which may be shortened while it is clear; `?` tells what follows.

A command is written as `show ip interface [<interface:name>]`: words, arguments as `<kind:name>`, what may be left out
in brackets, and choices as `(on|off)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from netloom.contents.shell.cli.arguments import Argument, argument

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netloom.contents.shell.cli.arguments import Reading

Handler = Callable[[Any, dict[str, Any]], Any]
"""Given the command line and the arguments by name; a text that it returns is shown."""
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"?|(\S+)')
_SPEC = re.compile(r"\[|\]|\(([^)]*)\)|<([^>]*)>|([^\s\[\]()<>]+)")


class Token(NamedTuple):
    """A word as it was typed: what it says, and where it stands."""

    text: str
    start: int
    end: int
    quoted: bool = False


class Refusal(Exception):
    """It isn't understood: which word (`number`, from 0; it begins at `column`), and why.

    For `ambiguous`, `choices` are what it could mean.
    """

    def __init__(self, why: Literal["invalid", "incomplete", "ambiguous"], number: int, token: Token | None) -> None:
        super().__init__(why)
        self.why = why
        self.number = number
        self.token = token
        self.choices: list[str] = []


class Action(msgspec.Struct, frozen=True):
    """What a command does. `level` is the least privilege for it; what `shows` something may be piped into a filter."""

    handler: Handler
    level: int = 0
    shows: bool = False
    given: Mapping[str, Any] = {}


class Found(NamedTuple):
    """A command that was understood."""

    action: Action
    arguments: dict[str, Any]


class _Node:
    """What may follow some words."""

    __slots__ = ("action", "arguments", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.arguments: list[tuple[Argument, _Node]] = []
        self.action: Action | None = None

    def least(self) -> int:
        """The least level with which anything can be done from here on."""
        levels = [self.action.level] if self.action is not None else []
        levels += [node.least() for node in self.words.values()]
        levels += [node.least() for _, node in self.arguments]
        return min(levels, default=99)


class Grammar:
    """The commands of one mode. `words` say what a word is for, wherever it stands.

    Where it `keeps` the mode, its commands can be given in another mode without leaving that.
    """

    def __init__(self, words: Mapping[str, str] | None = None, *, keeps: bool = False) -> None:
        self.keeps = keeps
        self._root = _Node()
        self._words = words or {}
        self._levels: dict[int, int] = {}

    def command(self, *specs: str, level: int = 0, shows: bool = False, **given: Any) -> Callable[[Handler], Handler]:
        """A decorator: the function carries out these commands. `given` are arguments that it always gets."""

        def register(handler: Handler) -> Handler:
            for spec in specs:
                self.add(spec, Action(handler, level, shows, given))
            return handler

        return register

    def add(self, spec: str, action: Action) -> None:
        """A command as it is written down."""
        for sequence in _sequences(_parsed(spec)):
            node = self._root
            for item in sequence:
                node = _child(node, item)
            if node.action is None:
                node.action = action

    def lend(self, word: str, to: Grammar) -> None:
        """Let another grammar have all commands that begin with a word; what it adds to them stays its own."""
        _merge(self._root.words[word], to._root.words.setdefault(word, _Node()), lambda handler: handler)

    def lend_all(self, to: Grammar, word: str, change: Callable[[Handler], Handler]) -> None:
        """Let another grammar have all commands, behind a word, and with other handlers."""
        _merge(self._root, to._root.words.setdefault(word, _Node()), change)

    def find(self, reading: Reading, tokens: Sequence[Token], line: str) -> Found:
        """What a line means. Raises Refusal."""
        node, at, values = self._root, 0, dict[str, Any]()
        while at < len(tokens):
            node, at = self._step(reading, node, tokens, at, (line, values))
        if node.action is None or node.action.level > reading.level:
            raise Refusal("incomplete", len(tokens), None)
        return Found(node.action, {**node.action.given, **values})

    def options(self, reading: Reading, tokens: Sequence[Token], line: str, begun: str) -> list[tuple[str, str]]:
        """What may stand next, where `begun` of it stands already: words with what they are for. Raises Refusal."""
        node, at = self._root, 0
        while at < len(tokens):
            node, at = self._step(reading, node, tokens, at, (line, {}))
        found = [
            (word, self._words.get(word, ""))
            for word, following in sorted(node.words.items())
            if word.startswith(begun.lower()) and self._least(following) <= reading.level
        ]
        if not begun:
            found += [(kind.label, kind.about) for kind, following in node.arguments]
            if node.action is not None and node.action.level <= reading.level and tokens:
                found.append(("<cr>", ""))
        return found

    def _step(
        self, reading: Reading, node: _Node, tokens: Sequence[Token], at: int, into: tuple[str, dict[str, Any]]
    ) -> tuple[_Node, int]:
        """From one node to the next, by one token or as many as an argument takes."""
        line, values = into
        token = tokens[at]
        word = "" if token.quoted else token.text.lower()
        here = {known: following for known, following in node.words.items() if self._least(following) <= reading.level}
        if word in here:
            return here[word], at + 1
        begun = [known for known in here if word and known.startswith(word)]
        if len(begun) == 1:
            return here[begun[0]], at + 1
        for kind, following in node.arguments:
            taken = kind.read(reading, tokens, at, line)
            if taken is not None:
                values[kind.name] = taken[0]
                return following, at + taken[1]
        refusal = Refusal("ambiguous" if begun else "invalid", at, token)
        refusal.choices = begun
        raise refusal

    def _least(self, node: _Node) -> int:
        key = id(node)
        if key not in self._levels:
            self._levels[key] = node.least()
        return self._levels[key]


def tokens_of(line: str) -> list[Token]:
    """The words of a line; what stands in double quotes is one."""
    found = []
    for match in _TOKEN.finditer(line):
        if match[1] is not None:
            text = re.sub(r"\\(.)", r"\1", match[1])
            found.append(Token(text, match.start(), match.end(), quoted=True))
        else:
            found.append(Token(match[2], match.start(), match.end()))
    return found


# How commands are written down

_Item = tuple[str, Any]


def _parsed(spec: str) -> list[_Item]:
    """`("word", …)`, `("argument", …)`, `("choice", words)` and `("maybe", items)`, in order."""
    stack: list[list[_Item]] = [[]]
    for match in _SPEC.finditer(spec):
        if match.group() == "[":
            stack.append([])
        elif match.group() == "]":
            inner = stack.pop()
            stack[-1].append(("maybe", inner))
        elif match[1] is not None:
            stack[-1].append(("choice", match[1].split("|")))
        elif match[2] is not None:
            stack[-1].append(("argument", argument(match[2])))
        else:
            stack[-1].append(("word", match[3]))
    return stack[0]


def _sequences(items: list[_Item]) -> Iterator[list[Any]]:
    """Every way in which the items can be said: texts and arguments."""
    if not items:
        yield []
        return
    (kind, what), rest = items[0], items[1:]
    for after in _sequences(rest):
        if kind == "maybe":
            for inner in _sequences(what):
                yield [*inner, *after]
            yield after
        elif kind == "choice":
            for word in what:
                yield [word, *after]
        else:
            yield [what, *after]


def _child(node: _Node, item: Any) -> _Node:
    if isinstance(item, str):
        return node.words.setdefault(item, _Node())
    for kind, following in node.arguments:
        if kind == item:
            return following
    made = _Node()
    node.arguments.append((item, made))
    node.arguments.sort(key=lambda one: one[0].is_any)  # what takes anything is asked last
    return made


def _merge(lent: _Node, into: _Node, change: Callable[[Handler], Handler]) -> None:
    if into.action is None and lent.action is not None:
        into.action = msgspec.structs.replace(lent.action, handler=change(lent.action.handler))
    for word, following in lent.words.items():
        _merge(following, into.words.setdefault(word, _Node()), change)
    for kind, following in lent.arguments:
        _merge(following, _child(into, kind), change)
