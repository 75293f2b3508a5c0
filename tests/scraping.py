"""Scrapes as Prometheus reads them."""

from prometheus_client.parser import text_string_to_metric_families

from tasks_service.control.metric_table import METRICS
from tasks_service.core.metric import Kind, Scope

Series = tuple[str, frozenset[tuple[str, str]]]


class Scrape:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: dict[str, str] = {}
        """The metric that each sample belongs to."""
        self.values: dict[Series, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self.names[sample.name] = f"{family.name}_total" if family.type == "counter" else family.name
                self.values[sample.name, frozenset(sample.labels.items())] = sample.value

    def value(self, name: str, **labels: str) -> float | None:
        """One sample; None where it is not there."""
        return self.values.get((name, frozenset(labels.items())))

    def by(self, label: str, name: str, **labels: str) -> dict[str, float]:
        """The samples with these labels that are not 0, by one more label."""
        found: dict[str, float] = {}
        for (of, pairs), value in self.values.items():
            held = dict(pairs)
            if of == name and value and labels.items() <= held.items():
                found[held[label]] = value
        return found

    def counters(self) -> dict[Series, float]:
        """The figures of the installation that may only grow."""
        names = {m.name for m in METRICS if m.scope is Scope.INSTALLATION and m.kind in (Kind.COUNTER, Kind.HISTOGRAM)}
        return {s: value for s, value in self.values.items() if self.names[s[0]] in names}
