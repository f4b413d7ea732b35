"""Write `submissions/power_vocab.csv`: one word a line, best first, no header, at most 10,000.

python -m competitions.power_vocab.submit
"""

from functools import partial

from common import run
from common.experiment.submission import publish
from competitions.power_vocab import data, ensemble, metric
from competitions.power_vocab.inference import read_ranking


def main(config):
    """Hand in the first words of the fused ranking."""
    dataset = data.load(config.data, config.encoding)
    fused = ensemble.fuse(config, dataset)
    words = read_ranking(fused)["word"].tolist()
    path = publish("power_vocab", ".csv", words, partial(check, lines=dataset.domain_lines()), fused)
    short = "" if len(words) == metric.WORDS else f", fewer than the {metric.WORDS:,} allowed: the rest counts as wrong"
    print(f"Wrote {path} ({len(words):,} words{short}) and a copy in {fused.path}")


def check(path, lines):
    """Faults of a submission file, each with its line: doubles, blanks, too many words, words that the text does not hold."""
    try:
        content = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    words = content.removesuffix("\n").split("\n") if content else []
    faults, seen, missing = [] if words else ["the file is empty"], {}, data.not_in(words, lines)
    for number, word in enumerate(words, start=1):
        if not word or word != word.strip():
            faults.append(f"line {number}: expected a word without blanks around it, found '{word[:60]}'")
        elif word in seen:
            faults.append(f"line {number}: '{word}' stands on line {seen[word]} already")
        elif word in missing:
            faults.append(f"line {number}: '{word[:60]}' does not occur in the text")
        seen.setdefault(word, number)
    if len(words) > metric.WORDS:
        faults.append(f"{len(words):,} lines; at most {metric.WORDS:,} words are allowed")
    return faults


if __name__ == "__main__":
    run.stage(__spec__)
