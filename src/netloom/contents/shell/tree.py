"""The simulated device's files: paths to bytes, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTRIES = 1_000
_PATH_LIMIT = 4_096


class FileError(Exception):
    """A file can't be used; the message is the one that strerror has."""


class Tree:
    """Absolute paths to bytes, or to None for a directory. `limit` bytes may be added, below what is `writable`."""

    def __init__(self, files: Mapping[str, bytes], limit: int) -> None:
        self._nodes: dict[str, bytes | None] = {"/": None}
        self._limit = limit
        self.writable: tuple[str, ...] = ("/",)
        for path, data in files.items():
            self.make_directory(path.rpartition("/")[0] or "/")
            self._nodes[path] = data
        self._used = 0

    def is_directory(self, path: str) -> bool:
        return path in self._nodes and self._nodes[path] is None

    def exists(self, path: str) -> bool:
        return path in self._nodes

    def read(self, path: str) -> bytes:
        if path == "/dev/null":
            return b""
        data = self._nodes.get(path)
        if data is None:
            raise FileError("Is a directory" if path in self._nodes else "No such file or directory")
        return data

    def names(self, path: str) -> list[str]:
        """What is in a directory, sorted."""
        if not self.is_directory(path):
            raise FileError("Not a directory" if path in self._nodes else "No such file or directory")
        prefix = path.rstrip("/") + "/"
        return sorted(
            other[len(prefix) :]
            for other in self._nodes
            if other.startswith(prefix) and "/" not in other[len(prefix) :] and other != "/"
        )

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        if path == "/dev/null":
            return
        self.check_writable(path)
        old = self._nodes.get(path, b"")
        if old is None:
            raise FileError("Is a directory")
        self._use(len(data) - (0 if append else len(old)))
        self._nodes[path] = old + data if append else data

    def make_directory(self, path: str) -> None:
        """Make a directory and those that it is in."""
        parts = [part for part in path.split("/") if part]
        for depth in range(len(parts) + 1):
            above = "/" + "/".join(parts[:depth])
            if self._nodes.setdefault(above, None) is not None:
                raise FileError("Not a directory")

    def remove(self, path: str) -> None:
        self.check_writable(path)
        for gone in [other for other in self._nodes if other == path or other.startswith(path + "/")]:
            self._used -= len(self._nodes.pop(gone) or b"")

    def check_writable(self, path: str) -> None:
        """Raises FileError where nothing may be made, changed or removed."""
        if not any(path.startswith(directory.rstrip("/") + "/") for directory in self.writable):
            raise FileError("Permission denied")
        if not self.is_directory(path.rpartition("/")[0] or "/"):
            raise FileError("No such file or directory")
        if len(path) > _PATH_LIMIT:
            raise FileError("File name too long")
        if path not in self._nodes and len(self._nodes) >= _ENTRIES:
            raise FileError("No space left on device")

    def _use(self, size: int) -> None:
        if self._used + size > self._limit:
            raise FileError("No space left on device")
        self._used += size


def resolve(directory: str, path: str) -> str:
    """An absolute path without `.` and `..`, as seen from a directory."""
    walked: list[str] = []
    for part in (path if path.startswith("/") else f"{directory}/{path}").split("/"):
        if part == "..":
            del walked[-1:]
        elif part not in ("", "."):
            walked.append(part)
    return "/" + "/".join(walked)
