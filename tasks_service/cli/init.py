"""``tasks init``: a folder to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from tasks_service.app.editors import editor_files
from tasks_service.app.manifests import job_schemas
from tasks_service.app.samples import sample_manifests
from tasks_service.cli.problem import fail


def init(
    folder: Annotated[Path, typer.Argument(help="Where to begin; made if it is missing.")] = Path(),
) -> None:
    """Write sample manifests, the schemas that editors check them with, and settings for VS Code.

    What is there already stays as it is.

    Exit code 0: done; 2: not possible.
    """
    texts = {f"manifests/{name}": text for name, text in sample_manifests().items()}
    texts |= {f"schemas/{name}": text for name, text in job_schemas().items()}
    texts |= {f".vscode/{name}": text for name, text in editor_files().items()}
    try:
        for name, text in texts.items():
            path = folder / name
            if path.exists():
                typer.echo(f"kept {path}")
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            typer.echo(f"wrote {path}")
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", "name a folder that you may write in")
    typer.echo(f"next: {'' if folder == Path() else f'cd {folder} && '}tasks serve")
