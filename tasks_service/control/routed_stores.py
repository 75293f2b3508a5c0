"""Stores with a second ledger: the same ports, led to where each job is kept."""

from collections.abc import Mapping
from dataclasses import replace

from tasks_service.control.routed_inventory import RoutedInventory
from tasks_service.control.routed_ledger import SECOND, RoutedLedger
from tasks_service.core.stores import SecondLedger, Stores


def with_second(stores: Stores, second: SecondLedger) -> Stores:
    """The stores, with jobs of ``store: redis`` kept by the second ledger."""
    return replace(
        stores,
        ledger=RoutedLedger(stores.ledger, second, stores.archive),
        inventory=RoutedInventory(stores.inventory, second),
        second=second,
        behind=lambda fence: with_second(stores.behind(fence), second.behind(fence)),
    )


def stores_away(second: SecondLedger | None) -> Mapping[str, str]:
    """The values of a manifest's ``store`` whose jobs cannot be claimed now, each with the reason."""
    trouble = second.state().trouble if second else "REDIS_URL is not set"
    return {SECOND: trouble} if trouble else {}
