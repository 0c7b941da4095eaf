"""What NETCONF's tests have in common: homes of nobody, and a switch with one session or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.contents.shell import Shell
from tests.links.ssh.conftest import home
from tests.protocols.places import Places, places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["home"]

URL = "netconf://127.0.0.1:0#host_key=none"
ACCOUNTS = ["ann:secret", "bob:secret", "eve:secret:read"]


@pytest.fixture
def shell() -> Shell:
    """The switch."""
    return Shell("edge", dialect="ios")


@pytest.fixture
async def place(shell: Shell) -> AsyncIterator[Places]:
    """The switch, served."""
    async with places(URL, contents=[shell], accounts=ACCOUNTS) as made:
        yield made
