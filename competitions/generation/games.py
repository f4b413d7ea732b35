"""The models that play against a critic, a function for each, which reads like its paper.

Each takes the size of a picture and the settings and gives an `AdversarialTrainer`. Samples are float32
`(batch, height, width, 1)` from -1 to 1.
"""

from functools import partial

import keras
from keras import layers

from common.generative import lipschitz
from common.generative.adversarial import GAN, AdversarialAutoencoder, AdversariallyLearnedInference, AdversarialTrainer

RECONSTRUCTION = 0.02  # nats of the critic that a squared error of 1 is worth: that of a picture falls to about 50
KERNEL = 4  # of all convolutions: twice the stride, so that no output pixel is written more often than others


def gan_mlp(shape, config):
    """The toy of an article: a slope of at most 1, three layers either side, ten numbers of noise; its rate and its 5 : 1.

    Args:
        shape: height and width of a picture.
        config: `Config`.

    Reference: kexue.fm archive 4540.
    """
    dense = partial(layers.Dense, kernel_initializer=keras.initializers.RandomUniform(-0.05, 0.05))
    noise = keras.Input((10,))
    x = dense(shape[0] * shape[1], "sigmoid")(dense(128, "relu")(dense(32, "relu")(noise)))
    generator = keras.Model(noise, layers.Reshape((*shape, 1))(2 * x - 1))
    pixels = keras.Input((*shape, 1))
    x = dense(32, "relu")(dense(128, "relu")(layers.Flatten()(0.5 * pixels + 0.5)))
    critic = keras.Model(pixels, dense(1)(x))
    game = GAN(generator, critic, "wasserstein", lipschitz.GradientPenalty(10.0, "linear"), "uniform", seed=config.seed)
    return trained(game, config, 5, rate=1e-4)


def dcgan(shape, config):
    """DCGAN: convolutions alone, batch normalisation in both networks unless `batch_norm` says no; one step either side.

    With `stability` it has the term of the variational view, of two steps of the generator or more.

    Reference: Radford et al. 2015, arXiv 1511.06434; kexue.fm archive 5716.
    """
    generator = generator_of(shape, config.noise, config.filters, config.batch_norm)
    critic = critic_of(shape, config.filters, batch_norm=config.batch_norm)
    return trained(GAN(generator, critic, stability=config.stability, seed=config.seed), config, 1)


def wgan_gp(shape, config):
    """WGAN-GP: a critic without batch normalisation, whose samples would not be its own, five steps to one.

    Reference: Gulrajani et al. 2017, arXiv 1704.00028.
    """
    critic = critic_of(shape, config.filters)
    generator = generator_of(shape, config.noise, config.filters)
    penalty = lipschitz.GradientPenalty(10.0, config.sides, config.slope)
    return trained(GAN(generator, critic, "wasserstein", penalty, seed=config.seed), config, 5, beta_2=0.9)


def sngan(shape, config):
    """SN-GAN: every layer of the critic is divided by its spectral norm; the hinge loss, or another `criterion`.

    Reference: Miyato et al. 2018, arXiv 1802.05957; kexue.fm archive 6051.
    """
    critic = critic_of(shape, config.filters, wrap=lipschitz.SpectralNorm)
    generator = generator_of(shape, config.noise, config.filters)
    return trained(GAN(generator, critic, config.criterion, seed=config.seed), config, 1)


def f_gan(shape, config):
    """f-GAN: the networks of `dcgan` and any `divergence` of eight, the generator's cost the one that does not saturate.

    Reference: Nowozin et al. 2016, arXiv 1606.00709; kexue.fm archive 6016.
    """
    generator = generator_of(shape, config.noise, config.filters)
    critic = critic_of(shape, config.filters, batch_norm=True)
    return trained(GAN(generator, critic, config.divergence, seed=config.seed), config, 1)


def aae(shape, config):
    """AAE: an autoencoder whose codes a critic makes look like noise.

    Reference: Makhzani et al. 2015, arXiv 1511.05644.
    """
    code = keras.Input((config.latent,))
    critic = keras.Model(code, layers.Dense(1)(layers.Dense(256, "relu")(layers.Dense(256, "relu")(code))))
    encoder = critic_of(shape, config.filters, units=config.latent, batch_norm=True)
    decoder = generator_of(shape, config.latent, config.filters)
    game = AdversarialAutoencoder(encoder, decoder, critic, weight=RECONSTRUCTION, seed=config.seed)
    return trained(game, config, 1)


def ali(shape, config):
    """ALI: a critic of pictures with their codes; `derived` has the encoder pay what a joint divergence says.

    Reference: Dumoulin et al. 2016, arXiv 1606.00704; kexue.fm archive 5716.
    """
    encoder = critic_of(shape, config.filters, units=config.latent, batch_norm=True)
    generator = generator_of(shape, config.latent, config.filters)
    pixels, code = keras.Input((*shape, 1)), keras.Input((config.latent,))
    look = critic_of(shape, config.filters, units=128, wrap=lipschitz.SpectralNorm)
    x = layers.LeakyReLU(0.2)(layers.Concatenate()([look(pixels), lipschitz.SpectralNorm(layers.Dense(128))(code)]))
    x = lipschitz.SpectralNorm(layers.Dense(256))(x)
    critic = keras.Model([pixels, code], lipschitz.SpectralNorm(layers.Dense(1))(layers.LeakyReLU(0.2)(x)))
    return trained(AdversariallyLearnedInference(encoder, generator, critic, config.derived, seed=config.seed), config, 1)


def generator_of(shape, units, channels, batch_norm=True):
    """From noise `(batch, units)` to pictures, by two transposed convolutions of stride 2."""
    high, wide = (-(-side // 4) for side in shape)
    noise = keras.Input((units,))
    x = layers.Dense(high * wide * 2 * channels, use_bias=not batch_norm)(noise)
    x = layers.Reshape((high, wide, 2 * channels))(x)
    x = layers.ReLU()(normalised(x, batch_norm))
    x = layers.Conv2DTranspose(channels, KERNEL, 2, padding="same", use_bias=not batch_norm)(x)
    x = layers.ReLU()(normalised(x, batch_norm))
    x = layers.Conv2DTranspose(1, KERNEL, 2, padding="same", activation="tanh")(x)
    return keras.Model(noise, x[:, : shape[0], : shape[1]])


def critic_of(shape, channels, units=1, batch_norm=False, wrap=lambda layer: layer):
    """From pictures to `(batch, units)`, by two convolutions of stride 2; `wrap` is put around every layer with a kernel."""
    pixels = keras.Input((*shape, 1))
    x = layers.LeakyReLU(0.2)(wrap(layers.Conv2D(channels, KERNEL, 2, padding="same"))(pixels))
    x = wrap(layers.Conv2D(2 * channels, KERNEL, 2, padding="same", use_bias=not batch_norm))(x)
    x = layers.LeakyReLU(0.2)(normalised(x, batch_norm))
    return keras.Model(pixels, wrap(layers.Dense(units))(layers.Flatten()(x)))


def normalised(x, batch_norm):
    """Batch normalisation, or nothing."""
    return layers.BatchNormalization(momentum=0.9)(x) if batch_norm else x


def trained(game, config, critic_steps, rate=2e-4, beta_2=0.999):
    """The trainer of a game; settings without a value have that of the paper."""
    rate = config.game_rate or rate
    optimizers = [keras.optimizers.Adam(rate, beta_1=0.5, beta_2=beta_2) for _ in range(2)]
    steps = config.critic_steps or critic_steps, config.maker_steps
    return AdversarialTrainer(game, *optimizers, *steps, momentum=config.game_momentum)
