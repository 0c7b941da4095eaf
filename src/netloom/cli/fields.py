"""A request's fields as a command line has them: flags, arguments, what to call their values, what they default to."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec

from netloom.endpoint import Endpoint, Secret
from netloom.requests import field_names, known_fields, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = {int: "N", float: "NUMBER", str: "TEXT", Endpoint: "ENDPOINT", Secret: "SECRET"}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field. `kind` is switch (true or false), many (repeatable) or one; `choices` are its only words, if any."""

    name: str
    kind: str
    positional: bool
    required: bool
    default: Any
    metavar: str
    description: str
    short: str = ""
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        return f"--{spoken(self.name)}"

    @property
    def usage(self) -> str:
        """The field as a line of usage shows it."""
        if self.positional:
            shown = f"{self.metavar}…" if self.kind == "many" else self.metavar
            return shown if self.required or self.name == "targets" else f"[{shown}]"
        value = "" if self.kind == "switch" else f" {self.metavar}"
        short = f"{self.short}, " if self.short else ""
        return f"{short}{self.flag}{value}"


@functools.cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of a request or of options: a request's own first."""
    known = known_fields(struct)
    return tuple(_field(known[name]) for name in field_names(struct))


def _field(field: msgspec.structs.FieldInfo) -> Field:
    bare, metas = _unfold(field.type)
    parts = [part for part in get_args(bare) if part is not type(None)] if type(None) in get_args(bare) else [bare]
    inner, more = _unfold(parts[0])
    about: dict[str, Any] = {}
    for meta in (*more, *metas):
        about |= meta.extra or {}
    many = get_origin(inner) in (list, tuple)
    item = _unfold(get_args(inner)[0])[0] if many else inner
    default = _default(field)
    required = default is msgspec.NODEFAULT
    choices = tuple(str(word) for word in get_args(item) if word) if get_origin(item) is Literal else ()
    return Field(
        name=field.name,
        kind="switch" if inner is bool else "many" if many else "one",
        positional=required
        or field.name == "targets"
        or inner is Endpoint
        or default == "-"
        or bool(about.get("positional")),
        required=required,
        default=default,
        metavar=about.get("metavar") or "|".join(choices) or _metavar(item, (*more, *metas)),
        description=next((meta.description for meta in reversed((*more, *metas)) if meta.description), ""),
        short=about.get("short", ""),
        choices=choices,
    )


def _unfold(kind: Any) -> tuple[Any, tuple[msgspec.Meta, ...]]:
    metas: list[msgspec.Meta] = []
    while get_origin(kind) is Annotated:
        kind, *more = get_args(kind)
        metas += [meta for meta in more if isinstance(meta, msgspec.Meta)]
    return kind, tuple(metas)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else msgspec.NODEFAULT


def _metavar(kind: Any, metas: tuple[msgspec.Meta, ...]) -> str:
    if kind not in (int, float) or not metas:
        return _WORDS.get(kind, "VALUE")
    from netloom.links.options import Seconds, Size

    for known, word in ((Seconds, "SECONDS"), (Size, "BYTES")):
        if kind is _unfold(known)[0] and any(meta in metas for meta in _unfold(known)[1]):
            return word
    return _WORDS.get(kind, "VALUE")


def shown_default(field: Field) -> str:
    """A default as help shows it; nothing where it says nothing."""
    value = field.default
    if value in (None, "", [], (), False, msgspec.NODEFAULT) or field.positional or isinstance(value, Secret):
        return ""
    if value is True:
        return "on"
    return f"{value:g}" if isinstance(value, float) else str(value)


def link_fields() -> tuple[Field, ...]:
    """The options of links, which every operation that talks takes as flags."""
    from netloom.links.options import LinkOptions

    return fields_of(LinkOptions)


def offered_links(request: type[msgspec.Struct]) -> Iterator[Field]:
    """The options of links that are flags of an operation: where it talks, and no field of its own has the name."""
    own = set(request.__struct_fields__)
    if "options" in own:
        yield from (field for field in link_fields() if field.name not in own)
