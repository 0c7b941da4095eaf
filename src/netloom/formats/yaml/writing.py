"""YAML written in blocks and without aliases; what readers of YAML 1.1 or 1.2 would mistake is quoted."""

from __future__ import annotations

import base64
import io
import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from yaml import CSafeDumper, events
from yaml.resolver import Resolver

from netloom.formats._values import as_text, fitting
from netloom.formats.yaml.scalars import TAG, plain

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

_AS_IT_IS, _IN_QUOTES = (True, True), (False, True)
"""Whether a scalar means what it is to mean without quotes, and in them."""
_WORDS = {None: "null", True: "true", False: "false"}
_FIRST_OF_1_1: dict[str, list[tuple[str, re.Pattern[str]]]] = Resolver.yaml_implicit_resolvers


def write(value: Any) -> bytes:
    """A document."""
    made = io.BytesIO()
    dumper = CSafeDumper(made, encoding="utf-8", allow_unicode=True, width=_WIDE)
    try:
        for event in _document(fitting("YAML", value)):
            dumper.emit(event)
    finally:
        dumper.dispose()
    return made.getvalue().removesuffix(b"...\n")


_WIDE = 2**30


def _document(value: Any) -> Iterator[Any]:
    yield events.StreamStartEvent(encoding="utf-8")
    yield events.DocumentStartEvent(explicit=False)
    yield from _events(value)
    yield events.DocumentEndEvent(explicit=False)
    yield events.StreamEndEvent()


def _events(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield _MAP
        for key, item in value.items():
            yield _scalar(key)
            if isinstance(item, dict | list):
                yield from _events(item)
            else:
                yield _scalar(item)
        yield _MAP_END
    elif isinstance(value, list):
        yield _LIST
        for item in value:
            if isinstance(item, dict | list):
                yield from _events(item)
            else:
                yield _scalar(item)
        yield _LIST_END
    else:
        yield _scalar(value)


_MAP = events.MappingStartEvent(None, None, True, flow_style=False)
_MAP_END = events.MappingEndEvent()
_LIST = events.SequenceStartEvent(None, None, True, flow_style=False)
_LIST_END = events.SequenceEndEvent()


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return events.ScalarEvent(None, f"{TAG}binary", (False, False), base64.encodebytes(value).decode(), style="|")
    if value is None or isinstance(value, bool):
        return events.ScalarEvent(None, None, _AS_IT_IS, _WORDS[value])
    if isinstance(value, float):
        return events.ScalarEvent(None, None, _AS_IT_IS, _number(value))
    return events.ScalarEvent(None, None, _AS_IT_IS, as_text(value) if isinstance(value, datetime) else str(value))


def _text(text: str) -> Any:
    if "\n" in text.rstrip("\n") and not text.startswith((" ", "\n", "\t")):
        return events.ScalarEvent(None, None, _IN_QUOTES, text, style="|")
    return events.ScalarEvent(None, None, _AS_IT_IS if _is_text(text) else _IN_QUOTES, text)


def _is_text(text: str) -> bool:
    """Whether it is one without quotes, too, for readers of either version."""
    for _, pattern in _FIRST_OF_1_1.get(text[:1], ()):
        if pattern.match(text):
            return False
    try:
        return isinstance(plain(text), str)
    except ValueError:
        return False


def _number(value: float) -> str:
    """With a point, without which a reader of YAML 1.1 sees a text."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    return text.replace("e", ".0e", 1) if "e" in text and "." not in text else text
