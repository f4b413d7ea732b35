"""Every claim of `docs/dropout.md` is followed by a block that proves it: they are run from top to bottom."""

import re

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.backend
def test_every_claim_about_dropout_holds():
    page = (REPOSITORY / "docs" / "dropout.md").read_text(encoding="utf-8")
    blocks = list(re.finditer(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
    assert len(blocks) == page.count("```python") > 5
    names = {}
    for block in blocks:
        above = page[: block.start(1)].count("\n")
        exec(compile("\n" * above + block[1], "docs/dropout.md", "exec"), names)  # lines as they are in the page
