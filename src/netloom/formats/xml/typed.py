"""Any value as XML, the way XPath has JSON: map, array, string, number, boolean, null (XPath Functions 3.1 §17.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from netloom.formats._values import as_in_json, fitting, text_key
from netloom.formats.xml.parsing import Builder, Element, parse
from netloom.formats.xml.writing import HEAD, NO_XML, attribute, escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "http://www.w3.org/2005/xpath-functions"
_WORDS = {"true": True, "1": True, "false": False, "0": False}
_BLANKS = " \t\r\n"
_KEY, _ESCAPED, _ESCAPED_KEY = ((None, name) for name in ("key", "escaped", "escaped-key"))


def read(data: bytes) -> Any:
    """The value. Raises RemoteProtocolError with the place."""
    return parse(data, _Typed())[1][1]


class _Typed(Builder):
    """The value of each element with its key, if it has one."""

    namespaces = True

    def value(self, element: Element) -> tuple[str | None, Any]:
        namespace, name = element.name
        make = _MADE.get(name) if namespace == NAMESPACE else None
        if make is None:
            raise self.wrong(f"{name:.60} isn't among {', '.join(_MADE)} of {NAMESPACE}")
        try:
            if name in ("map", "array"):
                if element.text.strip(_BLANKS):
                    raise ValueError(f"text in a {name}")
            elif element.children:
                raise ValueError(f"an element in a {name}")
            key = element.attributes.get(_KEY)
            if key is not None and _WORDS.get(element.attributes.get(_ESCAPED_KEY, "false")):
                key = _unescaped(key)
            return key, make(element)
        except ValueError as error:
            raise self.wrong(str(error)) from None


def _map(element: Element) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _, (key, value) in element.children:
        if key is None or key in made:
            raise ValueError("in a map each has a key of its own")
        made[key] = value
    return made


def _array(element: Element) -> list[Any]:
    return [value for _, (_, value) in element.children]


def _string(element: Element) -> str:
    return _unescaped(element.text) if _WORDS.get(element.attributes.get(_ESCAPED, "false")) else element.text


def _number(element: Element) -> int | float:
    try:
        made: int | float = msgspec.json.decode(element.text.strip(_BLANKS), type=int | float)
    except msgspec.DecodeError:
        raise ValueError(f"{element.text!r:.60} is no number") from None
    return made


def _boolean(element: Element) -> bool:
    found = _WORDS.get(element.text.strip(_BLANKS))
    if found is None:
        raise ValueError(f"{element.text!r:.60} is neither true nor false")
    return found


def _null(element: Element) -> None:
    if element.text.strip(_BLANKS):
        raise ValueError("text in a null")


def _unescaped(text: str) -> str:
    """What stands between quotes in JSON."""
    try:
        made: str = msgspec.json.decode(f'"{text}"', type=str)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise ValueError(f"{text!r:.60} isn't escaped as in JSON") from None
    return made


_MADE = {
    "map": _map, "array": _array, "string": _string, "number": _number, "boolean": _boolean, "null": _null,
}  # fmt: skip


def write(value: Any, *, pretty: bool = False) -> bytes:
    """A document. Bytes are base64, moments texts. Raises Unsupported with the place."""
    fit = fitting("XML", value, as_in_json, text_key)
    step = "  " if pretty else ""
    end = "\n" if pretty else ""
    body = "".join(_element(fit, f' xmlns="{NAMESPACE}"', (step, end), 0))
    return f"{HEAD}\n{body}".encode()


def _element(value: Any, attributes: str, shape: tuple[str, str], depth: int) -> Iterator[str]:
    step, end = shape
    yield step * depth
    if isinstance(value, dict | list):
        name = "map" if isinstance(value, dict) else "array"
        if value:
            yield f"<{name}{attributes}>{end}"
            items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
            for key, item in items:
                yield from _element(item, "" if key is None else _key(key), shape, depth + 1)
            yield f"{step * depth}</{name}>"
        else:
            yield f"<{name}{attributes}/>"
    else:
        yield _leaf(value, attributes)
    yield end


def _leaf(value: Any, attributes: str) -> str:
    if value is None:
        return f"<null{attributes}/>"
    if isinstance(value, bool):
        return f"<boolean{attributes}>{'true' if value else 'false'}</boolean>"
    if isinstance(value, int | float):
        return f"<number{attributes}>{value}</number>"
    if NO_XML.search(value):
        return f'<string{attributes} escaped="true">{escaped(_as_json(value))}</string>'
    return f"<string{attributes}>{escaped(value)}</string>"


def _key(key: str) -> str:
    if NO_XML.search(key):
        return f'{attribute("key", _as_json(key))} escaped-key="true"'
    return attribute("key", key)


def _as_json(text: str) -> str:
    """As between quotes in JSON, with letters escaped that XML doesn't have."""
    made = msgspec.json.encode(text).decode()[1:-1]
    return NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", made)
