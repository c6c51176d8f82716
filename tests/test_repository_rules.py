"""The repository's own rules: what no linter checks for us."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-otel.txt", "requirements-dev.txt")
NODE = "tests/node"
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40

# Written in pieces, so that this file does not contain what it forbids.
HOSTS = "|".join(
    re.escape(".".join(parts))
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("gcr", "io"),
    )
)
MACHINE_PATHS = r"(?<![\w.~])/(?:" + "home|root|Users|work" + ")/"
FORBIDDEN = re.compile(f"{HOSTS}|{MACHINE_PATHS}")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def app_files() -> list[Path]:
    return sorted((ROOT / "app").rglob("*.py"))


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def pins(lock: str) -> list[tuple[str, str]]:
    """Name and version; one name may have several versions for several Pythons."""
    return list(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]+\])?==(\S+)", read(lock), flags=re.MULTILINE))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From `def` to the last line, less the docstring."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked_files()
        if (match := FORBIDDEN.search(path.read_text(encoding="utf-8", errors="ignore")))
    ]
    assert not found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_names_no_address(lock: str) -> None:
    requirements = re.split(r"^(?=[a-z0-9])", read(lock), flags=re.MULTILINE)[1:]
    assert len(requirements) == len(pins(lock)) > 0
    assert all("--hash=sha256:" in requirement for requirement in requirements)
    assert "://" not in read(lock)
    assert not re.search(r"^\s*-(?!-hash=)", read(lock), flags=re.MULTILINE)


def test_the_lock_of_node_packages_pins_and_hashes_everything_and_names_no_address() -> None:
    """`npm ci` takes each from whatever registry it is set to, if it is what the hash says, and runs none of them."""
    packages = json.loads(read(f"{NODE}/package-lock.json"))["packages"]
    asked = json.loads(read(f"{NODE}/package.json"))["devDependencies"]
    assert packages.pop("")["devDependencies"] == asked
    assert all(re.fullmatch(r"[\d.]+", version) for version in asked.values())
    assert all(one["integrity"].startswith("sha512-") and "resolved" not in one for one in packages.values())
    assert "ignore-scripts=true" in read(f"{NODE}/.npmrc").splitlines()


@pytest.mark.parametrize("lock", LOCKS)
def test_what_a_package_asks_for_with_extras_is_pinned_with_them(lock: str) -> None:
    """Otherwise pip 23 looks for the newest release that has the extra, and refuses it for having no hash here."""
    pinned = re.findall(r"^([a-z0-9._-]+(?:\[[^\]]+\])?)==", read(lock), flags=re.MULTILINE)
    extras = {found.name: found.extras for found in map(Requirement, pinned)}
    asked = [
        Requirement(line)
        for name in extras
        for line in (requires(name) if name in installed() else None) or ()
        if "[" in line.partition(";")[0]
    ]
    wanted = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert lock == "requirements.txt" or wanted
    assert [str(one) for one in wanted if not one.extras <= extras[canonicalize_name(one.name)]] == []


@cache
def installed() -> set[str]:
    """Names of the packages that are here; a lock also names those of other systems."""
    return {canonicalize_name(found.metadata["Name"]) for found in distributions()}


def test_tests_run_on_the_versions_that_production_runs() -> None:
    assert set(pins("requirements.txt")) <= set(pins("requirements-dev.txt"))


def test_the_locks_cover_what_the_project_declares() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    declared = {re.split(r"[^a-z0-9-]", line)[0] for line in project["dependencies"]}
    development = {re.split(r"[^a-z0-9-]", line)[0] for line in project["optional-dependencies"]["dev"]}
    assert declared <= {name for name, _ in pins("requirements.txt")}
    assert development <= {name for name, _ in pins("requirements-dev.txt")}


def test_the_image_installs_the_same_lock_in_the_same_way_as_make() -> None:
    image = read("Dockerfile").replace("${REQUIREMENTS}", "requirements.txt")
    assert "ARG REQUIREMENTS=requirements.txt" in image
    for flags in ("--require-hashes -r requirements.txt", "--no-deps --no-build-isolation"):
        assert flags in read("Makefile")
        assert flags in image
    kept = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert {"requirements*.txt", "pyproject.toml", "app", "migrations"} <= kept


def test_the_image_runs_without_root_and_tells_its_health() -> None:
    final_stage = read("Dockerfile").rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!0\b|root\b)\S+$", final_stage, flags=re.MULTILINE)
    assert "HEALTHCHECK" in final_stage
    assert "/healthz" in final_stage
    assert 'CMD ["seloste", "serve"]' in final_stage


def test_the_gate_runs_the_checks_the_tests_and_the_service() -> None:
    gate = read(".ci/run")
    assert all(re.search(rf"\bmake {target}\b", gate) for target in ("node-tools", "check", "test", "run"))
    assert (ROOT / ".ci/run").stat().st_mode & 0o100


def test_help_lists_every_target() -> None:
    targets = set(re.findall(r"^\.PHONY: (\S+)$", read("Makefile"), flags=re.MULTILINE))
    defined = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), flags=re.MULTILINE))
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    listed = set(re.findall(r"^  make (\S+)", shown.stdout, flags=re.MULTILINE))
    assert targets == defined == listed
    assert {"run", "test", "demo", "check", "bench", "openapi", "lock", "clean", "format"} <= targets


def test_files_stay_short_enough_to_read_in_one_go() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in app_files()}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES}


def test_functions_stay_short_enough_to_read_at_a_glance() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}": length(function)
        for path in app_files()
        for function in functions(path)
    }
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES}


def imported(path: Path) -> Iterator[str]:
    """The modules a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_policy_imports_the_standard_library_only() -> None:
    strangers = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "app" / "policy").rglob("*.py"))
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("app.policy.")
    ]
    assert not strangers


def test_each_ignored_finding_names_its_rule_and_its_reason() -> None:
    marker = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)\b")
    complete = re.compile(r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[a-z, -]+\]|pragma: no cover)\W+\w+")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (*app_files(), *sorted((ROOT / "tests").rglob("*.py")))
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if marker.search(line) and not complete.search(line)
    ]
    assert not found
