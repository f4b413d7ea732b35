"""The tab of `make demo`: a captcha, or a zip of them."""

import json

from common.demo import Choice, File, Given, Tab
from common.images.archive import Files
from common.images.given import OFFERED
from common.report import page
from competitions.captcha import predict
from competitions.captcha.alphabet import Table

BY_SIZE = "as its size says"
EACH = 2  # examples of a style
SHOWN = 100  # rows


def tab(learnt, sample):
    """A picture and its style."""

    def answer(picture, style):
        found = predict.answered(learnt, picture, "" if style == BY_SIZE else style)
        pieces = [page.caption(found[0]["text"])] if len(found) == 1 else []
        rows = [[one["name"], one["text"], one["style"], f"{one['least_sure']:.3f}"] for one in found[:SHOWN]]
        return [*pieces, page.table(("picture", "text", "style", "the least sure sign"), rows)]

    kept = json.loads((learnt.run.members[0].folds[0] / "table.json").read_text(encoding="utf-8"))
    styles = [style.name for style in Table.from_dict({"styles": kept["styles"]}).styles]
    examples = []
    for style, folder in (("digits", "digits"), ("letters", "letters.zip"), ("sums", "sums.zip")):
        files = Files(sample / folder)
        for name in [name for name in files.names if name.endswith(".png")][:EACH]:
            examples.append(
                {"picture": Given(f"{style}-{name}", files.read(name)), "style": style if style in styles else BY_SIZE}
            )
    fields = {
        "picture": File("A captcha, or a zip of them", OFFERED),
        "style": Choice("Style", (BY_SIZE, *styles)),
    }
    return Tab(fields, answer, examples)
