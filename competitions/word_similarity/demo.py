"""The tab of `make demo`: neighbours of a word, similarity of two, analogies of three, the words of a gap."""

from common.demo import Tab, Text
from common.report import page
from competitions.word_similarity import predict


def tab(learnt, sample):
    """Words with commas between them."""

    def answer(words):
        found, said = predict.answered(learnt, words)
        rows = [[f"{value:.4f}" if isinstance(value, float) else value for value in one.values()] for one in found]
        return [page.table(list(found[0]), rows), *([page.paragraph(said, note=True)] if len(found) == 1 else ())]

    first, second = (sample / "test" / "pairs.tsv").read_text(encoding="utf-8").split("\n")[0].split("\t")[:2]
    analogy = (sample / "analogies" / "questions.txt").read_text(encoding="utf-8").splitlines()[1].split()
    sentence = (sample / "text" / "text.txt").read_text(encoding="utf-8").splitlines()[0].split()
    gap = ",".join([*sentence[:2], predict.GAP, *sentence[3:5]])
    examples = [{"words": text} for text in (first, f"{first},{second}", ",".join(analogy[:3]), gap)]
    label = "A word, for its neighbours; two, for their similarity; a,b,c for what is to c as b is to a; words around a gap _"
    return Tab({"words": Text(label)}, answer, examples)
