"""Metrics as text for Prometheus, through its client library: the only place that knows it."""

from collections.abc import Iterable
from itertools import accumulate
from math import inf

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.core import Metric as ClientMetric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from tasks_service.core.metric import Distribution, Family, Kind, Sample
from tasks_service.core.ports import Exposed


class PrometheusExposition:
    """Implements ``Exposition``: text format 0.0.4, or OpenMetrics where it is asked for."""

    def write(self, families: Iterable[Family], accept: str) -> Exposed:
        """The families in the format that an ``Accept`` header asks for; the classic text format otherwise."""
        registry = CollectorRegistry()
        registry.register(_Collector([_client_metric(family) for family in families]))
        encode, content_type = choose_encoder(accept)
        return Exposed(content=encode(registry), content_type=content_type)


class _Collector(Collector):
    """Gives a registry what was measured already."""

    def __init__(self, metrics: Iterable[ClientMetric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[ClientMetric]:
        return self._metrics


def _client_metric(family: Family) -> ClientMetric:
    metric = family.metric
    name, labels = metric.name, metric.labels
    match metric.kind:
        case Kind.HISTOGRAM:
            histogram = HistogramMetricFamily(name, metric.help, labels=labels)
            for sample, held in _distributions(family):
                histogram.add_metric(sample.labels, _buckets(metric.bounds, held), held.sum)
            return histogram
        case Kind.INFO:
            info = InfoMetricFamily(name.removesuffix("_info"), metric.help)
            for sample in family.samples:
                info.add_metric((), dict(zip(labels, sample.labels, strict=True)))
            return info
        case Kind.COUNTER | Kind.GAUGE:
            kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
            plain = kind(name, metric.help, labels=labels)
            for sample in family.samples:
                plain.add_metric(sample.labels, _number(sample))
            return plain


def _distributions(family: Family) -> Iterable[tuple[Sample, Distribution]]:
    return ((s, s.value) for s in family.samples if isinstance(s.value, Distribution))


def _number(sample: Sample) -> float:
    if isinstance(sample.value, Distribution):
        raise TypeError("only a histogram has distributions")
    return float(sample.value)


def _buckets(bounds: Iterable[float], held: Distribution) -> list[tuple[str, float]]:
    """Prometheus wants each bucket to hold those below it, too."""
    return list(zip(map(floatToGoString, (*bounds, inf)), accumulate(held.counts), strict=True))
