"""The tab of `make demo`: a captcha, or a zip of them."""

from common.demo import Choice, File, Given, Tab
from common.images.archive import Files
from common.images.given import OFFERED
from common.report import page
from competitions.captcha import predict
from competitions.captcha.inference import table_of

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

    table, _ = table_of(learnt.run.members[0].folds[0])
    styles, examples = [style.name for style in table.styles], []
    for style, folder in (("digits", "digits"), ("letters", "letters.zip"), ("sums", "sums.zip")):
        files, named = Files(sample / folder), style if style in styles else BY_SIZE
        for name in [name for name in files.names if name.endswith(".png")][:EACH]:
            examples.append({"picture": Given(f"{style}-{name}", files.read(name)), "style": named})
    fields = {
        "picture": File("A captcha, or a zip of them", OFFERED),
        "style": Choice("Style", (BY_SIZE, *styles)),
    }
    return Tab(fields, answer, examples)
