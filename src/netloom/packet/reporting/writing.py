"""Writing: a report into a file, by what its name ends with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.packet.reporting.markdown import markdown
from netloom.packet.reporting.page import page
from netloom.packet.summing.record import Reported

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.packet.summing.record import Summary

FORMS: dict[str, tuple[str, Callable[[Summary, str], str]]] = {
    ".html": ("html", page),
    ".htm": ("html", page),
    ".md": ("markdown", markdown),
    ".markdown": ("markdown", markdown),
}


class Report:
    """A report that is to be written. Raises UsageError at once where it can't be."""

    def __init__(self, to: str, title: str = "", *, overwrite: bool = False) -> None:
        self._path = Path(to)
        self._title = title
        self._overwrite = overwrite
        form = FORMS.get(self._path.suffix.lower())
        if form is None:
            raise UsageError(f"{to}: a report is .html or .md", hint="for PDF print the page, from any browser")
        self._form, self._make = form
        if not overwrite and self._path.exists():
            raise UsageError(f"{to} exists", hint="--overwrite")
        if not self._path.parent.is_dir():
            raise UsageError(f"there is no folder {self._path.parent}")

    def write(self, summary: Summary) -> Reported:
        """Write it. Raises UsageError."""
        names = ", ".join(Path(file).name for file in summary.capture.files[:3])
        more = " and more" if len(summary.capture.files) > 3 else ""
        octets = self._make(summary, self._title or f"Traffic of {names}{more}").encode("utf-8", "backslashreplace")
        try:
            with self._path.open("wb" if self._overwrite else "xb") as file:
                file.write(octets)
        except OSError as error:
            raise UsageError(f"{self._path} can't be written: {error.strerror}") from error
        return Reported(
            file=str(self._path),
            format=self._form,
            octets=len(octets),
            packets=summary.capture.packets,
            findings=len(summary.findings),
        )
