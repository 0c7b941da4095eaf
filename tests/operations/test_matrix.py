"""The matrix as data; tests/matrix runs its cells."""

from __future__ import annotations

import pytest

from netloom import registry
from netloom.errors import UsageError
from netloom.operations.matrix import aims, obstacle
from netloom.records import Cell
from netloom.runs import Run


def cells(*protocols: str) -> list[Cell]:
    return list(Run.prepare("matrix", (), {"protocols": list(protocols)}))


def test_each_protocol_meets_each_operation_that_aims_somewhere() -> None:
    found = cells("ntp", "tcp")
    aiming = ["get", "put", "list", "send", "listen", "run", "connect", "probe", "relay", "serve"]
    assert set(aiming) <= {operation.name for operation in registry.operations() if aims(operation)}
    assert not {"matrix", "schema", "explain", "demo"} & set(aiming)
    assert [(cell.protocol, cell.operation) for cell in found] == [
        (protocol, operation) for protocol in ("ntp", "tcp") for operation in aiming
    ]


def test_cells_say_why_not() -> None:
    by_place = {(cell.protocol, cell.operation): cell for cell in cells("ntp", "tcp")}
    assert by_place["ntp", "get"] == Cell(protocol="ntp", operation="get", status="works")
    assert by_place["ntp", "put"].status == "unsupported"
    assert by_place["ntp", "put"].reason == "ntp has no put; it has get"
    assert by_place["ntp", "probe"].status == by_place["ntp", "serve"].status == "works"


def test_what_has_a_bus_is_listened_to_by_binding() -> None:
    assert obstacle(registry.protocol("tcp"), registry.operation("listen")) == ""
    assert "no listen" in obstacle(registry.protocol("ntp"), registry.operation("listen"))


def test_all_protocols_without_a_choice() -> None:
    assert {cell.protocol for cell in cells()} == set(registry.names("protocols"))


def test_an_unknown_protocol() -> None:
    with pytest.raises(UsageError, match="there is no protocol 'tpc'"):
        cells("tpc")


def test_an_operation_may_know_more_obstacles() -> None:
    assert obstacle(registry.protocol("tftp"), registry.operation("relay")) == ""
    assert obstacle(registry.protocol("icmp"), registry.operation("relay")) == "icmp has no ports to listen on"
