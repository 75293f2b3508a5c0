"""Tables: aligned and coloured on a terminal, a line of tab-separated values per row in a pipe."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from tasks_service.cli.remote.screen import Screen

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value: as people read it, in a style, and as programs do."""

    text: str
    style: str = ""
    plain: str | None = None
    """What a pipe is given; the text where it is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its title, and what a row has there."""

    title: str
    tell: Callable[[Row, Screen], Cell | str]
    wide: bool = False
    """Shown only where more columns are asked for."""
    gives_way: bool = False
    """Cut off where the terminal is too narrow; all others stay whole as long as there is room."""


def print_table(
    screen: Screen, columns: Sequence[Column], rows: Sequence[Row], *, wide: bool = False, empty: str
) -> None:
    """Print rows; where there are none, a terminal is told ``empty`` and a pipe gets nothing."""
    shown = [column for column in columns if wide or not column.wide]
    cells = [[_cell(column.tell(row, screen)) for column in shown] for row in rows]
    if not screen.terminal:
        for line in cells:
            typer.echo("\t".join(one_line(cell.text if cell.plain is None else cell.plain) for cell in line))
    elif rows:
        screen.console.print(_drawn(shown, cells))
    else:
        typer.echo(empty, err=True)


def print_facts(screen: Screen, title: str, facts: Sequence[tuple[str, Cell | str]]) -> None:
    """Print names and values under a title; nothing at all where there are none."""
    if not facts:
        return
    screen.title(title)
    width = max(len(name) for name, _ in facts)
    for name, told in facts:
        cell = _cell(told)
        line = Text.assemble(f"  {name:<{width}}  ", (one_line(cell.text), cell.style))
        screen.console.print(line, soft_wrap=True)


def _drawn(columns: Sequence[Column], lines: Iterable[Sequence[Cell]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column.title, no_wrap=not column.gives_way, overflow="ellipsis", min_width=4)
    for line in lines:
        table.add_row(
            *(Text(one_line(cell.text), style=cell.style, no_wrap=True, overflow="ellipsis") for cell in line)
        )
    return table


def _cell(told: Cell | str) -> Cell:
    return told if isinstance(told, Cell) else Cell(text=told)


def one_line(text: str) -> str:
    """The text without what would break the line or steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
