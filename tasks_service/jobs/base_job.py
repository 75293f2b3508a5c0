"""The base of every job type."""

import json
import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, create_model

from tasks_service.core.document import Document
from tasks_service.core.preflight import PreflightFinding
from tasks_service.jobs.context import JobContext


class NoParams(Document):
    """The parameters of a job type that has none."""


class UnusableResult(TypeError):
    """A job returned something that cannot be stored as its result."""


class JobFailed(Exception):
    """The work failed; ``result`` tells how much of it was done, and is stored beside the error."""

    def __init__(self, message: str, result: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.result = result


class BaseJob(ABC):
    """One kind of job: subclass it in a file of this package, and the file's name becomes the type's name.

    Describe the parameters by a nested pydantic model ``Params``, or only name them in ``REQUIRED_PARAMS`` and
    ``OPTIONAL_PARAMS``; then any value is accepted.
    """

    JOB_NAME: ClassVar[str] = ""
    JOB_DESCRIPTION: ClassVar[str] = ""
    REQUIRED_PARAMS: ClassVar[Sequence[str]] = ()
    OPTIONAL_PARAMS: ClassVar[Sequence[str]] = ()
    SECRETS: ClassVar[Sequence[str]] = ()
    """Names of the environment variables whose values its runs are given."""
    SETTINGS: ClassVar[Sequence[str]] = ()
    """Names of the settings its runs are told; never secret ones."""
    NETWORK: ClassVar[bool] = False
    """Whether its runs speak to anything but the bot API; without it the sandbox refuses sockets."""
    PRELOAD: ClassVar[bool] = True
    """Whether it may be loaded once for all runs, which are forks then. Say no where a library must not be forked once
    it is imported, or takes much memory: each run gets a fresh interpreter then, and takes longer to start."""
    PREVIOUS_SUCCESS: ClassVar[bool] = False
    """Whether its runs are told of the success before them, as ``context.previous_success``."""
    HANDLES_ENDING: ClassVar[bool] = False
    """Whether it looks at ``context.ending`` and returns by itself when a run is to end; else it is cancelled then."""
    DRY_RUN: ClassVar[bool] = False
    """Whether its runs heed ``context.dry_run``: then they tell in their result what they would do, and do nothing
    else."""
    Params: ClassVar[type[BaseModel]] = NoParams

    params: Any
    context: JobContext

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "Params" not in cls.__dict__ and {"REQUIRED_PARAMS", "OPTIONAL_PARAMS"} & cls.__dict__.keys():
            cls.Params = _params_from_names(cls)

    def __init__(self, params: BaseModel, context: JobContext) -> None:
        self.params = params
        self.context = context

    @abstractmethod
    async def _execute_job(self) -> dict[str, Any]:
        """Do the work and return the result; raise to fail the run, ``JobFailed`` where part of it was done."""

    async def _preflight(self) -> list[PreflightFinding]:
        """What would keep a run from working, found without doing its work and without changing anything anywhere;
        empty where all is well. A type that does not define it has no preflight."""
        raise NotImplementedError

    @classmethod
    def has_preflight(cls) -> bool:
        """Whether this type defines one."""
        return cls._preflight is not BaseJob._preflight

    async def preflight(self) -> dict[str, Any]:
        """Make the preflight; raise ``UnusableResult`` where what it returns are no findings."""
        findings: object = await self._preflight()
        if not isinstance(findings, list) or not all(isinstance(found, PreflightFinding) for found in findings):
            raise UnusableResult(
                f"{type(self).__name__}._preflight returned something else than a list of PreflightFinding"
            )
        return {"findings": [found.model_dump() for found in findings]}

    async def execute(self) -> dict[str, Any]:
        """Do the work; raise ``UnusableResult`` where what it returns is no JSON object."""
        try:
            return self._storable(await self._execute_job())
        except JobFailed as failure:
            failure.result = None if failure.result is None else self._storable(failure.result)
            raise

    def _storable(self, result: object) -> dict[str, Any]:
        name = type(self).__name__
        if not isinstance(result, dict):
            raise UnusableResult(
                f"{name}._execute_job returned {type(result).__name__}; return a dict, which may be empty"
            )
        try:
            stored: dict[str, Any] = json.loads(json.dumps(result, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise UnusableResult(
                f"the result of {name} is no JSON: {error}; use numbers, text, booleans, None, lists and dicts"
            ) from error
        return stored


def _params_from_names(cls: type[BaseJob]) -> type[BaseModel]:
    required: dict[str, Any] = dict.fromkeys(cls.REQUIRED_PARAMS, (Any, ...))
    optional: dict[str, Any] = {name: (Any, None) for name in cls.OPTIONAL_PARAMS if name not in required}
    with warnings.catch_warnings():
        # A parameter may be called json or schema: here the field wins over the method of that name.
        warnings.simplefilter("ignore", UserWarning)
        return create_model("Params", __base__=Document, __module__=cls.__module__, **required, **optional)
