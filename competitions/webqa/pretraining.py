"""What readers learn before the contest's questions: cloze and extra questions, once for all folds."""

import numpy as np

from common import paths
from common.errors import RunError


def new_network(config, name, prepared):
    """An untrained network of `model.py`."""
    from common.training import precision
    from competitions.webqa import model

    with precision(config.precision):
        return getattr(model, name)(len(prepared.encoder.vocabulary), prepared.encoder.vectors.matrix(), config)


def cloze_parts(config, prepared):
    """What readers are pre-trained on: cloze and extra questions; nothing where no epochs are asked for."""
    return [prepared.parts[part] for part in ("cloze", "extra") if config.pretrain_epochs and part in prepared.parts]


def pretrain(config, model_run, prepared):
    """Train one network on cloze and extra questions, from which every fold starts; kept in `pretrained/`.

    No question or answer of the contest takes part. Where no plain texts are named, the cloze questions are made from the
    training passages of all folds, as unlabelled text; characters, words and their rarity are counted on these, too.

    Raises:
        RunError: folds were trained from it, and it has vanished.
    """
    import keras

    from common.training import cosine, fit_stage
    from common.training.weights import save_weights
    from competitions.webqa.batches import Batches

    parts, name = cloze_parts(config, prepared), model_run.model
    if not parts or (model_run.path / "pretrained").exists():
        return
    if model_run.folds:
        raise RunError(
            f"{model_run.path / 'pretrained'} is missing, from which the finished folds were trained: others would begin "
            f"elsewhere. Put it back, or move the folder {model_run.path} away and repeat."
        )
    keras.utils.set_random_seed(config.seed)
    network = new_network(config, name, prepared)
    shares = [(part, np.arange(len(part.questions)), -(-len(part.questions) // config.pretrain_epochs)) for part in parts]
    drawn = Batches(shares, config, seed=[config.seed, 0])
    steps, warm_up = len(drawn) * config.pretrain_epochs, min(config.warm_up_steps, len(drawn))
    rate = cosine(config.learning_rate, steps, warm_up)
    stage = new_stage(
        network, config, "pre-training", drawn, config.pretrain_epochs, rate
    )  # warm-up is part of the rate's course
    log = fit_stage(network, stage, None, config, f"{name} pre-training", checkpoint=model_run.checkpoint("pretraining"))
    with paths.atomic(model_run.path / "pretrained") as folder:
        folder.mkdir()
        save_weights(network, folder)
        log.to_csv(folder / "log.csv", index=False)


def new_stage(network, config, name, drawn, epochs, learning_rate, warm_up_steps=0):
    """A `Stage` with the loss of the network's kind."""
    from common.training import Stage, objective_of
    from competitions.webqa import model

    loss, scale = model.loss_of(network.name), model.loss_scale(network.name)
    attack = objective_of(config.attack, model.CHARACTERS, config.attack_strength, binary=True)
    return Stage(name, drawn, loss, epochs, learning_rate, min(warm_up_steps, len(drawn)), scale, attack=attack)
