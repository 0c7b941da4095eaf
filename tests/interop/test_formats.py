"""Formats: programs and libraries that aren't ours read what we write, and we what they do."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import cbor_diag
import elementpath
import pytest
from elementpath.xpath31 import XPath31Parser
from hypothesis import HealthCheck, given, settings
from ruamel.yaml import YAML

import netloom
from netloom.formats import dumps, loads
from tests.formats.values import IN_JSON, TEXTS, same
from tests.interop.peers import need

if TYPE_CHECKING:
    from pathlib import Path

msgpack: Any = import_module("msgpack")
xmltodict: Any = import_module("xmltodict")
"""These come without types."""

pytestmark = pytest.mark.interop

VALUE: dict[str, Any] = {
    "name": "wärp & <weft>",
    "no": ["no", "yes", "on", "010", "1e3", "12:30:45", "2026-11-21", "~", "null", "", " x ", "#", "- a", "a: b"],
    "numbers": [0, -1, 1.5, 1e22, -0.25, 2**53],
    "truths": [True, False, None],
    "nested": {"empty": {}, "none": [], "lists": [[1], [[2]]]},
    "text": "one\n  two\n\nthree\n",
}
AT = datetime(2026, 11, 21, 16, 30, 0, 250000, tzinfo=UTC)
FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
"""Where each example starts a program."""


def through(*command: str, given: bytes) -> bytes:
    """What a program makes of its input; it must succeed."""
    done = subprocess.run(command, input=given, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class TestJson:
    @FEW
    @given(TEXTS)
    def test_jq(self, text: str) -> None:
        """jq reads each text, and we what it writes."""
        jq = need("jq", "jq")
        assert loads(through(jq, "-c", ".", given=dumps({"a": [text, VALUE]}, "json")), "json") == {"a": [text, VALUE]}

    def test_for_people_is_as_jq_has_it(self) -> None:
        jq = need("jq", "jq")
        value = {"a": [1, "x", {"b": None}], "c": {"d": [True]}}
        assert dumps(value, "json:pretty") == through(jq, "--indent", "2", ".", given=dumps(value, "json"))


class TestYaml:
    def test_yq(self) -> None:
        """PyYAML's other reader, of YAML 1.1, with JSON for its output."""
        yq = need("yq", "yq")
        assert json.loads(through(yq, ".", given=dumps(VALUE, "yaml"))) == VALUE
        value = VALUE | {"no": [word for word in VALUE["no"] if word != "1e3"]}  # a text in 1.1, a number in 1.2
        assert loads(through(yq, "-y", ".", given=dumps(value, "yaml")), "yaml") == value

    @given(IN_JSON)
    def test_ruamel_reads_it(self, value: Any) -> None:
        """YAML 1.2's core schema."""
        assert same(YAML(typ="safe", pure=True).load(dumps(value, "yaml")), value)

    def test_what_ruamel_writes(self) -> None:
        written = io.BytesIO()
        YAML(typ="safe", pure=True).dump(VALUE, written)
        assert loads(written.getvalue(), "yaml") == VALUE


class TestXml:
    def test_xmllint(self) -> None:
        xmllint = need("xmllint", "libxml2-utils")
        document = {"a": {"@x": '<"&\n\t', "b": ["1", {"c": "\r\n"}], "ö": "]]>", "p": {"#content": ["x ", {"b": ""}]}}}
        for form in ("xml", "xml:pretty"):
            made = dumps(document, form)
            assert loads(through(xmllint, "--nonet", "-", given=made), "xml") == document
            assert loads(through(xmllint, "--format", "--encode", "UTF-16", "-", given=made), "xml") == document
        for form in ("xml:typed", "xml:typed,pretty"):
            assert loads(through(xmllint, "--c14n", "-", given=dumps(VALUE, form)), "xml:typed") == VALUE

    def test_xmltodict(self) -> None:
        """The convention is the one that is widely known; an empty element is a text here, and None there."""
        text = b'<f v="1" xmlns:d="urn:d"><e id="1">a</e><e d:id="2"/><g><h>x</h></g></f>'
        assert loads(text, "xml") == xmltodict.parse(text)
        document = {"a": {"@x": "1", "b": ["1", {"@y": "2", "#text": "z"}], "c": {"d": "e"}}}
        assert xmltodict.parse(dumps(document, "xml")) == document
        assert loads(xmltodict.unparse(document).encode(), "xml") == document

    def test_xpath(self) -> None:
        """fn:xml-to-json and fn:json-to-xml of another's XPath 3.1."""
        etree = import_module("xml.etree.ElementTree")
        root = etree.fromstring(dumps(VALUE, "xml:typed"))
        told = elementpath.select(root, "fn:xml-to-json(.)", parser=XPath31Parser)
        assert json.loads(str(told)) == VALUE
        text: dict[str, Any] = {"j": json.dumps(VALUE)}
        made = elementpath.select(root, "fn:json-to-xml($j)", parser=XPath31Parser, variables=text)
        assert loads(etree.tostring(made[0].getroot()), "xml:typed") == VALUE


class TestCsv:
    def test_what_python_makes(self) -> None:
        rows = [{"a": "1", "b": "x;y"}, {"a": '"', "b": "line\nline"}]
        for dialect in ("excel", "unix"):
            written = io.StringIO()
            writer = csv.DictWriter(written, ["a", "b"], dialect=dialect)
            writer.writeheader()
            writer.writerows(rows)
            assert loads(written.getvalue(), "csv") == rows
        assert list(csv.DictReader(io.StringIO(dumps(rows, "csv").decode(), newline=""))) == rows

    def test_what_jq_makes(self) -> None:
        jq = need("jq", "jq")
        made = through(jq, "-r", ".[] | @csv", given=b'[["a","b"],["1","x,\\"y\\""]]')
        assert loads(made, "csv") == [{"a": "1", "b": 'x,"y"'}]


class TestMessagePack:
    @given(IN_JSON)
    def test_msgpack(self, value: Any) -> None:
        assert same(msgpack.unpackb(dumps(value, "msgpack")), value)
        assert same(loads(msgpack.packb(value), "msgpack"), value)

    def test_what_json_has_not(self) -> None:
        value = {1: [b"\0\xff", AT]}
        assert msgpack.unpackb(dumps(value, "msgpack"), timestamp=3, strict_map_key=False) == value
        assert loads(msgpack.packb(value, datetime=True), "msgpack") == value


class TestCbor:
    def test_diagnostic_notation(self) -> None:
        """RFC 8949 §8, by a library of its own."""
        text = '{1: [h\'00ff\', 0("2026-11-21T16:30:00.25Z"), -2.5, true, null], "a": {"b": 18446744073709551616}}'
        value = {1: [b"\0\xff", AT, -2.5, True, None], "a": {"b": 2**64}}
        assert loads(cbor_diag.diag2cbor(text), "cbor") == value
        assert loads(cbor_diag.diag2cbor(cbor_diag.cbor2diag(dumps(value, "cbor"), pretty=False)), "cbor") == value

    @given(IN_JSON)
    def test_there_and_back(self, value: Any) -> None:
        told = cbor_diag.cbor2diag(dumps(value, "cbor"), pretty=False)
        assert same(loads(cbor_diag.diag2cbor(told), "cbor"), value)


PROTO = """
syntax = "proto3";
package loom;
import "google/protobuf/timestamp.proto";
message Cloth {
  enum Weave { PLAIN = 0; TWILL = 1; }
  message Thread { string colour = 1; uint32 knots = 2; }
  string name = 1;
  bytes raw = 2;
  int64 size = 3;
  Weave weave = 4;
  repeated Thread threads = 5;
  map<string, double> widths = 6;
  google.protobuf.Timestamp made_at = 7;
  optional bool sold = 8;
}
"""
TIMESTAMP = """
syntax = "proto3";
package google.protobuf;
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
"""
TEXT = (
    'name: "twill" raw: "\\000\\377" size: 1099511627776 weave: TWILL threads { colour: "red" knots: 3 } threads {} '
    'widths { key: "warp" value: 1.5 } made_at { seconds: 1795278600 nanos: 250000000 } sold: false'
)
CLOTH = {
    "name": "twill",
    "raw": "AP8=",
    "size": "1099511627776",
    "weave": "TWILL",
    "threads": [{"colour": "red", "knots": 3}, {}],
    "widths": {"warp": 1.5},
    "madeAt": "2026-11-21T16:30:00.250Z",
    "sold": False,
}


class TestProtobuf:
    @pytest.fixture
    def form(self, tmp_path: Path) -> str:
        protoc = need("protoc", "protobuf-compiler")
        (tmp_path / "cloth.proto").write_text(PROTO)
        (tmp_path / "google" / "protobuf").mkdir(parents=True)
        (tmp_path / "google" / "protobuf" / "timestamp.proto").write_text(TIMESTAMP)
        through(
            protoc, f"-I{tmp_path}", "--include_imports", f"--descriptor_set_out={tmp_path}/cloth.desc", "cloth.proto",
            given=b"",
        )  # fmt: skip
        return f"protobuf:{tmp_path}/cloth.desc:loom.Cloth"

    def test_protoc(self, form: str, tmp_path: Path) -> None:
        protoc = need("protoc", "protobuf-compiler")
        how = (f"-I{tmp_path}", "cloth.proto")
        encoded = through(protoc, "--encode=loom.Cloth", *how, given=TEXT.encode())
        assert loads(encoded, form) == CLOTH
        ours = CLOTH | {"raw": b"\0\xff", "size": 2**40, "madeAt": AT}
        decoded = through(protoc, "--decode=loom.Cloth", *how, given=dumps(ours, form))
        assert decoded == through(protoc, "--decode=loom.Cloth", *how, given=encoded)

    def test_from_one_to_another(self, form: str) -> None:
        made = netloom.convert(dumps(CLOTH, "yaml"), from_="yaml", to=form)
        assert json.loads(netloom.convert(made, from_=form, to="json")) == CLOTH


@pytest.mark.parametrize(
    ("form", "suffix", "reader"),
    [
        ("yaml", "yaml", ["yq", "-c", "."]),
        ("json:pretty", "json", ["jq", "-c", "."]),
        ("xml:root=r", "xml", ["xmllint", "--xpath", "string(/r/name)", "-"]),
        ("csv", "csv", [sys.executable, "-c", "import csv, sys; print(list(csv.DictReader(sys.stdin)))"]),
    ],
)
def test_what_is_saved_is_read_elsewhere(form: str, suffix: str, reader: list[str], tmp_path: Path) -> None:
    packages = {"yq": "yq", "jq": "jq", "xmllint": "libxml2-utils"}
    command = [need(reader[0], packages[reader[0]]), *reader[1:]] if reader[0] in packages else reader
    value = [{"name": "loom", "size": "1"}] if form == "csv" else {"name": "loom", "size": 1}
    files = netloom.Files(files={"a.msgpack": dumps(value, "msgpack")})
    with netloom.serve("http://127.0.0.1:0", files) as server:
        made = netloom.get(f"{server.endpoint}/a.msgpack", as_=form, save=f"{tmp_path}/").one()
    assert made.saved_to == f"{tmp_path}/a.{suffix}"
    told = through(*command, given=(tmp_path / f"a.{suffix}").read_bytes())
    assert b"loom" in told
