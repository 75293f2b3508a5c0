"""Writes the table of docs/sandbox.md: every attack of the test suite at every level, as root and as another user.

Needs root, and an interpreter and a checkout that other users can reach. ``python -m docs.attacks``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_PAGE = _ROOT / "docs" / "sandbox.md"
_BEGIN, _END = "<!-- attacks: written by make attacks -->\n", "<!-- end of attacks -->\n"
_NOBODY = 65534
_SIGNS = {"contained": "✔", "through": "·"}

Outcomes = dict[str, dict[str, str]]


def main() -> int:
    """Carry the attacks out twice, and put what came of them into the page."""
    if os.geteuid() != 0:
        print("The table has columns of a service of root: run it as root.", file=sys.stderr)  # noqa: T201 - a script
        return 1
    table = _table(_carry_out(None), _carry_out(_NOBODY))
    before, _, rest = _PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _PAGE.write_text(before + _BEGIN + table + _END + rest.partition(_END)[2], encoding="utf-8")
    print(f"wrote {_PAGE.relative_to(_ROOT)}")  # noqa: T201 - a script
    return 0


def _carry_out(user: int | None) -> Outcomes:
    """What came of it when the service runs as this user; None for the present one."""
    tests = str(_ROOT / "tests")
    done = subprocess.run(
        [sys.executable, "-m", "attack_matrix"],
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{_ROOT}:{tests}", "PYTHONDONTWRITEBYTECODE": "1"},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-4000:])
    outcomes: Outcomes = json.loads(done.stdout.splitlines()[-1])
    return outcomes


def _table(root: Outcomes, user: Outcomes) -> str:
    columns = [
        (name, outcomes, level) for name, outcomes in (("root", root), ("user", user)) for level in _levels(outcomes)
    ]
    heads = " | ".join(f"{name} {level}" for name, _, level in columns)
    lines = [f"| attack | {heads} |", "|---|" + ":-:|" * len(columns)]
    for attack in root:
        signs = " | ".join(_SIGNS[outcomes[attack][level]] for _, outcomes, level in columns)
        lines.append(f"| {attack} | {signs} |")
    return "\n".join(lines) + "\n"


def _levels(outcomes: Outcomes) -> list[str]:
    return list(next(iter(outcomes.values())))


if __name__ == "__main__":
    raise SystemExit(main())
