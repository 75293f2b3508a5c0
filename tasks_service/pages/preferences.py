"""How a person wants the pages to look: theme, density, time zone and live updates, kept in one cookie."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from zoneinfo import ZoneInfo, available_timezones

COOKIE = "view"
ZONE_COOKIE = "browser_zone"
"""Written by the script of the pages, because only the browser knows its zone."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "theme": ("auto", "light", "dark"),
    "density": ("comfortable", "compact"),
    "zone": ("utc", "job", "browser"),
    "live": ("on", "off"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """One choice of each kind; the first of ``CHOICES`` is the default."""

    theme: str = "auto"
    density: str = "comfortable"
    zone: str = "utc"
    live: str = "on"
    browser_zone: str = "UTC"

    @classmethod
    def read(cls, cookies: Mapping[str, str]) -> "Preferences":
        """The preferences in the cookies of a request; what is not understood becomes the default."""
        zone = cookies.get(ZONE_COOKIE, "UTC").replace("%2F", "/")
        known = zone if zone in available_timezones() else "UTC"
        words = cookies.get(COOKIE, "").split(".")
        return cls(browser_zone=known).changed(dict(zip(CHOICES, words, strict=False)))

    def changed(self, wishes: Mapping[str, str]) -> "Preferences":
        """A copy with those wishes that are among the choices."""
        return replace(self, **{name: wishes[name] for name in CHOICES if wishes.get(name) in CHOICES[name]})

    def written(self) -> str:
        """The value of the cookie."""
        return ".".join(getattr(self, field.name) for field in fields(self) if field.name in CHOICES)

    def zone_for(self, job_zone: str = "") -> ZoneInfo:
        """The zone that times are shown in; ``job_zone`` is that of the job a time belongs to."""
        if self.zone == "browser":
            return ZoneInfo(self.browser_zone)
        return ZoneInfo(job_zone or "UTC") if self.zone == "job" else ZoneInfo("UTC")
