"""The job types of this installation: the files of the package, and the entry points of other packages."""

import importlib.util
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from pydantic import BaseModel

import tasks_service.jobs
from tasks_service.core.errors import NotFound
from tasks_service.core.jobtype import JobType
from tasks_service.jobs.base_job import BaseJob

ENTRY_POINT_GROUP = "tasks_service.job_types"
_ENTRY_POINT = "entry point "


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTypeProblem:
    """A job type that could not be loaded; the others are there all the same."""

    name: str
    origin: str
    """The module or the entry point it should have come from."""
    message: str

    def __str__(self) -> str:
        return f"job type {self.name} ({self.origin}) cannot be used: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRegistry:
    """Everything that was found, and what was wrong with the rest."""

    classes: Mapping[str, type[BaseJob]]
    types: Mapping[str, JobType]
    problems: tuple[JobTypeProblem, ...]

    @classmethod
    def load(
        cls, package: ModuleType, group: str = ENTRY_POINT_GROUP, wanted: Callable[[str], bool] | None = None
    ) -> "JobRegistry":
        """Import every file of the package and every entry point of the group whose name is wanted. A broken one
        becomes a problem."""
        classes: dict[str, type[BaseJob]] = {}
        types: dict[str, JobType] = {}
        problems: list[JobTypeProblem] = []
        for name, origin, find in _candidates(package, group):
            if wanted is not None and not wanted(name):
                continue
            try:
                if (found := find()) is None:
                    continue
                if name in classes:
                    raise ValueError(f"the name is already taken by {classes[name].__module__}")
                types[name] = _describe(name, found)
                classes[name] = found
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a job type's file does, the others stay
                problems.append(JobTypeProblem(name=name, origin=origin, message=_sentence(error)))
        return cls(classes=classes, types=types, problems=tuple(problems))

    def job_class(self, name: str) -> type[BaseJob]:
        """The class of a job type; raises ``NotFound`` with the reason where it is broken or unknown."""
        if name in self.classes:
            return self.classes[name]
        for problem in self.problems:
            if problem.name == name:
                raise NotFound(str(problem), hint="correct the file and restart the service")
        raise NotFound(f"there is no job type {name!r}", hint=f"known are {', '.join(sorted(self.classes))}")


_wanted: list[Callable[[str], bool]] = []


def load_only(wanted: Callable[[str], bool]) -> None:
    """Have this process load no other job types; said before the first use."""
    _wanted[:] = [wanted]
    installed.cache_clear()


@cache
def installed() -> JobRegistry:
    """The registry of this installation, read once per process."""
    return JobRegistry.load(tasks_service.jobs, wanted=_wanted[0] if _wanted else None)


def load_job_types() -> dict[str, JobType]:
    """The usable job types by name."""
    return dict(installed().types)


def job_type_files() -> tuple[str, ...]:
    """The files of the job types, of those that cannot be used too, and of the packages of others that they are part
    of."""
    known = installed()
    modules = {cls.__module__ for cls in known.classes.values()}
    packages = {module.partition(".")[0] for module in modules} - {tasks_service.__name__}
    loaded = [m for name, m in sys.modules.items() if name in modules or name.partition(".")[0] in packages]
    files = {getattr(module, "__file__", None) for module in loaded} | set(map(_file_of, known.problems))
    return tuple(sorted(filter(None, files)))


def _file_of(problem: JobTypeProblem) -> str | None:
    module = problem.origin.removeprefix(_ENTRY_POINT).partition(":")[0]
    try:
        spec = importlib.util.find_spec(module)
    except Exception:  # noqa: BLE001 - a package above it may do anything when it is imported
        return None
    return spec.origin if spec else None


def job_type_problems() -> tuple[JobTypeProblem, ...]:
    """The job types that could not be loaded, and why."""
    return installed().problems


def job_class(name: str) -> type[BaseJob]:
    """The class of a job type; raises ``NotFound`` with the reason where it is broken or unknown."""
    return installed().job_class(name)


Finder = Callable[[], type[BaseJob] | None]


def _candidates(package: ModuleType, group: str) -> Iterator[tuple[str, str, Finder]]:
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if not info.name.startswith("_"):
            module_name = f"{package.__name__}.{info.name}"
            yield info.name, module_name, partial(_in_module, module_name)
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        yield point.name, f"{_ENTRY_POINT}{point.value}", partial(_at_entry_point, point)


def _in_module(module_name: str) -> type[BaseJob] | None:
    """The one job type that a module defines; None for a module that only helps others."""
    module = importlib.import_module(module_name)
    defined = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, BaseJob) and value.__module__ == module_name
    ]
    if not defined or defined == [BaseJob]:
        return None
    complete = [cls for cls in defined if not inspect.isabstract(cls)]
    if not complete:
        raise TypeError(f"{defined[0].__name__} does not define _execute_job")
    if len(complete) > 1:
        names = ", ".join(cls.__name__ for cls in complete)
        raise TypeError(f"it defines {names}: put each job type into a file of its own")
    return complete[0]


def _at_entry_point(point: EntryPoint) -> type[BaseJob]:
    found: object = point.load()
    if not (inspect.isclass(found) and issubclass(found, BaseJob)) or inspect.isabstract(found):
        raise TypeError(f"{found!r} is no complete subclass of BaseJob")
    return found


def _describe(name: str, cls: type[BaseJob]) -> JobType:
    if not cls.JOB_NAME:
        raise TypeError(f"{cls.__name__} has no JOB_NAME")
    params: object = cls.Params
    if not (inspect.isclass(params) and issubclass(params, BaseModel)):
        raise TypeError(f"{cls.__name__}.Params is no pydantic model")
    for names in ("SECRETS", "SETTINGS"):
        if isinstance(getattr(cls, names), str):
            raise TypeError(f"{cls.__name__}.{names} is a string: write a tuple, such as ('SLACK_BOT_TOKEN',)")
    cls.Params.model_json_schema()  # A model that no schema can describe would break the schemas of all types.
    return JobType(
        name=name,
        title=cls.JOB_NAME,
        description=inspect.cleandoc(cls.JOB_DESCRIPTION),
        params=cls.Params,
        secrets=tuple(cls.SECRETS),
        settings=tuple(cls.SETTINGS),
        network=cls.NETWORK,
        preload=cls.PRELOAD,
        previous_success=cls.PREVIOUS_SUCCESS,
        preflight=cls.has_preflight(),
        dry_run=cls.DRY_RUN,
    )


def _sentence(error: BaseException) -> str:
    """The error and the line of the outermost file it came from that is not this one."""
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error}"
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__ and "importlib" not in f.filename
    ]
    place = f" (line {frames[0].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
