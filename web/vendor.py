"""Vendored front-end files: copied from node_modules by version, and checked offline by hash.

``python web/vendor.py`` copies what ``npm ci --ignore-scripts`` has installed and writes ``manifest.json`` beside it;
``python web/vendor.py --check`` compares the files with that manifest and needs neither npm nor a network.
"""

import argparse
import base64
import hashlib
import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parent
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Vendored:
    """Some files of one npm package, and the folder they are copied to."""

    package: str
    folder: str
    files: tuple[str, ...]


SHIPPED = (
    Vendored("htmx.org", "htmx", ("dist/htmx.min.js", "dist/ext/hx-sse.min.js", "LICENSE")),
    Vendored("@picocss/pico", "pico", ("css/pico.min.css", "LICENSE.md")),
    Vendored(
        "swagger-ui-dist",
        "swagger-ui",
        ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"),
    ),
)
FOR_TESTS = (Vendored("axe-core", "axe", ("axe.min.js", "LICENSE")),)
TARGETS = {WEB / "static" / "vendor": SHIPPED, WEB.parent / "tests" / "vendor": FOR_TESTS}


def sha384(path: Path) -> str:
    """The hash of a file as browsers spell it in ``integrity``."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def copy(modules: Path, target: Path, packages: Iterable[Vendored]) -> None:
    """Copy the files of the packages to ``target`` and describe them in its manifest."""
    shutil.rmtree(target, ignore_errors=True)
    entries: list[dict[str, Any]] = []
    for vendored in packages:
        source = modules / vendored.package
        about = json.loads((source / "package.json").read_text("utf-8"))
        hashes: dict[str, str] = {}
        for name in vendored.files:
            kept = target / vendored.folder / Path(name).name
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, kept)
            hashes[kept.relative_to(target).as_posix()] = sha384(kept)
        entries.append(
            {
                "package": vendored.package,
                "version": about["version"],
                "licence": about["license"],
                "files": hashes,
            }
        )
    (target / MANIFEST).write_text(json.dumps(entries, indent=2) + "\n", "utf-8")


def differences(target: Path, pins: dict[str, str]) -> list[str]:
    """What in ``target`` is not as its manifest and the pinned versions say; empty where all is well."""
    try:
        entries = json.loads((target / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return [f"{target / MANIFEST} is missing: run make vendor"]
    expected = {name: digest for entry in entries for name, digest in entry["files"].items()}
    present = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()} - {MANIFEST}
    found = [f"{target / name} is missing" for name in sorted(expected.keys() - present)]
    found += [f"{target / name} is in no package of the manifest" for name in sorted(present - expected.keys())]
    found += [
        f"{target / name} was changed: its hash is not the recorded one"
        for name in sorted(expected.keys() & present)
        if sha384(target / name) != expected[name]
    ]
    found += [
        f"{entry['package']} is {entry['version']} in {target}, but package.json pins {pins.get(entry['package'])}"
        for entry in entries
        if pins.get(entry["package"]) != entry["version"]
    ]
    return found


def pinned() -> dict[str, str]:
    """The exact versions that package.json asks for."""
    about = json.loads((WEB / "package.json").read_text("utf-8"))
    return {**about["dependencies"], **about["devDependencies"]}


def main() -> int:
    """Copy, or with ``--check`` only compare: 0 where all is well, 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, offline")
    if not parser.parse_args().check:
        for target, packages in TARGETS.items():
            copy(WEB / "node_modules", target, packages)
    found = [problem for target in TARGETS for problem in differences(target, pinned())]
    for problem in found:
        sys.stderr.write(problem + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
