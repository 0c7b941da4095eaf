"""A line as it is typed: what is echoed, and what comes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.shell.editor import HISTORY, Editor, Typed
from netloom.wire.telnet.screen import shown


def typed(text: str, editor: Editor | None = None, **how: object) -> tuple[list[Typed], str]:
    """Everything that comes of some keys, and what was shown meanwhile."""
    editor = editor or Editor(100)
    editor.begin(**how)  # type: ignore[arg-type]  # as the caller says
    editor.feed(text)
    found, said = [], ""
    while (one := editor.take()) is not None:
        said += editor.shown() + ("\n" if one.kind == "line" else "")
        found.append(one)
        editor.begin(**how)  # type: ignore[arg-type]  # as the caller says
    return found, said + editor.shown()


def lines(keys: str) -> list[str]:
    return [one.line for one in typed(keys)[0] if one.kind == "line"]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("show version\r", "show version"),
        ("abx\x7fc\r", "abc"),
        ("abx\x08c\r", "abc"),
        ("\x7fa\r", "a"),
        ("ac\x1b[Db\r", "abc"),
        ("ac\x1bODb\r", "abc"),
        ("ac\x02b\r", "abc"),
        ("b\x01a\x05c\r", "abc"),
        ("b\x1b[Ha\x1b[Fc\r", "abc"),
        ("b\x1b[1~a\x1b[4~c\r", "abc"),
        ("abX\x1b[D\x1b[3~c\r", "abc"),
        ("abX\x1b[D\x04c\r", "abc"),
        ("junk\x15abc\r", "abc"),
        ("abcjunk\x1b[D\x1b[D\x1b[D\x1b[D\x0b\r", "abc"),
        ("abc def\x17x\r", "abc x"),
        ("abc  \x17x\r", "x"),
        ("ac\x1b[D\x1b[D\x1b[Cb\r", "abc"),
        ("a\x1b[Zb\x1bxc\r", "abc"),
        ("a\tb\r", "ab"),
        ("hällo\x7f\x7f\x7f\x7fey\r", "hey"),
        ("a\x16?b\r", "a?b"),
        ("a\x16\x03b\r", "ab"),
        ("a\x00b\r", "ab"),
    ],
)
def test_keys_and_the_line_that_comes_of_them(keys: str, line: str) -> None:
    found, said = typed(keys)
    assert found == [Typed("line", line)]
    assert shown(said).rstrip() == line.rstrip(), "what is shown isn't what was typed"


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n", "\r\0"])
def test_ends_of_lines(ending: str) -> None:
    assert lines(f"one{ending}two{ending}") == ["one", "two"]


def test_a_line_feed_that_comes_later_belongs_to_the_return() -> None:
    editor = Editor(100)
    assert [one.line for one in typed("one\r", editor)[0]] == ["one"]
    assert typed("\n", editor)[0] == []
    assert [one.line for one in typed("two\n", editor)[0]] == ["two"]


@given(st.text(alphabet="ab\x7f\x1b[DC\x01\x05\x0b\x15\x17é", max_size=40), st.lists(st.integers(1, 5), max_size=40))
def test_pieces_change_nothing(keys: str, cuts: list[int]) -> None:
    whole = typed(keys + "\r\n")[0]
    editor, at = Editor(100), 0
    editor.begin()
    found = None
    for size in [*cuts, 100]:
        editor.feed((keys + "\r\n")[at : at + size])
        at += size
        found = found or editor.take()
    assert [found] == whole


@given(st.text(alphabet="ab \x7f\x01\x05\x02\x06\x0b\x15\x17漢", max_size=60))
def test_the_screen_shows_the_line(keys: str) -> None:
    editor = Editor(100)
    editor.begin("x")
    editor.feed(keys)
    assert editor.take() is None
    width_one = editor.shown().replace("漢", "__")
    line = "".join(editor._line).replace("漢", "__")
    assert shown("x" + width_one) == line.rstrip()


class TestEnds:
    def test_control_keys(self) -> None:
        assert typed("abc\x03")[0] == [Typed("interrupt", "abc")]
        assert typed("abc\x1a")[0] == [Typed("suspend", "abc")]
        assert typed("\x04")[0] == [Typed("end", "")]
        assert typed("ab\x04\r")[0] == [Typed("line", "ab")]

    def test_keys_that_mean_something(self) -> None:
        found = typed("sh?ow\t", keys=frozenset("?\t"))[0]
        assert found == [Typed("key", "sh", "?"), Typed("key", "ow", "\t")]
        assert typed("wh?\r")[0] == [Typed("line", "wh?")]

    def test_what_stands_there_already(self) -> None:
        editor = Editor(100)
        editor.begin("show ")
        editor.feed("v\x7f\x7fX\r")
        assert editor.take() == Typed("line", "showX")


class TestHistory:
    def test_up_and_down(self) -> None:
        editor = Editor(100)
        typed("one\rtwo\r", editor)
        assert typed("\x1b[A\x1b[A\r", editor)[0] == [Typed("line", "one")]
        assert typed("\x1b[A\x1b[A\x1b[B\x1b[B\r", editor)[0] == [Typed("line", "")]
        assert typed("\x10\x10\x0e!\r", editor)[0] == [Typed("line", "one!")]

    def test_it_is_bounded_and_knows_no_secrets(self) -> None:
        editor = Editor(100)
        typed("".join(f"{number}\r" for number in range(200)), editor)
        assert len(editor.history) == HISTORY
        typed("secret\r", editor, hidden=True)
        typed("   \r199\r", editor)
        assert editor.history[-1] == "199"
        assert "secret" not in editor.history


class TestLimits:
    def test_a_line_has_an_end(self) -> None:
        editor = Editor(5)
        found, said = typed("abcdefgh\r", editor)
        assert found == [Typed("line", "abcde")]
        assert "\a" in said

    def test_what_is_hidden_is_not_echoed(self) -> None:
        assert typed("secret\x7f\r", hidden=True) == ([Typed("line", "secre")], "\n")

    def test_a_sequence_that_never_ends(self) -> None:
        editor = Editor(100)
        editor.begin()
        editor.feed("\x1b[" + "1;" * 100 + "x\r")
        assert editor.take() is not None

    def test_one_key(self) -> None:
        editor = Editor(100)
        editor.feed("a\x1b[A\r\n \x1b")
        assert [editor.key() for _ in range(5)] == ["a", "\x1b[A", "\r", " ", None]

    def test_everything_before_a_key_is_dropped(self) -> None:
        editor = Editor(100)
        editor.feed("abc\x03def\x03gh")
        assert editor.drop_until("\x03")
        assert editor.waiting == "gh"
        assert not editor.drop_until("\x03")
