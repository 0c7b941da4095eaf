"""JUnit XML: a test case a target, so that CI shows it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from netloom.errors import Status
from netloom.output import Format, View, Writer
from netloom.output.text.outcome import found, phases_in_words
from netloom.output.text.style import Style
from netloom.output.text.words import clean
from netloom.records import Outcome, Record

# XML 1.0 §2.2: what no document may hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Suite(Writer):
    """One test suite. Peers' failures are failures; what we couldn't do is an error."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._outcomes: list[Outcome] = []

    def record(self, record: Record) -> str:
        """Kept: the suite's counts stand before its cases."""
        if isinstance(record, Outcome):
            self._outcomes.append(record)
        return ""

    def end(self, *, interrupted: bool) -> str:
        """The document."""
        ours = sum(_is_ours(record) for record in self._outcomes)
        bad = sum(record.status is not Status.SUCCESS for record in self._outcomes) - ours
        began = min((record.started_at for record in self._outcomes), default=0.0)
        spent = sum(record.duration for record in self._outcomes)
        head = _attributes(
            name=f"netloom {self.view.operation.name}", tests=len(self._outcomes), failures=bad, errors=ours, skipped=0,
            time=f"{spent:.6f}", timestamp=datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"),
        )  # fmt: skip
        cases = "".join(_case(record) for record in self._outcomes)
        suite = f"<testsuite{head}>\n{cases}</testsuite>"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suite}\n</testsuites>\n'


def _is_ours(record: Outcome) -> bool:
    return record.status in (Status.INVALID_INPUT, Status.BLOCKED, Status.UNSUPPORTED, Status.ERROR)


def _case(record: Outcome) -> str:
    style = Style(colour=False, unicode=True)
    head = _attributes(classname=f"netloom.{record.protocol}", name=record.endpoint, time=f"{record.duration:.6f}")
    told = f"<system-out>{_text(f'{found(record, style)}; {phases_in_words(record.phases, style)}')}</system-out>"
    if record.status is Status.SUCCESS:
        return f"<testcase{head}>{told}</testcase>\n"
    kind = "error" if _is_ours(record) else "failure"
    about = _attributes(type=record.status.value, message=found(record, style))
    return f"<testcase{head}><{kind}{about}>{_text(record.hint)}</{kind}>{told}</testcase>\n"


def _attributes(**values: object) -> str:
    return "".join(f" {name}={quoteattr(_ILLEGAL.sub('�', clean(str(value))))}" for name, value in values.items())


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("�", text))


FORMAT = Format(name="junit", summary="JUnit XML: a test case a target", writer=Suite, fits=Outcome)
