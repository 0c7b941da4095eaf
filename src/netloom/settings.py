"""Settings: what flags leave open, from NETLOOM_*, then ./netloom.toml, then $XDG_CONFIG_HOME/netloom/config.toml."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, get_args, get_origin

import msgspec

from netloom import registry
from netloom.endpoint import suggest
from netloom.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

COMMON = ("output", "color", "quiet", "verbose", "write_out")
"""Settings of the command itself, whatever the operation. The others are fields of requests and options of links."""

_OWN_WORDS = frozenset({"config", "debug", "fuzz"})
_PLACE = r" \(at line (\d+), column (\d+)\)$"


class Layer(msgspec.Struct, frozen=True):
    """One source. Names: `deadline` (wherever it is a field), `probe.deadline` (only there), `options.ttl` (links)."""

    source: str
    values: Mapping[str, Any]


class Settings(msgspec.Struct, frozen=True):
    """All sources, the strongest first."""

    layers: tuple[Layer, ...] = ()

    def common(self, name: str) -> Any:
        """A setting of the command itself, or None."""
        return next((layer.values[name] for layer in self.layers if name in layer.values), None)

    def fields(self, operation: str, wanted: Iterable[str]) -> dict[str, tuple[Any, str]]:
        """What is set for an operation's fields: value and source. Within a source, what names the operation wins."""
        found = {}
        for field in wanted:
            for layer in self.layers:
                own = f"{operation}.{field}"
                if own in layer.values or field in layer.values:
                    found[field] = layer.values.get(own, layer.values.get(field)), layer.source
                    break
        return found

    def options(self) -> dict[str, tuple[Any, str]]:
        """What is set for links, by the option's name: value and source."""
        found: dict[str, tuple[Any, str]] = {}
        for layer in self.layers:
            for name, value in layer.values.items():
                if name.startswith("options."):
                    found.setdefault(name.removeprefix("options."), (value, layer.source))
        return found


def load(environment: Mapping[str, str], *, file: str = "", folder: Path | None = None) -> Settings:
    """Read all sources. A `file` (or NETLOOM_CONFIG) stands in the place of both usual files.

    Raises UsageError for a file that can't be read, and for a setting that nothing has.
    """
    layers = [Layer("the environment", _from_environment(environment))]
    chosen = file or environment.get("NETLOOM_CONFIG", "")
    if chosen:
        layers.append(_from_file(chosen))
    else:
        # os.path, not pathlib: mostly there is no such file, and importing pathlib would take longer than all of this
        join = os.path.join
        home = os.path.expanduser(environment.get("HOME", "~"))  # noqa: PTH111
        home = environment.get("XDG_CONFIG_HOME") or join(home, ".config")
        usual = join(folder or "", "netloom.toml"), join(home, "netloom", "config.toml")
        layers += [_from_file(path) for path in usual if os.path.isfile(path)]  # noqa: PTH113
    return Settings(tuple(layer for layer in layers if layer.values))


def unknown(environment: Mapping[str, str]) -> list[str]:
    """Variables that begin with NETLOOM_ and set nothing, each with what may have been meant."""
    found = []
    for variable in environment:
        name = _name(variable)
        if name and name not in _OWN_WORDS and _takes_list(name) is None:
            near = suggest(_upper(name), [_upper(word) for word in _known()]).replace("mean ", "mean NETLOOM_")
            found.append(f"{variable} sets nothing{f': {near}' if near else ''}")
    return found


def _upper(name: str) -> str:
    return name.replace(".", "_").upper()


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Names aren't checked here: the environment is everybody's, and `-v` tells of those that set nothing."""
    return {_name(variable): value for variable, value in environment.items() if variable.startswith("NETLOOM_")}


def _name(variable: str) -> str:
    """NETLOOM_PROBE_DEADLINE as `probe.deadline`, NETLOOM_OPTIONS_TTL as `options.ttl`; nothing for other variables."""
    if not variable.startswith("NETLOOM_"):
        return ""
    word = variable.removeprefix("NETLOOM_").lower()
    for prefix in (*registry.names("operations"), "options"):
        if word.startswith(f"{prefix}_"):
            return f"{prefix}.{_field(word.removeprefix(f'{prefix}_'))}"
    return _field(word)


def _field(word: str) -> str:
    """A field's name as Python has it: what is one of its own words ends with an underscore there."""
    return f"{word}_" if iskeyword(word) else word


def _from_file(place: str) -> Layer:
    import tomllib
    from pathlib import Path

    path = Path(place)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path} can't be read: {exc.strerror if isinstance(exc, OSError) else exc}") from exc
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise _no_toml(path, str(exc), text) from exc
    values: dict[str, Any] = {}
    for name, value in content.items():
        inner = value if isinstance(value, dict) else {"": value}
        for key, item in inner.items():
            values[".".join(_field(part.replace("-", "_")) for part in (name, key) if part)] = item
    for name, value in values.items():
        takes_list = _takes_list(name)
        if takes_list is None:
            near = suggest(name, _known())
            raise UsageError(f"{path}: there is no setting {name!r}", hint=near or _hint(name.rpartition(".")[0]))
        if isinstance(value, dict) or (isinstance(value, list) and not takes_list):
            raise UsageError(
                f"{path}: {name} takes one value, not {'a table' if isinstance(value, dict) else 'a list'}"
            )
    return Layer(str(path), values)


def _no_toml(path: Path, message: str, text: str) -> UsageError:
    place = re.search(_PLACE, message)
    if not place:
        return UsageError(f"{path} is no TOML: {message}")
    line, column = int(place[1]), int(place[2])
    words = message[: place.start()]
    lines = text.split("\n")
    shown = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    return UsageError(
        f"{path}, line {line}: {words[0].lower()}{words[1:]}, at column {column}", text=shown, column=column - 1
    )


def _hint(place: str) -> str:
    if not place:
        return "a field of an operation, or [options] for links: netloom help settings"
    inside = [name.partition(".")[2] for name in _known() if name.startswith(f"{place}.")]
    return f"in [{place}]: {', '.join(inside)}" if inside else f"there is no operation {place!r}"


def _takes_list(name: str) -> bool | None:
    """Whether a setting takes several values; None where there is no such setting. Little is imported to tell."""
    if name in COMMON:
        return False
    place, _, field = name.rpartition(".")
    kinds: Iterable[type[msgspec.Struct]]
    if not place:
        kinds = (operation.request for operation in registry.operations())
    elif place == "options":
        kinds = (_link_options(),)
    else:
        kinds = (registry.operation(place).request for known in registry.names("operations") if known == place)
    return next(
        (_is_list(item.type) for kind in kinds for item in msgspec.structs.fields(kind) if item.name == field), None
    )


def _known() -> list[str]:
    """Every setting's name."""
    known = list(COMMON)
    for operation in registry.operations():
        for field in operation.request.__struct_fields__:
            known += [field, f"{operation.name.replace('-', '_')}.{field}"]
    return list(dict.fromkeys([*known, *(f"options.{field}" for field in _link_options().__struct_fields__)]))


def _link_options() -> type[msgspec.Struct]:
    from netloom.links.options import LinkOptions

    return LinkOptions


def _is_list(kind: Any) -> bool:
    return get_origin(kind) in (list, tuple) or any(_is_list(part) for part in get_args(kind))
