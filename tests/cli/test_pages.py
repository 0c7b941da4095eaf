"""Help about one thing."""

from __future__ import annotations

import pytest

from netloom import output, registry
from netloom.cli import pages
from netloom.cli.fields import fields_of, link_fields
from netloom.errors import UsageError
from netloom.formats import declared
from netloom.links.faults.text import kind, known, parameters
from netloom.output.text.words import width
from netloom.shapes import VERBS


@pytest.mark.parametrize("topic", pages.topics())
def test_every_topic_has_a_page_that_fits(topic: str) -> None:
    text = pages.page(topic)
    assert text.strip()
    told = [line for line in text.splitlines() if not line.lstrip().startswith(("$", "netloom "))]
    assert all(width(line) <= 110 for line in told)


@pytest.mark.parametrize("name", registry.names("protocols"))
def test_a_protocol_tells_its_verbs_options_and_facts(name: str) -> None:
    declared = registry.protocol(name)
    text = pages.page(name)
    client = registry.load(declared, "client")
    told = text.partition("\nworks with ")[2].partition("\n")[0].split(", ")
    assert [verb for verb in told if verb in VERBS and verb != "listen"] == [
        verb for verb in VERBS if hasattr(client, verb) and verb != "listen"
    ]
    assert {"probe", "serve"} <= set(told)
    assert ("listen" in told) == (hasattr(client, "listen") or "bus" in declared.contents)
    for option in client.Options.__struct_fields__:
        assert option in text
    assert declared.rfc in text
    assert pages.page(next(iter(declared.schemes))) == text


@pytest.mark.parametrize("name", registry.names("operations"))
def test_an_operation_tells_its_fields_and_an_example(name: str) -> None:
    operation = registry.operation(name)
    text = pages.page(operation.name)
    assert operation.summary in text
    assert text.endswith(f"$ {operation.example}")
    for field in fields_of(operation.request):
        assert field.metavar in text if field.positional else field.flag in text


def test_lists() -> None:
    assert all(field.flag.removeprefix("--") in pages.page("links") for field in link_fields())
    assert all(name in pages.page("formats") for name in output.names())
    assert all(form.usage in pages.page("formats") for form in declared())
    assert all(kind in pages.page("contents") for kind in registry.names("contents"))
    assert "NETLOOM_OUTPUT" in pages.page("settings")


def test_faults_with_their_parameters() -> None:
    text = pages.page("faults")
    for name in known():
        assert f"\n  {name}" in text
        for parameter in parameters(kind(name)):
            assert f" {parameter} " in text
    assert "loss:SHARE" in text


@pytest.mark.parametrize("name", registry.names("protocols"))
def test_a_protocol_tells_how_it_can_say_no(name: str) -> None:
    declared = registry.protocol(name)
    text = pages.page(name).partition("\nrefusals ")[2].partition("\ntry")[0]
    for refusal in declared.refusals:
        assert refusal.code in text
        assert f"at {refusal.at}" in text
    flowing = " ".join(text.split())
    for step in declared.steps if len(declared.steps) > 1 else ():
        assert f"{step.name}{f' ({step.summary})' if step.summary else ''}" in flowing
    carried = any(scheme.over in ("http", "https") for scheme in declared.schemes.values()) and name != "http"
    assert ("and those of http" in text) == carried
    assert bool(text) == bool(declared.refusals or carried)


def test_an_unknown_topic() -> None:
    with pytest.raises(UsageError) as caught:
        pages.page("prob")
    assert caught.value.hint == "did you mean probe?"
