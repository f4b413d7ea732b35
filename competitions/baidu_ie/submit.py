"""Write `submissions/baidu_ie.zip`: one file of JSON lines `{"text", "spo_list"}`, every test sentence once.

python -m competitions.baidu_ie.submit
"""

import zipfile
from functools import partial

from common import run
from common.errors import SubmissionError
from common.experiment.submission import publish
from competitions.baidu_ie import ensemble, metric, records, train

MEMBER = "baidu_ie.json"  # the one file in the zip
WRITTEN = (1980, 1, 1, 0, 0, 0)  # a fixed time: the same triples give the same zip


def main(config):
    """Answer the test sentences; without a test file, the dev part, and without this the training part out of fold."""
    plan = train.plan(config)
    dataset, blended = plan.dataset, ensemble.blend(plan)
    part = next((part for part in ("test", "dev") if getattr(dataset, part)), "oof")
    if part != "test":
        answered = "the dev part" if part == "dev" else "the validated training sentences, out of fold"
        print(f"There is no test file: the submission answers {answered}.")
    answers = dict(ensemble.read_triples(blended, part))  # a text that is asked twice is answered once
    lines = [records.line_of(text, triples) for text, triples in answers.items()]
    asked = answers if part == "oof" else {sentence.text for sentence in getattr(dataset, part)}
    check_zip = partial(check, texts=sorted(asked), predicates=dataset.predicates)
    path = publish("baidu_ie", ".zip", lines, check_zip, blended, write_zip)
    triples = sum(map(len, answers.values()))
    print(f"Wrote {path} ({len(lines):,} sentences, {triples:,} triples) and a copy in {blended.path}")


def write_zip(path, lines):
    """Write a zip with one file of lines."""
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo(MEMBER, WRITTEN)
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, "".join(f"{line}\n" for line in lines))


def check(path, texts, predicates):
    """Faults of a submission, found by reading it as the organisers do.

    Args:
        path: the zip.
        texts: every text that must have its line.
        predicates: those that the schemas know.
    """
    try:
        found = metric.read_submission(path)
    except SubmissionError as error:
        return [str(error)]
    missing = [text for text in texts if text not in found]
    faults = [f"{len(missing)} sentences have no line, the first is '{missing[0][:60]}'"] if missing else []
    known = set(texts)
    faults += [f"no sentence of the test file: '{text[:60]}'" for text in found if text not in known]
    for text, triples in found.items():
        faults += [f"unknown predicate {one.predicate} in '{text[:60]}'" for one in triples if one.predicate not in predicates]
    return faults


if __name__ == "__main__":
    run.stage(__spec__)
