"""The fenced blocks of the documents, and how each one is shown to work.

A block of commands or of settings stands here by its page and first line. Manifests, job types and JSON are told by
themselves. Whatever else a document holds must be added, or a test fails.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from running import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


class Shown(StrEnum):
    """What shows that a block works."""

    REQUEST = "sent to a service in the order of the pages"
    MAKE = "targets that exist; .ci/run calls them"
    IMPORT = "carried out on the file that the page shows, with the result that it shows"
    FOLDER = "carried out in a folder that was begun with tasks init"
    SERVER = "carried out beside a service with the sample manifests"
    RECORDED = "the same requests in tests/cli/test_overriding.py"
    SQLITE = "carried out around a service on SQLite"
    POSTGRES = "carried out around a service on PostgreSQL"
    SECRETS = "carried out, and read as Compose would mount it"
    WHEEL = "carried out by tests/image in a system without the checkout"
    UNIT = "carried out by tests/image under a real systemd"
    ENGINE = "needs a container engine; tests/image carries the Dockerfile and the run line out without one"
    WORKER = "the same command in tests/faults, against a real broker"
    DEVELOPMENT = "the same settings in tests/cli/test_serve.py"
    SETTINGS = "read as settings"
    DROP_IN = "verified by systemd together with the unit"
    NGINX = "served by a real nginx in front of a service"
    OVERLAY = "built by kustomize on the base"
    PLAN = "carried out around a git repository and a service"
    NEW_TYPE = "carried out in the order of the page, in an environment and a checkout of its own"
    MANIFEST = "validated"
    JOB_TYPE = "loaded and run"
    JSON = "parsed, line by line"
    PRE_COMMIT = "run by pre-commit in a repository with a wrong manifest"
    RULE = "generated of the catalogue, whose examples tests/manifests/test_rules.py runs"


NAMED = {
    ("README.md", "make run"): Shown.MAKE,
    ("README.md", "docker build -t insightmesh-tasks ."): Shown.ENGINE,
    ("docs/backup.md", 'sqlite3 tasks.db ".backup backup.db"'): Shown.SQLITE,
    ("docs/backup.md", "rm -f tasks.db tasks.db-wal tasks.db-shm"): Shown.SQLITE,
    ("docs/backup.md", 'pg_dump --format=custom --file=tasks.dump "$DATABASE_URL"'): Shown.POSTGRES,
    (
        "docs/backup.md",
        'pg_restore --clean --if-exists --no-owner --single-transaction --dbname="$DATABASE_URL" tasks.dump',
    ): Shown.POSTGRES,
    ("docs/cli.md", "TASKS_URL=https://tasks.example.org"): Shown.SETTINGS,
    ("docs/cli.md", "tasks get jobs"): Shown.SERVER,
    ("docs/cli.md", "tasks run service_metrics -p time_range_hours=1 --reason check"): Shown.SERVER,
    (
        "docs/cli.md",
        'tasks pause -l team=data --until 2030-01-01T08:00+01:00 --reason "the warehouse moves"',
    ): Shown.RECORDED,
    ("docs/cli.md", "tasks wait --revision 4f2c1ab --timeout 60"): Shown.RECORDED,
    ("docs/ci.md", "make validate"): Shown.MAKE,
    ("docs/ci.md", "tasks validate"): Shown.FOLDER,
    ("docs/ci.md", "repos:"): Shown.PRE_COMMIT,
    ("docs/ci.md", "tasks schema"): Shown.FOLDER,
    ("docs/editors.md", "tasks new command --file manifests/my_backup.yaml"): Shown.FOLDER,
    ("docs/import.md", "MAILTO=ops@example.org"): Shown.IMPORT,
    ("docs/import.md", "tasks import crontab crontab --timezone Europe/Berlin"): Shown.IMPORT,
    ("docs/import.md", "apiVersion: batch/v1"): Shown.IMPORT,
    ("docs/import.md", "tasks import cronjob cronjob.yaml"): Shown.IMPORT,
    ("docs/installation.md", "make install"): Shown.MAKE,
    ("docs/installation.md", "python3 -m venv venv"): Shown.WHEEL,
    ("docs/installation.md", "docker build -t insightmesh-tasks ."): Shown.ENGINE,
    (
        "docs/installation.md",
        "useradd --system --home-dir /opt/tasks --shell /usr/sbin/nologin taskuser",
    ): Shown.UNIT,
    ("docs/installation.md", "[Service]"): Shown.DROP_IN,
    ("docs/git.md", "TASKS_GIT_URL=https://git.example.com/platform/jobs.git"): Shown.SETTINGS,
    (
        "docs/git.md",
        'TASKS_GIT_SOURCES=[{"name": "team-a", "url": "git@git.example.com:a/jobs.git", "ssh_key": "/etc/tasks/a"}]',
    ): Shown.SETTINGS,
    ("docs/guards.md", "tasks sync --wait"): Shown.SERVER,
    (
        "docs/guards.md",
        'TASKS_SYNC_WINDOWS=[{"kind": "deny", "cron": "0 16 * * fri", "duration": "64h", "timezone": "Europe/Berlin",'
        ' "manual": true}]',
    ): Shown.SETTINGS,
    ("docs/plans.md", "tasks plan --out plan.json"): Shown.PLAN,
    ("docs/plans.md", "tasks plan --server http://localhost:5001 --out plan.json"): Shown.PLAN,
    ("docs/plans.md", "tasks plan --base main"): Shown.PLAN,
    ("docs/preflights.md", "tasks run service_metrics --dry-run"): Shown.SERVER,
    ("docs/production.md", "DATABASE_URL=postgresql://tasks:password@db.example.org/tasks"): Shown.SETTINGS,
    ("docs/production.md", "EXECUTOR=celery"): Shown.SETTINGS,
    ("docs/production.md", "TASKS_QUEUES=reports,default tasks worker"): Shown.WORKER,
    ("docs/production.md", "REDIS_URL=redis://redis.example.org:6379/0"): Shown.SETTINGS,
    ("docs/production.md", "upstream tasks {"): Shown.NGINX,
    ("docs/production.md", "TASKS_ALLOWED_HOSTS=tasks.example.org"): Shown.SETTINGS,
    ("docs/production.md", "mkdir --mode=700 deploy/secrets"): Shown.SECRETS,
    ("docs/production.md", "docker compose --file deploy/compose.yaml up --build --detach"): Shown.ENGINE,
    ("docs/production.md", "apiVersion: kustomize.config.k8s.io/v1beta1"): Shown.OVERLAY,
    ("docs/simulation.md", "tasks simulate"): Shown.FOLDER,
    ("docs/troubleshooting.md", "TASKS_ENV=development python app.py"): Shown.DEVELOPMENT,
    ("docs/upgrade.md", "tasks schema"): Shown.FOLDER,
    ("docs/writing-job-types.md", "tasks new-type word_count --package words"): Shown.NEW_TYPE,
    ("docs/writing-job-types.md", "tasks new-type word_count"): Shown.NEW_TYPE,
    ("docs/writing-job-types.md", "python -m pytest words"): Shown.NEW_TYPE,
    ("docs/writing-job-types.md", "from word_count import WordCount"): Shown.NEW_TYPE,
    ("docs/writing-job-types.md", "tasks new word_count --file manifests/words.yaml"): Shown.NEW_TYPE,
    ("docs/writing-job-types.md", "tasks serve"): Shown.NEW_TYPE,
    ("docs/writing-job-types.md", "tasks run words"): Shown.NEW_TYPE,
}


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: str
    language: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """Page and first line, without what is said beside it."""
        return self.page, self.text.split("\n", 1)[0].split("  #")[0].strip()

    @property
    def shown(self) -> Shown | None:
        """What shows that it works; None where nothing does."""
        if self.key in NAMED:
            return NAMED[self.key]
        if self.page.startswith("docs/rules/"):
            return Shown.RULE
        if self.language == "bash" and self.text.startswith("curl "):
            return Shown.REQUEST
        if self.language == "yaml" and re.search(r"^job_type:", self.text, flags=re.MULTILINE):
            return Shown.MANIFEST
        return {"python": Shown.JOB_TYPE, "json": Shown.JSON}.get(self.language)

    @property
    def commands(self) -> list[str]:
        """Its lines, continued ones joined and remarks left out."""
        lines = self.text.replace("\\\n", "").splitlines()
        return [line.split("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


def found_in(page: str, text: str) -> list[Block]:
    """The blocks of a text that name a language; drawings name none."""
    fenced = re.findall(r"^ *```(\w+)\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)
    return [Block(page, language, body) for language, body in fenced]


BLOCKS = [block for page in DOCUMENTS for block in found_in(str(page.relative_to(ROOT)), page.read_text("utf-8"))]


def shown_by(shown: Shown) -> list[Block]:
    """The blocks of one kind, in the order of the pages."""
    return [block for block in BLOCKS if block.shown is shown]
