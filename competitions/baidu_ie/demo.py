"""The tab of `make demo`: sentences, their triples and the graph of these."""

import json

from common.demo import Lines, Tab, drawing
from common.report import page
from competitions.baidu_ie import inference, predict

OF_SAMPLE = 3  # examples


def tab(learnt, sample):
    """Sentences."""

    def answer(text):
        from competitions.baidu_ie import pictures

        sentences = predict.read_sentences("", text)
        found = learnt.predict(sentences)
        rows = predict.rows_of(sentences, found, inference.schemas_of(learnt.run))
        if not rows:
            return [page.paragraph(predict.NOTHING)]
        triples = [triple for own in found for triple, _ in own]
        return [page.table(predict.COLUMNS, rows), drawing(lambda path: pictures.graph(triples, path))]

    lines = (sample / "test1_data_postag.json").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines[: 2 * OF_SAMPLE]]
    examples = [*texts[:OF_SAMPLE], "\n".join(texts[OF_SAMPLE:])]
    return Tab({"text": Lines("Sentences, one a line", rows=4)}, answer, [{"text": one} for one in examples])
