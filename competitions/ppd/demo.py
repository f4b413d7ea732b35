"""The tab of `make demo`: whether two questions mean the same, or the known questions nearest to one."""

from functools import cache

import pandas as pd

from common.demo import Tab, Text
from common.errors import DataError
from common.experiment.runs import newest_finished
from common.report import page
from common.text.normalise import normalise
from competitions.ppd import data, predict
from competitions.ppd.config import ENCODER

EXAMPLES = 4  # pairs


def tab(learnt, sample):
    """Two questions, or one."""
    folder = learnt.config.data  # whose graph takes part in every answer
    plain = (folder / data.PLAIN).exists()

    @cache
    def dataset():
        predict.require_data(learnt.config)
        return data.load(folder, report=False)

    def answer(first, second):
        first, second = (" ".join(text.split()) for text in (first, second))
        if not second:
            text, found, _ = predict.nearest(learnt.config, first)
            rows = [[known, f"{cosine:.3f}"] for known, cosine in found]
            return [page.caption(f"nearest to '{text}'"), page.table(("question", "cosine"), rows)]
        from competitions.ppd.pairs import asked

        texts = [normalise(text) if plain else text for text in (first, second)]
        joined = data.add_questions(dataset(), dict.fromkeys(texts), "the pair") if plain else dataset()
        numbers = pd.Index(joined.names).get_indexer(texts)
        if (numbers < 0).any():
            raise DataError(f"'{texts[numbers.argmin()][:60]}' is no qid of question.csv")
        probability = float(learnt.predict(asked(joined, numbers[None], learnt.config))[0])
        return [page.bars({"they mean the same": probability, "they do not": 1 - probability})]

    what = "question" if plain else "question, its qid in the data"
    fields = {
        "first": Text(f"A {what}"),
        "second": Text(f"Another {what}; or nothing, to see the known ones nearest to a plain one"),
    }
    examples = [dict(zip(fields, pair, strict=True)) for pair in pairs_of(folder if folder.is_dir() else sample, plain)]
    if (folder / data.GROUPS).exists() and newest_finished("ppd", ENCODER, folder):
        _, questions = data.read_groups(folder / data.GROUPS)
        examples.append({"first": questions[0], "second": ""})
    return Tab(fields, answer, examples)


def pairs_of(folder, plain):
    """The first pairs of a data set."""
    path, separator = (folder / data.PLAIN, "\t") if plain else (folder / "test.csv", ",")
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig") as file:
        lines = [next(file, "").rstrip("\r\n") for _ in range(EXAMPLES + 1)]
    return [line.split(separator)[:2] for line in lines[not plain :] if separator in line]
