"""Every block of the documents is carried out, validated, or listed with what shows it instead."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import tasks
from deployed import KNOWN, settings_in_container
from document_blocks import BLOCKS, NAMED, Block, Shown, found_in, shown_by
from running import ROOT, Service, serving


def each(shown: Shown) -> list[object]:
    blocks = shown_by(shown)
    return [pytest.param(block, id=f"{block.page}-{n}") for n, block in enumerate(blocks, start=1)]


def only(shown: Shown) -> str:
    [block] = shown_by(shown)
    return block.text


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "-".join(block.key))
def test_something_shows_that_the_block_works(block: Block) -> None:
    assert block.shown, (
        f"{block.page} has a block that nothing tests: name it in tests/document_blocks.py\n{block.text}"
    )


def test_no_name_is_stale() -> None:
    assert NAMED.keys() - {block.key for block in BLOCKS} == set()


def test_every_kind_has_a_block() -> None:
    assert {shown for shown in Shown if not shown_by(shown)} <= {Shown.JSON}


@pytest.mark.parametrize("text", ["```bash\nrm -rf /\n```\n", "```yaml\nkind: Odd\n```\n", "```ini\n[Odd]\n```\n"])
def test_a_new_block_is_noticed(text: str) -> None:
    [block] = found_in("README.md", text)

    assert block.shown is None


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("documents"), {}) as running:
        yield running


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("block", each(Shown.REQUEST))
def test_every_request_is_answered_with_success(service: Service, block: Block) -> None:
    """In the order of the pages: what one creates the next may pause."""
    script = block.text.replace("curl ", "curl --silent --show-error --fail-with-body ").replace(
        "http://localhost:5001", service.url
    )

    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("block", each(Shown.MAKE))
def test_every_make_target_exists(block: Block) -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for command in block.commands:
        found = re.fullmatch(r"make ([a-z-]+)", command)
        assert found, command
        assert re.search(rf"^  make {found[1]} ", listed, flags=re.MULTILINE), command


@pytest.mark.parametrize("block", each(Shown.FOLDER))
def test_every_command_works_in_a_folder_of_ones_own(block: Block, tmp_path: Path) -> None:
    assert tasks("init", cwd=tmp_path).exit_code == 0

    for command in block.commands:
        program, *arguments = command.split()
        assert program == "tasks"
        assert tasks(*arguments, cwd=tmp_path).exit_code == 0, command


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the sample manifests."""
    samples = {path.name: path.read_text() for path in (ROOT / "manifests").glob("*.yaml")}
    with serving(tmp_path_factory.mktemp("stocked"), samples) as running:
        yield running


@pytest.mark.parametrize("block", each(Shown.SERVER))
def test_every_command_works_beside_a_service(stocked: Service, block: Block) -> None:
    for command in block.commands:
        program, *arguments = shlex.split(command)
        done = tasks(*arguments, cwd=stocked.folder, **stocked.environment)
        assert (program, done.exit_code) == ("tasks", 0), f"{command}\n{done.stderr}"


@pytest.mark.parametrize("block", each(Shown.ENGINE))
def test_what_an_engine_is_given_exists(block: Block) -> None:
    for command in block.commands:
        assert command.startswith(("docker build -t ", "docker run -p 5001:5001 ", "docker compose --file "))
        files = re.findall(r"--file (\S+)", command)
        assert [file for file in files if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize("block", each(Shown.SETTINGS))
def test_settings_are_known_and_raise_no_doubt(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict(line.split("=", 1) for line in block.commands)

    settings = settings_in_container(given, {}, tmp_path, monkeypatch)

    assert given.keys() <= KNOWN
    assert settings.warnings == ()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_drop_in_is_accepted_and_known(tmp_path: Path) -> None:
    unit = (ROOT / "deploy/tasks-service.service").read_text()
    (tmp_path / "tasks-service.service").write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit))
    folder = tmp_path / "tasks-service.service.d"
    folder.mkdir()
    (folder / "local.conf").write_text(only(Shown.DROP_IN))
    names = set(re.findall(r"^Environment=(\w+)=", only(Shown.DROP_IN), flags=re.MULTILINE))

    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "tasks-service.service"],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert names
    assert names <= KNOWN


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_secrets_of_compose_are_made_as_it_mounts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deploy").mkdir()

    done = subprocess.run(["bash", "-euc", only(Shown.SECRETS)], cwd=tmp_path, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    made = {path.name: path.read_text() for path in (tmp_path / "deploy/secrets").iterdir()}
    assert set(re.findall(r"file: \./secrets/(\w+)", (ROOT / "deploy/compose.yaml").read_text())) == made.keys()
    assert made["database_url"] == f"postgresql://tasks:{made['postgres_password']}@postgres/tasks"
    assert len({*made.values()}) == 4
    assert all(path.stat().st_mode & 0o777 == 0o444 for path in (tmp_path / "deploy/secrets").iterdir())
    assert (tmp_path / "deploy/secrets").stat().st_mode & 0o777 == 0o700
    given = {"DATABASE_URL_FILE": "/s/url", "SECRET_KEY_FILE": "/s/key"}
    files = {"/s/url": made["database_url"], "/s/key": made["secret_key"]}
    assert settings_in_container(given, files, tmp_path, monkeypatch).warnings == ()


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_the_overlay_is_built_on_the_base(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy/kubernetes", tmp_path / "deploy/kubernetes")
    overlay = tmp_path / "overlays/production"
    overlay.mkdir(parents=True)
    (overlay / "kustomization.yaml").write_text(only(Shown.OVERLAY))
    shutil.copy(ROOT / "deploy/kubernetes/secrets.example.yaml", overlay / "secrets.yaml")

    done = subprocess.run(["kubectl", "kustomize", overlay], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert "GITSYNC_REPO: https://git.example.org/team/jobs.git" in done.stdout
    assert len(re.findall(r"image: images\.example\.org/\S+:\S+", done.stdout)) == 3


def test_json_is_json() -> None:
    assert all(json.loads(line) for block in shown_by(Shown.JSON) for line in block.text.splitlines() if line)
