"""curl's template: its variables, ours, and mistakes with their column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom.errors import UsageError
from netloom.output.write_out import VARIABLES, compile_template
from netloom.records import ProbeRecord
from tests.output.examples import made, probed, refused, reply

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("%{http_code}\\n", "200\n"),
        ("%{time_namelookup} %{time_connect}", "0.004000 0.014000"),
        ("%{time_appconnect} %{time_starttransfer} %{time_total}", "0.054000 0.075000 0.084000"),
        ("%{remote_ip}:%{remote_port}", "192.0.2.1:443"),
        ("%{content_type}", "text/html"),
        ("%{http_version}%%\\t\\\\n", "2%\t\\n"),
        ("%{facts.status} %{tls.version} %{tls.chain.0.subject} %{phase}.", "200 TLSv1.3 CN=example.com ."),
        ("%{facts.nothing}%{facts.status.deeper}", ""),
        ("%{facts.headers}", '{"Content-Type":"text/html"}'),
        ("%{scheme} %{url} %{exitcode} %{num_certs} %{ssl_verify_result}", "https https://example.com 0 1 0"),
        ("100 % sure", "100 % sure"),
    ],
)
def test_variables(template: str, text: str) -> None:
    assert made("write-out", probed(), template=template) == text


def test_every_variable_of_a_failure() -> None:
    text = made("write-out", refused(), template=" ".join(f"%{{{name}}}" for name in VARIABLES))
    assert "nothing listens there" in text
    assert made("write-out", refused(), template="%{http_code} %{time_appconnect}") == "000 0.000000"


@pytest.mark.parametrize(
    ("template", "column"), [("%{x}", 2), ("ab %{time_totl}", 5), ("%{time_total", 12), ("%{}", 2)]
)
def test_mistakes(template: str, column: int) -> None:
    with pytest.raises(UsageError) as caught:
        compile_template(template, (ProbeRecord,))
    assert caught.value.column == column
    assert caught.value.text == template


def test_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        compile_template("%{time_totl}", (ProbeRecord,))
    assert caught.value.hint == "did you mean time_total?"


def test_the_template_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "template"
    file.write_text("%{http_code}")
    assert made("write-out", probed(), template=f"@{file}") == "200"
    with pytest.raises(UsageError, match="can't be read"):
        made("write-out", template=f"@{tmp_path}/none")


def test_a_body_comes_before_it_as_with_curl() -> None:
    assert made("write-out", reply(), operation="get", template="%{size_download}\\n") == "hello\n6\n"


def test_without_a_template() -> None:
    with pytest.raises(UsageError, match="needs a template"):
        made("write-out")


def test_a_header_by_its_name_as_with_curl() -> None:
    assert made("write-out", probed(), template="%header{Content-Type}|%header{none}|") == "text/html||"
    with pytest.raises(UsageError, match="'}' is missing"):
        made("write-out", probed(), template="%header{x")
