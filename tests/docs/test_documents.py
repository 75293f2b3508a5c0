"""What the documents say is so: links, commands, settings, versions."""

import re
import subprocess
from pathlib import Path

import pytest

from docs.tables import pages
from tasks_service import __version__
from tasks_service.settings import PLACEHOLDER_KEYS, Settings, read_settings, variable_names

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8"))
    inside = [target for target in targets if "://" not in target]

    assert [target for target in inside if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", pages(), ids=lambda document: document.name)
def test_generated_pages_are_fresh(document: Path) -> None:
    assert document.read_text("utf-8") == pages()[document], "run make schemas"


def test_every_setting_stands_in_the_example_and_in_the_configuration() -> None:
    names = {name for field in Settings.model_fields for name in variable_names(field)}
    example = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), flags=re.MULTILINE))

    assert names - example == {"FLASK_ENV"}
    assert {name for name in example if not name.startswith("TASKS_SECRET_")} - names == set()


def test_the_example_starts_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        for name in variable_names(field):
            monkeypatch.delenv(name, raising=False)

    settings = read_settings(ROOT / ".env.example")

    assert settings.port == 5001
    assert settings.secret_key is None
    assert any(key in (ROOT / ".env.example").read_text("utf-8") for key in PLACEHOLDER_KEYS)


def test_the_quick_start_is_exactly_two_make_targets_that_exist() -> None:
    quick_start = README.partition("## Quick start")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```bash\n(.*?)^```", quick_start, flags=re.DOTALL | re.MULTILINE)

    assert [line.split("#")[0].split() for line in block.splitlines()] == [["make", "run"], ["make", "test"]]


def test_every_make_target_that_is_mentioned_exists() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^  make ([a-z]+)", listed, flags=re.MULTILINE))
    mentioned = {name for page in DOCUMENTS for name in re.findall(r"`make ([a-z]+)`", page.read_text("utf-8"))}

    assert mentioned - targets == set()
    assert {"install", "run", "test", "check", "fmt", "schemas", "validate", "demo", "bench", "vendor"} <= targets


def test_every_changelog_names_the_version() -> None:
    released = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
    )

    assert released[0] == __version__


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))
