"""What reads captures starts no event loop, and waits for none to be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from netloom import registry

HEAVY = ("asyncio", "uvloop")


@pytest.mark.parametrize("name", registry.names("protocols"))
def test_a_passive_decoder_imports_no_event_loop(name: str) -> None:
    script = (
        "import sys\n"
        "from netloom import registry\n"
        f"registry.load(registry.protocol({name!r}), 'decode')\n"
        f"print([module for module in {HEAVY!r} if module in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
