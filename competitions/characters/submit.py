"""Write `submissions/characters.csv`: header `id,character`, id = row of the test part from 0.

python -m competitions.characters.submit
"""

from common import run
from common.experiment.submission import publish_labels
from competitions.characters import ensemble, train


def main(config):
    """Answer the test part."""
    plan = train.plan(config)
    blended, characters = ensemble.blend(plan), plan.dataset.characters
    classes = blended.load_arrays("test")["probability"][:, 0, 0].astype(int)
    ids, answers = [str(row) for row in range(len(classes))], [characters[place] for place in classes]
    path = publish_labels("characters", ids, answers, characters, blended, header="id,character")
    print(f"Wrote {path} ({len(ids)} lines) and a copy in {blended.path}")


if __name__ == "__main__":
    run.stage(__spec__)
