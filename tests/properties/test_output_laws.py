"""Laws of output: however it comes in pieces, the same lines are kept, few enough, without secrets or controls."""

import re
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks_service.adapters.local_executor.capture import Capture
from tasks_service.adapters.local_executor.line_cutter import LEAST_COST
from tasks_service.adapters.local_executor.masking import Masker
from tasks_service.core.ansi import PLAIN, kept, plain, spans
from tasks_service.core.masking import MASK, all_spellings
from tasks_service.core.run import OutputLine

AT = datetime(2030, 1, 1, tzinfo=UTC)
PLENTY = 2**20
SEQUENCES = ("\x1b[31m", "\x1b[0m", "\x1b[1;38;5;208;44m", "\x1b[38:2::1:2:3m", "\x1b[K", "\x1b]0;title\x07", "\x1b(B")
ODD = "\x1b\x00\x07\r\u202e\u009b\x9d[]mé🙂;0 a\t"
KEPT_SEQUENCE = re.compile(r"\x1b\[0(;\d{1,3})*m")
CLASSES = re.compile(r"(ansi-[a-z-]+( ansi-[a-z-]+)*)?")
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=4, max_size=24).filter(
    lambda text: MASK not in text and not set(text) <= set("*")
)
wild = st.lists(st.one_of(st.text(ODD, max_size=8), st.sampled_from(SEQUENCES), st.just("\n")), max_size=30)
cuts = st.lists(st.integers(1, 40), min_size=1, max_size=20)


def in_pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data cut again and again after so many bytes."""
    pieces, start, turn = [], 0, 0
    while start < len(data):
        pieces.append(data[start : start + sizes[turn % len(sizes)]])
        start += sizes[turn % len(sizes)]
        turn += 1
    return pieces


def captured(pieces: list[bytes], limit: int = PLENTY, known: tuple[str, ...] = ()) -> list[OutputLine]:
    """All lines of a run that prints these pieces."""
    capture = Capture(Masker(known), limit)
    lines = [line for piece in pieces for line in capture.feed("stdout", piece, AT)]
    return [*lines, *(line for some in capture.closing(AT) for line in some)]


def texts(lines: list[OutputLine]) -> list[str]:
    return [line.text for line in lines if line.stream != "system"]


@settings(deadline=None)
@given(secret=secrets, data=st.data(), sizes=cuts)
def test_no_spelling_of_a_secret_survives_in_whatever_pieces_it_comes(
    secret: str, data: st.DataObject, sizes: list[int]
) -> None:
    spellings = all_spellings([secret])
    spelt = data.draw(st.sampled_from(spellings), "spelling")
    gaps = data.draw(st.lists(st.sampled_from(("", "", *SEQUENCES)), min_size=len(spelt), max_size=len(spelt)), "gaps")
    before, after = data.draw(st.text("ab =", max_size=9)), data.draw(st.text("ab \n", max_size=9))
    told = (before + "".join(map("".join, zip(spelt, gaps, strict=True))) + after).encode()

    shown = "\n".join(plain(text) for text in texts(captured(in_pieces(told, sizes), known=(secret,))))

    assert MASK in shown
    assert [spelling for spelling in spellings if spelling in shown.replace(MASK, "\0")] == []


@settings(deadline=None)
@given(limit=st.integers(1000, 4000), noise=st.integers(0, 40), sizes=st.lists(st.integers(40, 900), min_size=1))
def test_no_part_of_a_secret_survives_where_its_beginning_is_left_out(limit: int, noise: int, sizes: list[int]) -> None:
    secret = "".join(f"k{n}\n" for n in range(20))
    told = ("n" * noise + "\n" + secret).encode() * 400

    found = captured(in_pieces(told, sizes), limit, (secret,))

    assert any("left out here" in line.text for line in found)
    assert {text for text in texts(found) if text.startswith("k")} == set()


@settings(deadline=None)
@given(parts=wild, sizes=cuts, known=st.lists(st.sampled_from(["aé", "0 a", "[mm", "a\n0"]), max_size=2))
@example(parts=["a\x1b", "\x1b[K", "[31mé"], sizes=[1], known=["aé"])
def test_where_output_is_cut_changes_nothing(parts: list[str], sizes: list[int], known: list[str]) -> None:
    told = "".join(parts).encode(errors="surrogatepass")
    known_texts = tuple(known)

    assert texts(captured(in_pieces(told, sizes), known=known_texts)) == texts(captured([told], known=known_texts))


@settings(deadline=None)
@given(parts=wild)
def test_kept_text_holds_no_control_but_whole_styles_and_stays_as_it_is(parts: list[str]) -> None:
    text, _ = kept("".join(parts).replace("\n", ""))
    bare = KEPT_SEQUENCE.sub("", text)

    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", bare)
    assert kept(text)[0] == text
    assert plain(text) == bare
    assert "".join(part for part, _ in spans(text)) == bare
    assert all(CLASSES.fullmatch(classes) for _, classes in spans(text))
    assert kept(text)[1] == PLAIN, "a line ends without style"


@settings(deadline=None)
@given(
    lines=st.lists(st.integers(0, 60), max_size=80),
    limit=st.integers(40, 2000),
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=10),
    ended=st.booleans(),
)
def test_the_beginning_and_the_end_are_kept_and_a_marker_counts_the_rest(
    lines: list[int], limit: int, sizes: list[int], ended: bool
) -> None:
    told = [f"{n}:".ljust(length, "x")[: max(length, len(f"{n}:"))] for n, length in enumerate(lines)]
    data = "".join(f"{line}\n" for line in told).encode()
    if not ended:
        data = data.removesuffix(b"\n")

    found = captured(in_pieces(data, sizes), limit)
    shown = texts(found)
    notes = [line.text for line in found if line.stream == "system"]
    markers = [note for note in notes if "left out here" in note]

    assert [line.seq for line in found] == list(range(1, len(found) + 1))
    assert sum(max(len(text) + 1, LEAST_COST) for text in shown) <= limit + 1
    missing = len(told) - len(shown)
    head = next((n for n, (a, b) in enumerate(zip(shown, told, strict=False)) if a != b), len(shown))
    assert shown[head:] == told[head + missing :]
    assert len(markers) == (1 if missing else 0)
    if markers:
        assert f"{missing} line" in markers[0] or not ended
        assert found.index(next(line for line in found if line.text == markers[0])) >= head
        assert "from here on" in notes[0] or len(notes) == 1
