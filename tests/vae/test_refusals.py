"""What no model can be given is refused by our words, and no number of a training is infinite."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from vae_course.arguments import CheckpointError, check_training_folder
from vae_course.data import load_embedded
from vae_course.files import LOCK, held_by, holding
from vae_course.vae import training
from vae_course.vae.model import build_vae

IMAGES = load_embedded(1).images[:8].astype(np.float32)


@pytest.fixture(scope="module")
def vae():
    return build_vae(2, channels=(2,))


@pytest.mark.parametrize("call", ["fit", "predict", "encode"])
@pytest.mark.parametrize("bad", [IMAGES * 255, -IMAGES, np.full_like(IMAGES, np.nan)])
def test_values_outside_0_to_1_are_refused(vae, call, bad):
    with pytest.raises(ValueError, match=r"must (have values between 0 and 1|be finite)"):
        getattr(vae, call)(bad)


def test_no_kl_is_infinite(vae):
    far = np.full((1, 2), 500.0, np.float32)
    loss = vae.compute_loss(
        IMAGES[:1], y_pred=(np.zeros((1, 64, 64), np.float32), np.zeros_like(far), far)
    )
    assert np.isfinite(float(loss))


def test_a_training_that_diverges_says_so(tmp_path):
    few = load_embedded(1).select(range(0, 80, 4))
    with pytest.raises(
        FloatingPointError, match=r"the training diverged in epoch \d+: start again"
    ):
        training.train(
            *(few, tmp_path / "out"),
            latent=2,
            channels=(2,),
            batch_size=4,
            epochs=30,
            learning_rate=1e9,
        )


def test_a_folder_that_another_process_trains_into_is_refused_at_once(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from vae_course.files import holding\n"
        "with holding(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CheckpointError, match=f"out is in use: process {other.pid} trains"):
            check_training_folder(tmp_path, resume=False)
        with pytest.raises(ValueError, match="out is in use"), holding(tmp_path):
            pass
    finally:
        other.kill()
        other.wait()
    assert held_by(tmp_path) == ""  # what a process has left that was killed holds nothing
    with holding(tmp_path):
        assert json.loads((tmp_path / LOCK).read_text("utf-8"))["process"] == os.getpid()
    assert not (tmp_path / LOCK).exists()


@pytest.mark.parametrize("text", ["", "{}", '{"host": 1}', "[" * 9000])
def test_a_damaged_lock_holds_nothing(tmp_path, text):
    (tmp_path / LOCK).write_text(text, "utf-8")
    assert held_by(tmp_path) == ""
