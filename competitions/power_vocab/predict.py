"""Segment a text of your own with the mined vocabulary, and mark the words of the domain.

    make predict COMP=power_vocab input=text.txt

`input` is a text file, a `.gz` or a folder of such. The first lines are printed with the domain's words marked, then these
words by their place in the vocabulary; the whole segmented text goes to a file, words parted by blanks. The vocabulary
itself is a page to browse, beside the run.
"""

import hashlib
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.text import Text

from common import paths, run
from common.errors import DataError
from common.experiment.runs import newest_ensemble
from common.report.tables import show_table
from common.text import corpus
from competitions.power_vocab import train
from competitions.power_vocab.segmenter import Segmenter

PRINTED = 20  # lines shown
WORDS = 20  # in the table


def main(config, input):
    """Print and write the segmented text, and the table of the domain's words in it.

    Raises:
        DataError: no such file, in another encoding, or nothing in it.
    """
    path = Path(input).expanduser()
    lines = [line for line in corpus.read(path, encoding=config.encoding) if line.strip()]
    if not lines:
        raise DataError(f"input={path} holds no text")
    fused = newest_ensemble("power_vocab", config.data)
    ranking = train.read_ranking(fused)
    cutter = Segmenter(ranking["word"])
    segmented = [cutter.segment(line) for line in lines]
    console = Console()
    for pieces in segmented[:PRINTED]:
        console.print(Text().assemble(*((piece, "bold reverse" if known else "") for piece, known in pieces)))
    if len(segmented) > PRINTED:
        print(f"... and {len(segmented) - PRINTED:,} more lines")
    counts = Counter(piece for pieces in segmented for piece, known in pieces if known)
    found = ranking[ranking["word"].isin(counts)]
    rows = [
        [str(place + 1), word, str(counts[word]), f"{count:,}"]
        for place, word, count in zip(found.index, found["word"], found["count"], strict=True)
    ]
    train.show_supervision(fused)
    print(f"{sum(counts.values()):,} places with {len(counts):,} words of the vocabulary of {fused.path}")
    show_table("the domain's words", ("place", "word", "here", "in the corpus"), rows[:WORDS])
    name = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    target = paths.runs("power_vocab") / "predictions" / f"{name}.txt"
    with paths.atomic(target) as temporary:
        text = "".join(" ".join(marked(pieces)) + "\n" for pieces in segmented)
        temporary.write_text(text, encoding="utf-8")
    print(f"Wrote {target} (segmented, words of the domain as [word])")
    print(f"Browse the vocabulary: {fused.path / 'vocabulary.html'}")


def marked(pieces):
    """Pieces without blanks, those of the domain in brackets."""
    return [f"[{piece}]" if known else piece for piece, known in pieces if piece.strip()]


if __name__ == "__main__":
    run.stage(__spec__)
