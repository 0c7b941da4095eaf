"""A dialect as a table: modes with their grammars, a prompt, and words for what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from netloom.contents.shell.cli.grammar import Grammar, Refusal, Token
from netloom.contents.shell.cli.line import CommandLine
from netloom.contents.shell.device.hardware import Hardware
from netloom.contents.shell.session import Pager


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """How a device asks who is there, where nobody has told it: Telnet. `{hostname}` stands for its name.

    One that `insists` shows what is typed whether or not that was agreed on, as network devices do: programs that talk
    to them count on it.
    """

    greeting: str = "\n"
    user: str = "login: "
    password: str = "Password: "  # noqa: S105  # a question
    refused: str = "Login incorrect\n"
    insists: bool = False


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one make of devices talks.

    `modes` are grammars by name, of which `start` is the first; `prompt` and `refused` make texts; `above` names the
    mode whose commands are understood in another one as well. `filters` are the words after a pipe, by what they do;
    `forms` those which a command itself takes into account. After the word `escape`, the first mode's commands are
    understood everywhere. `rewrite` makes of a line what it means at the place that is configured. `leave` is what
    Ctrl-Z does.
    """

    name: str
    hardware: Hardware
    login: Login
    modes: Mapping[str, Grammar]
    start: str
    prompt: Callable[[CommandLine], str]
    refused: Callable[[CommandLine, str, Refusal], str]
    failed: Callable[[CommandLine, Exception], str]
    banner: Callable[[CommandLine], str] = lambda _: ""
    above: Callable[[CommandLine, str], str] = lambda _, __: ""
    leave: Callable[[CommandLine], str] = lambda _: ""
    interrupted: Callable[[CommandLine], None] = lambda _: None
    pager: Pager
    escape: str = ""
    rewrite: Callable[[CommandLine, str], str] = lambda _, line: line
    comments: str = "!"
    filters: Mapping[str, str] = {}
    forms: tuple[str, ...] = ()
    helps_with_lines: bool = True
    level: int = 1
    entered: Callable[[CommandLine], None] = lambda _: None


Arguments = dict[str, Any]
__all__ = ["Arguments", "Dialect", "Login", "Refusal", "Token"]
