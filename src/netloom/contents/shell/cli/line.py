"""A session at a device's command line: it finds out what a line means, does it, and says what came of it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from netloom.contents import Forbidden, NotFound, TooLarge
from netloom.contents.shell.cli.filters import Pattern, PatternError, filtered
from netloom.contents.shell.cli.grammar import Found, Refusal, tokens_of
from netloom.contents.shell.device import Busy, Config, ConfigError
from netloom.contents.shell.session import Ask, Interrupted, Result
from netloom.wire.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.contents.shell.cli.dialect import Dialect
    from netloom.contents.shell.cli.grammar import Grammar
    from netloom.contents.shell.device import Device, Session
    from netloom.contents.shell.device.hardware import Hardware
    from netloom.contents.shell.session import Pager

LINE_LIMIT = 1024
_REFUSALS = (ConfigError, Busy, Forbidden, NotFound)


class Refused(Exception):
    """A command was understood, and says no: the text is all of the answer."""


class CommandLine:
    """One user's session at a device.

    `mode` is the name of the grammar that lines are read by, and `place` what is configured in it (an interface's name,
    for instance). `level` is the privilege, from 0 to 15. `private` is a candidate of one's own, where the dialect has
    such; under the name `draft` it is kept on the device.
    """

    scripted = False
    line_limit = LINE_LIMIT
    input_limit = 0

    def __init__(self, device: Device, dialect: Dialect, session: Session, terminal: tuple[int, int]) -> None:
        """`terminal` are the columns and rows; 0 rows show everything at once."""
        self.device = device
        self.dialect = dialect
        self.session = session
        self.exited: int | None = None
        self.columns, self.page = terminal
        self.mode = dialect.start
        self.place: Any = None
        self.level = dialect.level
        self.private: Config | None = None
        self.draft = ""
        self.inserted = 0
        self.history: list[str] = []
        self.ask: Ask | None = None
        self.form = ""
        self.line = ""
        dialect.entered(self)

    @property
    def hardware(self) -> Hardware:
        return self.device.hardware

    @property
    def keys(self) -> frozenset[str]:
        return frozenset("?\t")

    @property
    def pager(self) -> Pager:
        return self.dialect.pager

    @property
    def banner(self) -> str:
        return self.dialect.banner(self)

    @property
    def prompt(self) -> str:
        return self.dialect.prompt(self)

    def reads_input(self, line: str) -> bool:
        return False

    def asks(self, line: str) -> bool:
        """Whether what a line means may ask: its handler is a coroutine then."""
        try:
            return inspect.iscoroutinefunction(self._understood(line.strip())[0].action.handler)
        except Refusal:
            return False

    def redacted(self, line: str) -> str:
        return redacted(line)

    async def run(self, line: str, stdin: bytes = b"", ask: Ask | None = None) -> Result:
        """Carry out a line: its answer, and 0 or 1 for whether it was done. Raises TooLarge, Interrupted."""
        if len(line) > self.line_limit:
            raise TooLarge(f"no more than {self.line_limit} characters a line")
        line = line.strip()
        if not line or line[0] in self.dialect.comments:
            return Result(0)
        self.history = [*self.history[-19:], line]
        self.ask = ask
        try:
            return Result(0, _encoded(await self._done(line)))
        except Refusal as refusal:
            return Result(1, _encoded(self.dialect.refused(self, line, refusal)))
        except Refused as refused:
            return Result(1, _encoded(str(refused)))
        except _REFUSALS as error:
            return Result(1, _encoded(self.dialect.failed(self, error)))
        finally:
            self.ask = None

    async def ended(self, line: str) -> Result | None:
        """Ctrl-Z: what stands on the line is done, and configuring is over."""
        result = await self.run(line) if line.strip() else Result(0)
        return Result(result.status, result.stdout + _encoded(self.dialect.leave(self)))

    def interrupted(self) -> None:
        """Ctrl-C: the line is forgotten."""
        self.dialect.interrupted(self)

    async def pressed(self, key: str, line: str) -> tuple[str, str]:
        """`?` shows what may follow, Tab completes a word."""
        if key == "?":
            return f"?\n{self.help(line)}", line
        whole = self.completed(line)
        return ("\n" if whole != line else "\a"), whole

    def close(self) -> None:
        """It is over: whatever was locked is free."""
        self.device.leave(self.session)

    # What handlers use

    async def answer(self, prompt: str, *, hidden: bool = False) -> str:
        """Ask whoever is there. Raises Interrupted where nobody is."""
        if self.ask is None:
            raise Interrupted
        return await self.ask.line(prompt, hidden=hidden)

    def configure(self, change: Callable[[Config], Config]) -> None:
        """Change what this session configures: its own candidate, or what runs."""
        if self.private is not None:
            self.device.guard(self.session, "candidate")
            self.private = change(self.private)
            if self.draft:
                self.device.drafts[self.draft] = self.private
        else:
            self.device.edit(self.session, "running", change)

    @property
    def configured(self) -> Config:
        """What this session configures."""
        return self.device.running if self.private is None else self.private

    # Help

    def help(self, line: str) -> str:
        """What may stand at the end of a line, for people."""
        begun = _last_word(line)
        found = self._options(line, begun)
        if isinstance(found, Refusal):
            return self.dialect.refused(self, line, found)
        if not found:
            return "% Unrecognized command\n" if self.dialect.comments == "!" else "No valid completions\n"
        if begun and not self.dialect.helps_with_lines:
            return "  ".join(word for word, _ in found) + "\n"
        return "".join(f"  {word:<20} {about}".rstrip() + "\n" for word, about in found)

    def completed(self, line: str) -> str:
        """A line with its last word completed, where that is clear."""
        begun = _last_word(line)
        found = self._options(line, begun)
        if not begun or isinstance(found, Refusal) or len(found) != 1:
            return line
        return line[: len(line) - len(begun)] + found[0][0] + " "

    def _options(self, line: str, begun: str) -> list[tuple[str, str]] | Refusal:
        """What may stand at the end of a line, of which a word has `begun`."""
        refusal = None
        found: dict[str, str] = {}
        line = self.dialect.rewrite(self, line)
        tokens = tokens_of(line)[: -1 if begun else None]
        grammars = list(self._grammars().values())
        if self.mode != self.dialect.start and tokens and tokens[0].text == self.dialect.escape:
            tokens, grammars = tokens[1:], [self.dialect.modes[self.dialect.start]]
        for grammar in grammars:
            try:
                found |= dict(grammar.options(self, tokens, line, begun))
            except Refusal as error:
                refusal = refusal or error
        return sorted(found.items()) if found or refusal is None else refusal

    # Understanding

    def _grammars(self) -> dict[str, Grammar]:
        """The mode's own grammar, and those of the modes above it."""
        found, mode = {}, self.mode
        while mode:
            found[mode] = self.dialect.modes[mode]
            mode = self.dialect.above(self, mode)
        return found

    def _understood(self, line: str) -> tuple[Found, str]:
        """What a line means, and the mode that says so. Raises the first mode's Refusal."""
        first: Refusal | None = None
        typed = len(line)
        line = self.dialect.rewrite(self, line)
        self.inserted = len(line) - typed
        tokens = tokens_of(line)
        escape = self.dialect.escape
        if escape and tokens and tokens[0].text == escape and self.mode != self.dialect.start:
            try:
                return self.dialect.modes[self.dialect.start].find(self, tokens[1:], line), self.mode
            except Refusal as refusal:
                refusal.number += 1
                raise
        for mode, grammar in self._grammars().items():
            try:
                return grammar.find(self, tokens, line), mode
            except Refusal as refusal:
                if first is None or refusal.number > first.number:
                    first = refusal
        assert first is not None  # noqa: S101  # there is a grammar for each mode
        raise first

    async def _done(self, line: str) -> str:
        command, pipes = line, list[str]()
        if "|" in line:
            head, _, tail = line.partition("|")
            head, rest = head.strip(), [part.strip() for part in tail.split(" | ")]  # a pattern may have a | of its own
            try:
                if head and self._understood(head)[0].action.shows:
                    command, pipes = head, rest
            except Refusal:
                pass
        self.form, chosen = self._pipes(line, pipes)
        self.line = command
        found, mode = self._understood(command)
        if mode != self.mode and not self.dialect.modes[mode].keeps:
            self.mode, self.place = mode, None
        text = found.action.handler(self, found.arguments)
        if inspect.isawaitable(text):
            text = await text
        for name, pattern in chosen:
            text = await filtered(name, pattern, text or "")
        return text or ""

    def _pipes(self, line: str, pipes: list[str]) -> tuple[str, list[tuple[str, Pattern | None]]]:
        """The form in which a command is to show itself, and the filters that follow."""
        form = ""
        chosen: list[tuple[str, Pattern | None]] = []
        for pipe in pipes:
            forms = [known for known in self.dialect.forms if pipe and _begins(known, pipe)]
            if len(forms) == 1:
                form = forms[0]
                continue
            word, _, text = pipe.partition(" ")
            known = [name for name in self.dialect.filters if word and name.startswith(word)]
            if len(known) != 1 or not (text.strip() or self.dialect.filters[known[0]] == "count"):
                start = line.rfind(pipe) if pipe else len(line)
                tokens = tokens_of(line[:start])
                raise Refusal("invalid" if pipe else "incomplete", len(tokens), _token(line, start))
            try:
                pattern = Pattern(text.strip().strip('"'), ignore_case=self.dialect.name == "junos") if text else None
            except PatternError as error:
                raise Refused(f"% Failed to compile regular expression: {error}\n") from None
            chosen.append((self.dialect.filters[known[0]], pattern))
        return form, chosen


def _last_word(line: str) -> str:
    """The word that a line ends in; empty behind a blank."""
    return "" if not line or line[-1].isspace() else line.rsplit(maxsplit=1)[-1]


def _begins(known: str, typed: str) -> bool:
    """Whether `disp set` is meant to be `display set`."""
    words, given = known.split(), typed.split()
    return len(words) == len(given) and all(word.startswith(part) for word, part in zip(words, given, strict=True))


def _token(line: str, start: int) -> Any:
    return next((token for token in tokens_of(line) if token.start >= start), None)


def _encoded(text: str) -> bytes:
    if text and not text.endswith("\n"):
        text += "\n"
    return text.encode("utf-8", "replace")
