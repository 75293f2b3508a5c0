"""Colours of output: what programs write, what is kept, and what the page makes of it."""

import pytest

from tasks_service.core.ansi import kept, plain, spans


@pytest.mark.parametrize(
    ("written", "classes"),
    [
        ("31", "ansi-red"),
        ("1;31", "ansi-bold ansi-red"),
        ("01;32", "ansi-bold ansi-green"),
        ("91", "ansi-bright-red"),
        ("30;42", "ansi-on-green"),
        ("103", "ansi-on-yellow"),
        ("2;3;4;9", "ansi-dim ansi-italic ansi-underline ansi-strike"),
        ("7", "ansi-inverse"),
        ("7;31", "ansi-on-red"),
        ("7;41", "ansi-inverse"),
        ("38;5;9", "ansi-bright-red"),
        ("38;5;28", "ansi-green"),
        ("48;5;196", "ansi-on-red"),
        ("38;5;244", "ansi-bright-black"),
        ("38;2;0;0;255", "ansi-bright-blue"),
        ("38:2::0:255:255", "ansi-bright-cyan"),
        ("38:5:1;1", "ansi-bold ansi-red"),
        ("4:3", "ansi-underline"),
        ("31;39", ""),
        ("1;22", ""),
        ("31;0", ""),
        ("5;8;99;38;38;5", ""),
        ("99999999999999999999", ""),
    ],
)
def test_a_style_becomes_classes(written: str, classes: str) -> None:
    line, _ = kept(f"\x1b[{written}mtext")

    assert spans(line) == [("text", classes)]


def test_a_line_stands_alone_although_a_style_goes_on_over_several() -> None:
    first, style = kept("\x1b[31mone")
    second, style = kept("two\x1b[m three", style)

    assert (first, second) == ("\x1b[0;31mone\x1b[0m", "\x1b[0;31mtwo\x1b[0m three")
    assert kept("four", style)[0] == "four"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\x1b[2Jb\x1b[10;3Hc", "abc"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1b(B\x1b[mreset", "reset"),
        ("\x1bcnew", "␛cnew"),
        ("half \x1b[3", "half ␛[3"),
        ("\x1b[?25lhidden", "hidden"),
        ("back\b\x07\r\x00", "back␈␇␍␀"),
        ("\u202eright\u2066\x9b31m\u2028", "\ufffdright\ufffd\ufffd31m\ufffd"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_every_other_control_is_dropped_or_made_visible(written: str, shown: str) -> None:
    assert (plain(written), kept(written)[0]) == (shown, shown)
