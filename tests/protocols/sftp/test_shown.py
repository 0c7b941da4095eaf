"""How entries are shown."""

from __future__ import annotations

import time

import pytest

from netloom.contents.files import Entry
from netloom.protocols.sftp.shown import attributes_of, being_written, name_of


def entry(kind: str = "file", modified: float = 0.0, size: int = 14) -> Entry:
    return Entry(name="ä", path="/ä", kind=kind, size=size, modified=modified, etag="")  # type: ignore[arg-type]  # one of two


@pytest.mark.parametrize(
    ("kind", "writes", "mode"),
    [("file", True, 0o100644), ("file", False, 0o100444), ("directory", True, 0o40755), ("directory", False, 0o40555)],
)
def test_modes(kind: str, writes: bool, mode: int) -> None:
    assert attributes_of(entry(kind), writes=writes).permissions == mode


@pytest.mark.parametrize(("modified", "shown"), [(-1.0, 0), (0.9, 0), (1e9, 10**9), (2.0**40, 2**32 - 1)])
def test_times_fit_into_32_bits(modified: float, shown: int) -> None:
    assert attributes_of(entry(modified=modified), writes=True).times == (shown, shown)


def test_a_file_that_is_not_whole_is_a_file() -> None:
    assert being_written(7).kind == "file"
    assert being_written(7).size == 7


@pytest.mark.parametrize(("age", "form"), [(10 * 86400, "%b %e %H:%M"), (400 * 86400, "%b %e  %Y")])
def test_lines_are_those_of_ls(age: int, form: str) -> None:
    modified = time.time() - age
    found = name_of(entry(modified=modified), attributes_of(entry(), writes=True))
    assert found.name == "ä".encode()
    when = time.strftime(form, time.gmtime(modified))
    assert found.line.decode() == f"-rw-r--r--    1 loom     loom           14 {when:<12} ä"
