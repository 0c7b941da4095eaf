"""A server asks at every step that its protocol declares, and at no other: a fault can name those, and acts there.

`steps/` has what gets a server to ask where the samples of its declaration don't.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from netloom import registry
from netloom.accounts import Accounts
from netloom.links.faults import refusing as module
from tests.protocols.refusing import Server, refusing, run
from tests.protocols.steps.script import Script

if TYPE_CHECKING:
    from netloom.shapes import Protocol

DECLARED = [declared.name for declared in registry.protocols() if declared.steps]


@pytest.mark.parametrize("name", DECLARED)
def test_each_is_asked_and_no_other(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declared, heard = registry.protocol(name), set[str]()
    refused = module.refused

    def hearing(*given: Any) -> Any:
        asking = given[2]
        if asking.who is declared:
            heard.update(filter(None, asking.steps))
        return refused(*given)

    monkeypatch.setattr(module, "refused", hearing)
    for script in _scripts(declared):
        run(script.scheme, _played(script, declared.refusals[0].code.replace("x", "1")))
    assert [step.name for step in declared.steps if not any(step.means(word) for word in heard)] == []
    assert [word for word in heard if not any(step.means(word) for step in declared.steps)] == []


async def _played(script: Script, code: str) -> None:
    """A talk at a server that would refuse something, of which nobody speaks."""
    accounts = Accounts.from_texts([script.user]) if script.user else None
    faults = f"{code}:target=nowhere-at-all"
    async with refusing(
        script.scheme, faults, contents=script.contents, options=script.options, accounts=accounts
    ) as server:
        await script.talk(server)


def _scripts(declared: Protocol) -> list[Script]:
    place = f"tests.protocols.steps.{declared.name}"
    if importlib.util.find_spec(place) is not None:
        scripts: list[Script] = importlib.import_module(place).SCRIPTS
        return scripts

    async def samples(server: Server) -> None:
        for sample in declared.samples:
            await server.ask(sample.verb, sample.place, sample.text)

    return [Script(samples, next(iter(declared.schemes)))]
