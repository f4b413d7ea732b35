"""Write `submissions/word_similarity.tsv`: `file, word, word, similarity` for each pair of `test/`, in its order.

python -m competitions.word_similarity.submit
"""

from functools import partial

from common import run
from common.experiment.submission import publish, to_answer
from common.text.similarity import FOUND, UNKNOWN
from competitions.word_similarity import ensemble, train

HEADER = "file\tword1\tword2\tsimilarity"
SHOWN = 5  # pairs of unknown words


def main(config):
    """Answer the pairs with the blend; where there are none to answer, the rated ones out of fold."""
    plan = train.plan(config)
    blended = ensemble.blend(plan)
    part, rows, answers = to_answer(plan, blended, "pairs")
    pairs = [plan.parts[part][row] for row in rows]
    lines = ["\t".join((*pair, f"{similarity:.6f}")) for pair, (similarity, _) in zip(pairs, answers, strict=True)]
    path = publish("word_similarity", ".tsv", [HEADER, *lines], partial(check, pairs=pairs), blended)
    print(f"Wrote {path} ({len(lines)} pairs) and a copy in {blended.path}")
    known = answers[:, 1]
    of_characters = int(((known < FOUND) & (known > UNKNOWN)).sum())
    unknown = [pair for pair, one in zip(pairs, known, strict=True) if one <= UNKNOWN]
    print(f"{len(pairs) - of_characters - len(unknown)} pairs have vectors, {of_characters} have one from characters alone")
    if unknown:
        shown = ", ".join(f"{pair.first} {pair.second}" for pair in unknown[:SHOWN])
        print(f"Nothing is known of {len(unknown)} pairs, which get the median similarity: {shown}")


def check(path, pairs):
    """Faults of a written file, a list of texts."""
    header, *lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    faults = [] if header == HEADER else [f"line 1: the header must be '{HEADER}'"]
    if len(lines) != len(pairs):
        faults.append(f"{len(lines)} lines for {len(pairs)} pairs")
    for number, (line, pair) in enumerate(zip(lines, pairs, strict=False), start=2):
        *found, similarity = line.split("\t")
        if tuple(found) != tuple(pair):
            faults.append(f"line {number}: expected {' '.join(pair)}")
        elif not -1.00001 <= float(similarity) <= 1.00001:  # NaN, too
            faults.append(f"line {number}: the similarity {similarity} is not from -1 to 1")
    return faults


if __name__ == "__main__":
    run.stage(__spec__)
