"""The authority of a test run: its certificates are for this run's servers alone, and nobody else's to trust."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from netloom.links.authority import Authority

if TYPE_CHECKING:
    from pathlib import Path


class Trust:
    """Made when it is first asked for. `ca` is the PEM file to trust, in a folder of the run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @functools.cached_property
    def authority(self) -> Authority:
        """The authority itself; its key stays in memory."""
        return Authority.create("netloom tests")

    @functools.cached_property
    def ca(self) -> str:
        """The path of its certificate."""
        path = self._folder / "netloom-tests-ca.pem"
        path.write_bytes(self.authority.certificate_pem)
        return str(path)
