"""A server of files over SSH that is told to say no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.shapes import Sample
from tests.protocols.refusing import REFUSED, SUCCESS, TWICE, UNKNOWN, outcomes

if TYPE_CHECKING:
    from netloom.errors import Status

GET = Sample(verb="get", place="/hello.txt")
LIST = Sample(verb="list", place="/")
PUT = Sample(verb="put", place="/loom.txt", text="warp")


@pytest.mark.parametrize(
    ("fault", "sample", "status", "code"),
    [
        ("NO_SUCH_FILE", GET, REFUSED, 2),
        ("PERMISSION_DENIED", LIST, UNKNOWN, 3),
        ("4", PUT, REFUSED, 4),
        ("FAILURE:at=READ", GET, REFUSED, 4),
        ("FAILURE:at=CLOSE", GET, REFUSED, 4),
        ("FAILURE:at=READDIR", LIST, REFUSED, 4),
    ],
)
def test_each_status_where_it_is_said(fault: str, sample: Sample, status: Status, code: int) -> None:
    (met,) = outcomes("sftp", fault, sample)
    assert met.status is status
    assert met.code == code


@pytest.mark.parametrize("step", ["STAT", "REALPATH"])
def test_what_a_client_can_do_without(step: str) -> None:
    (met,) = outcomes("sftp", f"FAILURE:at={step}", GET)
    assert met.status is SUCCESS


def test_fails_twice_and_then_succeeds() -> None:
    assert [met.status for met in outcomes("sftp", "FAILURE:times=2", GET, GET, GET)] == TWICE


def test_only_for_some_files() -> None:
    met = outcomes("sftp", "NO_SUCH_FILE:target=*.txt", GET, LIST)
    assert [each.status for each in met] == [REFUSED, SUCCESS]
