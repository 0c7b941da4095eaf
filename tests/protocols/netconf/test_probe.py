"""What a NETCONF probe learns of our own server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.contents.shell import Shell
from netloom.errors import Unauthenticated
from netloom.protocols.netconf.probe import Facts, probe
from tests.protocols.netconf.conftest import URL
from tests.protocols.places import Places, places

if TYPE_CHECKING:
    from typing import Any


async def found(client: Any) -> Facts:
    facts = Facts()
    await probe(client, facts)
    return facts


async def test_with_a_password(place: Places) -> None:
    facts = await found(place.client("netconf", user="ann:secret"))
    assert (facts.versions, facts.user, facts.logged_in) == (("1.0", "1.1"), "ann", True)
    assert "candidate:1.0" in facts.capabilities
    assert "ietf-interfaces" in facts.modules
    assert facts.summary.startswith("version 1.0, 1.1 · candidate, confirmed-commit, writable-running")
    with pytest.raises(Unauthenticated):
        await found(place.client("netconf", user="ann:wrong"))


async def test_without_one(place: Places) -> None:
    facts = await found(place.client("netconf"))
    assert (facts.logged_in, facts.session) == (False, None)
    assert facts.summary.startswith("netloom · SSH answers, login by ")


async def test_where_none_is_needed() -> None:
    async with places(URL, contents=[Shell("edge")]) as place:
        facts = await found(place.client("netconf"))
        assert (facts.logged_in, len(facts.modules)) == (True, 10)
