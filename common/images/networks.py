"""Networks that turn pictures into feature maps, as functions of tensors: a contest puts its own head on them."""

import math

from keras import layers


def wide_residual(x, widths=(32, 64, 128), blocks=2, strides=None, dropout=0.0, momentum=0.9, **convolution):
    """Feature maps of a pre-activation residual network; normalised and rectified at the end.

    Each group has `blocks` blocks of two 3 x 3 convolutions, each after batch normalisation and ReLU. Where the width or the
    size changes, the shortcut is a 1 x 1 convolution of the rectified input.

    Args:
        x: tensor `(batch, height, width, channels)`.
        widths: channels of each group; the convolution before them has half of the first.
        blocks: of each group.
        strides: of each group's first block, a number or `(rows, columns)`; 1 for the first and 2 for all others by default.
        dropout: between the two convolutions of a block.
        momentum: of batch normalisation.
        **convolution: what else each 3 x 3 convolution of a block is told, such as a regulariser.

    Returns:
        Tensor `(batch, height / strides, width / strides, widths[-1])`.

    Reference: Zagoruyko and Komodakis 2016, arXiv 1605.07146; He et al. 2016, arXiv 1603.05027.
    """

    def rectified(x):
        return layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))

    def convolved(x, width, stride=1):
        settings = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal", **convolution}
        return layers.Conv2D(width, 3, stride, **settings)(x)

    x = layers.Conv2D(max(1, widths[0] // 2), 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    for group, width in enumerate(widths):
        group_stride = (1 if group == 0 else 2) if strides is None else strides[group]
        for block in range(blocks):
            stride = group_stride if block == 0 else 1
            before, shortcut = rectified(x), x
            if x.shape[-1] != width or stride not in (1, (1, 1)):
                shortcut = layers.Conv2D(width, 1, stride, use_bias=False, kernel_initializer="he_normal")(before)
            inside = rectified(convolved(before, width, stride))
            if dropout:
                inside = layers.Dropout(dropout)(inside)
            x = layers.Add()([shortcut, convolved(inside, width)])
    return rectified(x)


def dense_bottleneck(x, growth=12, layers_of_block=(8, 8, 8), compression=0.5, momentum=0.9):
    """Feature maps of DenseNet-BC: every layer sees those of all layers of its block; normalised and rectified at the end.

    A layer is a 1 x 1 convolution to four times `growth` and a 3 x 3 one to `growth`, each after batch normalisation and ReLU.
    Between blocks, a 1 x 1 convolution keeps a share of the channels and a mean pooling halves the size.

    Args:
        x: tensor `(batch, height, width, channels)`.
        growth: channels that each layer adds.
        layers_of_block: number of layers in each block.
        compression: share of the channels that is kept between blocks.
        momentum: of batch normalisation.

    Reference: Huang et al. 2016, arXiv 1608.06993.
    """

    def convolved(x, width, size):
        x = layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))
        return layers.Conv2D(width, size, padding="same", use_bias=False, kernel_initializer="he_normal")(x)

    x = layers.Conv2D(2 * growth, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    for block, count in enumerate(layers_of_block):
        if block:
            x = layers.AveragePooling2D(2)(convolved(x, math.floor(compression * x.shape[-1]), 1))
        for _ in range(count):
            x = layers.Concatenate()([x, convolved(convolved(x, 4 * growth, 1), growth, 3)])
    return layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))
