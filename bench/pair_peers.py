"""The peers of the PPD models: what a person would otherwise take from a package, on the same training pairs.

Each is a function `peer(dataset, train_rows, valid_rows, config)` that learns from some training pairs and returns the
probabilities of others. PyTorch and the packages on it come with the extra `bench-torch`, and are imported where they are used.
"""

import lightgbm
import numpy as np
from sklearn.feature_extraction.text import TfidfTransformer
from tqdm import tqdm

from competitions.ppd import features, metric, trees

ENCODED = 512  # questions of a batch, at prediction
MOST = 5.0  # length of a gradient, as in `common.training`
CLASSES, WIDTH, VECTORS = 10, 16, 64  # of the vectors on which losses are held against each other
AWAY = 16  # of these that point away from their class


def constant(dataset, train_rows, valid_rows, config):
    """The share of positives."""
    return np.full(len(valid_rows), dataset.labels[train_rows].mean())


def tfidf_lightgbm(dataset, train_rows, valid_rows, config):
    """LightGBM with its default settings on TF-IDF of the joined words: the published baseline."""
    columns = tfidf(dataset, train_rows)
    model = lightgbm.LGBMClassifier(random_state=config.seed, verbose=-1)
    model.fit(columns[train_rows], dataset.labels[train_rows])
    return model.predict_proba(columns[valid_rows])[:, 1]


def tfidf_lightgbm_tuned(dataset, train_rows, valid_rows, config):
    """The same with the leaves, rate and rounds of our trees, which stop by the log loss of the pairs that are answered."""
    columns = tfidf(dataset, train_rows)
    parameters = {
        "objective": "binary",
        "learning_rate": config.tree_learning_rate,
        "num_leaves": config.tree_leaves,
        "seed": config.seed,
        "verbose": -1,
    }
    learned = lightgbm.Dataset(columns[train_rows], dataset.labels[train_rows])
    watched = learned.create_valid(columns[valid_rows], dataset.labels[valid_rows])
    stop = lightgbm.early_stopping(trees.STOP_AFTER, verbose=False)
    booster = lightgbm.train(parameters, learned, config.tree_rounds, valid_sets=[watched], callbacks=[stop])
    return booster.predict(columns[valid_rows])


def tfidf(dataset, train_rows):
    """TF-IDF of the words of both questions as one text, sparse `(pairs, words)`; frequencies are of the training rows."""
    counted = features.counts(dataset.word.ids, len(dataset.word.vectors))
    joined = (counted[dataset.pairs[:, 0]] + counted[dataset.pairs[:, 1]]).tocsr()
    return TfidfTransformer().fit(joined[train_rows]).transform(joined).astype("float32")


def metric_learning(dataset, train_rows, valid_rows, config):
    """`competitions.ppd.cosine` in PyTorch: the same design, groups, recipe and calibration, the loss of the package.

    The weights of the classes begin at length 1, as ours do: at the package's own length of about 11 they would turn ten times
    more slowly than everything else at the same learning rate.
    """
    import torch
    from pytorch_metric_learning.losses import CosFaceLoss
    from pytorch_metric_learning.utils.common_functions import TorchInitWrapper

    from competitions.ppd import cosine

    torch.manual_seed(config.seed)
    pairs, labels = dataset.pairs[train_rows], dataset.labels[train_rows]
    away = cosine.kept_away(pairs, len(dataset.names), config.seed)
    members, classes = cosine.groups_of(pairs[~away], labels[~away], len(dataset.names))
    vectors, width = torch.from_numpy(dataset.char.vectors), config.encoder_width
    table = torch.nn.Embedding.from_pretrained(vectors.clone(), freeze=False, padding_idx=0)
    recurrent = torch.nn.GRU(vectors.shape[1], width, batch_first=True)
    length_1 = TorchInitWrapper(torch.nn.init.normal_, std=width**-0.5)
    loss = CosFaceLoss(
        int(classes.max()) + 1, width, margin=config.encoder_margin, scale=config.encoder_scale, weight_init_func=length_1
    )

    def encode(questions):
        ids, lengths = padded(dataset.char.ids, questions, config.longest_char)
        packed = torch.nn.utils.rnn.pack_padded_sequence(table(ids), lengths, batch_first=True, enforce_sorted=False)
        return recurrent(packed)[1][0]

    def step_loss(rows):
        return loss(encode(members[rows]), torch.from_numpy(classes[rows]))

    trained = torch.nn.ModuleList([table, recurrent, loss])
    drawn = (len(members), config.encoder_batch)
    return learn(trained, drawn, step_loss, encode, dataset, (pairs[away], labels[away]), dataset.pairs[valid_rows], config)


def sentence_transformers(dataset, train_rows, valid_rows, config):
    """sentence-transformers from scratch: the given word vectors, an LSTM in both directions, their mean; CoSENT loss."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import losses, modules
    from sentence_transformers.sentence_transformer.modules.tokenizer import WhitespaceTokenizer

    from competitions.ppd import cosine

    torch.manual_seed(config.seed)
    pairs, labels = dataset.pairs[train_rows], dataset.labels[train_rows]
    away = cosine.kept_away(pairs, len(dataset.names), config.seed)
    vectors, width = dataset.word.vectors, config.encoder_width
    tokenizer = WhitespaceTokenizer(["", *dataset.word.names], stop_words=())
    words = modules.WordEmbeddings(tokenizer, vectors.copy(), update_embeddings=True)
    parts = [words, modules.LSTM(vectors.shape[1], width), modules.Pooling(2 * width)]
    network = SentenceTransformer(modules=parts, device="cpu")
    loss = losses.CoSENTLoss(network)
    own_pairs, own_labels = pairs[~away], torch.from_numpy(labels[~away].astype("float32"))

    def inputs(questions):
        ids, lengths = padded(dataset.word.ids, questions, config.longest_word)
        return {"input_ids": ids, "attention_mask": (ids > 0).long(), "sentence_lengths": lengths}

    def encode(questions):
        return network(inputs(questions))["sentence_embedding"]

    def step_loss(rows):
        return loss([inputs(side) for side in own_pairs[rows].T], own_labels[rows])

    drawn = (len(own_pairs), config.batch_size)
    return learn(loss, drawn, step_loss, encode, dataset, (pairs[away], labels[away]), dataset.pairs[valid_rows], config)


def padded(ids, questions, longest):
    """Ids `(batch, steps)` of some questions and their lengths `(batch,)`, as tensors."""
    import torch

    lengths = np.minimum(ids.lengths[questions], longest)
    return torch.from_numpy(ids.padded(questions, lengths=lengths, multiple=1)).long(), torch.from_numpy(lengths)


def learn(trained, drawn, step_loss, encode, dataset, away, asked, config):
    """Train by the recipe of `common.training`, calibrate, answer.

    That is AdamW after a warm-up, clipped gradients, averaged weights, which are scored, the best epoch, a lower rate and an
    end where the score stands still.

    Args:
        trained: the `torch.nn.Module` with all weights.
        drawn: number of examples, and of those in a batch.
        step_loss: `step_loss(rows)`, the loss of some examples.
        encode: `encode(questions)`, vectors of any length `(questions, dim)`.
        dataset: the `Dataset`.
        away: pairs and their labels, on which the epoch is chosen and the cosine becomes a probability.
        asked: pairs to answer, `(rows, 2)`.
        config: the contest's settings.

    Returns:
        Probabilities `(rows,)`.
    """
    import torch

    from competitions.ppd import cosine

    generator = np.random.default_rng([config.seed, 1])
    weights = [weight for weight in trained.parameters() if weight.requires_grad]
    averages = copies(weights)
    optimizer = torch.optim.AdamW(weights, weight_decay=config.weight_decay)
    rate, step, waited, best, kept = config.encoder_learning_rate, 0, 0, np.inf, None
    count, batch_size = drawn
    with tqdm(range(config.cosine_epochs), unit="epoch") as bar:
        for _ in bar:
            order = generator.permutation(count)
            for start in range(0, count, batch_size):
                step += 1
                optimizer.param_groups[0]["lr"] = rate * min(1, step / max(1, config.warm_up_steps))
                optimizer.zero_grad()
                step_loss(order[start : start + batch_size]).backward()
                torch.nn.utils.clip_grad_norm_(weights, MOST)
                optimizer.step()
                with torch.no_grad():
                    torch._foreach_lerp_(averages, weights, 1 - min(config.momentum, (1 + step) / (10 + step)))
            raw = copies(weights)
            assign(weights, averages)
            similar = cosines(encode, dataset, away[0])
            calibration = cosine.calibrate(similar, away[1])
            score = metric.score(away[1], cosine.probability(calibration, similar))
            bar.set_postfix_str(f"score {score:.4f}, best {min(best, score):.4f}")
            if score < best:
                best, kept, waited = score, (copies(weights), calibration), 0
            else:
                waited += 1
                if waited % config.drop_patience == 0:
                    rate *= 0.3
                if waited == config.stop_patience:
                    break
            assign(weights, raw)
    best_weights, calibration = kept
    assign(weights, best_weights)
    return cosine.probability(calibration, cosines(encode, dataset, asked))


def copies(weights):
    """Tensors with the same numbers."""
    return [weight.detach().clone() for weight in weights]


def assign(weights, values):
    """Give weights these numbers."""
    import torch

    with torch.no_grad():
        torch._foreach_copy_(weights, values)


def cosines(encode, dataset, pairs):
    """Cosine of the two questions of each pair, `(rows,)`."""
    import torch

    questions, places = np.unique(pairs, return_inverse=True)
    order = np.argsort(dataset.char.ids.lengths[questions], kind="stable")
    with torch.no_grad():
        found = [encode(questions[order[start : start + ENCODED]]) for start in range(0, len(order), ENCODED)]
        vectors = torch.nn.functional.normalize(torch.cat(found)).numpy()
    place = np.argsort(order)[places.reshape(pairs.shape)]
    return np.einsum("ij,ij->i", vectors[place[:, 0]], vectors[place[:, 1]])


def loss_pairs():
    """Our losses on cosines of classes, or within the batch, and the package's form of each: a dict by their names."""
    from pytorch_metric_learning import distances
    from pytorch_metric_learning import losses as theirs

    from common import losses as ours

    sizes, cosine = (CLASSES, WIDTH), distances.CosineSimilarity()
    pairs = {}
    for scale in (30, 64):
        pairs[f"AMSoftmax, s {scale}, m 0.35", "CosFaceLoss"] = (
            ours.AMSoftmax(0.35, scale=scale),
            theirs.CosFaceLoss(*sizes, margin=0.35, scale=scale),
        )
        pairs[f"ArcFace, s {scale}, m 0.5", "ArcFaceLoss"] = (
            ours.ArcFace(0.5, scale=scale),
            theirs.ArcFaceLoss(*sizes, margin=float(np.degrees(0.5)), scale=scale),
        )
    pairs["ScaledSoftmax, s 30", "NormalizedSoftmaxLoss"] = (
        ours.ScaledSoftmax(30),
        theirs.NormalizedSoftmaxLoss(*sizes, temperature=1 / 30, distance=cosine),
    )
    pairs["SupervisedContrastive, t 0.1", "SupConLoss"] = (
        ours.SupervisedContrastive(0.1),
        theirs.SupConLoss(temperature=0.1),
    )
    return pairs


def agreement(seed):
    """Our losses beside the package's on the same random vectors, class weights and labels.

    Returns:
        Dict by the names of both, `ours / theirs`, of arrays: our value, theirs, and the largest difference of the gradients of
        vectors and of class weights, as a part of the largest gradient; the last is NaN for a loss without classes.
    """
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(VECTORS, WIDTH)).astype("float32")
    directions = generator.normal(size=(CLASSES, WIDTH)).astype("float32")
    labels = generator.integers(CLASSES, size=VECTORS)
    vectors[:AWAY] -= 2 * directions[labels[:AWAY]]  # angles at which ArcFace leaves its formula
    found = {}
    for names, (ours, theirs) in loss_pairs().items():
        value, gradients = value_and_gradients(ours, vectors, directions if hasattr(theirs, "W") else None, labels)
        their_value, their_gradients = their_value_and_gradients(theirs, vectors, directions, labels)
        differences = [
            np.abs(own - other).max() / np.abs(other).max() for own, other in zip(gradients, their_gradients, strict=True)
        ]
        found[" / ".join(names)] = np.array([value, their_value, *differences, *[np.nan] * (2 - len(differences))])
    return found


def value_and_gradients(loss, vectors, directions, labels):
    """Mean loss, and its gradients by vectors and, where these are given, by class directions; on either Keras backend.

    A step of plain gradient descent with rate 1 shows them.
    """
    import keras

    from common.layers import ClassCosines

    layers, before = [keras.layers.Embedding(*vectors.shape)], [vectors]
    if directions is not None:
        layers.append(ClassCosines(len(directions)))
        before.append(directions)
    model = keras.Sequential([keras.Input((), dtype="int32"), *layers])
    model.set_weights(before)
    model.compile(keras.optimizers.SGD(1.0), loss)
    value = model.train_on_batch(np.arange(len(vectors)), labels)
    return float(value), [old - layer.get_weights()[0] for old, layer in zip(before, layers, strict=True)]


def their_value_and_gradients(loss, vectors, directions, labels):
    """The same of a loss of pytorch-metric-learning."""
    import torch

    leaf = torch.tensor(vectors, requires_grad=True)
    if hasattr(loss, "W"):
        loss.W.data = torch.tensor(directions.T.copy())
    value = loss(leaf, torch.from_numpy(labels))
    value.backward()
    return value.item(), [leaf.grad.numpy(), *([loss.W.grad.numpy().T] if hasattr(loss, "W") else [])]
