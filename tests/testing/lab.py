"""A run of pytest in a folder of its own, with the plug-in, as somebody has who installed it."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

TIMEOUT = 60.0
# Without an installation the plug-in is named; with one, naming it would load it twice.
PLUGIN = [] if entry_points(group="pytest11", name="netloom") else ["-p", "netloom.testing.plugin"]
STRANGE = ("The configuration option", "It looks like")
"""What other plug-ins warn of: asyncio's that it isn't configured, hypothesis' that trio's registers a generator."""


def run(pytester: pytest.Pytester, code: str, *arguments: str, **files: str) -> pytest.RunResult:
    """What pytest says of a file of tests; `files` stand beside it."""
    pytester.makepyfile(code, **files)
    warnings = ["-W", "error", *(word for each in STRANGE for word in ("-W", f"ignore:{each}"))]
    return pytester.runpytest_subprocess(*PLUGIN, *warnings, *arguments, timeout=TIMEOUT)
