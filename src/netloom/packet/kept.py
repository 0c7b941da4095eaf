"""Kept: what was worked out once stays for its user, in files that nobody else could have written."""

from __future__ import annotations

import os
from typing import NamedTuple

_OTHERS_WRITE = 0o022
_PRIVATE = 0o700


class Kept(NamedTuple):
    """A folder of the user's cache. Files begin with `magic`; beside the newest one `spare` older ones stay."""

    folder: str
    magic: bytes
    spare: int

    def place(self, identity: str) -> str:
        """Where something is kept that depends on what `identity` stands for."""
        given = os.environ.get("XDG_CACHE_HOME", "")
        cache = given if given.startswith("/") else os.path.expanduser("~/.cache")  # noqa: PTH111 - pathlib costs 2 ms
        return f"{cache}/netloom/{self.folder}/{identity}.{self.folder}"

    def read(self, place: str) -> bytes | None:
        """What was kept there; None where there is nothing, or nothing that only this user could have written."""
        try:
            with open(place, "rb") as file:  # noqa: PTH123
                told = os.fstat(file.fileno())
                if told.st_uid != os.geteuid() or told.st_mode & _OTHERS_WRITE:
                    return None
                data = file.read()
        except OSError:
            return None
        return data[len(self.magic) :] if data.startswith(self.magic) else None

    def write(self, place: str, data: bytes) -> None:
        """Keep it. Where that isn't possible it is worked out again the next time."""
        import tempfile
        from pathlib import Path

        path = Path(place)
        try:
            path.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self.magic + data)
            Path(name).replace(path)
            others = sorted(path.parent.glob(f"*.{self.folder}"), key=lambda one: one.stat().st_mtime)
            for old in others[: -self.spare - 1]:
                old.unlink(missing_ok=True)
        except OSError:
            return
