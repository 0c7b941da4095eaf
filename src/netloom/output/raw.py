"""Raw: a body as it came, a value as text or JSON, and failures on standard error."""

from __future__ import annotations

from netloom.errors import Status
from netloom.output import Format, View, Writer
from netloom.output.text.listing import serving
from netloom.output.text.outcome import outcome
from netloom.output.text.plain import pretty
from netloom.output.text.style import Style
from netloom.output.text.words import clean_body, size, width
from netloom.records import Outcome, Record, ReplyRecord, ServingRecord


class Raw(Writer):
    """What a verb brought, and nothing else."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._style = Style(colour=view.aside_colour, unicode=view.unicode)

    def record(self, record: Record) -> str | bytes:
        """The body or the value."""
        if not isinstance(record, ReplyRecord):
            return ""
        if record.value is not None and not record.body:
            text = record.value if isinstance(record.value, str) else pretty(record.value)
            return clean_body(text).removesuffix("\n") + "\n" if self.view.terminal else text.removesuffix("\n") + "\n"
        body = record.body or b""
        if not self.view.terminal:
            return body
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return ""  # `aside` says so
        return clean_body(text) if text.endswith("\n") or not text else clean_body(text) + "\n"

    def aside(self, record: Record) -> str:
        """Why nothing came, or where it went."""
        if isinstance(record, ServingRecord):
            return "".join(f"{line}\n" for line in serving(record, self._style, self.view.size()[0]))
        if not isinstance(record, Outcome):
            return ""
        return self._complaints(record) + self._ending(record)

    def _complaints(self, record: Outcome) -> str:
        """What a command elsewhere wrote to its standard error."""
        said = record.meta.get("stderr") if isinstance(record, ReplyRecord) else None
        return clean_body(said).removesuffix("\n") + "\n" if isinstance(said, str) and said else ""

    def _ending(self, record: Outcome) -> str:
        columns, _ = self.view.size()
        saved = isinstance(record, ReplyRecord) and record.saved_to
        if record.status is not Status.SUCCESS or (saved and not self.view.quiet):
            lines = outcome(record, self._style, columns, min(width(record.endpoint), columns * 2 // 5))
            return "".join(f"{line}\n" for line in lines)
        if isinstance(record, ReplyRecord) and self.view.terminal and record.body and not _is_text(record.body):
            return f"  {size(len(record.body))} that are no text: write them to a file, or into a pipe\n"
        return ""


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


FORMAT = Format(
    name="raw",
    summary="bodies as they came, values as text or JSON (the default of get and run)",
    writer=Raw,
    fits=ReplyRecord,
)
