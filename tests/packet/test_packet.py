"""What `netloom.packet` gives by name, and what its import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import netloom.packet
from netloom.packet.formats import layers
from netloom.packet.frame import Frame
from netloom.packet.layer import Layer, Packet, Raw


def test_every_layer_is_there_by_its_name() -> None:
    for name, layer in layers().items():
        assert getattr(netloom.packet, name) is layer
    assert (netloom.packet.Packet, netloom.packet.Raw, netloom.packet.Layer) == (Packet, Raw, Layer)
    assert netloom.packet.Frame is Frame
    assert set(layers()) | {"Frame", "Layer", "Packet", "Raw"} == set(dir(netloom.packet))


def test_types_are_told_of_the_same_names() -> None:
    tree = ast.parse(Path(netloom.packet.__file__ or "").read_text())
    told = {alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names} - {
        None
    }
    assert told == set(dir(netloom.packet))


@pytest.mark.parametrize("name", ["IPv5", "ipv4s", "_ipv4", "__wrapped__"])
def test_what_isn_t_there(name: str) -> None:
    with pytest.raises(AttributeError, match=f"has no {name}"):
        getattr(netloom.packet, name)


def test_it_costs_nothing_until_something_is_used() -> None:
    code = "import sys; import netloom.packet; assert not [m for m in sys.modules if m.startswith('netloom.packet.')]"
    code += "; from netloom.packet import IPv4; assert IPv4().ttl == 64; assert 'scapy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
