"""Values to XML: names that are names, prefixes that are declared, and letters that XML has (XML 1.0, Namespaces)."""

from __future__ import annotations

import functools
import re
from typing import Any

from netloom.errors import RemoteProtocolError
from netloom.formats._values import Misfit, as_text, shown, text_key, under, unheld, walk

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Letters that a document can't have, not even escaped (XML 1.0 §2.2)."""
_NAME = re.compile(r"(?:([^\W\d][\w.\-]*):)?[^\W\d][\w.\-]*")
_IN_TEXT = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_IN_ATTRIBUTE = _IN_TEXT | {ord('"'): "&quot;", ord("\n"): "&#10;", ord("\t"): "&#9;"}
_ROOT_NEEDED = "a document has one root: a mapping of one name, whose value is no list"
_ROOT_HINT = "xml:root=NAME gives it one; xml:typed holds any value"


def write(value: Any, root: str = "", *, pretty: bool = False) -> bytes:
    """A document of `{root element: value}`, or of any value with `root`. Raises Unsupported with the place."""
    try:
        name, inside = _only(walk({root: value} if root else value, as_text, text_key), _ROOT_NEEDED, _ROOT_HINT)
        with under(name):
            made = _element(name, inside, frozenset({"xml"}), "\n" if pretty else "")
    except Misfit as misfit:
        misfit.path = misfit.path[bool(root) :]
        raise unheld("XML", misfit) from None
    return f"{HEAD}\n{made.removeprefix(chr(10))}{chr(10) * pretty}".encode()


def escaped(text: str) -> str:
    """What stands between tags. Raises Misfit for letters that XML doesn't have."""
    return _checked(text).translate(_IN_TEXT)


def attribute(name: str, text: str) -> str:
    """` name="text"`. Raises Misfit for letters that XML doesn't have."""
    return f' {name}="{_checked(text).translate(_IN_ATTRIBUTE)}"'


def _checked(text: str) -> str:
    found = NO_XML.search(text)
    if found is not None:
        raise Misfit(f"XML has no U+{ord(found[0]):04X}", "xml:typed holds it, and so does json")
    return text


# From here on a value's leaves are texts, and so are its keys.


def _element(name: str, value: Any, prefixes: frozenset[str], line: str) -> str:
    """One element with what it holds. `line` is what a new line begins with; empty where all is on one."""
    if isinstance(value, list):
        raise Misfit("a list within a list", "xml:typed holds it")
    fields = value if isinstance(value, dict) else {}
    attributes = {key[1:]: item for key, item in fields.items() if key.startswith("@")}
    declared = {key.removeprefix("xmlns:") for key in attributes if key.startswith("xmlns:")}
    prefixes = prefixes | declared if declared else prefixes
    tag = _name(name, prefixes)
    told = "".join(_attribute(key, item, prefixes) for key, item in attributes.items())
    inside = _inside(fields, prefixes, line) if isinstance(value, dict) else escaped(value)
    return f"{line}<{tag}{told}>{inside}</{tag}>" if inside else f"{line}<{tag}{told}/>"


def _inside(fields: dict[str, Any], prefixes: frozenset[str], line: str) -> str:
    names = [key for key in fields if not key.startswith("@")]
    for alone in ("#content", "#text"):
        if alone in names and len(names) > 1:
            other = next(name for name in names if name != alone)
            raise Misfit(f"{alone} stands beside {shown(other)}", "#content has texts and elements in their order")
    if names == ["#content"]:
        with under("#content"):
            return _content(fields["#content"], prefixes)
    if names == ["#text"]:
        with under("#text"):
            return escaped(_text(fields["#text"]))
    made: list[str] = []
    deeper = f"{line}  " if line else ""
    for name in names:
        value = fields[name]
        with under(name):
            if not isinstance(value, list):
                made.append(_element(name, value, prefixes, deeper))
                continue
            for number, item in enumerate(value):
                with under(number):
                    made.append(_element(name, item, prefixes, deeper))
    return f"{''.join(made)}{line}" if made else ""


def _content(items: Any, prefixes: frozenset[str]) -> str:
    """Texts and elements on one line, as blanks between them would be text."""
    if not isinstance(items, list):
        raise Misfit("a list is expected, of texts and of mappings of one name")
    made: list[str] = []
    for number, item in enumerate(items):
        with under(number):
            if isinstance(item, str):
                made.append(escaped(item))
                continue
            name, value = _only(item, "a text is expected, or a mapping of one name whose value is no list")
            with under(name):
                made.append(_element(name, value, prefixes, ""))
    return "".join(made)


def _only(value: Any, otherwise: str, hint: str = "") -> tuple[str, Any]:
    """The only name of a mapping, and its value, which is no list. Raises Misfit."""
    if not isinstance(value, dict) or len(value) != 1:
        raise Misfit(otherwise, hint)
    ((name, inside),) = value.items()
    if isinstance(inside, list):
        raise Misfit(otherwise, hint).at(name)
    return name, inside


def _name(name: str, prefixes: frozenset[str]) -> str:
    found = _NAME.fullmatch(name)
    if found is None or not (name.isascii() or _is_read(name)):
        raise Misfit(f"{shown(name)} is no name in XML", "xml:typed holds any key")
    if found[1] and found[1] not in prefixes:
        raise Misfit(f"the prefix {shown(found[1])} isn't declared", f"@xmlns:{found[1]:.60} does")
    return name


@functools.lru_cache(maxsize=1024)
def _is_read(name: str) -> bool:
    """Whether readers take a name: many know only the letters that XML's fourth edition had."""
    from netloom.formats.xml.reading import read

    try:
        read(f"<{name}/>".encode())
    except RemoteProtocolError:
        return False
    return True


def _attribute(name: str, value: Any, prefixes: frozenset[str]) -> str:
    with under(f"@{name}"):
        _name(name.removeprefix("xmlns:"), prefixes)
        return attribute(name, _text(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit("one text is expected", "xml:typed holds anything")
    return value
