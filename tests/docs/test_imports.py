"""The page about moving from other schedulers shows what the program does with the files that it shows."""

from pathlib import Path

from command_line import tasks
from document_blocks import BLOCKS, Shown


def test_each_import_gives_the_manifest_that_the_page_shows(tmp_path: Path) -> None:
    blocks = [block for block in BLOCKS if block.page == "docs/import.md"]
    assert [block.shown for block in blocks] == [Shown.IMPORT, Shown.IMPORT, Shown.MANIFEST] * 2

    for original, command, manifest in (blocks[:3], blocks[3:]):
        arguments = command.text.split()[1:]
        (tmp_path / arguments[2]).write_text(original.text)

        done = tasks(*arguments, cwd=tmp_path)

        assert done.exit_code == 1
        assert done.stdout.split("---\n")[-1] == manifest.text
