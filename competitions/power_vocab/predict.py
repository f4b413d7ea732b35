"""Segment a text of your own with the mined vocabulary, and mark the words of the domain.

    make predict COMP=power_vocab input=text.txt

`input` is a text file, a `.gz` or a folder of such. The first lines are printed with the domain's words marked, then these
words by their place in the vocabulary; the whole segmented text goes to a file, words parted by blanks. The vocabulary
itself is a page to browse, beside the run.
"""

import hashlib
from collections import Counter
from pathlib import Path

from rich.text import Text

from common import experiment, paths
from common import run as command_line
from common.errors import DataError
from common.report.tables import Screen, show_table
from common.text import corpus
from competitions.power_vocab import train
from competitions.power_vocab.inference import read_ranking

PRINTED = 20  # lines shown
WORDS = 20  # in the table
COLUMNS = ("place", "word", "here", "in the corpus")


def main(config, input, run=""):
    """Write and print the segmented text, and the table of the domain's words in it.

    Raises:
        DataError: no such file, in another encoding, or nothing in it.
    """
    lines = lines_of(Path(input).expanduser(), config.encoding)
    learnt = experiment.newest("power_vocab", config.data, run)
    segmented = learnt.predict(lines)
    name = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    target = paths.runs("power_vocab") / "predictions" / f"{name}.txt"
    with paths.atomic(target) as temporary:
        text = "".join(" ".join(marked(pieces)) + "\n" for pieces in segmented)
        temporary.write_text(text, encoding="utf-8")
    show(segmented, learnt.run)
    print(f"Wrote {target} (segmented, words of the domain as [word])")
    print(f"Browse the vocabulary: {learnt.run.path / 'vocabulary.html'}")
    return [
        {"pieces": [piece for piece, _ in pieces], "words": list(dict.fromkeys(piece for piece, known in pieces if known))}
        for pieces in segmented
    ]


def lines_of(path, encoding):
    """Lines of a text that are not blank.

    Raises:
        DataError: no such file, in another encoding, or nothing in it.
    """
    lines = [line for line in corpus.read(path, encoding=encoding) if line.strip()]
    if not lines:
        raise DataError(f"input={path} holds no text")
    return lines


def show(segmented, fused):
    """Print the first lines with the domain's words marked, and these words by their place in the vocabulary."""
    console = Screen()
    for pieces in segmented[:PRINTED]:
        console.print(Text().assemble(*((piece, "bold reverse" if known else "") for piece, known in pieces)))
    if len(segmented) > PRINTED:
        print(f"... and {len(segmented) - PRINTED:,} more lines")
    counts, rows = found_words(segmented, fused)
    train.show_supervision(fused)
    print(f"{sum(counts.values()):,} places with {len(counts):,} words of the vocabulary of {fused.path}")
    show_table("the domain's words", COLUMNS, rows[:WORDS])


def found_words(segmented, fused):
    """How often each word of the domain was found, and a row of `COLUMNS` for each by its place in the vocabulary."""
    counts = Counter(piece for pieces in segmented for piece, known in pieces if known)
    ranking = read_ranking(fused)
    found = ranking[ranking["word"].isin(counts)]
    return counts, [
        [str(place + 1), word, str(counts[word]), f"{count:,}"]
        for place, word, count in zip(found.index, found["word"], found["count"], strict=True)
    ]


def marked(pieces):
    """Pieces without blanks, those of the domain in brackets."""
    return [f"[{piece}]" if known else piece for piece, known in pieces if piece.strip()]


if __name__ == "__main__":
    command_line.stage(__spec__)
