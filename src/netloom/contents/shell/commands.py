"""What the simulated device can do: small commands, each on the session's files and variables only."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from netloom.contents.shell.tree import FileError, Tree, resolve

_VARIABLES = 200
_VARIABLE_LIMIT = 32 << 10


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a command line may do: bytes to print or read (`output`), `commands` to run, characters of the `line`.

    `memory` are the bytes that a session's files may take, `sleep` the seconds that one may last.
    """

    output: int = 1 << 20
    commands: int = 1_000
    line: int = 16 << 10
    memory: int = 1 << 20
    sleep: float = 60.0


class Output(msgspec.Struct, frozen=True):
    """What one command came to; `exits` where the session ends with it."""

    status: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    exits: bool = False


class Failed(Exception):
    """A command ends with a message and a status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class Context(msgspec.Struct, kw_only=True):
    """What commands work on."""

    user: str
    hostname: str
    tree: Tree
    limits: Limits
    clock: Callable[[], float]
    run_line: Callable[[str, bytes], Awaitable[Output]]
    directory: str = "/"
    variables: dict[str, str] = {}

    def resolve(self, path: str) -> str:
        return resolve(self.directory, path)

    def set(self, name: str, value: str) -> None:
        """Set a variable. Raises Failed where there are too many, or it is too long."""
        is_new = name not in self.variables
        if (is_new and len(self.variables) >= _VARIABLES) or len(name) + len(value) > _VARIABLE_LIMIT:
            raise Failed("no room for more variables")
        self.variables[name] = value


Function = Callable[[Context, list[str], bytes], Awaitable[Output]]
Plain = Callable[[Context, list[str], bytes], Output | str]
COMMANDS: dict[str, Function] = {}


def _command(*names: str) -> Callable[[Plain], Plain]:
    """A command that needs not wait; a text that it returns is printed."""

    def register(function: Plain) -> Plain:
        async def call(context: Context, arguments: list[str], stdin: bytes) -> Output:
            result = function(context, arguments, stdin)
            return Output(stdout=result.encode("utf-8", "replace")) if isinstance(result, str) else result

        COMMANDS.update(dict.fromkeys(names, call))
        return function

    return register


@_command("echo")
def _echo(context: Context, arguments: list[str], stdin: bytes) -> str:
    if arguments[:1] == ["-n"]:
        return " ".join(arguments[1:])
    return " ".join(arguments) + "\n"


@_command("cat")
def _cat(context: Context, arguments: list[str], stdin: bytes) -> Output:
    return _of_each(context, arguments or ["-"], stdin, lambda _, data: data)


@_command("head")
def _head(context: Context, arguments: list[str], stdin: bytes) -> Output:
    count = 10
    if arguments[:1] == ["-n"]:
        count, arguments = _number("-n", arguments[1:2]), arguments[2:]
    return _of_each(context, arguments or ["-"], stdin, lambda _, data: b"".join(data.splitlines(True)[:count]))


@_command("tail")
def _tail(context: Context, arguments: list[str], stdin: bytes) -> Output:
    count = 10
    if arguments[:1] == ["-n"]:
        count, arguments = _number("-n", arguments[1:2]), arguments[2:]
    return _of_each(
        context, arguments or ["-"], stdin, lambda _, data: b"".join(data.splitlines(True)[-count or len(data) :])
    )


@_command("wc")
def _wc(context: Context, arguments: list[str], stdin: bytes) -> Output:
    wanted, files = _flags(arguments, "lwc")

    def count(name: str, data: bytes) -> bytes:
        numbers = {"l": data.count(b"\n"), "w": len(data.split()), "c": len(data)}
        shown = [str(numbers[which]) for which in "lwc" if which in (wanted or "lwc")]
        return " ".join([*shown, *([] if name == "-" else [name])]).encode("utf-8", "replace") + b"\n"

    return _of_each(context, files or ["-"], stdin, count)


@_command("ls")
def _ls(context: Context, arguments: list[str], stdin: bytes) -> Output:
    flags, paths = _flags(arguments, "al1")
    lines: list[str] = []
    errors: list[str] = []
    for path in paths or ["."]:
        place = context.resolve(path)
        if context.tree.is_directory(place):
            names = [name for name in context.tree.names(place) if "a" in flags or not name.startswith(".")]
            if len(paths) > 1:
                lines.append(f"{path}:")
            lines += [_listed(context, f"{place.rstrip('/')}/{name}", name, flags) for name in names]
        elif context.tree.exists(place):
            lines.append(_listed(context, place, path, flags))
        else:
            errors.append(f"ls: {path}: No such file or directory\n")
    text = "".join(f"{line}\n" for line in lines)
    return Output(1 if errors else 0, text.encode("utf-8", "replace"), "".join(errors).encode("utf-8", "replace"))


def _listed(context: Context, place: str, name: str, flags: str) -> str:
    if "l" not in flags:
        return name
    is_directory = context.tree.is_directory(place)
    size = 0 if is_directory else len(context.tree.read(place))
    return f"{'drwxr-xr-x' if is_directory else '-rw-r--r--'} 1 {context.user} {context.user} {size:>8} {name}"


@_command("pwd")
def _pwd(context: Context, arguments: list[str], stdin: bytes) -> str:
    return context.directory + "\n"


@_command("cd")
def _cd(context: Context, arguments: list[str], stdin: bytes) -> str:
    if len(arguments) > 1:
        raise Failed("too many arguments")
    target = arguments[0] if arguments else context.variables.get("HOME", "/")
    back = target == "-"
    place = context.resolve(context.variables.get("OLDPWD", context.directory) if back else target)
    if not context.tree.is_directory(place):
        raise Failed(f"{target}: {'Not a directory' if context.tree.exists(place) else 'No such file or directory'}")
    context.variables["OLDPWD"] = context.directory
    context.variables["PWD"] = context.directory = place
    return f"{place}\n" if back else ""


@_command("mkdir")
def _mkdir(context: Context, arguments: list[str], stdin: bytes) -> str:
    flags, paths = _flags(arguments, "p")
    for path in _some(paths):
        place = context.resolve(path)
        if context.tree.exists(place):
            if "p" in flags and context.tree.is_directory(place):
                continue
            raise Failed(f"{path}: File exists")
        above = place
        missing = []
        while not context.tree.exists(above) and above != "/":
            missing.append(above)
            above = above.rpartition("/")[0] or "/"
        if len(missing) > 1 and "p" not in flags:
            raise Failed(f"{path}: No such file or directory")
        for directory in reversed(missing):
            context.tree.check_writable(directory)
            context.tree.make_directory(directory)
    return ""


@_command("touch")
def _touch(context: Context, arguments: list[str], stdin: bytes) -> str:
    for path in _some(arguments):
        if not context.tree.exists(context.resolve(path)):
            context.tree.write(context.resolve(path), b"")
    return ""


@_command("rm")
def _rm(context: Context, arguments: list[str], stdin: bytes) -> str:
    flags, paths = _flags(arguments, "rf")
    for path in paths if "f" in flags else _some(paths):
        place = context.resolve(path)
        if not context.tree.exists(place):
            if "f" in flags:
                continue
            raise Failed(f"{path}: No such file or directory")
        if context.tree.is_directory(place) and "r" not in flags:
            raise Failed(f"{path}: Is a directory")
        context.tree.remove(place)
    return ""


@_command("whoami")
def _whoami(context: Context, arguments: list[str], stdin: bytes) -> str:
    return context.user + "\n"


@_command("id")
def _id(context: Context, arguments: list[str], stdin: bytes) -> str:
    number = 0 if context.user == "root" else 1000
    return f"uid={number}({context.user}) gid={number}({context.user})\n"


@_command("hostname")
def _hostname(context: Context, arguments: list[str], stdin: bytes) -> str:
    if arguments:
        raise Failed("you must be root to change the host name")
    return context.hostname + "\n"


@_command("uname")
def _uname(context: Context, arguments: list[str], stdin: bytes) -> str:
    flags, _ = _flags(arguments, "asnrvm")
    fields = {"s": "Netloom", "n": context.hostname, "r": "1.0", "v": "simulated", "m": "loom"}
    wanted = fields if "a" in flags else (flags or "s")
    return " ".join(value for name, value in fields.items() if name in wanted) + "\n"


@_command("date")
def _date(context: Context, arguments: list[str], stdin: bytes) -> str:
    _, formats = _flags(arguments, "u")
    if len(formats) > 1 or any(not wanted.startswith("+") for wanted in formats):
        raise Failed("date [-u] [+FORMAT] is expected")
    try:
        return (
            datetime.fromtimestamp(context.clock(), UTC).strftime((formats or ["+%a %b %e %H:%M:%S UTC %Y"])[0][1:])
            + "\n"
        )
    except (ValueError, OverflowError, UnicodeError):
        raise Failed("bad format") from None


@_command("env", "set")
def _env(context: Context, arguments: list[str], stdin: bytes) -> str:
    if arguments:
        raise Failed("only lists the variables here; NAME=VALUE COMMAND sets one for a command", 2)
    return "".join(f"{name}={value}\n" for name, value in sorted(context.variables.items()))


@_command("export")
def _export(context: Context, arguments: list[str], stdin: bytes) -> str:
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not name.isidentifier() or not name.isascii():
            raise Failed(f"{argument}: bad variable name", 2)
        if equals:
            context.set(name, value)
    return ""


@_command("unset")
def _unset(context: Context, arguments: list[str], stdin: bytes) -> str:
    for name in arguments:
        context.variables.pop(name, None)
    return ""


@_command("true", ":")
def _true(context: Context, arguments: list[str], stdin: bytes) -> Output:
    return Output(0)


@_command("false")
def _false(context: Context, arguments: list[str], stdin: bytes) -> Output:
    return Output(1)


@_command("exit", "logout", "quit")
def _exit(context: Context, arguments: list[str], stdin: bytes) -> Output:
    return Output(_number("exit", arguments[:1]) % 256 if arguments else 0, exits=True)


@_command("help")
def _help(context: Context, arguments: list[str], stdin: bytes) -> str:
    return (
        f"A simulated shell with ; && || | < > >> 2>&1, quotes and variables. Commands:\n{' '.join(sorted(COMMANDS))}\n"
    )


async def _sleep(context: Context, arguments: list[str], stdin: bytes) -> Output:
    try:
        seconds = sum(float(argument.removesuffix("s")) for argument in _some(arguments))
    except ValueError:
        raise Failed(f"invalid time interval {arguments[0]!r}") from None
    if not math.isfinite(seconds) or not 0 <= seconds <= context.limits.sleep:
        raise Failed(f"from 0 to {context.limits.sleep:g} seconds here")
    await asyncio.sleep(seconds)
    return Output()


async def _sh(context: Context, arguments: list[str], stdin: bytes) -> Output:
    if arguments[:1] == ["-c"] and len(arguments) > 1:
        return await context.run_line(arguments[1], stdin)
    if arguments:
        raise Failed("sh [-c LINE] is expected", 2)
    return await context.run_line(stdin.decode("utf-8", "replace"), b"")


COMMANDS["sleep"] = _sleep
COMMANDS["sh"] = _sh


def _of_each(context: Context, paths: list[str], stdin: bytes, show: Callable[[str, bytes], bytes]) -> Output:
    """What is shown of each file, `-` being the standard input; those that can't be read are told about."""
    shown: list[bytes] = []
    errors: list[str] = []
    total = 0
    for path in paths:
        try:
            shown.append(show(path, stdin if path == "-" else context.tree.read(context.resolve(path))))
            total += len(shown[-1])
        except FileError as error:
            errors.append(f"{path}: {error}\n")
        if total > context.limits.output:
            break  # more than can be printed
    return Output(1 if errors else 0, b"".join(shown), "".join(errors).encode("utf-8", "replace"))


def _flags(arguments: list[str], known: str) -> tuple[str, list[str]]:
    """Single letters after `-`, and the other arguments."""
    flags = ""
    rest: list[str] = []
    for position, argument in enumerate(arguments):
        if argument == "--":
            return flags, rest + arguments[position + 1 :]
        if argument.startswith("-") and len(argument) > 1:
            unknown = [letter for letter in argument[1:] if letter not in known]
            if unknown:
                raise Failed(f"unknown option -{unknown[0]}", 2)
            flags += argument[1:]
        else:
            rest.append(argument)
    return flags, rest


def _some(arguments: list[str]) -> list[str]:
    if not arguments:
        raise Failed("missing operand")
    return arguments


def _number(what: str, texts: list[str]) -> int:
    if not texts or not texts[0].isascii() or not texts[0].isdecimal() or len(texts[0]) > 9:
        raise Failed(f"{what}: a number is expected", 2)
    return int(texts[0])
