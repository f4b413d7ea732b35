"""Extract the triples of your own sentences.

    make predict COMP=baidu_ie text="《红楼梦》的作者是曹雪芹"
    make predict COMP=baidu_ie input=sentences.txt

`input` is a UTF-8 text with one sentence a line; a line too long for one is cut into its sentences. The triples are printed
with their scores; JSON lines as in a submission and a picture, the graph of all triples, are written beside the runs.
"""

import hashlib
import re

from common import experiment, paths
from common import run as command_line
from common.errors import ConfigError
from common.report.tables import show_table
from common.text.corpus import given_lines
from competitions.baidu_ie import records
from competitions.baidu_ie.data import Sentence

SHOWN = 40  # triples printed
COLUMNS = ("subject", "predicate", "object", "types", "score", "sentence")
NOTHING = "These sentences seem to state no triple of the schemas."


def main(config, text="", input="", run=""):
    """Write the triples of the sentences, print them and draw their graph."""
    sentences = read_sentences(text, input)
    from common.report import plots
    from competitions.baidu_ie import inference, pictures

    learnt = experiment.newest("baidu_ie", config.data, run)
    print(f"{len(sentences):,} sentences, read by {learnt.run.path}", flush=True)
    found = learnt.predict(sentences)
    name = hashlib.sha256(repr([sentence.text for sentence in sentences]).encode()).hexdigest()[:8]
    path = paths.runs("baidu_ie") / "predictions" / f"{name}.jsonl"
    triples = [tuple(triple for triple, _ in own) for own in found]
    lines = [records.line_of(sentence.text, own) for sentence, own in zip(sentences, triples, strict=True)]
    with paths.atomic(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    show(sentences, found, inference.schemas_of(learnt.run))
    print(f"Wrote {path}")
    if any(triples):
        with plots.drawing("the graph"):
            drawn = pictures.graph([triple for own in triples for triple in own], path.with_suffix(".png"))
            print(f"Wrote {path.with_suffix('.png')}: the graph of {drawn} triples")
    return [
        {
            "text": sentence.text,
            "triples": [
                dict(zip(("subject", "predicate", "object"), triple, strict=True), score=score) for triple, score in own
            ],
        }
        for sentence, own in zip(sentences, found, strict=True)
    ]


def show(sentences, found, schemas):
    """Print the first triples with the types that the schemas give them."""
    rows = rows_of(sentences, found, schemas)
    if not rows:
        print(NOTHING)
        return
    more = f", the first {SHOWN} of {len(rows):,}" if len(rows) > SHOWN else ""
    show_table(f"triples{more}", COLUMNS, rows[:SHOWN])


def rows_of(sentences, found, schemas):
    """A row of `COLUMNS` for every triple."""
    types = {}
    for schema in schemas:
        types.setdefault(schema.predicate, []).append(f"{schema.subject_type} - {schema.object_type}")
    return [
        [*triple, " or ".join(types[triple.predicate]), "by a rule" if score is None else f"{score:.2f}", sentence.text[:30]]
        for sentence, triples in zip(sentences, found, strict=True)
        for triple, score in triples
    ]


def read_sentences(text, path):
    """Sentences of `text=`, or of the lines of `input=`.

    Raises:
        ConfigError: neither or both are given.
        DataError: no such file, not UTF-8, or nothing in it.
    """
    if bool(text.strip()) == bool(path):
        raise ConfigError("Give a sentence with text=... or a text file of sentences with input=..., one of the two")
    lines = [text] if text.strip() else given_lines(path, "sentence")
    return [Sentence(records.mended(piece), (), (), "ske") for line in lines for piece in pieces(line.strip())]


def pieces(line):
    """A line in one piece, or, where it is too long for a sentence, cut after sentence ends, at worst anywhere."""
    if len(line) <= records.LONGEST:
        return [line]
    sentences = re.split("(?<=[。！？!?])", line)
    parts = [one[start : start + records.LONGEST].strip() for one in sentences for start in range(0, len(one), records.LONGEST)]
    return list(filter(None, parts))


if __name__ == "__main__":
    command_line.stage(__spec__)
