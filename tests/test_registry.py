"""The registry: the folders are it; names lead to declarations, near misses to suggestions."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import pytest

from netloom import registry
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.shapes import Operation, Protocol, Scheme


def test_names() -> None:
    assert {"tcp", "udp", "unix", "tls", "ntp"} <= set(registry.names("protocols"))
    assert {"get", "put", "list", "send", "listen", "run", "connect", "probe", "serve"} <= set(
        registry.names("operations")
    )
    assert {"echo", "clock", "bus", "handler"} <= set(registry.names("contents"))
    assert not [
        name
        for kind in ("protocols", "operations", "contents", "formats")
        for name in registry.names(kind)
        if name[0] == "_"
    ]
    assert {"json", "yaml", "xml"} <= set(registry.names("formats"))
    with pytest.raises(ValueError, match="wire"):
        registry.names("wire")


@pytest.mark.parametrize(
    ("kind", "name", "there"),
    [
        ("protocols", "http", True),
        ("operations", "send_packets", True),
        ("operations", "send-packets", False),
        ("operations", "__init__", False),
        ("operations", "../sweep", False),
        ("protocols", "", False),
        ("contents", "shell", True),
        ("formats", "xml", True),
        ("formats", "_values", False),
    ],
)
def test_what_is_there(kind: str, name: str, there: bool) -> None:
    assert registry.has(kind, name) is there


def test_declarations_have_their_folders_names() -> None:
    assert [declared.name for declared in registry.protocols()] == list(registry.names("protocols"))
    assert [declared.name.replace("-", "_") for declared in registry.operations()] == list(registry.names("operations"))


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: registry.protocol("tpc"), "did you mean tcp?"),
        (lambda: registry.operation("prob"), "did you mean probe?"),
        (lambda: registry.content("ecko"), "did you mean echo?"),
        (lambda: registry.content("qqqq"), "contents: "),
        (lambda: registry.for_scheme("htpp"), "did you mean http?"),
        (lambda: registry.for_scheme("qqqqqq"), "schemes: "),
        (lambda: registry.for_scheme("htpp+unix"), "did you mean"),
    ],
)
def test_an_unknown_name_is_the_callers_mistake(call: Any, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    assert hint in caught.value.hint


def test_schemes_lead_to_protocols() -> None:
    assert registry.for_scheme("tcp")[0].name == "tcp"
    declared, scheme = registry.for_scheme("https")
    assert (declared.name, scheme.over) == ("http", "https")
    assert registry.for_scheme("http+unix")[0].name == "http"
    assert registry.for_scheme("unix")[0].name == "unix"


def test_default_ports_are_filled_in() -> None:
    assert registry.settle(Endpoint.parse("ntp://h"))[2].port == 123
    assert registry.settle(Endpoint.parse("ntp://h:5"))[2].port == 5
    assert registry.settle(Endpoint.parse("tcp://h"))[2].port is None
    assert registry.settle(Endpoint.parse("unix:///x"))[2].port is None


def test_schemes_are_unique() -> None:
    schemes = [scheme for declared in registry.protocols() for scheme in declared.schemes]
    assert len(schemes) == len(set(schemes))


def test_others_come_through_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = Protocol(
        name="gopher", rfc="RFC 1436", summary="menus", schemes={"gopher": Scheme(70, "tcp")}, contents=("echo",),
        client="netloom.protocols.tcp.client:Client", serve="netloom.protocols.tcp.server:serve",
        probe="netloom.protocols.tcp.probe:probe", decode="netloom.protocols.tcp.decode:Decoder", package="netloom",
    )  # fmt: skip
    asked: list[str] = []

    class Point:
        def load(self) -> Protocol:
            return theirs

    def entry_points(*, group: str) -> list[Point]:
        asked.append(group)
        return [Point()] if group == "netloom.protocols" else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    registry._entry_points.cache_clear()
    try:
        registry.for_scheme.cache_clear()
        assert registry.for_scheme("tcp")[0].name == "tcp"
        assert registry.for_scheme("https")[0].name == "http"
        assert asked == [], "what is inside is found without asking"
        declared, _, endpoint = registry.settle(Endpoint.parse("gopher://h"))
        assert declared is theirs
        assert endpoint.port == 70
        assert registry.load(declared, "client").__name__ == "Client"
        with pytest.raises(UsageError):
            registry.operation("unheard")
        assert set(asked) == {"netloom.protocols", "netloom.operations"}
    finally:
        registry._entry_points.cache_clear()
        registry.protocol.cache_clear()
        registry.for_scheme.cache_clear()


def test_what_is_in_a_folder_but_declares_nothing_is_no_member() -> None:
    assert isinstance(registry.operation("probe"), Operation)
    assert registry.operation("probe") is registry.operation("probe")
