"""The tab of `make demo`: a review, and the words that decided."""

from common.demo import Choice, Lines, Tab
from common.report import coloured, page
from common.report.saliency import WAYS
from competitions.sentiment import predict

EXAMPLES = ("送货很快，但是手机很失望。", "I bought it last week. the kettle is not terrible.")
FIRST = "leave_one_out"  # the way of `predict`
OF_SAMPLE = 3  # further ones


def tab(learnt, sample):
    """Texts, a line each, and how words are weighed."""

    def answer(texts, weighed):
        pieces = []
        texts = predict.checked("", texts, weighed)
        for text, (chances, parts, asked) in zip(texts, predict.answered(learnt, texts, weighed), strict=True):
            label = max(chances, key=chances.get)
            pieces += [page.caption(label), coloured.as_html(coloured.Coloured("", text, parts))]
            pieces += [page.paragraph(f"Red speaks for {label}, blue against it: {weighed} of {asked}.", note=True)]
            pieces.append(page.bars(chances))
        return pieces

    fields = {
        "texts": Lines("Reviews, one a line", rows=4, file="reviews.txt"),
        "weighed": Choice(
            "How words are weighed; leave_one_out asks the whole blend, the others a network",
            tuple(sorted(WAYS, key=lambda way: way != FIRST)),
        ),
    }
    lines = (sample / "test.tsv").read_text(encoding="utf-8").splitlines()[:OF_SAMPLE]
    return Tab(fields, answer, [{"texts": text} for text in (*EXAMPLES, *(line.partition("\t")[2] for line in lines))])
