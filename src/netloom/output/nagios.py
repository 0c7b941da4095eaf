"""Nagios: a status line with performance data, and a plug-in's exit code (Monitoring Plugins Guidelines)."""

from __future__ import annotations

from netloom.errors import Status
from netloom.output import Format, View, Writer
from netloom.output.text.outcome import found
from netloom.output.text.style import Style
from netloom.output.text.words import clean, seconds
from netloom.records import Outcome, Record

_STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
# The guidelines: it was there but "did not appear to be working properly" is a warning; not running is critical, errors
# of resolution and time-outs included; what is wrong with the check itself is unknown.
_CODES = {
    Status.SUCCESS: 0, Status.EXPECTATION_FAILED: 1, Status.INVALID_INPUT: 3, Status.BLOCKED: 3, Status.UNSUPPORTED: 3,
    Status.ERROR: 3,
}  # fmt: skip
_GRAVITY = (0, 1, 3, 2)
"""Of several states the gravest counts: critical above unknown."""


class Plugin(Writer):
    """One line for all targets, then a line for each where there are several."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._style = Style(colour=False, unicode=view.unicode)
        self._outcomes: list[Outcome] = []
        self.exit_code = 3

    def record(self, record: Record) -> str:
        """Kept until all are there."""
        if isinstance(record, Outcome):
            self._outcomes.append(record)
        return ""

    def end(self, *, interrupted: bool) -> str:
        """The status line; performance data after the bar, times in seconds."""
        outcomes = self._outcomes
        codes = [_CODES.get(record.status, 2) for record in outcomes]
        self.exit_code = max(codes, key=_GRAVITY.index, default=3)
        name = self.view.operation.name.upper()
        head = f"{name} {_STATES[self.exit_code]}"
        if not outcomes:
            return f"{head} - {'interrupted' if interrupted else 'there was nothing to tell'}\n"
        if len(outcomes) == 1:
            return f"{head} - {self._told(outcomes[0])} | {' '.join(_performance(outcomes[0], ''))}\n"
        good = codes.count(0)
        data = [piece for number, record in enumerate(outcomes, 1) for piece in _performance(record, f"{number}_")]
        lines = [f"{head} - {good} of {len(outcomes)} OK | {' '.join(data)}"]
        lines += [f"{_STATES[code]} - {self._told(record)}" for code, record in zip(codes, outcomes, strict=True)]
        return "\n".join(lines) + "\n"

    def _told(self, record: Outcome) -> str:
        # a bar would begin performance data
        return f"{clean(record.endpoint)}: {found(record, self._style)}, {seconds(record.duration)}".replace("|", "¦")


def _performance(record: Outcome, prefix: str) -> list[str]:
    """`label=value[unit]`: the duration, each phase, and the days that the certificate still has."""
    data = [f"{prefix}time={record.duration:.6f}s;;;0"]
    data += [f"{prefix}{phase}={spent:.6f}s;;;0" for phase, spent in record.phases.items()]
    if record.tls is not None and record.tls.expires_in is not None:
        data.append(f"{prefix}certificate_days={record.tls.expires_in / 86400:.1f};;;")
    return data


FORMAT = Format(name="nagios", summary="a plug-in's status line; exits with 0, 1, 2 or 3", writer=Plugin, fits=Outcome)
