"""What `netloom.testing` gives by name, and what it doesn't load before."""

from __future__ import annotations

import subprocess
import sys

import pytest

import netloom.testing

CODE = (
    "import netloom.testing, sys; print(*[n for n in sys.modules if n.startswith('netloom.') and 'testing' not in n])"
)


@pytest.mark.parametrize("name", netloom.testing.__all__)
def test_each_name_is_there(name: str) -> None:
    found = getattr(netloom.testing, name)
    assert found.__name__ == name
    assert found.__module__.startswith("netloom.testing.")


def test_no_other_is() -> None:
    with pytest.raises(AttributeError, match=r"netloom\.testing has no Mock"):
        _ = netloom.testing.Mock


def test_nothing_is_loaded_for_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "\n"
