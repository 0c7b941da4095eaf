"""Fields of requests as flags and arguments."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netloom import registry
from netloom.cli.fields import Field, fields_of, link_fields, offered_links, shown_default
from netloom.endpoint import Endpoint
from netloom.links.options import LinkOptions, Seconds


class Request(msgspec.Struct, kw_only=True):
    """One of each kind."""

    target: Annotated[Endpoint, Meta(description="where", extra={"metavar": "ENDPOINT"})]
    other: Annotated[Endpoint | None, Meta(description="where else")] = None
    source: str = "-"
    names: Annotated[list[str], Meta(extra={"positional": True, "metavar": "NAME"})] = []
    on: list[Endpoint] = []
    wait: Annotated[Seconds, Meta(description="how long", extra={"short": "-W"})] = 2.5
    limit: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="at most")] = None
    family: Literal["any", "4"] = "any"
    deep: bool = False
    verify: bool | None = None
    ways: tuple[str, ...] = ()
    as_: str = ""


FIELDS: dict[str, Field] = {field.name: field for field in fields_of(Request)}


def test_what_is_an_argument() -> None:
    assert [name for name, field in FIELDS.items() if field.positional] == ["target", "other", "source", "names"]
    assert [name for name, field in FIELDS.items() if field.required] == ["target"]
    assert FIELDS["target"].usage == "ENDPOINT"
    assert FIELDS["other"].usage == "[ENDPOINT]"
    assert FIELDS["names"].usage == "[NAME…]"


def test_what_is_a_flag() -> None:
    assert FIELDS["wait"].usage == "-W, --wait SECONDS"
    assert FIELDS["limit"].usage == "--limit N"
    assert FIELDS["deep"].usage == "--deep"
    assert FIELDS["as_"].usage == "--as TEXT"
    assert FIELDS["family"].usage == "--family any|4"
    assert FIELDS["family"].choices == ("any", "4")


def test_kinds() -> None:
    kinds = {name: field.kind for name, field in FIELDS.items()}
    assert kinds["deep"] == kinds["verify"] == "switch"
    assert kinds["names"] == kinds["on"] == kinds["ways"] == "many"
    assert kinds["target"] == kinds["limit"] == "one"


def test_defaults_that_say_something() -> None:
    assert shown_default(FIELDS["wait"]) == "2.5"
    assert [name for name, field in FIELDS.items() if shown_default(field)] == ["wait", "family"]


def test_targets_of_the_operations_are_arguments() -> None:
    for name, wanted in {
        "probe": ["targets"],
        "get": ["targets"],
        "put": ["target", "source"],
        "send": ["target", "message"],
        "run": ["target", "command"],
        "connect": ["target", "other"],
        "serve": ["targets"],
    }.items():
        fields = fields_of(registry.operation(name).request)
        assert [field.name for field in fields if field.positional] == wanted


def test_options_of_links_are_offered_where_an_operation_talks() -> None:
    assert {field.name for field in link_fields()} == set(LinkOptions.__struct_fields__)
    assert all(field.description for field in link_fields())
    offered = {field.name for field in offered_links(registry.operation("probe").request)}
    assert {"ttl", "nodelay", "proxy", "verify"} <= offered
    assert not list(offered_links(registry.operation("matrix").request))


def test_no_flag_of_a_link_takes_a_flag_of_every_command() -> None:
    common = {"output", "write_out", "verbose", "quiet", "color", "config", "help"}
    names = {field.name for field in link_fields()}
    names |= {field.name for operation in registry.operations() for field in fields_of(operation.request)}
    assert not names & common
