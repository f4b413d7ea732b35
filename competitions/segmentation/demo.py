"""The tab of `make demo`: the words of a text, those of a person's own list marked."""

from common.demo import Lines, Tab
from common.report import page
from common.text.normalise import half_width
from competitions.segmentation import inference, predict


def tab(learnt, sample):
    """A text and words that are taken wherever they stand."""

    def answer(text, user_words):
        texts, wanted = predict.asked("", text, user_words, "utf-8")
        return [
            page.words([(word, half_width(word) in wanted) for word in words])
            for words in inference.predict(learnt, texts, wanted)
        ]

    fields = {
        "text": Lines("Text", file="text.txt"),
        "user_words": Lines(
            "Your own words, one a line; they are taken wherever they stand", rows=3, file="user_words.txt", optional=True
        ),
    }
    lines = (sample / "toy_test.utf8").read_text(encoding="utf-8").splitlines()
    examples = [{"text": "研究生命的起源"}, {"text": "\n".join(lines[:5])}]
    return Tab(fields, answer, [*examples, {"text": "研究生命的起源", "user_words": "命的"}])
