"""The namespaces that live tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.packet.live.lab import Lab, lab

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", name="wire")
def _wire() -> Iterator[Lab]:
    with lab() as made:
        yield made
