"""Who met whom, from the results of the tests: `docs/matrix.md` is written of it, or compared with it.

A test in `tests/interop` says whom it meets: `@pytest.mark.meets(server="Knot")` is our client at a foreign server,
`meets(client="dig")` our server with a foreign client. The protocol is its module's, unless `protocol=` names another.
With NETLOOM_MATRIX=write the page is written, with NETLOOM_MATRIX=check it has to be what it would become.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

PAGE = Path(__file__).resolve().parents[1] / "docs" / "matrix.md"
MODE = os.environ.get("NETLOOM_MATRIX", "")

Met = tuple[str, str, str]
"""A protocol, `server` or `client`, and the counterpart's name."""


class Meetings:
    """What the tests of one run reported."""

    def __init__(self) -> None:
        self.met: set[Met] = set()
        self.failed: set[Met] = set()
        self.cells: dict[tuple[str, str], str] = {}

    def add(self, report: pytest.TestReport) -> None:
        """One phase of one test."""
        for kind, value in report.user_properties:
            if kind == "cell" and report.when == "call" and report.passed:
                self._cell(*value)  # type: ignore[misc]
            elif kind == "meets" and (report.when == "call" or not report.passed):
                (self.met if report.passed else self.failed).add(tuple(value))  # type: ignore[arg-type]

    def _cell(self, protocol: str, operation: str, status: str) -> None:
        self.cells[protocol, operation] = status

    def page(self) -> str:
        """The page, with whom every test of them met."""
        return "\n".join([_HEAD, *_operations(self.cells), "", _BETWEEN, *_counterparts(self.met - self.failed), ""])


_HEAD = """\
# What meets what

Written by `make matrix` from the results of the tests, and compared with them wherever nothing may be skipped. An empty
cell is one that nothing has shown.

## Protocols and operations

`✔` works; `·` is refused, for a reason that `netloom matrix` tells.
"""
_BETWEEN = """\
## Protocols and counterparts

Programs and libraries that aren't ours, met in `tests/interop`: our client at their servers, their clients at ours.
"""


def _operations(cells: dict[tuple[str, str], str]) -> Iterable[str]:
    operations = sorted({operation for _, operation in cells})
    yield f"| | {' | '.join(operations)} |"
    yield f"|---|{':-:|' * len(operations)}"
    marks = {"works": "✔", "unsupported": "·"}
    for protocol in sorted({protocol for protocol, _ in cells}):
        shown = [marks.get(cells.get((protocol, operation), ""), " ") for operation in operations]
        yield f"| {protocol} | {' | '.join(shown)} |"


def _counterparts(met: set[Met]) -> Iterable[str]:
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for protocol, role, name in sorted(met, key=lambda each: (each[2].lower(), each)):
        names[protocol, role].append(name)
    yield "| | foreign servers | foreign clients |"
    yield "|---|---|---|"
    for protocol in sorted({protocol for protocol, _, _ in met}):
        yield f"| {protocol} | {', '.join(names[protocol, 'server'])} | {', '.join(names[protocol, 'client'])} |"


MEETINGS = Meetings()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    for marker in item.iter_markers("meets"):
        told = dict(marker.kwargs)
        protocol = told.pop("protocol", Path(item.path).stem.removeprefix("test_"))
        for role, name in told.items():
            if role not in ("server", "client"):
                raise pytest.UsageError(f"{item.nodeid}: meets(server=…) or meets(client=…), not {role}")
            report.user_properties.append(("meets", (protocol, role, name)))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if MODE:
        MEETINGS.add(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not MODE or hasattr(session.config, "workerinput"):
        return
    page = MEETINGS.page()
    if MODE == "write":
        if MEETINGS.failed:
            missing = ", ".join(sorted({name for _, _, name in MEETINGS.failed}))
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            print(f"\n{PAGE.name} isn't written: not met: {missing}")
            return
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\n{PAGE.name} isn't what these tests show: make matrix")
