from __future__ import annotations

import pytest

from netloom.links.ssh.subsystem import Facts, enter
from tests.protocols.places import places

ANN = "ann:secret"


@pytest.mark.parametrize("scheme", ["sftp", "netconf"])
@pytest.mark.parametrize("accounts", [[], [ANN]])
@pytest.mark.parametrize("user", ["", ANN])
async def test_who_is_there_and_may_one_come_in(scheme: str, accounts: list[str], user: str) -> None:
    async with places(f"{scheme}://127.0.0.1:0", accounts=accounts) as house:
        client, facts = house.client(scheme, user=user), Facts()
        dialogue = await enter(client, facts)
        assert (dialogue is not None) is facts.logged_in is bool(user or not accounts)
        assert facts.software.startswith("netloom")
        assert (facts.host_key_type, facts.host_key[:7]) == ("ssh-ed25519", "SHA256:")
        assert facts.user == (user.partition(":")[0] or facts.user) != ""
        if dialogue is None:
            assert "password" in facts.auth_methods
            assert facts.summary == f"{facts.software} · SSH answers, login by {', '.join(facts.auth_methods)}"
        elif not user:
            assert facts.auth_methods == ("none",)
