"""The key, and the brake on guessing it."""

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from threading import Lock


class Key:
    """The one admin key. Comparing takes the same time for every wrong guess."""

    def __init__(self, secret: str) -> None:
        self._digest = sha256(secret.encode()).digest()

    def fits(self, guess: str) -> bool:
        """Whether the guess is the key."""
        return hmac.compare_digest(sha256(guess.encode(errors="surrogateescape")).digest(), self._digest)


@dataclass(slots=True)
class _Window:
    started: float
    count: int = 0


class Brake:
    """Counts events per address in windows of fixed length, in bounded memory."""

    def __init__(self, *, limit: int = 10, seconds: float = 60.0, addresses: int = 10_000) -> None:
        self._limit = limit
        self._seconds = seconds
        self._addresses = addresses
        self._windows: OrderedDict[str, _Window] = OrderedDict()
        self._lock = Lock()

    def wait(self, address: str, now: float) -> float:
        """Seconds until the address may try again; 0 where it may at once."""
        with self._lock:
            window = self._windows.get(_network(address))
            if window is None or window.count < self._limit:
                return 0.0
            return max(0.0, window.started + self._seconds - now)

    def count(self, address: str, now: float) -> int:
        """Note one more event; returns how many there are in the present window."""
        network = _network(address)
        with self._lock:
            window = self._windows.pop(network, None)
            if window is None or now >= window.started + self._seconds:
                window = _Window(started=now)
            window.count += 1
            self._windows[network] = window
            if len(self._windows) > self._addresses:
                self._windows.popitem(last=False)
            return window.count

    def forgive(self, address: str) -> None:
        """Forget an address after a success."""
        with self._lock:
            self._windows.pop(_network(address), None)

    def __len__(self) -> int:
        return len(self._windows)


def _network(address: str) -> str:
    """IPv6 hands whole networks to one caller: they count as one address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped else str(parsed)
