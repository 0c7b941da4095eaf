"""Settings: who wins, and what a mistake says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netloom import settings
from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config" / "netloom").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    return tmp_path


def load(home: Path, *, here: str = "", user: str = "", file: str = "", **environment: str) -> settings.Settings:
    if here:
        (home / "here" / "netloom.toml").write_text(here)
    if user:
        (home / "config" / "netloom" / "config.toml").write_text(user)
    return settings.load(environment | {"XDG_CONFIG_HOME": str(home / "config")}, folder=home / "here", file=file)


def test_nothing_is_set(home: Path) -> None:
    found = load(home)
    assert found.layers == ()
    assert found.common("output") is None
    assert found.fields("probe", ["deadline"]) == {}
    assert found.options() == {}


def test_the_environment_wins_over_here_and_here_over_the_user(home: Path) -> None:
    user = 'output = "csv"\ndeadline = 1\n[options]\nttl = 1\n[probe]\nrate = 1\n'
    here = "deadline = 2\n[options]\nttl = 2\n"
    found = load(home, here=here, user=user, NETLOOM_DEADLINE="3", NETLOOM_OPTIONS_IDLE="9")
    assert found.common("output") == "csv"
    assert found.fields("probe", ["deadline", "rate"]) == {
        "deadline": ("3", "the environment"),
        "rate": (1, str(home / "config/netloom/config.toml")),
    }
    assert load(home, here=here, user=user).fields("probe", ["deadline"])["deadline"][0] == 2
    assert found.options() == {"ttl": (2, f"{home}/here/netloom.toml"), "idle": ("9", "the environment")}


def test_what_names_the_operation_wins_within_a_source_only(home: Path) -> None:
    found = load(home, here="deadline = 1\n[probe]\ndeadline = 2\n", NETLOOM_GET_DEADLINE="4")
    assert found.fields("probe", ["deadline"])["deadline"][0] == 2
    assert found.fields("get", ["deadline"])["deadline"][0] == "4"
    assert found.fields("list", ["deadline"])["deadline"][0] == 1
    assert load(home, NETLOOM_DEADLINE="5").fields("probe", ["deadline"])["deadline"][0] == "5"


def test_a_chosen_file_stands_in_the_place_of_both(home: Path) -> None:
    chosen = home / "chosen.toml"
    chosen.write_text('color = "never"\n')
    found = load(home, here='output = "csv"', file=str(chosen))
    assert (found.common("color"), found.common("output")) == ("never", None)
    assert load(home, NETLOOM_CONFIG=str(chosen)).common("color") == "never"


def test_without_xdg_the_home_counts(home: Path) -> None:
    place = home / ".config" / "netloom"
    place.mkdir(parents=True)
    (place / "config.toml").write_text('output = "json"')
    assert settings.load({"HOME": str(home)}, folder=home / "here").common("output") == "json"


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("deadlin = 1", "there is no setting 'deadlin'", "did you mean deadline?"),
        ("[probe]\nrat = 1", "there is no setting 'probe.rat'", "did you mean probe.rate?"),
        ("[zzzz]\nqqq = 1", "there is no setting 'zzzz.qqq'", "there is no operation 'zzzz'"),
        ("[options]\nzzzzzzzzzz = 1", "there is no setting 'options.zzzzzzzzzz'", "in [options]: "),
        ("deadline = [1]", "deadline takes one value, not a list", ""),
        ("[probe.deadline]\na = 1", "probe.deadline takes one value, not a table", ""),
    ],
)
def test_mistakes_name_the_file_and_what_would_be_right(home: Path, text: str, words: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(home, here=text)
    assert caught.value.message == f"{home}/here/netloom.toml: {words}"
    assert caught.value.hint.startswith(hint)


def test_a_file_that_is_no_toml_has_a_line_and_a_column(home: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(home, here='output = "json"\ndeadline = = 3\n')
    assert "netloom.toml, line 2: " in caught.value.message
    assert caught.value.text == "deadline = = 3"
    assert caught.value.column == 11


def test_files_that_cannot_be_read(home: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load(home, file=str(home / "none.toml"))
    (home / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="can't be read"):
        load(home, file=str(home / "binary.toml"))


def test_lists(home: Path) -> None:
    found = load(home, here='[options]\nproxy = ["socks5://a", "http://b"]\n[probe]\nexpect = ["duration < 1s"]\n')
    assert found.options() == {"proxy": (["socks5://a", "http://b"], f"{home}/here/netloom.toml")}
    assert found.fields("probe", ["expect"])["expect"][0] == ["duration < 1s"]


def test_variables_that_set_nothing_are_known() -> None:
    environment = {
        "NETLOOM_OUPUT": "x",
        "NETLOOM_DEBUG": "1",
        "NETLOOM_DEADLINE": "1",
        "HOME": "/",
        "NETLOOM_XXXXXXX": "",
    }
    first, second = settings.unknown(environment)
    assert first == "NETLOOM_OUPUT sets nothing: did you mean NETLOOM_OUTPUT?"
    assert second == "NETLOOM_XXXXXXX sets nothing"


@pytest.mark.parametrize("text", ['[get]\nas = "yaml"', 'as = "yaml"'])
def test_what_is_a_word_of_python_too(text: str, home: Path) -> None:
    for found in (load(home, here=text), load(home, NETLOOM_GET_AS="yaml")):
        assert found.fields("get", ["as_"])["as_"][0] == "yaml"
