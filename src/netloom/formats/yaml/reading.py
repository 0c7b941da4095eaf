"""YAML read event by event: no nesting can exhaust a stack, no alias memory, and no tag makes an object (YAML 1.2)."""

from __future__ import annotations

from typing import Any

import yaml
from yaml import CSafeLoader, events

from netloom.errors import RemoteProtocolError
from netloom.formats._texts import misread
from netloom.formats._values import DEPTH, Misfit, key
from netloom.formats.yaml.scalars import TAG, plain, tagged

RULE = "YAML 1.2"
ALIASED = 100_000
"""Values that aliases may add to a document: ten lines of aliases of aliases could stand for billions."""
_MERGE = object()


def read(data: bytes) -> Any:
    """The value of the only document; nothing is null. Raises RemoteProtocolError with the place."""
    try:
        return _Reader(data).document()
    except yaml.reader.ReaderError as error:
        raise RemoteProtocolError(f"YAML: {error.reason}", rule=RULE, offset=error.position) from None
    except yaml.MarkedYAMLError as error:
        words = ", ".join(filter(None, (error.context, error.problem)))
        raise _misread(words, error.problem_mark or error.context_mark) from None


def _misread(words: str, mark: Any) -> RemoteProtocolError:
    return misread("YAML", words, RULE, (mark.line + 1, mark.column + 1), mark.index)


class _Reader:
    """One document. `anchors` has each anchor's value and how many values that is; None while it isn't whole."""

    def __init__(self, data: bytes) -> None:
        self._source = CSafeLoader(data)
        self._anchors: dict[str, tuple[Any, int] | None] = {}
        self._made = 0
        self._aliased = 0

    def document(self) -> Any:
        try:
            self._next()  # the stream's start
            if isinstance(self._next(), events.StreamEndEvent):
                return None
            found = self._value(self._next(), DEPTH)
            self._next()  # the document's end
            after = self._next()
            if not isinstance(after, events.StreamEndEvent):
                raise _misread("a second document begins, and only one is read", after.start_mark)
            return found
        finally:
            self._source.dispose()

    def _next(self) -> Any:
        return self._source.get_event()

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        before = self._made
        self._made += 1
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, events.ScalarEvent):
            found = _scalar(event)
        elif not depth:
            raise _misread(f"lists and mappings within each other, more than {DEPTH}", event.start_mark)
        else:
            found = (
                self._list(event, depth) if isinstance(event, events.SequenceStartEvent) else self._map(event, depth)
            )
        if event.anchor:
            self._anchors[event.anchor] = found, self._made - before
        return found

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise _misread(f"there is no anchor {event.anchor!r:.60} before this", event.start_mark)
        anchor = self._anchors[event.anchor]
        if anchor is None:
            raise _misread("a value that holds itself", event.start_mark)
        found, size = anchor
        self._made += size
        self._aliased += size
        if self._aliased > ALIASED:
            raise _misread(f"aliases stand for more than {ALIASED} values", event.start_mark)
        return found

    def _list(self, event: Any, depth: int) -> list[Any]:
        _expect(event, "seq")
        made = []
        while not isinstance(each := self._next(), events.SequenceEndEvent):
            made.append(self._value(each, depth - 1))
        return made

    def _map(self, event: Any, depth: int) -> dict[Any, Any]:
        _expect(event, "map")
        made: dict[Any, Any] = {}
        merged: list[dict[Any, Any]] = []
        while not isinstance(each := self._next(), events.MappingEndEvent):
            name = self._key(each)
            value = self._value(self._next(), depth - 1)
            if name is _MERGE:
                merged += _mappings(value, each.start_mark)
            elif name in made:
                raise _misread(f"a second field {name!r:.60}", each.start_mark)
            else:
                made[name] = value
        if not merged:
            return made
        first: dict[Any, Any] = {}
        for more in merged:
            for name, value in more.items():
                first.setdefault(name, value)
        return first | made

    def _key(self, event: Any) -> Any:
        if isinstance(event, events.SequenceStartEvent | events.MappingStartEvent):
            raise _misread("a key is a text or a whole number", event.start_mark)
        if isinstance(event, events.ScalarEvent) and event.value == "<<" and event.implicit[0] and not event.tag:
            return _MERGE
        try:
            return key(self._value(event, 0))
        except Misfit as misfit:
            raise _misread(str(misfit.args[0]), event.start_mark) from None


def _expect(event: Any, kind: str) -> None:
    if event.tag not in (None, "!", f"{TAG}{kind}"):
        raise _misread(f"there is no value for the tag {event.tag:.60}", event.start_mark)


def _scalar(event: Any) -> Any:
    try:
        if event.tag is None:
            return plain(event.value) if event.implicit[0] else event.value
        return tagged(event.tag, event.value)
    except KeyError:
        raise _misread(f"there is no value for the tag {event.tag:.60}", event.start_mark) from None
    except (ValueError, OverflowError) as error:
        raise _misread(str(error), event.start_mark) from None


def _mappings(value: Any, mark: Any) -> list[dict[Any, Any]]:
    """What `<<` merges: one mapping or several, of which the first counts most."""
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in found):
        raise _misread("only mappings can be merged", mark)
    return found
