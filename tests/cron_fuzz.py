"""Random cron strings by a grammar of the valid ones, and strings that are none."""

from random import Random

from wall_oracle import MONTHS, NICKNAMES, SUNDAY_FIRST

_SHARE_OF_NICKNAMES = 0.02
_BROKEN_TERMS = (
    "60",
    "24",
    "0-",
    "-5",
    "5-1",
    "*/0",
    "a",
    "1,,2",
    "",
    "?",
    "1-5/",
    "5/x",
    "**",
    "1.5",
    "٣",
    "L-3",
    "w",
)


def valid(random: Random) -> str:
    """A crontab expression that means something, though it may never fire."""
    if random.random() < _SHARE_OF_NICKNAMES:
        return random.choice(list(NICKNAMES))
    fields = [
        _field(random, 0, 59),
        _field(random, 0, 23),
        _month_day(random),
        _field(random, 1, 12, MONTHS, wraps=True),
        _weekday(random),
    ]
    text = random.choice((" ", "  ", "\t")).join(fields)
    return random.choice((str, str, str.upper, str.title))(text)


def broken(random: Random) -> str:
    """A valid expression with one thing wrong."""
    fields = valid(random).split()
    if len(fields) != 5:
        return random.choice(("@never", "@reboot", "@", "daily"))
    kind = random.randrange(4)
    if kind == 0:
        return " ".join(fields[: random.randrange(1, 5)])
    if kind == 1:
        return " ".join([*fields, "*"])
    place = random.randrange(5)
    wrong = random.choice([t for t in _BROKEN_TERMS if t])
    if kind == 2:
        fields[place] = random.choice(
            ("99", "jann", "mon-", "1-99", "*-3", "-", "/", ",", "1,", "5#6", "8L", "#2", "3#")
        )
    else:
        fields[place] = f"{fields[place]},{wrong if place != 1 or wrong != '24' else '25'}"
    return " ".join(fields)


def _field(random: Random, low: int, high: int, names: list[str] | None = None, *, wraps: bool = False) -> str:
    if random.random() < 0.25:
        return "*"
    terms = [_term(random, low, high, names or [], wraps=wraps) for _ in range(random.choice((1, 1, 1, 2, 3)))]
    return ",".join(terms)


def _term(random: Random, low: int, high: int, names: list[str], *, wraps: bool) -> str:
    kind = random.randrange(6)
    first, last = random.randint(low, high), random.randint(low, high)
    if not wraps or random.random() < 0.7:
        first, last = sorted((first, last))
    if kind == 0:
        return _named(random, first, low, names)
    if kind == 1:
        return f"*/{random.randint(1, 20)}"
    if kind == 2:
        return f"{first}/{random.randint(1, 20)}"
    span = f"{_named(random, first, low, names)}-{_named(random, last, low, names)}"
    return span if kind < 5 else f"{span}/{random.randint(1, 9)}"


def _named(random: Random, value: int, low: int, names: list[str]) -> str:
    return names[value - low] if value - low < len(names) and random.random() < 0.5 else str(value)


def _month_day(random: Random) -> str:
    if random.random() < 0.15:
        return random.choice(("L", "LW", "15,L", "LW,1", "L,LW"))
    return _field(random, 1, 31)


def _weekday(random: Random) -> str:
    if random.random() < 0.15:
        day = random.randint(0, 7)
        return random.choice(
            (f"{day}L", f"{day}#{random.randint(1, 5)}", f"mon,{day}L", f"fri#{random.randint(1, 5)},{day}")
        )
    if random.random() < 0.1:
        return random.choice(("7", "5-7", "0,7", "sun-sat/2", "sat-sun", "FRI-MON", "7,1-3"))
    return _field(random, 0, 6, SUNDAY_FIRST, wraps=True)
