"""The demonstration: two real processes, 1,200 members, one page."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_demonstration_imports_everybody_in_spite_of_a_rate_limit_and_of_our_own_settings() -> None:
    misleading = {
        "TASKS_API_KEY": "k",
        "SLACK_BOT_API_URL": "http://127.0.0.1:1",
        "DATABASE_URL": "postgresql://no/where",
    }
    shown = subprocess.run(
        [sys.executable, "-m", "deploy.demo", "--once"],
        cwd=ROOT,
        env=os.environ | misleading,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert shown.returncode == 0, shown.stderr
    assert "Users stored: 1200" in shown.stdout
    assert "Slack asked to wait 1 time(s)" in shown.stdout
    assert re.search(r"See them at http://127\.0\.0\.1:\d+/users", shown.stdout)
