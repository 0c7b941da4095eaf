"""The namespaces that live tests share, and the two ways in which packets are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.packet.kernels import compiled
from tests.packet.live.lab import Lab, lab

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", name="wire")
def _wire() -> Iterator[Lab]:
    with lab() as made:
        yield made


@pytest.fixture(params=["plain", "kernels"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Once in plain Python, once by kernels."""
    compiled.load()
    monkeypatch.setattr(compiled, "ready", lambda: request.param == "kernels")
    return str(request.param)
