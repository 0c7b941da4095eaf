"""Bodies in every format."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from netloom.formats import dumps, named
from tests.security.parsers.parser import Parser

VALUE: dict[str, Any] = {
    "warp": [1, -2.5, None, True, "weft ä", 2**40],
    "in": {"": [], "deep": [[{}]], "text": "one\ntwo\n"},
}
MORE = VALUE | {"at": datetime(2026, 11, 21, 16, tzinfo=UTC), "octets": b"\0\xff", 7: "seven"}
ROWS = [{"name": "a", "size": 1}, {"name": 'b "c"\n', "size": 2}]
YAML = (
    b"a: 1\nb: [x, 'y', \"z\"]\nc:\n  - {d: ~}\n  - !!binary AP8=\n",
    b"base: &b {x: 1}\nmade:\n  <<: *b\n  y: |\n    text\n    more\nlist: [*b, *b]\n",
    b"%YAML 1.2\n---\n? key\n: 2026-11-21T16:00:00.5+01:00\n...\n",
    b"- !!int '12'\n- !!str 12\n- 0x1F\n- .inf\n- -1.5e3\n- >-\n  folded\n  text\n",
)
XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<a x="1"><b>warp</b><!-- c --><b/>ä<![CDATA[<]]>&lt;</a>'.encode(),
    '<?xml version="1.0"?><s:a xmlns:s="urn:s">\n  <s:b>1</s:b>\n  <s:b s:c="2"/>\n</s:a>\n'.encode("utf-16"),
)
CBOR = (
    bytes.fromhex("bf61610161629f0203ffff"),
    bytes.fromhex("83c11a514b67b0d82076687474703a2f2f7777772e6578616d706c652e636f6dc249010000000000000000"),
)

PARSERS = {
    "cbor": Parser(named("cbor").read, (dumps(MORE, "cbor"), *CBOR)),
    "csv": Parser(named("csv").read, (dumps(ROWS, "csv"),)),
    "csv, rows": Parser(named("csv:tab,rows").read, (b'a\tb\r\n"c\t"\td\r\n', b'"a"""\n')),
    "json": Parser(
        named("json").read, (dumps(VALUE, "json"), dumps(VALUE, "json:pretty"), b'["\\u00e4\\ud83d\\ude00"]')
    ),
    "msgpack": Parser(named("msgpack").read, (dumps(MORE, "msgpack"),)),
    "text": Parser(named("text").read, ("warp und wäft".encode(),)),
    "xml": Parser(named("xml").read, XML),
    "xml, typed": Parser(named("xml:typed").read, (dumps(VALUE, "xml:typed"), dumps(VALUE, "xml:pretty,typed"))),
    "yaml": Parser(named("yaml").read, (dumps(MORE, "yaml"), *YAML)),
}
