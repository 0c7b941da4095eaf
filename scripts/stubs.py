"""Writes src/netloom/__init__.pyi from the operations' requests; --check only compares."""

from __future__ import annotations

import subprocess
import sys
import types
import typing
from pathlib import Path
from typing import Any

import msgspec

import netloom
from netloom import api, registry
from netloom.endpoint import Endpoint
from netloom.requests import field_names

TARGET = Path(__file__).parents[1] / "src" / "netloom" / "__init__.pyi"
HEADER = '''"""netloom: every network protocol meets every network operation."""

# Written by scripts/stubs.py from the operations' requests; `make check` compares.

import builtins

from netloom.api import connect as connect
from netloom.api import serve as serve
'''


def written() -> str:
    """The whole file."""
    lines = [HEADER.rstrip()]
    lines += [f"from netloom.contents.{name.lower()} import {name} as {name}" for name in api.contents()]
    lines += ["from netloom.endpoint import Endpoint as Endpoint", "from netloom.endpoint import Secret as Secret"]
    lines += [f"from netloom.errors import {name} as {name}" for name in sorted(netloom.ERRORS)]
    lines += [f"from netloom.records import {name} as {name}" for name in sorted(api.RECORDS)]
    lines += [f"from netloom.formats import {name} as {name}" for name in netloom.CONVERSIONS]
    lines += [f"from {kind.__module__} import {kind.__name__}" for kind in _foreign()]
    lines += ["from netloom.runs import Run", "", "__version__: str", ""]
    for operation in registry.operations():
        if operation.name not in ("connect", "serve"):  # in Python these are context managers
            lines += _function(operation)
    return "\n".join(lines) + "\n"


def _foreign() -> list[type]:
    """Records that an operation defines for itself."""
    kinds = {part for operation in registry.operations() for part in _records(operation.record)}
    return sorted((kind for kind in kinds if kind.__name__ not in api.RECORDS), key=lambda kind: kind.__name__)


def _function(operation: Any) -> list[str]:
    fields = {field.name: field for field in msgspec.structs.fields(operation.request)}
    arguments = []
    names = field_names(operation.request)
    if names and names[0] == "targets":
        arguments.append("*targets: str | Endpoint")
        names = names[1:]
    else:
        positional = [name for name in names if fields[name].required]
        arguments += [f"{name}: {_type(fields[name].type)}" for name in positional]
        names = [name for name in names if name not in positional]
        first_optional = [name for name in names if name in operation.request.__annotations__]
        arguments += [f"{name}: {_type(fields[name].type)} = ..." for name in first_optional]
        names = [name for name in names if name not in first_optional]
        if names:
            arguments.append("*")
    arguments += [f"{name}: {_type(fields[name].type)} = ..." for name in names]
    record = " | ".join(kind.__name__ for kind in _records(operation.record))
    inside = "".join(f"    {argument},\n" for argument in arguments)
    return [
        f"def {operation.name.replace('-', '_')}({chr(10) if inside else ''}{inside}) -> Run[{record}]:",
        f'    """{operation.summary[0].upper()}{operation.summary[1:].rstrip(".")}."""',
        "",
    ]


def _records(record: Any) -> tuple[type, ...]:
    return typing.get_args(record) if isinstance(record, types.UnionType) else (record,)


def _type(kind: Any) -> str:
    if typing.get_origin(kind) is typing.Annotated:
        return _type(typing.get_args(kind)[0])
    if kind is Endpoint:
        return "str | Endpoint"
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (list, tuple):
        return f"builtins.list[{_type(parts[0])}]"
    if origin is typing.Literal:
        return f"typing.Literal[{', '.join(repr(part) for part in parts)}]"
    if origin in (typing.Union, types.UnionType):
        return " | ".join(_type(part) for part in parts)
    return "None" if kind is type(None) else str(getattr(kind, "__name__", kind))


def _formatted(text: str) -> str:
    """As the formatter has it, and with imports in its order."""
    if "typing." in text:
        text = text.replace("import builtins\n", "import builtins\nimport typing\n", 1)
    ruff = [sys.executable, "-m", "ruff"]
    for arguments in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        done = subprocess.run(
            [*ruff, *arguments, "--stdin-filename", str(TARGET), "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        text = done.stdout
    return text


def main() -> int:
    """Write, or compare."""
    text = _formatted(written())
    if "--check" not in sys.argv:
        TARGET.write_text(text)
        return 0
    if TARGET.exists() and TARGET.read_text() == text:
        return 0
    sys.stderr.write(f"{TARGET.name} isn't what the operations say: run scripts/stubs.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
