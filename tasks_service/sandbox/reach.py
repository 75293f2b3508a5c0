"""The reach of a run: the files that every job needs to read, whatever its type."""

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

_SYSTEM = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr")
_CONFIGURATION = (
    *("alternatives", "bash.bashrc", "ca-certificates", "crypto-policies", "environment", "gai.conf", "gitconfig"),
    *("group", "host.conf", "hostname", "hosts", "inputrc", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime"),
    *("locale.alias", "locale.conf", "machine-id", "mime.types", "networks", "nsswitch.conf", "os-release", "passwd"),
    *("pki/ca-trust", "pki/tls/certs", "pki/tls/openssl.cnf", "profile", "profile.d", "protocols", "python3"),
    *("resolv.conf", "rpc", "services", "shells", "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone"),
)
"""Below /etc: what programs look at. The rest of it holds passwords, keys and the settings of services."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def devices() -> list[Path]:
    """What may be read and written by everybody."""
    return [Path(device) for device in _DEVICES]


@cache
def readable(extra: tuple[str, ...], private: tuple[str, ...]) -> tuple[Path, ...]:
    """System, Python and modules, and what the installation adds.

    A directory of modules in which private data lies too, such as a checkout in which the service keeps its database,
    is opened by its modules alone. The zygote asks first, so that its forks have the answer.
    """
    hidden = [Path(path) for path in private]
    stdlib = sysconfig.get_path("stdlib")
    python = {sys.prefix, sys.base_prefix, sys.exec_prefix, stdlib, os.path.realpath(sys.executable)}
    wanted = {*map(Path, python), *(Path(entry) for entry in sys.path if entry)}
    modules = (part for path in sorted(wanted) for part in _parts(path, hidden))
    configuration = (Path("/etc", name) for name in _CONFIGURATION)
    return (*map(Path, _SYSTEM), *configuration, *modules, *map(Path, extra))


def _parts(path: Path, hidden: list[Path]) -> Iterator[Path]:
    if not any(secret.is_relative_to(path) for secret in hidden):
        yield path
    else:
        with suppress(OSError):
            yield from (entry for entry in path.iterdir() if _is_module(entry) and entry not in hidden)


def _is_module(entry: Path) -> bool:
    return entry.suffix in (".py", ".so", ".dist-info", ".egg-info") or os.access(entry / "__init__.py", os.R_OK)
