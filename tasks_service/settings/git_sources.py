"""Further git repositories beside the one of TASKS_GIT_URL."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from tasks_service.core.documented import Documented
from tasks_service.settings.values import Branch, GitFolder, GitUrl, json_array

_TAKEN = ("git", "directory", "api")


class GitSetting(Documented):
    """One repository. Its keys are files: no secret stands in the setting itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    """What the source is called in plans and pages."""
    url: GitUrl
    branch: Branch = "main"
    path: GitFolder = ""
    token_file: Path | None = None
    ssh_key: Path | None = None


def _named_apart(settings: tuple[GitSetting, ...]) -> tuple[GitSetting, ...]:
    names = [*_TAKEN, *(setting.name for setting in settings)]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise PydanticCustomError(
            "name", "the name {twice} is taken by another source: give each its own", {"twice": twice}
        )
    return settings


GitSettings = Annotated[tuple[GitSetting, ...], BeforeValidator(json_array), AfterValidator(_named_apart)]
