"""Files that are for their owner alone, such as keys: stored whole or not at all, and refused where others can read."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from typing import TYPE_CHECKING

from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def store(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a file of mode 0600. Unless to `replace` one, another's that was first stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def check(path: Path, what: str) -> None:
    """Raise UsageError where others can read it."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UsageError(f"others can read {path}, {what}", hint=f"chmod 600 {path}")
