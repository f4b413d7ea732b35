"""The networks. Each maps bytes `(batch, height, width)` to probabilities `(batch, classes)`.

Bytes are normalised inside, so that a batch is a quarter as large on its way to the device.
"""

import keras
from keras import layers

from common.images import networks
from common.regularizers import KernelOrthogonality, SelfOrthogonality

LEAST_OF_MOBILENET = 32  # pixels of a side
MOMENTUM = 0.9  # of its batch normalisation, as in the other networks: with Keras's 0.99 a small set ends before it has settled


def wide_resnet(images, classes, config):
    """A pre-activation residual network, wide and not deep.

    Args:
        images: the training pictures `(rows, height, width)`: their size, mean and spread.
        classes: how many.
        config: `widths`, `blocks`, `dropout`, `orthogonal` and `orthogonality`.

    Reference: Zagoruyko and Komodakis 2016, arXiv 1605.07146.
    """
    pixels, x = normalised(images)
    x = networks.wide_residual(x, config.widths, config.blocks, dropout=config.dropout, **orthogonal(config))
    return classified(pixels, x, classes, "wide_resnet")


def densenet(images, classes, config):
    """DenseNet-BC in three blocks, with `growth` and `layers` of the config; arguments else as of `wide_resnet`.

    Reference: Huang et al. 2016, arXiv 1608.06993.
    """
    pixels, x = normalised(images)
    x = networks.dense_bottleneck(x, config.growth, (config.layers,) * 3)
    return classified(pixels, x, classes, "densenet")


def mobilenet(images, classes, config):
    """Keras's MobileNet on pictures of twice the size, from random weights; arguments as of `wide_resnet`.

    Reference: Howard et al. 2017, arXiv 1704.04861; kexue.fm archive 4556, which began from weights of ImageNet.
    """
    pixels, x = normalised(images)
    times = max(2, -(-LEAST_OF_MOBILENET // min(x.shape[1:3])))
    x = layers.UpSampling2D(times, interpolation="bilinear")(x)
    body = keras.applications.MobileNet(x.shape[1:], include_top=False, weights=None)
    for layer in body.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = MOMENTUM
    return classified(pixels, body(x), classes, "mobilenet", dropout=0.5)


def normalised(images):
    """The input, and it with mean 0 and spread 1 over the training pictures, `(batch, height, width, 1)`."""
    mean, spread = float(images.mean()), float(images.std()) or 1.0
    pixels = keras.Input(images.shape[1:], name="pixels")
    x = (pixels - mean) / spread  # Keras's Rescaling asks for TensorFlow on JAX, too
    return pixels, layers.Reshape((*images.shape[1:], 1))(x)


def classified(pixels, x, classes, name, dropout=0.0):
    """The model that ends in mean pooling and one dense layer."""
    x = layers.GlobalAveragePooling2D(name="features")(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(pixels, layers.Dense(classes, activation="softmax", dtype="float32")(x), name=name)


def orthogonal(config):
    """What each convolution of a block is told, so that its units differ."""
    if config.orthogonal == "none":
        return {}
    if config.orthogonal == "weights":
        return {"kernel_regularizer": KernelOrthogonality(config.orthogonality)}
    return {"activity_regularizer": SelfOrthogonality(config.orthogonality, centred=config.orthogonal == "centred")}
