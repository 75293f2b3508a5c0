"""What the documents say is so: links, commands, settings, versions."""

import re
import subprocess
from pathlib import Path

import pytest

from docs.tables import pages
from tasks_service import __version__
from tasks_service.api.routes import ROUTES
from tasks_service.cli.main import application
from tasks_service.settings import PLACEHOLDER_KEYS, Settings, read_settings, variable_names

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


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


def test_the_readme_begins_with_three_sentences_and_one_picture() -> None:
    introduction = README.partition("\n## ")[0].partition("\n")[2]
    prose = re.sub(r"!\[[^]]*\]\([^)]*\)", "", introduction)

    assert len(re.findall(r"\.(?:\s|$)", prose)) == 3
    assert re.findall(r"!\[[^]]*\]\(([^)]*)\)", README) == ["docs/picture.svg"]


def test_the_quick_start_is_exactly_two_make_targets_that_exist() -> None:
    quick_start = README.partition("## Quick start")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```bash\n(.*?)^```", quick_start, flags=re.DOTALL | re.MULTILINE)

    assert [line.split("#")[0].split() for line in block.splitlines()] == [["make", "run"], ["make", "test"]]


def test_every_make_target_that_is_mentioned_exists() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^  make ([a-z-]+)", listed, flags=re.MULTILINE))
    mentioned = {name for page in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)`", page.read_text("utf-8"))}

    assert mentioned - targets == set()
    assert {"install", "run", "test", "check", "fmt", "schemas", "validate", "demo", "bench", "vendor"} <= targets


def test_every_changelog_names_the_version() -> None:
    released = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
    )

    assert released[0] == __version__


def test_the_api_page_lists_every_endpoint() -> None:
    listed = re.findall(
        r"^\| `([A-Z]+) (\S+)` \| \S", (ROOT / "docs" / "api.md").read_text("utf-8"), flags=re.MULTILINE
    )

    assert listed == [(method, path) for path, methods in ROUTES.items() for method in methods]


def test_the_readme_names_every_command() -> None:
    lists = re.findall(r"^`tasks ([^`]*\|[^`]*)`", README, flags=re.MULTILINE)
    groups = [group.name for group in application.registered_groups]
    commands = [
        command.name or command.callback.__name__ for command in application.registered_commands if command.callback
    ]

    assert sorted(part.split()[0] for listed in lists for part in listed.split("|")) == sorted([*groups, *commands])


def test_the_layout_of_the_architecture_is_that_of_the_tree() -> None:
    package, _, rest = _block("## Layout").partition("web/")
    rooms = re.findall(r"^  ([a-z]\w*)/", package, flags=re.MULTILINE)
    folders = re.findall(r"^(\w+)/", f"web/{rest}", flags=re.MULTILINE)

    assert set(rooms) == {path.parent.name for path in (ROOT / "tasks_service").glob("*/__init__.py")}
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_the_types_of_the_architecture_exist() -> None:
    named = re.findall(
        r"\b([A-Z][a-z]+[A-Za-z]*)\(|^([A-Z]\w+) =|\b(Run(?:Request|Result|State))\b", _block("## Core types"), re.M
    )
    core = "".join(path.read_text("utf-8") for path in (ROOT / "tasks_service" / "core").glob("*.py"))

    assert len(named) > 10
    assert [
        n for n in map("".join, named) if not re.search(rf"^(class )?{n}( = |\(|:)", core, flags=re.MULTILINE)
    ] == []


def test_every_folder_of_tests_is_explained() -> None:
    rows = re.findall(r"^\| (`.*?) \|", ARCHITECTURE.partition("## Tests")[2], flags=re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    suites = {path.parent.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/**/test_*.py")}

    assert explained == suites | {"benchmarks"}


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


def _block(heading: str) -> str:
    """The first block of code below a heading of the architecture."""
    return ARCHITECTURE.partition(heading)[2].split("```")[1]
