"""NETCONF's bytes and trees: framing, XML without tricks, messages, filters and edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.netconf import edit, framing, messages, subtree, xml
from netloom.wire.netconf.messages import (
    BASE,
    BASE_10,
    BASE_11,
    Fault,
    Hello,
    Notification,
    Reply,
    Rpc,
    RpcError,
)
from netloom.wire.netconf.schema import container, leaf, leaf_list, leaves, listed
from netloom.wire.netconf.xml import Node
from tests.fuzzing import hammer
from tests.security.parsers.netconf import PARSERS

octets = st.binary(min_size=1, max_size=80).filter(
    lambda data: b"]]>]]>" not in data and not b"]]>]]>".startswith(data[-5:])
)


def taken(reader: framing.Reader) -> list[bytes]:
    found = []
    while (message := reader.take()) is not None:
        found.append(message)
    return found


class TestFraming:
    @pytest.mark.parametrize("chunked", [False, True])
    @given(st.lists(octets, max_size=4), st.lists(st.integers(1, 9), max_size=40))
    def test_what_is_emitted_is_read_again_however_it_is_cut(
        self, chunked: bool, said: list[bytes], cuts: list[int]
    ) -> None:
        whole = b"".join(framing.emit(message, chunked=chunked) for message in said)
        reader, found, at = framing.Reader(), list[bytes](), 0
        reader.chunked = chunked
        for size in [*cuts, len(whole)]:
            reader.feed(whole[at : at + size])
            found += taken(reader)
            at += size
        assert found == said
        assert reader.is_empty

    def test_on_literal_bytes(self) -> None:
        """The example of RFC 6242 §4.2."""
        reader = framing.Reader()
        reader.chunked = True
        reader.feed(b'\n#4\n<rpc\n#18\n message-id="102"\n\n#79\n' + b"x" * 79 + b"\n##\n")
        assert taken(reader) == [b'<rpc message-id="102"\n' + b"x" * 79]

    @given(st.binary(max_size=60))
    def test_arbitrary_bytes(self, data: bytes) -> None:
        reader = framing.Reader(40)
        reader.chunked = True
        try:
            reader.feed(data)
            taken(reader)
        except RemoteProtocolError:
            return

    @pytest.mark.parametrize(
        "said",
        [
            b"<a/>",
            b"\n#0\n",
            b"\n#04\nabcd",
            b"\n#x\n",
            b"\n#-1\n",
            b"\n##\n",
            b"\n#4294967296\n",
            b"\n#12345678901\n",
            b"\r\n#4\n",
        ],
    )
    def test_what_is_no_chunk(self, said: bytes) -> None:
        reader = framing.Reader()
        reader.chunked = True
        reader.feed(said)
        with pytest.raises(RemoteProtocolError):
            taken(reader)

    def test_a_size_is_not_believed(self) -> None:
        reader = framing.Reader(1000)
        reader.chunked = True
        reader.feed(b"\n#4294967295\n")
        with pytest.raises(RemoteProtocolError, match="more than 1000"):
            reader.take()

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_message_is_bounded(self, chunked: bool) -> None:
        reader = framing.Reader(1000)
        reader.chunked = chunked
        for _ in range(1000):
            reader.feed(b"\n#1\nx" if chunked else b"x")
            assert reader.take() is None
        reader.feed(b"\n#1\nx" if chunked else b"x")
        with pytest.raises(RemoteProtocolError, match="more than 1000"):
            reader.take()

    def test_what_cannot_be_said(self) -> None:
        with pytest.raises(LocalProtocolError):
            framing.emit(b"a]]>]]>b", chunked=False)
        with pytest.raises(LocalProtocolError):
            framing.emit(b"", chunked=True)

    def test_a_long_message_has_many_chunks(self) -> None:
        assert framing.emit(b"x" * 200_000, chunked=True).count(b"\n#") == 5


names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).filter(lambda text: "\r" not in text)
spaces = st.sampled_from(["", "urn:a", "urn:b"])
trees = st.recursive(
    st.builds(Node, names, spaces, texts, attributes=st.dictionaries(names, texts, max_size=2)),
    lambda below: st.builds(Node, names, spaces, children=st.lists(below, min_size=1, max_size=3)),
    max_leaves=6,
)


class TestXML:
    @given(trees)
    def test_what_is_emitted_is_read_again(self, tree: Node) -> None:
        found = xml.parse(xml.emit(tree, declaration=True))
        _without_prefixes(found)
        assert found == tree

    def test_a_name_with_a_prefix_keeps_its_meaning(self) -> None:
        node = xml.parse(b'<a xmlns="urn:x" xmlns:p="urn:y"><type>p:static</type><other>static</other></a>')
        kind, other = node.children
        assert (kind.identity, other.identity) == (("urn:y", "static"), ("urn:x", "static"))
        assert xml.parse(xml.emit(kind)).identity == ("urn:y", "static")

    @pytest.mark.parametrize(
        "said",
        [
            b"", b"<a>", b"<a></b>", b"\xff<a/>", b"<a>&b;</a>", b"<a>\0</a>", b"text", b"<a/><b/>",
            b'<a b="1" b="2"/>',
            b"<!DOCTYPE a><a/>",
            b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
            b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
            b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY l2 "&lol;&lol;">]><lolz>&l2;</lolz>',
            b"<a>" * 101 + b"</a>" * 101,
            b"<a>" + b"<b/>" * 100_001 + b"</a>",
        ],
    )  # fmt: skip
    def test_what_is_refused(self, said: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            xml.parse(said)

    @given(st.binary(max_size=80))
    def test_arbitrary_bytes(self, data: bytes) -> None:
        for said in (data, b"<a>" + data + b"</a>"):
            try:
                xml.parse(said)
            except RemoteProtocolError:
                continue

    def test_a_prefix_means_what_is_declared_nearest(self) -> None:
        declared = " ".join(f'xmlns:a{number}="u{number}"' for number in range(2000))
        inner = '<x xmlns:b="v"><y>a7:y</y><y xmlns:a7="w">a7:y</y></x>' * 2000
        found = xml.parse(f"<top {declared}>{inner}<z>b:y</z></top>".encode())
        assert [child.identity for child in found.children[-2].children] == [("u7", "y"), ("w", "y")]
        assert found.children[-1].prefixes == {}, "it was declared beside, not around"

    def test_what_xml_has_no_characters_for(self) -> None:
        assert xml.parse(xml.emit(Node("a", text="x\0\x1by"))).text == "x��y"

    def test_for_people(self) -> None:
        node = xml.parse(b'<a xmlns="u"><b>x</b><c/></a>')
        assert xml.emit(node, indent=1) == b'<a xmlns="u">\n <b>x</b>\n <c/>\n</a>\n'


def _without_prefixes(node: Node) -> None:
    node.prefixes = {}
    for child in node.children:
        _without_prefixes(child)


class TestMessages:
    def test_hellos(self) -> None:
        hello = Hello((BASE_10, BASE_11, "urn:ietf:params:netconf:capability:candidate:1.0"), 7)
        assert messages.parse_hello(messages.emit_hello(hello)) == hello
        assert hello.has("candidate")
        assert not hello.has("startup")
        assert hello.is_chunked

    @pytest.mark.parametrize(
        "said",
        [
            b"<hello/>",
            b'<hello xmlns="%s"/>' % BASE.encode(),
            b'<hello xmlns="%s"><capabilities><capability>x</capability></capabilities></hello>' % BASE.encode(),
            messages.emit_hello(Hello((BASE_10,))).replace(b"</hello>", b"<session-id>x</session-id></hello>"),
            messages.emit_hello(Hello((BASE_10,))).replace(b"</hello>", b"<session-id>0</session-id></hello>"),
            messages.emit_hello(Hello((BASE_10,) * 5000)),
        ],
    )
    def test_what_is_no_hello(self, said: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            messages.parse_hello(said)

    def test_rpcs(self) -> None:
        rpc = Rpc(Node("get", BASE), {"message-id": "1", "{urn:x}mine": "2"})
        assert messages.parse(messages.emit_rpc(rpc)) == rpc

    def test_replies(self) -> None:
        error = RpcError(
            tag="lock-denied", type="protocol", app_tag="x", path="/a", message="no <way>",
            info=(Node("session-id", BASE, "4"),),
        )  # fmt: skip
        for reply in (
            Reply({"message-id": "1"}, is_ok=True),
            Reply({"message-id": "1"}, content=(Node("data", BASE, children=[Node("a", "u", "x")]),)),
            Reply({"message-id": "1"}, errors=(error, RpcError(tag="in-use", severity="warning")), is_ok=True),
        ):
            assert messages.parse(messages.emit_reply(reply)) == reply
        assert str(error) == "lock-denied at /a: no <way>"

    def test_notifications(self) -> None:
        said = Notification("2026-11-20T00:00:00Z", Node("netconf-config-change", "urn:x"))
        assert messages.parse(messages.emit_notification(said)) == said

    @pytest.mark.parametrize(
        "said",
        [
            b"<rpc/>", b'<rpc xmlns="%s"/>' % BASE.encode(), b'<rpc xmlns="%s"><a/><b/></rpc>' % BASE.encode(),
            b'<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>', b"<other/>",
        ],
    )  # fmt: skip
    def test_what_is_no_message(self, said: bytes) -> None:
        with pytest.raises(RemoteProtocolError):
            messages.parse(said)


DATA = xml.parse(
    b"""<data><top xmlns="u"><users>
    <user><name>ann</name><type>admin</type><full>Ann A</full></user>
    <user><name>bob</name><type>guest</type><full>Bob B</full></user>
    </users><groups><group>g1</group><group>g2</group></groups></top><other xmlns="v"><x>1</x></other></data>"""
)


def selected(wanted: str) -> str:
    """What a filter leaves, with blanks taken out."""
    found = subtree.select(DATA, xml.parse(f"<filter>{wanted}</filter>".encode()))
    return "".join(str(child) for child in found.children)


class TestSubtree:
    """RFC 6241 §6.4's examples, in small."""

    def test_nothing_selects_nothing(self) -> None:
        assert selected("") == ""
        assert selected('<top xmlns="elsewhere"/>') == ""

    def test_everything_below(self) -> None:
        assert selected('<other xmlns="v"/>') == '<other xmlns="v"><x>1</x></other>'
        assert selected("<other/>") == selected('<other xmlns="v"/>')  # no namespace is any

    def test_some_leaves(self) -> None:
        assert (
            selected('<top xmlns="u"><users><user><name/></user></users></top>')
            == '<top xmlns="u"><users><user><name>ann</name></user><user><name>bob</name></user></users></top>'
        )

    def test_one_entry_whole(self) -> None:
        found = selected('<top xmlns="u"><users><user><name> bob </name></user></users></top>')
        assert found == (
            '<top xmlns="u"><users><user><name>bob</name><type>guest</type><full>Bob B</full></user></users></top>'
        )

    def test_one_entry_in_part(self) -> None:
        found = selected('<top xmlns="u"><users><user><name>ann</name><type/></user></users></top>')
        assert found == '<top xmlns="u"><users><user><name>ann</name><type>admin</type></user></users></top>'

    def test_values_that_are_not_there(self) -> None:
        assert selected('<top xmlns="u"><users><user><name>eve</name></user></users></top>') == ""
        assert selected('<top xmlns="u"><users><user><name>ann</name><type>guest</type></user></users></top>') == ""

    def test_several_parts_of_one_tree(self) -> None:
        found = selected(
            '<top xmlns="u"><users><user><name>ann</name><full/></user></users></top><top xmlns="u"><groups/></top>'
        )
        assert found == (
            '<top xmlns="u"><users><user><name>ann</name><full>Ann A</full></user></users>'
            "<groups><group>g1</group><group>g2</group></groups></top>"
        )

    def test_several_entries_of_one_list(self) -> None:
        one = "<user><name>{}</name><type/></user>"
        found = selected(f'<top xmlns="u"><users>{one.format("ann")}{one.format("bob")}</users></top>')
        assert found.count("<user>") == 2

    def test_parts_of_one_entry_come_together(self) -> None:
        """Whatever selects them, in the tree's order, and each once."""
        again = "</top><top xmlns='u'><users><user><name>ann</name><type/></user></users>"
        for wanted in (
            "<users><user><name>ann</name><full/></user><user><name>ann</name><type/></user></users>",
            f"<users><user><name>ann</name><full/></user></users>{again}",
            f"<users><user><full/></user><user><name>ann</name></user></users>{again}",
        ):
            found = selected(f'<top xmlns="u">{wanted}</top>')
            one = "<user><name>ann</name><type>admin</type><full>Ann A</full></user>"
            assert found.replace("<user><full>Bob B</full></user>", "") == f'<top xmlns="u"><users>{one}</users></top>'

    def test_a_filter_is_bounded(self) -> None:
        wanted = Node("filter", children=[Node("x", "u") for _ in range(subtree.LIMIT + 1)])
        with pytest.raises(Fault) as caught:
            subtree.select(Node("data"), wanted)
        assert caught.value.errors[0].tag == "too-big"

    def test_the_tree_stays_as_it_is(self) -> None:
        before = str(DATA)
        test = TestSubtree()
        test.test_several_parts_of_one_tree()
        assert str(DATA) == before


SCHEMA = container(
    "config",
    "",
    container(
        "top",
        "u",
        leaf("flag", "u", "true", "false"),
        leaf_list("tag", "u"),
        listed("entry", "u", "name", *leaves("u", "name value")),
        container("inner", "u", leaf("deep", "u")),
    ),
)
EMPTY = Node("data")
NC = f'xmlns:nc="{BASE}"'


def edited(data: Node, change: str, default: str = "merge", *, goes_on: bool = False) -> Node:
    wanted = xml.parse(f'<config {NC}><top xmlns="u">{change}</top></config>'.encode())
    return edit.apply(data, wanted, SCHEMA, default, goes_on=goes_on)


def shown(data: Node) -> str:
    return "".join(str(child) for child in data.children).removeprefix('<top xmlns="u">').removesuffix("</top>")


ENTRY = "<entry{}><name>{}</name><value>{}</value></entry>"
ONE = edited(EMPTY, ENTRY.format("", "a", "1") + "<tag>x</tag>")


class TestEdit:
    def test_merge(self) -> None:
        assert shown(edited(ONE, ENTRY.format("", "a", "2"))) == ENTRY.format("", "a", "2") + "<tag>x</tag>"
        assert shown(edited(ONE, ENTRY.format("", "b", "3"))).count("<entry>") == 2
        assert shown(edited(ONE, "<tag>x</tag><tag>y</tag>")).count("<tag>") == 2

    def test_the_first_tree_stays_as_it_is(self) -> None:
        before = str(ONE)
        edited(ONE, ENTRY.format("", "a", "2"))
        assert str(ONE) == before

    def test_replace(self) -> None:
        found = edited(ONE, '<entry nc:operation="replace"><name>a</name></entry>')
        assert shown(found) == "<entry><name>a</name></entry><tag>x</tag>"
        assert shown(edited(ONE, "<tag>z</tag>", "replace")) == "<tag>z</tag>"

    def test_create(self) -> None:
        made = edited(ONE, ENTRY.format(' nc:operation="create"', "b", "1"))
        assert shown(made).count("<entry>") == 2
        with pytest.raises(Fault, match="data-exists"):
            edited(ONE, ENTRY.format(' nc:operation="create"', "a", "1"))

    def test_delete_and_remove(self) -> None:
        gone = '<entry nc:operation="{}"><name>{}</name></entry>'
        for operation in ("delete", "remove"):
            assert shown(edited(ONE, gone.format(operation, "a"))) == "<tag>x</tag>"
        assert edited(ONE, gone.format("remove", "z")) == ONE
        with pytest.raises(Fault, match="data-missing"):
            edited(ONE, gone.format("delete", "z"))

    def test_what_is_left_empty_is_not_there(self) -> None:
        made = edited(ONE, "<inner><deep>x</deep></inner>")
        assert "inner" in shown(made)
        assert "inner" not in shown(edited(made, '<inner><deep nc:operation="delete"/></inner>'))

    def test_default_none(self) -> None:
        with pytest.raises(Fault, match="data-missing"):
            edited(ONE, ENTRY.format("", "z", "1"), "none")
        assert edited(ONE, ENTRY.format("", "a", "9"), "none") == ONE
        made = edited(ONE, '<entry><name>a</name><value nc:operation="merge">9</value></entry>', "none")
        assert "<value>9</value>" in shown(made)

    @pytest.mark.parametrize(
        ("change", "tag"),
        [
            ("<bogus/>", "unknown-element"),
            ('<x xmlns="urn:other"/>', "unknown-namespace"),
            ("<entry><value>1</value></entry>", "missing-element"),
            ('<flag nc:operation="explode">true</flag>', "bad-attribute"),
            ("<flag>maybe</flag>", "invalid-value"),
            ("<flag><a/></flag>", "bad-element"),
            ("<entry>text</entry>", "missing-element"),
            ("<inner>text</inner>", "bad-element"),
        ],
    )
    def test_what_is_wrong_is_named(self, change: str, tag: str) -> None:
        with pytest.raises(Fault) as caught:
            edited(ONE, change)
        assert [error.tag for error in caught.value.errors] == [tag]
        assert caught.value.errors[0].path.startswith("/")

    def test_going_on_after_an_error(self) -> None:
        wanted = xml.parse(
            f'<config {NC}><top xmlns="u"><flag>true</flag></top><nope/>'
            '<top xmlns="u"><tag>y</tag></top></config>'.encode()
        )
        with pytest.raises(edit.Partial) as caught:
            edit.apply(ONE, wanted, SCHEMA, "merge", goes_on=True)
        assert [error.tag for error in caught.value.errors] == ["unknown-namespace"]
        assert "<flag>true</flag>" in str(caught.value.data)
        assert "<tag>y</tag>" in str(caught.value.data)

    def test_parts_that_are_tried_on_copies_are_few(self) -> None:
        wanted = Node("config", children=[Node("top", "u") for _ in range(edit.PARTS + 1)])
        assert edit.apply(ONE, wanted, SCHEMA, "merge").children
        with pytest.raises(Fault) as caught:
            edit.apply(ONE, wanted, SCHEMA, "merge", goes_on=True)
        assert caught.value.errors[0].tag == "too-big"

    @given(
        st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(edit.OPERATIONS), st.integers(0, 9))),
        st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["create", "delete", "remove"]))),
    )
    def test_a_long_edit_does_one_after_another(
        self, entries: list[tuple[str, str, int]], tags: list[tuple[str, str]]
    ) -> None:
        """As a dictionary and a set have it."""
        have, tagged = {"a": "1"}, {"x"}
        data = edited(Node("data"), "<entry><name>a</name><value>1</value></entry><tag>x</tag>")
        change, wrong = "", False
        for name, operation, value in entries:
            change += (
                f'<entry nc:operation="{operation}"><name>{name}</name>'
                + ("" if operation in ("delete", "remove") else f"<value>{value}</value>")
                + "</entry>"
            )
            wrong |= operation == ("create" if name in have else "delete")
            have.pop(name, None)
            have |= {} if operation in ("delete", "remove") else {name: str(value)}
        for tag, operation in tags:
            change += f'<tag nc:operation="{operation}">{tag}</tag>'
            wrong |= operation == ("create" if tag in tagged else "delete")
            (tagged.add if operation == "create" else tagged.discard)(tag)
        if wrong:
            with pytest.raises(Fault):
                edited(data, change)
            return
        made = edited(data, change)
        top = made.children[0] if made.children else Node("top")
        assert {one.value("name"): one.value("value") for one in top.all("entry")} == have
        assert len(list(top.all("entry"))) == len(have)
        assert sorted(one.text for one in top.all("tag")) == sorted(tagged)


@pytest.mark.parametrize("name", sorted(PARSERS.keys() - {"netconf, version 1.0"}))  # which takes anything
def test_mutated_messages(name: str) -> None:
    hammer(PARSERS[name].parse, PARSERS[name].samples)
