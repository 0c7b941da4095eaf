"""An endpoint's options, split into the link's and the protocol's own, checked by name and type."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import msgspec

from netloom.endpoint import Endpoint, Secret, suggest
from netloom.errors import UsageError
from netloom.kinds import in_words, where
from netloom.links.options import LinkOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

S = TypeVar("S", bound=msgspec.Struct)

_WORDS = {"": "true", "yes": "true", "on": "true", "no": "false", "off": "false"}


def split(endpoint: Endpoint, own: type[S]) -> tuple[LinkOptions, S]:
    """The link's options and the protocol's `own`. Raises UsageError that names the option and what would be right."""
    return _split(endpoint.all_options, own)


def link_options(options: Iterable[tuple[str, str]]) -> LinkOptions:
    """Options of links alone, whatever the protocol. Raises UsageError."""
    return _split(tuple(options), _None)[0]


class _None(msgspec.Struct, frozen=True):
    """A protocol without options of its own."""


@functools.lru_cache(maxsize=4096)
def _split(options: tuple[tuple[str, str], ...], own: type[S]) -> tuple[LinkOptions, S]:
    link_fields, own_fields = _fields(LinkOptions), _fields(own)
    link: dict[str, Any] = {}
    protocol: dict[str, Any] = {}
    for name, text in options:
        if name in own_fields:
            _put(protocol, own_fields, name, text)
        elif name in link_fields:
            _put(link, link_fields, name, text)
        else:
            raise UsageError(
                f"{name!r} is no option here",
                hint=suggest(name, [*own_fields, *link_fields])
                or "a page's anchor? Drop it: netloom's options stand after '#'. netloom help PROTOCOL lists them",
                text=f"#{name}",
                column=1,
            )
    return _convert(link, LinkOptions), _convert(protocol, own)


def _put(into: dict[str, Any], fields: Mapping[str, msgspec.structs.FieldInfo], name: str, text: str) -> None:
    kind = fields[name].type
    if get_origin(kind) is not None and get_origin(kind) not in (list, tuple):
        kind = next((k for k in get_args(kind) if get_origin(k) in (list, tuple)), kind)
    if get_origin(kind) in (list, tuple):
        into.setdefault(name, []).append(text)
    elif name in into:
        raise UsageError(f"option {name!r} is given twice", hint="it takes one value")
    else:
        into[name] = _WORDS.get(text.lower(), text) if _takes_bool(fields[name].type) else text


@functools.lru_cache(maxsize=512)
def _takes_bool_cached(kind: Any) -> bool:
    return kind is bool or any(_takes_bool(part) for part in get_args(kind))


def _takes_bool(kind: Any) -> bool:
    try:
        return _takes_bool_cached(kind)
    except TypeError:
        return kind is bool


@functools.cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(struct)}


def _convert(values: dict[str, Any], struct: type[S]) -> S:
    try:
        return msgspec.convert(values, struct, strict=False, dec_hook=_hook)
    except msgspec.ValidationError as exc:
        name = where(exc)
        given = values[name][-1] if isinstance(values[name], list) else values[name]
        raise UsageError(
            f"option {name}: {in_words(_fields(struct)[name].type)} is expected, not {given!r}",
            text=f"#{name}={given}",
            column=len(name) + 2,
        ) from None


def _hook(kind: type, value: Any) -> Any:
    if kind is Secret:
        return Secret(str(value))
    raise NotImplementedError(kind)
