"""A saved model belongs to no backend: written under one, it works under another."""

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from vae_course.vae.model import build_vae

OTHER = "tensorflow" if keras.backend.backend() == "jax" else "jax"
ELSEWHERE = """
import sys
import keras
import numpy as np
import vae_course.vae
vae = keras.models.load_model(sys.argv[1])
given = np.load(sys.argv[2])
np.savez(
    sys.argv[3],
    backend=keras.backend.backend(),
    encode=vae.encode(given["images"]),
    decode_logits=vae.decode_logits(given["codes"]),
)
"""


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec(OTHER) is None, reason=f"{OTHER} is not installed")
def test_a_model_saved_here_gives_the_same_numbers_under_the_other_backend(tmp_path):
    rng = np.random.default_rng(0)
    vae = build_vae(latent=8, seed=0)
    for variable in vae.trainable_variables:  # also those that start at zero
        variable.assign_add(0.05 * rng.normal(size=variable.shape).astype(np.float32))
    images = rng.integers(0, 2, (16, 64, 64)).astype(np.uint8)
    codes = rng.normal(size=(16, 8)).astype(np.float32)

    model, given, found = (tmp_path / name for name in ("vae.keras", "given.npz", "found.npz"))
    vae.save(model)
    np.savez(given, images=images, codes=codes)
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, *map(str, (model, given, found))],
        env={**os.environ, "KERAS_BACKEND": OTHER, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    elsewhere = np.load(found)
    assert str(elsewhere["backend"]) == OTHER
    np.testing.assert_allclose(elsewhere["encode"], vae.encode(images), rtol=0, atol=1e-5)
    np.testing.assert_allclose(
        elsewhere["decode_logits"], vae.decode_logits(codes), rtol=0, atol=1e-5
    )
