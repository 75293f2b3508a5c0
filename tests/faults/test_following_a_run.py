"""``tasks logs -f`` while its server is killed."""

import subprocess
from pathlib import Path

import pytest
from running import command_job, serving, wait_for

pytestmark = pytest.mark.fault

COUNTING = "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.1; done"


def test_following_goes_on_after_the_server_was_killed_and_tells_that_the_run_was_lost(tmp_path: Path) -> None:
    with serving(tmp_path, {"count.yaml": command_job("count", "sh", "-c", COUNTING)}) as service:
        run_id = service.post("/api/jobs/count/run", expect=202)["id"]
        with (tmp_path / "out").open("wb") as out:
            follower = subprocess.Popen(
                [*service.command, "logs", "count", "-f"],
                cwd=tmp_path,
                env=service.environment,
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
            )
        wait_for("the first lines", lambda: "line 5\n" in (tmp_path / "out").read_text(), 30)
        service.kill()
        service.start()
        service.wait_for_run(run_id)
        _, complaints = follower.communicate(timeout=60)
        kept = service.ask("GET", f"/api/runs/{run_id}/output?format=text").text

    told = (tmp_path / "out").read_text().splitlines()
    assert told == [f"line {n}" for n in range(1, len(told) + 1)]
    assert "\n".join(told) in kept
    assert follower.returncode == 1
    assert complaints.count("trying again") == 1
    assert complaints.splitlines()[-1].startswith("lost")
    assert "Traceback" not in complaints
