"""The published notebook's VAE on this kind of data, rebuilt in Keras: the peer of training.py."""

import math
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray


class PublishedVAE(keras.Model):
    """The published notebook's VAE, in plain Keras: mean squared error a pixel and 1e-4 of the KL.

    As there: dropout after the first and before the last convolution, the mean over the last
    4 x 4 cells before the dense layer, a decoder that starts from one cell, and a KL summed over
    the axes of the code and averaged over images.
    """

    def __init__(self, seed: int, latent: int = 16, beta: float = 1e-4) -> None:
        super().__init__()
        self.beta = beta
        self.noise = keras.random.SeedGenerator(seed)
        x = image = keras.Input((64, 64, 1))
        for k, width in enumerate((64, 128, 128, 64)):
            x = layers.Conv2D(width, 4, strides=2, padding="same", activation="relu")(x)
            x = layers.Dropout(0.25)(x) if k == 0 else x
        x = layers.Dense(128)(layers.GlobalAveragePooling2D()(x))
        self.encoder = keras.Model(image, [layers.Dense(latent)(x), layers.Dense(latent)(x)])
        z = keras.Input((latent,))
        x = layers.Reshape((1, 1, 64))(layers.Dense(64)(z))
        x = layers.Conv2DTranspose(128, 4, padding="valid", activation="relu")(x)
        for width in (128, 64, 32):
            x = layers.Conv2DTranspose(width, 4, strides=2, padding="same", activation="relu")(x)
        x = layers.Dropout(0.25)(x)
        x = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="sigmoid")(x)
        self.decoder = keras.Model(z, x)

    def build(self, input_shape: Any) -> None:
        """Mark the model as built: encoder and decoder come built."""
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> tuple[Any, Any, Any]:
        """Encode, sample, decode."""
        code, log_variance = self.encoder(ops.expand_dims(inputs, -1), training=training)
        noise = keras.random.normal(ops.shape(code), seed=self.noise)
        decoded = self.decoder(code + ops.exp(0.5 * log_variance) * noise, training=training)
        return ops.squeeze(decoded, -1), code, log_variance

    def compute_loss(self, x: Any, y: Any, y_pred: Any, *rest: Any, **more: Any) -> Any:
        """Mean squared error a pixel + beta · KL."""
        decoded, code, log_variance = y_pred
        kl = -0.5 * (1 + log_variance - ops.square(code) - ops.exp(log_variance))
        return ops.mean(ops.square(decoded - x)) + self.beta * ops.mean(ops.sum(kl, axis=1))

    def reconstruct(self, images: NDArray[Any]) -> NDArray[Any]:
        """Decode the mean codes."""
        pieces = np.array_split(images.astype(np.float32)[..., None], math.ceil(len(images) / 256))
        decoded = [self.decoder(self.encoder(piece)[0]) for piece in pieces]
        return np.concatenate([ops.convert_to_numpy(piece)[..., 0] for piece in decoded])
