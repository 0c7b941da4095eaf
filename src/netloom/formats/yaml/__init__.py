"""YAML 1.2: one document, by its core schema, and with moments and bytes."""

from __future__ import annotations

from typing import Any

from netloom.formats import Format


def read(data: bytes) -> Any:
    """The value of the only document."""
    from netloom.formats.yaml.reading import read as work

    return work(data)


def write(value: Any) -> bytes:
    """A document in blocks; what readers of YAML 1.1 would take for something else is quoted."""
    from netloom.formats.yaml.writing import write as work

    return work(value)


FORMAT = Format(
    name="yaml",
    summary="YAML 1.2, one document",
    media_types=("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml"),
    suffixes=(".yaml", ".yml"),
    read=read,
    write=write,
)
