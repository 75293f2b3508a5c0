"""Where manifests come from, and what guards them: the sources and the guards that the settings name."""

from collections.abc import Iterator
from pathlib import Path

from tasks_service.adapters.git_source import GitSource, Remote, Signatures
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.app.manifests import directory, manifest_text
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.guards.load import LoadLimit
from tasks_service.core.guards.rules import GuardRules
from tasks_service.core.ports import Clock, ManifestSource
from tasks_service.settings import Settings
from tasks_service.settings.git_sources import GitSetting


def sources(settings: Settings, clock: Clock) -> tuple[ManifestSource, ...]:
    """The directory and the repositories."""
    files = [directory(settings, clock)] if settings.directory_is_source else []
    return (*files, *(_git(settings, clock, remote, name, under) for name, remote, under in remotes(settings)))


def guards(settings: Settings) -> GuardRules:
    """What keeps a change of the sources back."""
    return GuardRules(
        load=LoadLimit(factor=settings.load_factor, runs=settings.load_runs),
        windows=tuple(window.window(settings.timezone) for window in settings.sync_windows),
    )


def remotes(settings: Settings) -> Iterator[tuple[str, Remote, str]]:
    """Each repository: the name of its source, where it is fetched from, and the folder in it."""
    if settings.git_url:
        token = settings.git_token.get_secret_value() if settings.git_token else ""
        own = GitSetting(
            name="git",
            url=settings.git_url,
            branch=settings.git_branch,
            path=settings.git_path,
            ssh_key=settings.git_ssh_key,
        )
        yield own.name, _remote(settings, own, token), own.path
    for further in settings.git_sources:
        yield further.name, _remote(settings, further, _token(further.token_file)), further.path


def _remote(settings: Settings, wanted: GitSetting, token: str) -> Remote:
    return Remote(
        url=wanted.url,
        branch=wanted.branch,
        token=token,
        ssh_key=wanted.ssh_key.absolute() if wanted.ssh_key else None,
        known_hosts=settings.git_known_hosts.absolute() if settings.git_known_hosts else None,
    )


def _token(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise SourceUnavailable(
            f"the token in {file} cannot be read: {error.strerror}", hint="look at token_file in TASKS_GIT_SOURCES"
        ) from error


def _git(settings: Settings, clock: Clock, remote: Remote, name: str, under: str) -> GitSource:
    return GitSource(
        remote,
        settings.data_dir.absolute() / "git",
        manifest_text(settings, clock),
        IcalEvents(),
        clock,
        name=name,
        under=under,
        interval=settings.git_poll or settings.sync_interval,
        signatures=Signatures(verify=settings.git_verify, signers=settings.git_signers),
        allow_force_push=settings.git_allow_force_push,
    )
