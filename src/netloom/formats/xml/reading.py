"""XML to values: what has only text is a text, anything else a mapping (XML 1.0)."""

from __future__ import annotations

from typing import Any

from netloom.formats.xml.parsing import Builder, Element, parse


def read(data: bytes, root: str = "") -> Any:
    """`{root element: value}`; where the root is called `root`, its value alone."""
    builder = _Plain()
    name, value = parse(data, builder)
    if root and name != root:
        raise builder.wrong(f"the root is {name:.60}, not {root}")
    return value if root else {name: value}


class _Plain(Builder):
    """Names with their prefixes as they are written, so that a value becomes the same document again."""

    def value(self, element: Element) -> Any:
        """Text; attributes and text; attributes and children by name; or, where text stands among children,
        `#content`: texts, and children with their names, in order."""
        made: dict[str, Any] = {f"@{name}": text for name, text in element.attributes.items()}
        children = element.children
        if not children:
            text = element.text
            if not made:
                return text
            return made | ({"#text": text} if text else {})
        if element.text.strip(" \t\r\n"):
            return made | {"#content": list(_content(element.items))}
        for name, several in _grouped(children).items():
            made[name] = several if len(several) > 1 else several[0]
        return made


def _grouped(children: list[tuple[str, Any]]) -> dict[str, list[Any]]:
    made: dict[str, list[Any]] = {}
    for name, value in children:
        made.setdefault(name, []).append(value)
    return made


def _content(items: list[Any]) -> Any:
    """Texts that came in pieces are one."""
    text: list[str] = []
    for item in items:
        if isinstance(item, str):
            text.append(item)
            continue
        if text:
            yield "".join(text)
            text.clear()
        yield {item[0]: item[1]}
    if text:
        yield "".join(text)
