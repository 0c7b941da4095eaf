"""The Subject of a message, as a person reads it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.wire.subject import subject_of


@pytest.mark.parametrize("subject", ["November", "Größe — 数字 🦊", "x" * 300, "long words " * 30, ""])
def test_as_the_standard_library_writes_it(subject: str) -> None:
    message = EmailMessage()
    message["From"] = "a@b"
    if subject:
        message["Subject"] = subject
    message.set_content("Subject: no")
    assert subject_of(bytes(message)) == subject.strip()


@pytest.mark.parametrize("raw", [b"=?x-unknown?b?YQ==?=", b"=?utf-8?b?!!!?=", b"=?utf-8?b?A?="])
def test_broken_encodings_stay(raw: bytes) -> None:
    assert isinstance(subject_of(b"Subject: " + raw + b"\r\n\r\n"), str)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    assert isinstance(subject_of(data), str)
    assert isinstance(subject_of(b"Subject: =?" + data), str)
