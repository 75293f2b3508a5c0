"""The output of a run as a person sees it: in colours that can be read, and with what is left out told."""

import sys

from playwright.sync_api import Page, expect
from showcase import Showcase

COLOURS = (
    "for sequence in ([f'{base + n}' for base in (30, 40, 90, 100) for n in range(8)]"
    " + ['1', '2', '3', '4', '7', '9', '1;7;31', '30;40', '97;107']):\n"
    "    print(f'\\x1b[{sequence}mstyle {sequence}\\x1b[0m')\n"
    "print('\\x1b[1;31mbold red\\x1b[0m <b>no element</b>\\x1b[2J')"
)
FLOOD = "for n in range(20_000):\n    print('line', n)"


def run_of(stage: Showcase, program: str) -> str:
    """A finished run of a job of its own that runs the program and keeps 16 KiB of output."""
    document = {
        "job_id": f"printing_{abs(hash(program))}",
        "job_type": "command",
        "schedule": {"trigger": "cron", "expression": "@yearly"},
        "parameters": {"argv": [sys.executable, "-c", program]},
        "policy": {"resources": {"output": "16KiB"}},
    }
    stage.service.post("/api/jobs", document, expect=201)
    run_id: str = stage.service.run_to_end(document["job_id"])["id"]
    assert stage.service.ask("DELETE", f"/api/jobs/{document['job_id']}").status_code < 300
    return run_id


def test_output_is_shown_in_its_colours_and_as_text(page: Page, stage: Showcase) -> None:
    page.goto(f"/runs/{run_of(stage, COLOURS)}")
    output = page.get_by_label("Output", exact=True)

    piece = output.get_by_text("bold red")
    expect(piece).to_have_class("ansi-bold ansi-red")
    expect(piece).to_have_css("font-weight", "700")
    expect(output).to_contain_text("bold red <b>no element</b>")
    assert piece.evaluate("e => getComputedStyle(e).color") != output.evaluate("e => getComputedStyle(e).color")


def test_every_colour_can_be_read_in_light_and_dark(page: Page, stage: Showcase) -> None:
    page.goto(f"/runs/{run_of(stage, COLOURS + chr(10))}")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        contrasts = page.locator(".log b").evaluate_all(CONTRASTS)

        assert len(contrasts) == 42
        assert [found for found in contrasts if found[1] < 4.5] == [], scheme


def test_what_is_left_out_is_told_between_the_beginning_and_the_end(page: Page, stage: Showcase) -> None:
    page.goto(f"/runs/{run_of(stage, FLOOD)}")
    output = page.get_by_label("Output", exact=True)
    notes = output.locator(".system")

    expect(notes).to_have_count(2)
    expect(notes.first).to_contain_text("from here on lines are left out")
    expect(notes.last).to_contain_text("lines (")
    expect(notes.last).to_contain_text("left out here: the limit is 16 KiB")
    expect(output.locator("li").first).to_contain_text("line 0")
    expect(output.locator("li").last).to_contain_text("line 19999")


CONTRASTS = """elements => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map((v) => linear(v / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    const colour = channels(getComputedStyle(element).backgroundColor);
    return colour[3] ? colour : ground(element.parentElement);
  };
  return elements.map((element) => {
    const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(ground(element))];
    return [element.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
  });
}"""
"""What is read on which ground: class and ratio of each element."""
