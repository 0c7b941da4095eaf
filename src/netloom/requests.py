"""What operations are asked: common fields, and the one constructor that checks them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta

from netloom.endpoint import Endpoint, Secret
from netloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netloom.conversion import Conversion

R = TypeVar("R", bound=msgspec.Struct)


As = Annotated[
    str,
    Meta(
        description="convert to a format, such as yaml: netloom help formats",
        extra={"metavar": "FORMAT"},
    ),
]
From = Annotated[
    str,
    Meta(
        description="the format to convert from, where nothing else tells",
        extra={"metavar": "FORMAT"},
    ),
]
"""A body's format, with what may follow a colon."""


class Aimed(msgspec.Struct, frozen=True, kw_only=True):
    """What every operation that has endpoints can be told."""

    options: Annotated[
        list[str],
        Meta(
            description="an option of the link or the protocol, NAME=VALUE",
            extra={"short": "-O", "metavar": "NAME=VALUE"},
        ),
    ] = []

    def aim(self, target: Endpoint) -> Endpoint:
        """The target with the options that were given beside it."""
        return target.with_options(pairs(self.options)) if self.options else target


class Recorded(Aimed, frozen=True, kw_only=True):
    """What every operation that has links can be told."""

    record: Annotated[str, Meta(description="write what passes to a pcapng file", extra={"metavar": "FILE"})] = ""
    secrets: Annotated[bool, Meta(description="recorded: with TLS's secrets, so that it can be read")] = True


class Talk(Recorded, frozen=True, kw_only=True):
    """What every operation that talks to a peer can be told."""

    deadline: Annotated[
        float,
        Meta(
            gt=0,
            le=31_622_400,
            description="seconds for the whole attempt, or until the answer begins",
            extra={"metavar": "SECONDS"},
        ),
    ] = 10.0


class CaptureFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What every operation that reads captures can be told."""

    files: Annotated[
        list[str],
        Meta(
            min_length=1,
            description="captures, compressed or not, taken as one; - is standard input",
            extra={"metavar": "FILE", "positional": True},
        ),
    ]
    strict: Annotated[
        bool, Meta(description="fail if a file is cut or damaged; what is whole is read all the same")
    ] = False


class Captures(CaptureFiles, frozen=True, kw_only=True):
    """What those can be told that choose among packets."""

    filter: Annotated[
        str, Meta(description="only packets that this keeps, in tcpdump's words", extra={"metavar": "FILTER"})
    ] = ""


class Tables(Captures, frozen=True, kw_only=True):
    """What those can be told that make columns, too; these need the packets extra."""

    sql: Annotated[str, Meta(description="a query instead, on the table of that name", extra={"metavar": "QUERY"})] = ""
    to: Annotated[
        str, Meta(description="write columns, or the answer: .parquet, .csv or .npz", extra={"metavar": "FILE"})
    ] = ""
    overwrite: Annotated[bool, Meta(description="also if the file to write exists")] = False


def pairs(options: list[str]) -> list[tuple[str, str]]:
    """`NAME=VALUE` texts as pairs; a name alone is a switch."""
    made = []
    for text in options:
        name, _, value = text.partition("=")
        if not name:
            raise UsageError(f"an option is NAME=VALUE, not {text!r}", text=text, column=0)
        made.append((name.strip().replace("-", "_"), value))
    return made


@functools.cache
def known_fields(request: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """A request's fields by their names: reading what they are annotated with takes a while."""
    return {field.name: field for field in msgspec.structs.fields(request)}


def field_names(request: type[msgspec.Struct]) -> list[str]:
    """A request's fields: those that must be given, then its own as they are defined, then the common ones."""
    needed = [name for name, field in known_fields(request).items() if field.required]
    own = [name for name in request.__struct_fields__ if name in request.__annotations__]
    return list(dict.fromkeys([*needed, *own, *request.__struct_fields__]))


def make(request: type[R], values: dict[str, Any]) -> R:
    """A checked request from plain values. Raises UsageError that names the field and what would be right."""
    known = known_fields(request)
    for name in values:
        if name not in known:
            from netloom.endpoint import suggest

            raise UsageError(f"there is no {name!r} here", hint=suggest(name, known) or f"fields: {', '.join(known)}")
    plain = {name: _plain(known[name], value) for name, value in values.items()}
    try:
        return msgspec.convert(plain, request, strict=False, dec_hook=decode, from_attributes=True)
    except msgspec.ValidationError as exc:
        from netloom.kinds import where

        field = where(exc)
        if not field:
            raise UsageError(str(exc)) from None
        raise UsageError(f"{spoken(field)}: {_mistake(known[field].type, values[field])}") from None


def conversion(as_: str, from_: str) -> Conversion | None:
    """What two fields ask for, if anything; nothing is imported for nothing. Raises UsageError."""
    if not as_ and not from_:
        return None
    from netloom.conversion import asked

    return asked(as_, from_)


def spoken(name: str) -> str:
    """A field's name as people write it: `as_` ends as it does only because Python has a word `as`."""
    return name.rstrip("_").replace("_", "-")


def _mistake(kind: Any, value: Any) -> str:
    if isinstance(value, list | tuple) and not value:
        return "at least one is needed"
    from netloom.kinds import in_words

    shown = value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
    return f"{in_words(kind)} is expected, not {shown!r}"


def _plain(field: msgspec.structs.FieldInfo, value: Any) -> Any:
    """Texts become endpoints where those are asked for; one value where a list is asked for is a list of one."""
    kind = _bare(field.type)
    if get_origin(kind) is list:
        values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
        return [_endpoint(item) for item in values] if Endpoint in get_args(kind) else values
    return _endpoint(value) if kind is Endpoint or Endpoint in get_args(kind) else value


def _endpoint(value: Any) -> Any:
    return Endpoint.parse(value) if isinstance(value, str) else value


def _bare(kind: Any) -> Any:
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind


def decode(kind: type, value: Any) -> Any:
    """The types of ours that requests and options hold."""
    if isinstance(value, kind):
        return value
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(f"{kind.__name__} expected, not {type(value).__name__}")
