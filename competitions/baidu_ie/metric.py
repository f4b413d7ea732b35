"""The organisers' rule: precision, recall and F1 of the triples of all sentences together.

It is written anew because the organisers' scorer runs on Python 2 only; the oddities of that language are part of the rule: how
it lowers two letters and rounds a half, and which zips it can unpack.

Reference: github.com/baidu/information-extraction, bin/evaluation/calc_pr.py.
"""

import io
import json
import zipfile
import zlib
from dataclasses import astuple, dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np

from common.errors import DataError, SubmissionError
from common.experiment import Metric
from competitions.baidu_ie.data import Triple

CODES = {1: "file_reading_error", 2: "encoding_error", 3: "json_parse_error", 4: "schema_error"}  # of the organisers
UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)  # of a damaged or locked zip
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that Python 2 unpacks
LONGEST = 1 << 28  # bytes of a file in a zip: four times a submission for the 101,239 sentences of the second test set
SHOWN = 60  # characters of a faulty value in a message


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 from 0 to 1, not rounded."""

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, counts):
        """The score of all sentences together; what would divide by 0 is 0.

        Args:
            counts: as `counts` gives them, `(sentences, 4)`.
        """
        right, predicted, hit, gold = (int(total) for total in np.asarray(counts).reshape(-1, 4).sum(axis=0))
        precision = right / predicted if predicted else 0.0
        recall = hit / gold if gold else 0.0
        total = precision + recall
        return cls(precision, recall, 2 * precision * recall / total if total else 0.0)

    def rounded(self):
        """The score as in the official report, each value rounded by itself to four digits."""
        return Score(*(round_half_up(value) for value in astuple(self)))


def score(gold, predicted, aliases=None, locations=None):
    """`Score` of predictions; arguments as of `counts`."""
    return Score.of(counts(gold, predicted, aliases, locations))


def counts(gold, predicted, aliases=None, locations=None):
    """What precision and recall are made of, one row for each gold sentence, in their order.

    Precision and recall have a numerator each: one prediction can hit several gold triples, and several can hit one.

    Args:
        gold: `{text: triples}`; the texts must agree to the character.
        predicted: of the same kind. A missing text has no predictions, one without gold is passed over. Of predictions that are
            aliases of each other the first counts; the organisers keep one by the hash of a Python 2 string.
        aliases: `{word: its aliases}`, as `read_dictionary` gives it.
        locations: `{place: what counts for it}`, likewise.

    Returns:
        int `(sentences, 4)`: right predictions, predictions without aliases of an earlier one, gold triples hit, gold triples.
    """
    rows = [
        counts_of(normal_forms(triples), normal_forms(predicted.get(text, ())), aliases or {}, locations or {})
        for text, triples in gold.items()
    ]
    return np.array(rows, dtype=int).reshape(-1, 4)


def count(sentences, triples):
    """`count_by_text` of sentences and the triples found in each: a repeated text counts as often as it stands there."""
    return count_by_text(dict(enumerate(sentence.triples for sentence in sentences)), dict(enumerate(triples)))


def count_by_text(gold, predicted, aliases=None, locations=None):
    """`counts`, and beside them how many subjects the sentence says something about, int `(sentences, 5)`."""
    subjects = [len({subject for subject, _, _ in normal_forms(triples)}) for triples in gold.values()]
    return np.column_stack([counts(gold, predicted, aliases, locations), np.array(subjects, dtype=int)])


def figures(counted):
    """Precision and recall, and F1 by the number of subjects: sentences about several things are hard."""
    score, subjects = Score.of(counted[:, :4]), counted[:, 4]
    rows = {"1 subject": subjects == 1, "2 subjects": subjects == 2, "3 or more": subjects > 2}
    by_subjects = {f"F1, {name}": Score.of(counted[some, :4]).f1 for name, some in rows.items() if some.any()}
    return {"precision": score.precision, "recall": score.recall, "by subjects": by_subjects}


TRIPLE_F1 = Metric("triple F1", count, score=lambda counted: Score.of(counted[:, :4]).f1, figures=figures)


def counts_of(gold, predicted, aliases, locations):
    """The four counts of one sentence, from its distinct triples in normal form."""
    if not aliases and not locations:
        right = len(gold.keys() & predicted.keys())
        return right, len(predicted), right, len(gold)
    kept = []
    for triple in predicted:
        if not any(agrees(triple, earlier, aliases, {}) for earlier in kept):
            kept.append(triple)
    right = sum(any(agrees(triple, true, aliases, locations) for true in gold) for triple in kept)
    hit = sum(any(agrees(triple, true, aliases, locations) for triple in predicted) for true in gold)  # the removed ones, too
    return right, len(kept), hit, len(gold)


def agrees(predicted, gold, aliases, locations):
    """Whether a prediction stands for a gold triple, both in normal form.

    Aliases are those of the prediction. A place is looked up under the gold object and must be the predicted object itself.
    """
    (subject, predicate, value), (gold_subject, gold_predicate, gold_value) = predicted, gold
    if predicate != gold_predicate or not is_called(subject, gold_subject, aliases):
        return False
    return is_called(value, gold_value, aliases) or value in locations.get(gold_value, ())


def is_called(entity, name, aliases):
    """Whether a name is the entity's own or one of its aliases."""
    return entity == name or name in aliases.get(entity, ())


def normal_forms(triples):
    """Distinct triples in normal form, in their order, as the keys of a dict; the predicate stays as it is."""
    return dict.fromkeys((normalise(subject), predicate, normalise(value)) for subject, predicate, value in triples)


def normalise(entity):
    """What is compared of a subject or object: lower case, without the book marks 《》 if it has both of them around it.

    It is no normal form of itself, 《《甲》》 loses one pair at a time: triples are handed over as they were written.
    """
    entity = lower(entity)
    return entity[1:-1] if entity.startswith("《") and entity.endswith("》") else entity


def lower(text):
    """Lower case as in Python 2, letter by letter: İ becomes i, and Σ becomes σ at the end of a word, too."""
    return text.replace("İ", "i").replace("Σ", "σ").lower()


def round_half_up(value):
    """Four digits as in Python 2, where a half is rounded up: 1/32 = 0.03125 becomes 0.0313."""
    return float(Decimal(value).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def by_text(sentences):
    """`{text: triples}` of sentences; a repeated text has the triples of its last sentence."""
    return {sentence.text: sentence.triples for sentence in sentences}


def read_dictionary(path):
    """A file of aliases or places, `word<TAB>alias<TAB>alias...`, as `{word: set of aliases}` in lower case.

    As with the organisers a repeated word has the aliases of its last line only, a line may hold a word alone, and book marks
    stay where they are, so that such an alias is never met.

    Raises:
        DataError: unreadable, not UTF-8, a byte order mark, or no line with an alias; with the line.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    found = {}
    for number, line in enumerate(split_lines(content), start=1):
        try:
            word, *aliases = lower(line.decode("utf-8")).strip().split("\t")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path} line {number}, byte {error.start + 1}: not UTF-8; convert it, for example with iconv"
            ) from None
        if word.startswith("\ufeff"):
            raise DataError(f"{path} line {number}: begins with a byte order mark; save it as UTF-8 without")
        found[word] = set(aliases)
    if not any(found.values()):
        raise DataError(
            f"{path} line 1: expected word<TAB>alias, found '{next(iter(found), ''):.{SHOWN}}'; no line has an alias"
        )
    return found


def read_submission(path):
    """A submission as the organisers read it: every file in the zip is one of JSON lines {text, spo_list}, and the first fault
    rejects them all.

    What makes their scorer crash has the code of its kind: 1 for a zip that breaks while it is read, 4 for a predicate that is
    a list. They would pass over a text that is no string, an empty `spo_list` of another type, and half a surrogate pair in
    UTF-8; here these have codes 4, 4 and 2.

    Returns:
        `{text: triples}`, as written; a repeated text has the triples of its last line.

    Raises:
        SubmissionError: with the organisers' code, the file in the zip and the line.
    """
    predicted = {}
    for member, content in members(path):
        for number, line in enumerate(split_lines(content), start=1):
            text, triples = parse(line, f"{path}, {member} line {number}")
            predicted[text] = triples
    return predicted


def members(path):
    """Names and contents of the files in a zip, in its order.

    Raises:
        SubmissionError: it is no zip, damaged, locked, or packed in a way that the organisers cannot unpack.
    """
    where = path
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                where = f"{path}, {member}"
                if archive.getinfo(member).compress_type not in METHODS:
                    raise zipfile.BadZipFile("the organisers can unpack deflate only")
                with archive.open(member) as file:
                    content = file.read(LONGEST + 1)
                if len(content) > LONGEST:
                    raise ValueError(f"it unpacks to more than {LONGEST:,} bytes, which no submission does")
                yield member, content
    except UNREADABLE as error:
        raise refusal(1, where, f"expected a zip that can be read ({error})") from None


def split_lines(content):
    """Lines of a file, which end at `\\n` only: a text may hold other line separators. An empty file has none."""
    return (line.removesuffix(b"\n") for line in io.BytesIO(content))


def parse(line, where):
    """Text and triples of a line of a submission.

    Raises:
        SubmissionError: it is not UTF-8, no JSON, or not as the organisers describe it.
    """
    try:
        record = json.loads(line.decode("utf-8").strip())
    except UnicodeDecodeError as error:
        raise refusal(2, where, f"byte {error.start + 1} is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise refusal(3, where, f"no JSON ({error})" if line.strip() else "an empty line") from None
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or not isinstance(record.get("spo_list"), list):
        raise refusal(4, where, f"expected {{text, spo_list}} with a string and a list, found {record!r:.{SHOWN}}")
    return record["text"], tuple(triple_of(spo, where) for spo in record["spo_list"])


def triple_of(spo, where):
    """A triple of a submission. The predicate may be a number or null: the organisers do not look and count it as wrong.

    Raises:
        SubmissionError: a name is missing, the subject or object is no string, or the predicate is a list or an object.
    """
    if not isinstance(spo, dict) or not {"subject", "predicate", "object"} <= spo.keys():
        raise refusal(4, where, f"expected {{subject, predicate, object}} in spo_list, found {spo!r:.{SHOWN}}")
    triple = Triple(spo["subject"], spo["predicate"], spo["object"])
    if not isinstance(triple.subject, str) or not isinstance(triple.object, str) or isinstance(triple.predicate, (list, dict)):
        raise refusal(4, where, f"expected strings for subject, predicate and object, found {spo!r:.{SHOWN}}")
    return triple


def refusal(code, where, fault):
    """The error for a submission that the organisers would reject with a code."""
    return SubmissionError(f"{where}: {fault}; code {code} of the organisers, {CODES[code]}")
