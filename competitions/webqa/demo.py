"""The tab of `make demo`: a question over passages, the answer marked, and which characters speak for it."""

import tempfile
from pathlib import Path

from common.demo import Lines, Tab, Text
from common.report import page
from competitions.webqa import confidence, predict
from competitions.webqa.questions import read_asked

EXAMPLES = 3


def tab(learnt, sample):
    """A question and its passages."""

    def answer(question, passages):
        asked = predict.asked_of(question, passages)
        (found,) = learnt.predict([asked])
        if not found:
            return [page.paragraph(predict.NOTHING)]
        best = found[0]
        text = asked.passages[best.passage].text
        marked = [(text[: best.begin], False), (text[best.begin : best.end], True), (text[best.end :], False)]
        rows = predict.rows_of(found[: 1 + predict.RUNNERS_UP])
        likely = f"probability {confidence.load(learnt.run.path)([best.score])[0]:.2f}"
        pieces = [page.caption(best.text), page.paragraph(likely), page.marked(marked)]
        return [*pieces, page.table(predict.COLUMNS, rows, strong=(0,)), *saliency_of(asked, best)]

    def saliency_of(asked, best):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "saliency.png"
            return [page.picture(path)] if predict.draw(learnt, asked, best, path) else []

    fields = {"question": Text("Question"), "passages": Lines("Passages, one a line", rows=8, file="passages.txt")}
    asked = read_asked(sample / "me_test.ir.json")[:EXAMPLES]
    return Tab(fields, answer, [{"question": one.text, "passages": "\n".join(p.text for p in one.passages)} for one in asked])
