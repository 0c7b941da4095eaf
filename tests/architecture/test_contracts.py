"""The house keeps its order: who imports whom, what stands where, and what a start may load."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.packet import talks

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "netloom"
TESTS = ROOT / "tests"


def folders(kind: str) -> list[str]:
    """The members of `protocols`: every folder that isn't private."""
    return sorted(path.name for path in (PACKAGE / kind).iterdir() if path.is_dir() and not path.name.startswith("_"))


def files(kind: str) -> list[str]:
    """The members of `operations`: every module that isn't private."""
    return sorted(path.stem for path in (PACKAGE / kind).glob("*.py") if not path.name.startswith("_"))


PROTOCOLS = folders("protocols")
OPERATIONS = files("operations")
SOURCES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh interpreter and give what it printed; it must succeed."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done


class TestImports:
    def test_the_contracts_hold(self) -> None:
        # In a process of its own: it disables every logger that it finds.
        command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_an_unplaced_module_would_fail(self) -> None:
        contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
        layers = next(contract for contract in contracts if contract["type"] == "layers")
        assert layers["exhaustive"]
        assert layers["containers"] == ["netloom"]
        assert not any("ignore_imports" in contract for contract in contracts)

    @pytest.mark.parametrize("source", SOURCES, ids=str)
    def test_no_module_is_a_drawer(self, source: Path) -> None:
        drawers = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
        assert not drawers & {part.strip("_") for part in source.with_suffix("").parts}


class TestMembers:
    """Every name in `protocols/` and `operations/` is a member, and members have one shape."""

    def test_there_are_some(self) -> None:
        assert PROTOCOLS
        assert OPERATIONS
        assert not files("protocols"), "a protocol is a folder; what two protocols share sinks below"
        assert not folders("operations"), "an operation is one file"

    @pytest.mark.parametrize("name", PROTOCOLS)
    def test_a_protocol_has_its_parts(self, name: str) -> None:
        there = {path.name for path in (PACKAGE / "protocols" / name).glob("*.py")}
        assert {"__init__.py", "client.py", "server.py", "probe.py", "decode.py"} <= there

    @pytest.mark.parametrize("name", PROTOCOLS)
    def test_a_protocol_declares_itself_by_its_folder(self, name: str) -> None:
        assert assigned(PACKAGE / "protocols" / name / "__init__.py", "PROTOCOL") == name

    @pytest.mark.parametrize("name", OPERATIONS)
    def test_an_operation_declares_itself_by_its_file(self, name: str) -> None:
        assert assigned(PACKAGE / "operations" / f"{name}.py", "OPERATION") == name.replace("_", "-")


def assigned(path: Path, constant: str) -> str:
    """The `name=` with which a module's constant is made."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        named = any(isinstance(target, ast.Name) and target.id == constant for target in targets)
        if named and isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            for keyword in node.value.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return f"{path.name} makes no {constant} with a name"


class TestStart:
    """What is loaded, and when: the registry and `--help` are on the way to everything."""

    BELOW = frozenset(
        {"netloom", "netloom.protocols", "netloom.shapes", "netloom.records", "netloom.endpoint", "netloom.errors"}
    )
    SLOW = frozenset(
        {"asyncio", "asyncssh", "click", "cryptography", "dns", "h2", "httptools", "OpenSSL", "rich", "ssl", "uvloop"}
    )

    @pytest.mark.parametrize("name", PROTOCOLS)
    def test_a_declaration_names_only_shapes_and_the_standard_library(self, name: str) -> None:
        tree = ast.parse((PACKAGE / "protocols" / name / "__init__.py").read_text(encoding="utf-8"))
        named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                named.add(str(node.module))
        assert {module for module in named if module.partition(".")[0] not in sys.stdlib_module_names} == {
            "netloom.shapes"
        }

    @pytest.mark.parametrize("name", PROTOCOLS)
    def test_a_declaration_loads_nothing_heavy(self, name: str) -> None:
        script = (
            f"import sys; before = set(sys.modules); import netloom.protocols.{name}; print(*set(sys.modules) - before)"
        )
        loaded = set(python("-c", script).stdout.split())
        ours = {module for module in loaded if module.partition(".")[0] == "netloom"}
        assert ours <= self.BELOW | {f"netloom.protocols.{name}"}
        roots = {module.partition(".")[0] for module in loaded}
        assert not roots & self.SLOW
        # msgspec looks for typing_extensions, which some of the tests' counterparts bring along
        foreign = {root for root in roots if root not in sys.stdlib_module_names} - {"typing_extensions"}
        assert foreign == {"netloom", "msgspec"}

    def test_help_is_stored_text(self) -> None:
        done = python("-X", "importtime", "-m", "netloom", "--help")
        loaded = set(re.findall(r"^import time:[^|]*\|[^|]*\|\s*(\S+)$", done.stderr, re.MULTILINE))
        assert "site" in loaded, "the interpreter reported no imports"
        assert not {module.partition(".")[0] for module in loaded} & self.SLOW
        assert "probe" in done.stdout

    def test_import_netloom_is_lazy(self) -> None:
        loaded = set(python("-c", "import sys, netloom; print(*sys.modules)").stdout.split())
        assert "netloom" in loaded
        assert not {module.partition(".")[0] for module in loaded} & self.SLOW


SENDING = """
import sys
import netloom
with netloom.serve("tcp://127.0.0.1:0") as server:
    reply = netloom.send(str(server.endpoint), "[1]", options=["reply=all"], as_=sys.argv[1]).one()
assert reply.body, reply
print(*sys.modules)
"""


class TestFormats:
    """What converts is loaded where something is converted, and what a format needs where it is that format."""

    NEEDED = frozenset({"cbor2", "defusedxml", "google", "yaml"})

    @pytest.mark.parametrize("line", ["--help", "help get", "help formats", "get --help"])
    def test_help_needs_none(self, line: str) -> None:
        done = python("-X", "importtime", "-m", "netloom", *line.split())
        loaded = set(re.findall(r"^import time:[^|]*\|[^|]*\|\s*(\S+)$", done.stderr, re.MULTILINE))
        assert not {module.partition(".")[0] for module in loaded} & {"cbor2", "yaml"}
        assert "netloom.conversion" not in loaded
        assert ("netloom.formats" in loaded) == (line == "help formats")

    @pytest.mark.parametrize(
        ("wanted", "needed"),
        [("", set()), ("json", set()), ("msgpack", set()), ("yaml", {"yaml"}), ("cbor", {"cbor2"})],
    )
    def test_each_needs_its_own(self, wanted: str, needed: set[str]) -> None:
        loaded = set(python("-c", SENDING, wanted).stdout.split())
        assert {module.partition(".")[0] for module in loaded} & self.NEEDED == needed
        assert ("netloom.formats" in loaded) == ("netloom.conversion" in loaded) == bool(wanted)


ENDING = """
import sys
import netloom.__main__ as command
import netloom.loop as loop  # `from netloom` would ask whether it is an operation
begin = loop.begin
loop.begin = lambda work, enough: begin(work, lambda: False)  # however slow this machine is
def leave(code):
    sys.stdout.flush()
    print(code, *sys.modules, file=sys.stderr)
    sys.exit()
command._leave = leave
sys.argv[0] = "netloom"
command.main()
"""


class TestOffline:
    """What opens no connection doesn't wait for what only connections need."""

    FAR = frozenset(
        {
            "asyncio", "click", "concurrent", "dataclasses", "inspect", "numba", "numpy", "pathlib",
            "socket", "ssl", "subprocess", "typing_extensions", "uvloop",
        }
    )  # fmt: skip
    FAR_OF_OURS = ("netloom.attempts", "netloom.background", "netloom.links", "netloom.packet.kernels")

    @pytest.mark.parametrize(
        "line",
        [
            "explain timeout",
            "schema explain",
            "packets CAPTURE",
            "packets CAPTURE --filter tcp -o table",
            "flows CAPTURE",
            "summary CAPTURE",
        ],
    )
    def test_a_small_question_is_answered_at_once(self, line: str, tmp_path: Path) -> None:
        capture = str(talks.capture(tmp_path))
        done = python("-c", ENDING, *(capture if word == "CAPTURE" else word for word in line.split()))
        code, *loaded = done.stderr.split()
        assert code == "0"
        assert done.stdout
        assert "netloom.toolbox" in loaded
        assert not {module.partition(".")[0] for module in loaded} & self.FAR
        assert not [module for module in loaded if module.startswith(self.FAR_OF_OURS)]


# Small and explicit: these have one shape for all, or no behaviour, and are met as a whole.
ELSEWHERE = {
    "protocols/*/client.py": "tests/matrix and tests/interop",
    "protocols/*/server.py": "tests/matrix and tests/interop",
    "protocols/*/probe.py": "tests/matrix and tests/interop",
    "__main__.py": "tests/cli, as a process",
    "errors.py": "declarations, which every test meets",
    "records.py": "declarations, which every test meets",
    "shapes.py": "declarations, which every test meets",
}


def wants_a_test(source: Path) -> bool:
    """Whether a module does more than import, declare and document; a private one is its neighbours' affair."""
    private = source.stem.startswith("_") and not source.stem.startswith("__")
    if private or any(fnmatch(source.as_posix(), listed) for listed in ELSEWHERE):
        return False
    code = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(node, code) for node in ast.parse((PACKAGE / source).read_text(encoding="utf-8")).body)


def mirrors(source: Path) -> list[Path]:
    """Where a module's test may be: for `wire/smtp/data.py`, in `wire/smtp/test_data.py` or `wire/test_smtp.py`.

    A layer's own name is too wide for that: `links/dial.py` is tested in `links/test_dial.py`, not in `test_links.py`.
    """
    if source.parts == ("__init__.py",):
        return [Path("test_api.py")]
    folder = source.parent
    own = folder.parent / f"test_{folder.name}.py"
    if source.stem == "__init__":
        return [own, folder / f"test_{folder.name}.py"]
    return [folder / f"test_{source.stem.strip('_')}.py", *([own] if len(folder.parts) > 1 else [])]


class TestMirror:
    """Every module that has code has a test file where one would look for it."""

    @pytest.mark.parametrize("source", [source for source in SOURCES if wants_a_test(source)], ids=str)
    def test_each_module_has_its_test(self, source: Path) -> None:
        wanted = mirrors(source)
        assert any((TESTS / path).is_file() for path in wanted), f"none of {[f'tests/{path}' for path in wanted]}"

    @pytest.mark.parametrize("name", PROTOCOLS)
    def test_each_protocol_meets_real_counterparts(self, name: str) -> None:
        assert (TESTS / "interop" / f"test_{name}.py").is_file()

    def test_the_matrix_is_tested(self) -> None:
        assert list((TESTS / "matrix").glob("test_*.py"))


class TestRequirements:
    def test_each_has_a_lower_bound(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        for requirement in project["project"]["dependencies"] + project["dependency-groups"]["dev"]:
            assert re.match(r"[A-Za-z0-9._-]+(\[\w+\])?>=\d", requirement), requirement

    @pytest.mark.parametrize("lock", ["runtime", "dev"])
    def test_the_lock_is_whole_and_names_no_place(self, lock: str) -> None:
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        assert not re.search(r"://|--(?:extra-|default-)?index|--find-links| @ ", text)
        pins = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in pin for pin in pins)
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        wanted = project["project"]["dependencies"] + project["build-system"]["requires"]
        wanted += project["dependency-groups"]["dev"] if lock == "dev" else []
        locked = {normal(pin.partition("==")[0]) for pin in pins}
        assert {normal(re.split(r"\[|>=", requirement)[0]) for requirement in wanted} <= locked

    def test_the_development_set_contains_the_runtime_set(self) -> None:
        runtime, dev = (
            dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / f"{lock}.txt").read_text(), re.MULTILINE))
            for lock in ("runtime", "dev")
        )
        assert runtime.items() <= dev.items()


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
