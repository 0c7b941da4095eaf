"""Python packages that can't live beside ours: each in a virtual environment of its own, made once and kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.programs import Missing

PATIENCE = 300
"""Seconds that making one may take."""


def environment(name: str, *requirements: str) -> Path:
    """The folder of its programs; it is made beside the environment that runs us. Raises Missing with the reason."""
    root = Path(sys.prefix) / "foreign" / name
    done = root / "requirements"
    wanted = "\n".join(requirements)
    if done.is_file() and done.read_text() == wanted:
        return root / "bin"
    if sys.prefix == sys.base_prefix:
        raise Missing(f"{name} needs an environment of its own, and is made beside one only")
    shutil.rmtree(root, ignore_errors=True)
    try:
        venv.create(root, with_pip=True)
        subprocess.run(
            [root / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements],
            check=True, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as exc:
        said = getattr(exc, "stderr", None) or str(exc)
        raise Missing(f"{name} couldn't be installed: {said.strip().splitlines()[-1]}") from exc
    done.write_text(wanted)
    return root / "bin"


def installed(binaries: Path, package: str) -> str:
    """`package version`, as its environment has it."""
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    made = subprocess.run([binaries / "python", "-c", ask], capture_output=True, text=True, check=True, timeout=20)
    return f"{package} {made.stdout.strip()}"
