"""What a command line says: the shell command language (POSIX.1-2024, Shell & Utilities §2) without loops."""

from __future__ import annotations

import re
from typing import Literal, NoReturn

import msgspec

_OPERATORS = ("&&", "||", ">>", "<<", ">&", "&>", ";", "|", "&", ">", "<", "(", ")", "\n")
_BLANK = " \t\r"
_BARE_END = frozenset(" \t\r\n;&|<>()'\"\\$`")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9?$#]")


class Part(msgspec.Struct, frozen=True):
    """A piece of a word: a text, or the name of a variable. What is quoted isn't split nor taken for `~`."""

    text: str
    quoted: bool = False
    is_variable: bool = False


Word = tuple[Part, ...]


class Redirect(msgspec.Struct, frozen=True):
    """`[n]<word`, `[n]>word`, `[n]>>word`, `[n]>&word`."""

    descriptor: int
    operator: str
    target: Word


class Command(msgspec.Struct, frozen=True):
    """`NAME=value… word… redirect…`"""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


class Step(msgspec.Struct, frozen=True):
    """A pipeline, and when it is run: always, or after success (`&&`) or failure (`||`)."""

    when: Literal[";", "&&", "||"]
    commands: tuple[Command, ...]


class ShellSyntaxError(ValueError):
    """The line isn't understood."""


def parse(line: str) -> tuple[Step, ...]:
    """The steps of a command line. Raises ShellSyntaxError."""
    return _Parser(_Lexer(line).tokens()).steps()


Token = str | Word  # an operator (with its descriptor before it), or a word


class _Lexer:
    def __init__(self, line: str) -> None:
        self.line = line
        self.at = 0

    def tokens(self) -> list[Token]:
        tokens: list[Token] = []
        while True:
            while self.line[self.at : self.at + 1] in tuple(_BLANK) or self.line.startswith("\\\n", self.at):
                self.at += 2 if self.line[self.at] == "\\" else 1
            if self.line.startswith("#", self.at):
                end = self.line.find("\n", self.at)
                self.at = len(self.line) if end < 0 else end
            if self.at >= len(self.line):
                return tokens
            operator = self.operator()
            tokens.append(operator or self.word())

    def operator(self) -> str:
        digit = self.line[self.at] if self.line[self.at + 1 : self.at + 2] in ("<", ">") else ""
        start = self.at + len(digit) if digit in ("0", "1", "2") else self.at
        for operator in _OPERATORS:
            if self.line.startswith(operator, start):
                text = self.line[self.at : start] + operator
                self.at += len(text)
                return text
        return ""

    def word(self) -> Word:
        parts: list[Part] = []
        while self.at < len(self.line):
            here = self.line[self.at]
            if here == "'":
                parts.append(Part(self.until("'"), quoted=True))
            elif here == '"':
                self.at += 1
                parts += self.double_quoted()
            elif here == "\\":
                escaped = self.line[self.at + 1 : self.at + 2]
                self.at += 2
                if escaped != "\n":
                    parts.append(Part(escaped, quoted=True))
            elif here in "$`":
                parts.append(self.dollar(quoted=False))
            elif here in _BARE_END:
                break
            else:
                start = self.at
                while self.at < len(self.line) and self.line[self.at] not in _BARE_END:
                    self.at += 1
                parts.append(Part(self.line[start : self.at]))
        return tuple(parts)

    def until(self, quote: str) -> str:
        end = self.line.find(quote, self.at + 1)
        if end < 0:
            raise ShellSyntaxError(f"unterminated quoted string: {quote} is missing")
        text, self.at = self.line[self.at + 1 : end], end + 1
        return text

    def double_quoted(self) -> list[Part]:
        parts = [Part("", quoted=True)]  # "" is a word, too
        while self.at < len(self.line):
            here = self.line[self.at]
            if here == '"':
                self.at += 1
                return parts
            if here in "$`":
                parts.append(self.dollar(quoted=True))
                continue
            if here == "\\" and self.line[self.at + 1 : self.at + 2] in ("$", "`", '"', "\\", "\n"):
                self.at += 1
                here = "" if self.line[self.at] == "\n" else self.line[self.at]
            parts.append(Part(here, quoted=True))
            self.at += 1
        raise ShellSyntaxError('unterminated quoted string: " is missing')

    def dollar(self, *, quoted: bool) -> Part:
        if self.line[self.at] == "`" or self.line.startswith("$(", self.at):
            raise ShellSyntaxError("command substitution isn't simulated here")
        braced = self.line.startswith("${", self.at)
        found = _PARAMETER.match(self.line, self.at + 1 + braced)
        if found is None or (braced and self.line[found.end() : found.end() + 1] != "}"):
            if braced:
                raise ShellSyntaxError("bad substitution")
            self.at += 1
            return Part("$", quoted=quoted)
        self.at = found.end() + braced
        return Part(found.group(), quoted=quoted, is_variable=True)


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        when: Literal[";", "&&", "||"] = ";"
        while True:
            while self.take("\n"):
                pass
            if self.at == len(self.tokens) and when == ";":
                return tuple(steps)
            steps.append(Step(when, self.pipeline()))
            if self.take("&&"):
                when = "&&"
            elif self.take("||"):
                when = "||"
            elif self.take(";") or self.take("\n") or self.at == len(self.tokens):
                when = ";"
            else:
                self.refuse()

    def pipeline(self) -> tuple[Command, ...]:
        commands = [self.command()]
        while self.take("|"):
            commands.append(self.command())
        return tuple(commands)

    def command(self) -> Command:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if isinstance(token, str):
                operator = token.lstrip("012")
                if operator not in (">", ">>", "<", ">&"):
                    break
                self.at += 1
                redirects.append(
                    Redirect(int(token[0]) if token[0].isdigit() else operator[0] == ">", operator, self.target())
                )
                continue
            self.at += 1
            assigned = None if words else _assignment(token)
            if assigned is None:
                words.append(token)
            else:
                assignments.append(assigned)
        if not (words or assignments or redirects):
            self.refuse()
        return Command(tuple(assignments), tuple(words), tuple(redirects))

    def target(self) -> Word:
        if self.at == len(self.tokens) or isinstance(self.tokens[self.at], str):
            self.refuse()
        token = self.tokens[self.at]
        self.at += 1
        return token  # type: ignore[return-value]  # no operator, as was just seen

    def take(self, operator: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] == operator:
            self.at += 1
            return True
        return False

    def refuse(self) -> NoReturn:
        token = self.tokens[self.at] if self.at < len(self.tokens) else "end of line"
        if token in ("&", "&>", "(", ")", "<<"):
            raise ShellSyntaxError(f"'{token}' isn't simulated here")
        shown = token if isinstance(token, str) else "word"
        raise ShellSyntaxError(f"syntax error: unexpected {'newline' if shown == chr(10) else shown}")


def _assignment(word: Word) -> tuple[str, Word] | None:
    first = word[0] if word else None
    if first is None or first.quoted or first.is_variable:
        return None
    name, equals, rest = first.text.partition("=")
    if not equals or not _NAME.fullmatch(name):
        return None
    return name, (Part(rest), *word[1:])
