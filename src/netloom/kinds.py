"""What a field or an option takes, in words: for whoever gave it something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import msgspec
    from msgspec import inspect


def in_words(kind: Any) -> str:
    """A type with its bounds in words: `a whole number from 1 to 255`. For a list, what its items are."""
    from msgspec import inspect  # only a mistake needs it

    return _words(inspect.type_info(kind))


def _words(info: inspect.Type) -> str:
    from msgspec import inspect

    words = "something else"
    match info:
        case inspect.Metadata():
            words = _words(info.type)
        case inspect.UnionType():
            words = " or ".join(_words(part) for part in info.types if not isinstance(part, inspect.NoneType))
        case inspect.CollectionType():
            words = _words(info.item_type)
        case inspect.BoolType():
            words = "true or false"
        case inspect.IntType():
            words = f"a whole number{_bounds(info)}"
        case inspect.FloatType():
            words = f"a number{_bounds(info)}"
        case inspect.StrType():
            words = "a text that isn't empty" if info.min_length else "a text"
        case inspect.LiteralType():
            words = f"one of {', '.join(str(value) for value in info.values if value != '')}"
        case inspect.CustomType():
            words = f"{'an' if info.cls.__name__[0] in 'AEIOU' else 'a'} {info.cls.__name__}"
    return words


def _bounds(info: inspect.IntType | inspect.FloatType) -> str:
    if info.ge is not None and info.le is not None:
        return f" from {_number(info.ge)} to {_number(info.le)}"
    lower = f" of at least {_number(info.ge)}" if info.ge is not None else ""
    lower = f" above {_number(info.gt)}" if info.gt is not None else lower
    upper = f" of at most {_number(info.le)}" if info.le is not None else ""
    return f"{lower} and{upper.removeprefix(' of')}" if lower and upper else lower or upper


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:g}"


def where(error: msgspec.ValidationError) -> str:
    """The name of the field that an error is about; empty where it is about all of them."""
    _, _, place = str(error).partition(" - at `$.")
    return place.rstrip("`").partition("[")[0].partition(".")[0]
