"""XML's events, from octets: never a DTD, an entity or another file (XML 1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.handler import ContentHandler, feature_namespaces  # what is read goes through defusedxml

from netloom.errors import RemoteProtocolError
from netloom.formats._texts import Place, misread
from netloom.formats._values import DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE = "XML 1.0"


class Element:
    """An element that is being read. `items` are texts, and children as their names with what was made of them."""

    __slots__ = ("attributes", "items", "name")

    def __init__(self, name: Any, attributes: Mapping[Any, str]) -> None:
        self.name = name
        self.attributes = dict(attributes)
        self.items: list[Any] = []

    @property
    def text(self) -> str:
        """All of its own text."""
        return "".join(item for item in self.items if isinstance(item, str))

    @property
    def children(self) -> list[tuple[Any, Any]]:
        """Names and values, without the text between them."""
        return [item for item in self.items if not isinstance(item, str)]


class Builder(ContentHandler):
    """Makes a value of each element as it ends. `found` is the root's name and value, `where` tells line and column."""

    namespaces = False

    def __init__(self) -> None:
        super().__init__()
        self.found: tuple[Any, Any] = ("", None)
        self._open: list[Element] = []
        self.where: Any = None

    def value(self, element: Element) -> Any:
        """What an element stands for."""
        raise NotImplementedError

    def wrong(self, words: str) -> RemoteProtocolError:
        """The error for a mistake at the place that is being read."""
        return misread("XML", words, RULE, _place(self.where))

    # What the parser calls: xml.sax has these names and arguments

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self._begin(name, attrs)

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: ARG002, N802
        self._begin(name, attrs)

    def characters(self, content: str) -> None:
        self._open[-1].items.append(content)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802
        self._end()

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: ARG002, N802
        self._end()

    def _begin(self, name: Any, attrs: Any) -> None:
        if len(self._open) == DEPTH:
            raise self.wrong(f"elements within each other, more than {DEPTH}")
        self._open.append(Element(name, attrs))

    def _end(self) -> None:
        element = self._open.pop()
        self.found = element.name, self.value(element)
        if self._open:
            self._open[-1].items.append(self.found)


def _place(where: Any) -> Place:
    return where.getLineNumber() or 1, (where.getColumnNumber() or 0) + 1


def parse(data: bytes, builder: Builder) -> tuple[Any, Any]:
    """The root's name and value. Raises RemoteProtocolError with the place."""
    from xml.sax import SAXParseException

    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import DefusedExpatParser

    parser: Any = DefusedExpatParser(forbid_dtd=True)
    parser.setFeature(feature_namespaces, builder.namespaces)
    parser.setContentHandler(builder)
    builder.where = parser
    try:
        parser.feed(data)
        parser.close()
    except SAXParseException as error:
        raise misread("XML", error.getMessage(), RULE, _place(error)) from None
    except DefusedXmlException:
        raise builder.wrong("a DTD, which isn't read: entities could make it any size") from None
    except (LookupError, ValueError) as error:
        raise RemoteProtocolError(f"XML: {error}", rule=RULE) from None
    return builder.found
