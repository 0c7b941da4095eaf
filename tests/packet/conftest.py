"""Compiled kernels, for tests that want them to be chosen."""

from __future__ import annotations

import pytest

from netloom.packet.kernels import compiled


@pytest.fixture(scope="session")
def kernels() -> None:
    """Who chooses doesn't wait for a compiler where a capture is small: here it has been waited for."""
    compiled.load()
