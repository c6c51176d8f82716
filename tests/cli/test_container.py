"""The image as far as it can be replayed without an engine: an ordinary user, a read-only root, one place to write."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.running import ROOT, environment_of, process

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
UID = "10001"
KEPT_APART = frozenset({"secret", "secret.ledger", "secret.ledger.lock"})
"""The keys, and the erasure ledger beside them."""
TOKEN = "an-owner-token-for-tests"
BARE = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--no-new-privs")
# Reading everywhere replaces that the image's files are readable to all; a developer's own may not be.
READING = ("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search", "--bounding-set=-all")


def final_stage() -> list[str]:
    return DOCKERFILE.replace("\\\n", "").split("\nFROM ")[-1].splitlines()


def test_the_image_runs_as_an_ordinary_user_and_writes_to_one_volume() -> None:
    """USER is a number that is not root's, and the only volume is what the settings point to."""
    stage = final_stage()
    assert f"USER {UID}" in stage
    assert [line for line in stage if line.startswith("VOLUME")] == ["VOLUME /data"]
    assert "DATABASE_URL=sqlite:////data/seloste.db" in DOCKERFILE
    assert "SELOSTE_SECRET_FILE=/data/secret" in DOCKERFILE
    for option in ("--read-only", "--tmpfs /tmp", "--cap-drop ALL", "no-new-privileges"):
        assert option in README
        assert option in DOCKERFILE


def test_no_layer_holds_a_secret() -> None:
    """What `docker history` shows are these lines: no build argument but the Python, no token, key or password."""
    assert re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE) == ["PYTHON", "REQUIREMENTS"]
    assert not re.search(r"(?i)token|password|://[^/\s]+:[^/\s]+@|\bADD\b|--mount", DOCKERFILE)
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    assert not [line for line in ignored if line.startswith("!") and re.search(r"var|env|secret|git|tests", line)]


@dataclass(frozen=True)
class Walls:
    """How to start a process inside, the only folder it may write to, and one that it may not."""

    inside: tuple[str, ...]
    data: Path
    elsewhere: Path

    def settings(self) -> dict[str, str]:
        """The image's settings, and a home of nobody's."""
        data = self.data
        return {
            "DATABASE_URL": f"sqlite:///{data}/seloste.db",
            "SELOSTE_SECRET_FILE": f"{data}/secret",
            "SELOSTE_PORT": "0",
            "SELOSTE_BOOTSTRAP_ADMIN_TOKEN": TOKEN,
            "HOME": str(self.elsewhere),
            "XDG_RUNTIME_DIR": str(self.elsewhere),
        }

    def run(self, code: str) -> str:
        """What a piece of Python prints inside."""
        told = subprocess.run(
            [*self.inside, sys.executable, "-c", code],
            cwd=self.elsewhere,
            env=environment_of(self.settings()),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return told.stdout + told.stderr


@pytest.fixture
def walls() -> Iterator[Walls]:
    """The strongest that this machine can build: a read-only root, another user, or folders closed to oneself."""
    place = Path(tempfile.mkdtemp(prefix="seloste-walls-"))
    data, elsewhere = place / "data", place / "elsewhere"
    for folder in (data, elsewhere):
        folder.mkdir()
    place.chmod(0o755)
    elsewhere.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.chown(data, int(UID), int(UID))
    mounts = f'mount --bind {data} {data} && mount -o remount,bind,ro / && exec "$@"'
    closed = ("unshare", "--mount", "sh", "-c", mounts, "sh")
    kinds = [(*closed, *BARE, *READING), (*BARE, *READING), BARE] if root else [()]
    yield next(
        found for kind in kinds if (found := Walls(kind, data, elsewhere)).run("import app.settings; print(1)") == "1\n"
    )
    elsewhere.chmod(0o755)
    shutil.rmtree(place)


PROBE = """
import os
for place in {places}:
    try:
        open(os.path.join(place, "probe"), "w").close()
        os.remove(os.path.join(place, "probe"))
        print("written")
    except OSError:
        print("refused")
print(os.getuid())
"""


PREPARE = f"""
from app.cli import main
for command in (["migrate"], ["register", "apply", "{ROOT}/app/register/registers/lumicos.yaml"]):
    try:
        main(command)
    except SystemExit as end:
        print("code", end.code)
"""
"""Both commands in one process: importing the service twice takes longer than all else."""


def of_user(folder: Path) -> set[Path]:
    """What the image's user left in a shared folder."""
    return {path for path in folder.iterdir() if path.lstat().st_uid == int(UID)}


def test_the_service_needs_no_more_than_its_volume(walls: Walls) -> None:
    """Migrated, given a definition, started, signed in to and written to by an ordinary user on a read-only root."""
    places = [str(walls.data), str(walls.elsewhere), str(ROOT)]
    probed = walls.run(PROBE.format(places=places)).split()
    assert probed[:2] == ["written", "refused"]
    assert probed[2] == "refused" or os.geteuid() != 0
    assert probed[3] != "0"
    shared = Path(tempfile.gettempdir())
    before = of_user(shared)
    told = walls.run(PREPARE)
    assert [line for line in told.splitlines() if line.startswith("code")] == ["code 0", "code 0"], told
    outside = Path(tempfile.mkdtemp(prefix="seloste-told-"))
    for told_here in ("out", "err"):
        (outside / told_here).touch()  # a developer who is not root can make none once the folder is closed
    outside.chmod(0o555)
    with process("serve", settings=walls.settings(), folder=outside, inside=walls.inside) as started:
        assert started.call(TOKEN, "GET", "/readyz")[0] == 200
        made = started.call(TOKEN, "POST", "/v1/api-clients", {"name": "shop", "role": "webshop", "systems": ["shop"]})
        assert made[0] == 201
        assert healthy(started.url)
        assert started.stop() == 0
    outside.chmod(0o755)
    shutil.rmtree(outside)
    assert of_user(shared) == before
    assert {path.name for path in walls.data.iterdir()} <= {
        "seloste.db",
        "seloste.db-wal",
        "seloste.db-shm",
        *KEPT_APART,
    }


def healthy(url: str) -> bool:
    """Run the image's own HEALTHCHECK, which needs nothing but Python, against the port of this service."""
    found = re.search(r"HEALTHCHECK .*?CMD (\[.*?\])\n", DOCKERFILE.replace("\\\n", ""))
    assert found is not None
    program, *arguments = json.loads(found[1])
    assert program == "python"
    environment = {**os.environ, "SELOSTE_PORT": url.rpartition(":")[2]}
    return subprocess.run([sys.executable, *arguments], env=environment, check=False, timeout=30).returncode == 0


def test_the_health_check_fails_where_nothing_serves() -> None:
    """A check that cannot fail would be none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", sys.stdout)
        assert not healthy("http://127.0.0.1:1")
