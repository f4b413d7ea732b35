"""Trained models at work, of a run's folder. Whatever a model is, it offers

    metric               what its own score is called: "nats", "bits per dimension" or "FID"
    sample(count, seed)  bytes (count, height, width), or a list of sentences
    figures(records, seed)
                         what can be said of held-out records, a dict; its score stands under the name of its metric
    save(folder)

and those with a code also

    records(given)       a person's pictures or sentences, a list, as the network takes them
    encode(records)      codes (records, units)
    decode(codes)        what `sample` gives, of codes

for reconstructions and ways from one record to another. A class stands for each kind, `KINDS` names that of each model.
"""

from competitions.generation.config import OF_FLOWS
from competitions.generation.trained.autoencoders import Autoencoder, Categorical
from competitions.generation.trained.densities import Density
from competitions.generation.trained.generator import Generator
from competitions.generation.trained.players import Player, PlayingAutoencoder, UniformPlayer
from competitions.generation.trained.sentences import Sentences

KINDS: dict[str, type[Generator]] = {
    "vae": Autoencoder,
    "gumbel_vae": Categorical,
    **dict.fromkeys(OF_FLOWS, Density),
    "gan_mlp": UniformPlayer,
    **dict.fromkeys(("dcgan", "wgan_gp", "sngan", "f_gan"), Player),
    **dict.fromkeys(("aae", "ali"), PlayingAutoencoder),
    **dict.fromkeys(("text_vae", "couplet_vae"), Sentences),
}


def load(folder, name, config):
    """The trained model of a run's folder."""
    return KINDS[name].load(folder, config)
