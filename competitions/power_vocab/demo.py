"""The tab of `make demo`: a text with the words of its domain marked."""

from pathlib import Path

from common.demo import Lines, Tab
from common.report import page
from competitions.power_vocab import predict


def tab(learnt, sample):
    """A text."""

    def answer(text):
        segmented = learnt.predict(predict.lines_of(Path(text), "utf-8"))
        _, rows = predict.found_words(segmented, learnt.run)
        return [*map(page.words, segmented), page.table(predict.COLUMNS, rows)]

    lines = (sample / "text.txt").read_text(encoding="utf-8").splitlines()
    return Tab({"text": Lines("Text", rows=8)}, answer, [{"text": "\n".join(lines)}, {"text": lines[0]}])
