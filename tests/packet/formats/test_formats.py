"""The folder of formats, and its index."""

from __future__ import annotations

import importlib
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError
from netloom.packet import formats
from netloom.packet.formats import known, layers
from netloom.packet.formats.index import INDEX
from netloom.packet.layer import Key, Layer
from tests.packet.formats.agreement import same_again

FOLDER = Path(formats.__file__).parent
KEYS = sorted(known())


def held() -> dict[tuple[str, str], tuple[Key, ...]]:
    """What the files hold: every class that is announced, by file and name."""
    found: dict[tuple[str, str], tuple[Key, ...]] = {}
    for name in sorted(path.stem for path in FOLDER.glob("*.py")):
        if name not in ("__init__", "index"):
            module = importlib.import_module(f"netloom.packet.formats.{name}")
            own = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
            kinds = [value for value in own if isinstance(value, type) and hasattr(value, "ANNOUNCED")]
            assert kinds, f"{name} holds no format"
            found |= {(name, kind.__name__): kind.ANNOUNCED for kind in kinds}
    return found


def test_the_index_says_what_the_files_hold() -> None:
    assert held() == INDEX


def test_no_two_are_announced_alike() -> None:
    keys = [key for announced in INDEX.values() for key in announced]
    assert len(keys) == len(set(keys)) == len(known())
    assert len(INDEX) == len(formats.formats())


def test_only_what_is_asked_for_is_imported() -> None:
    code = (
        "import sys; from netloom.packet.formats import known; assert ('link', 1) in known();"
        "assert ('tcp', 80) not in known(); known()['link', 1];"
        "print(*sorted(n.rpartition('.')[2] for n in sys.modules if n.startswith('netloom.packet.formats.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["ethernet", "index"]


def test_layers_are_known_by_their_names() -> None:
    assert layers()["Ethernet"] is known()["link", 1]
    assert all(name == layer.__name__ and issubclass(layer, Layer) for name, layer in layers().items())


def test_nobody_changes_it() -> None:
    for registry in (formats.formats(), layers(), known()):
        with pytest.raises(TypeError):
            registry["x"] = Layer  # type: ignore[index]


@pytest.mark.parametrize("name", sorted(layers()))
def test_a_layer_is_made_with_nothing_given(name: str) -> None:
    assert repr(layers()[name]()) == f"{name}()"


@pytest.mark.parametrize("name", sorted(layers()))
def test_a_layer_says_what_it_is(name: str) -> None:
    assert layers()[name].__doc__
    assert layers()[name].ANNOUNCED


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key[0]}-{key[1]}")
@given(data=st.binary(max_size=80))
def test_any_octets_are_written_as_they_were_or_refused(key: tuple[str, int], data: bytes) -> None:
    kind = known()[key]
    with suppress(RemoteProtocolError):
        parsed = kind.parse(data)
        assert 0 < parsed.header <= len(data)
        assert same_again(type(parsed.layer), data) == parsed
