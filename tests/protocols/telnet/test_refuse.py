"""A terminal's server that is told to say no."""

from __future__ import annotations

from netloom.accounts import Accounts
from netloom.errors import Status
from netloom.shapes import Sample
from tests.protocols.refusing import SUCCESS, UNKNOWN, outcomes, refusing, run

RUN = Sample(verb="run", text="echo loom")


def test_a_session() -> None:
    (met,) = outcomes("telnet", "BUSY:text=All%20ports%20busy", RUN)
    assert met.status is Status.CLOSED
    assert "All ports busy" in met.message


def test_a_login_that_is_asked_for_again() -> None:
    async def main() -> None:
        accounts = Accounts.from_texts(["ann:secret"])
        async with refusing("telnet", "LOGIN:target=ann", accounts=accounts) as server:
            met = await server.ask("run", text="echo loom", user="ann:secret")
            assert met.status is UNKNOWN
        assert ("LOGIN", "ann", "refused") in [(told.verb, told.user, told.status) for told in server.told]

    run("telnet", main())


def test_fails_twice_and_then_succeeds() -> None:
    found = [met.status for met in outcomes("telnet", "BUSY:times=2", RUN, RUN, RUN)]
    assert found == [Status.CLOSED, Status.CLOSED, SUCCESS]
