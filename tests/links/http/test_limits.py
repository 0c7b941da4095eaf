from __future__ import annotations

import msgspec

from netloom.links.http.limits import DEFAULT, Bucket, Limits


class Some(msgspec.Struct):
    max_body: int | None = 5
    other: int = 7


class Others(msgspec.Struct):
    max_head: int = 100
    max_body: int | None = None


def test_what_options_name() -> None:
    assert Limits.of(None) is DEFAULT
    assert Limits.of(Some()) == msgspec.structs.replace(DEFAULT, max_body=5)
    assert Limits.of(Some(), Others()) == msgspec.structs.replace(DEFAULT, max_body=5, max_head=100)


def test_a_bucket_leaks() -> None:
    bucket = Bucket(3, 1.0)
    assert [bucket.add(10.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.add(11.0)  # one has leaked, and one too many was in it
    assert bucket.add(20.0)
    assert [bucket.add(20.0) for _ in range(3)] == [True, True, False]
