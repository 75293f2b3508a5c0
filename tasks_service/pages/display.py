"""Times as one person wants to see them: absolute and relative, in the zone of their choice."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from tasks_service.pages.preferences import Preferences
from tasks_service.pages.words import duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """The moment of a request and the preferences of its sender."""

    now: datetime
    preferences: Preferences

    def clock(self, moment: datetime, job_zone: str = "") -> str:
        """The shortest absolute time that leaves no doubt: ``02:00``, ``Thu 02:00``, ``24 Dec 18:00``."""
        zone = self.preferences.zone_for(job_zone)
        local, today = moment.astimezone(zone), self.now.astimezone(zone)
        days = abs((local.date() - today.date()).days)
        if days == 0:
            form = "%H:%M:%S" if local.second else "%H:%M"
        elif days < 6:
            form = "%a %H:%M"
        else:
            form = "%-d %b %H:%M" if local.year == today.year else "%-d %b %Y %H:%M"
        return local.strftime(form)

    def full(self, moment: datetime, job_zone: str = "") -> str:
        """Date, time and zone."""
        local = moment.astimezone(self.preferences.zone_for(job_zone))
        return f"{local:%a %Y-%m-%d %H:%M:%S} {local.tzname()}"

    def zones(self, job_zone: str) -> list[str]:
        """The zones in which fires are told: the job's, UTC, and the viewer's, each once."""
        return list(dict.fromkeys((job_zone, "UTC", self.preferences.browser_zone)))

    def local(self, moment: datetime, zone: str) -> str:
        """Weekday, date and time in a named zone."""
        return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M:%S}"

    def relative(self, moment: datetime) -> str:
        """``in 3 h 12 min``, ``41 s ago``, ``now``."""
        away = moment - self.now
        if abs(away) < timedelta(seconds=1):
            return "now"
        amount = duration(timedelta(seconds=round(abs(away.total_seconds()))))
        words = amount.replace(".0 s", " s")
        return f"in {words}" if away > timedelta(0) else f"{words} ago"

    def ago(self, moment: datetime, job_zone: str = "") -> Markup:
        """A ``time`` element that shows the distance and says the absolute time on hover."""
        return self._element(moment, self.relative(moment), job_zone)

    def at(self, moment: datetime, job_zone: str = "") -> Markup:
        """A ``time`` element that shows the absolute time and says date, zone and UTC on hover."""
        return self._element(moment, self.clock(moment, job_zone), job_zone)

    def _element(self, moment: datetime, text: str, job_zone: str) -> Markup:
        utc = moment.astimezone(UTC)
        title = f"{self.full(moment, job_zone)} · {utc:%Y-%m-%d %H:%M:%S} UTC · {self.relative(moment)}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(f"{utc:%Y-%m-%dT%H:%M:%SZ}", title, text)
