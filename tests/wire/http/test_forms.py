"""Forms: what is sent, and fields as people write them."""

from __future__ import annotations

import email
import email.policy
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import FormParser

from netloom.errors import LocalProtocolError, UsageError
from netloom.wire.http import forms
from netloom.wire.http.forms import Part

texts = st.text(st.characters(exclude_categories=["Cs"]))
names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\%'), min_size=1)


@given(st.lists(st.tuples(texts.filter(bool), texts)))
def test_urlencoded_is_read_again(fields: list[tuple[str, str]]) -> None:
    assert parse_qsl(forms.urlencoded(fields).decode(), keep_blank_values=True, strict_parsing=bool(fields)) == fields


@given(
    st.lists(
        st.tuples(names, st.binary(max_size=100).filter(lambda data: b"--b0undary" not in data)), min_size=1, max_size=5
    )
)
def test_multipart_is_read_by_another_parser(fields: list[tuple[str, bytes]]) -> None:
    body = forms.multipart([Part(name=name, data=data) for name, data in fields], "b0undary")
    found: list[tuple[str, bytes]] = []
    parser = FormParser(
        "multipart/form-data",
        lambda field: found.append(((field.field_name or b"").decode(), field.value or b"")),
        None,
        boundary=b"b0undary",
    )
    parser.write(body)
    parser.finalize()
    assert found == fields


def test_a_file_is_described() -> None:
    body = forms.multipart([Part(name="f", data=b"x\r\n", filename='a "b".png', content_type="image/png")], "B")
    assert body == (
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="a %22b%22.png"\r\nContent-Type: image/png\r\n\r\n'
        b"x\r\n\r\n--B--\r\n"
    )
    whole = email.message_from_bytes(
        b"Content-Type: multipart/form-data; boundary=B\r\n\r\n" + body, policy=email.policy.HTTP
    )
    (part,) = whole.iter_parts()
    assert part.get_filename() == "a %22b%22.png"


@pytest.mark.parametrize(
    "part",
    [
        Part(name='a"\r\nX: 1'),
        Part(name="a\n"),
        Part(name="a\0"),
        Part(name="a", filename="b\r\n"),
        Part(name="a", content_type="text/plain\r\nX: 1"),
        Part(name="a", content_type="nonsense"),
        Part(name="a", data=b"xx--Byy"),
    ],
)
def test_what_could_say_more_is_refused(part: Part) -> None:
    with pytest.raises(LocalProtocolError):
        forms.multipart([part], "B")


@pytest.mark.parametrize("boundary", ["", "a b", "a\r\n", "a" * 71])
def test_boundaries(boundary: str) -> None:
    with pytest.raises(LocalProtocolError):
        forms.multipart([Part(name="a")], boundary)


def test_parts_as_people_write_them() -> None:
    assert forms.parse_part("a=b;type=x") == Part(name="a", data=b"b;type=x")
    assert forms.parse_part("a=@dir/x.png") == Part(name="a", file="dir/x.png", filename="x.png")
    assert forms.parse_part("a=@x;type=image/png;filename=y.png") == Part(
        name="a", file="x", filename="y.png", content_type="image/png"
    )
    for text in ("a", "=b", "a=@"):
        with pytest.raises(UsageError):
            forms.parse_part(text)


def test_json_as_people_write_it() -> None:
    assert forms.json_object(["name=ann", "age:=3", 'tags:=["a"]', "url=http://x"]) == (
        b'{"name":"ann","age":3,"tags":["a"],"url":"http://x"}'
    )
    assert forms.json_object([]) == b"{}"
    for text in ("a", "a:=b", "=x"):
        with pytest.raises(UsageError):
            forms.json_object([text])
