"""What the service knows of a job type: its name, its parameters, and what it may touch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class JobType:
    """One kind of job. ``params`` is the pydantic model of its parameters."""

    name: str
    title: str
    description: str
    params: type[BaseModel]
    secrets: tuple[str, ...] = ()
    """Names of the environment variables whose values its runs are given."""
    settings: tuple[str, ...] = ()
    """Names of the settings that its runs are told; never secret ones."""
    network: bool = False
    """Whether its runs speak to anything but the embedded bot API."""
    preload: bool = True
    """Whether it may be loaded once for all runs; else each run gets a fresh interpreter."""
    previous_success: bool = False
    """Whether its runs are told of the success before them."""
    preflight: bool = False
    """Whether it can tell if a run would be able to work."""
    dry_run: bool = False
    """Whether it can tell what a run would do, without doing it."""

    @property
    def required_params(self) -> list[str]:
        """Names of the parameters that must be given."""
        return [self._alias(n) for n, f in self.params.model_fields.items() if f.is_required()]

    @property
    def optional_params(self) -> list[str]:
        """Names of the parameters that may be left out."""
        return [self._alias(n) for n, f in self.params.model_fields.items() if not f.is_required()]

    def _alias(self, name: str) -> str:
        return self.params.model_fields[name].alias or name

    def canonical(self, parameters_json: bytes | str) -> dict[str, Any]:
        """The parameters with defaults filled in, as plain JSON; raises ``pydantic.ValidationError``."""
        model = self.params.model_validate_json(parameters_json, strict=True)
        return model.model_dump(mode="json", by_alias=True, exclude_none=True)


JobTypes = Mapping[str, JobType]
