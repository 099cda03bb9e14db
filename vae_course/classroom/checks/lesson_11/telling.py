"""Whether a function tests fairly if samples can be told from data."""

from types import SimpleNamespace
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from vae_course.arrays import Floats
from vae_course.classroom.check import Student
from vae_course.classroom.compare import Known, compare, require

SIMULATIONS, FRAMES, SAMPLES = 20, 5, 60
WHAT = "two_sample_auc(samples, patterns, groups, classifier)"


def reference_auc(samples: Any, patterns: Any, groups: Any, classifier: Any) -> float:
    """AUC of a classifier on half of the samples and half of the simulations."""
    mine = np.isin(groups, np.unique(groups)[::2])
    classifier.fit(
        np.concatenate([samples[::2], patterns[mine]]),
        np.repeat([1, 0], [len(samples[::2]), int(mine.sum())]),
    )
    judged = np.concatenate([samples[1::2], patterns[~mine]])
    truth = np.repeat([1, 0], [len(samples[1::2]), int((~mine).sum())])
    return float(roc_auc_score(truth, classifier.predict_proba(judged)[:, 1]))


class _Witness:
    """A classifier whose answers are known, and that remembers what it is given.

    The first feature of a picture says who it is, the second how much it looks like a sample.
    """

    def __init__(self) -> None:
        self.kept = SimpleNamespace(fitted=None, labels=None, judged=[])

    def fit(self, features: Any, labels: Any) -> "_Witness":
        self.kept.fitted, self.kept.labels = np.asarray(features), np.asarray(labels)
        _require_labels(self.kept.fitted[:, 0], self.kept.labels)
        return self

    def predict_proba(self, features: Any) -> Floats:
        rows = np.asarray(features)
        self.kept.judged.append(rows)
        likely = 1 / (1 + np.exp(-rows[:, 1]))
        if self._samples_are_zero():
            likely = 1 - likely
        return np.stack([1 - likely, likely], axis=1)

    def predict(self, features: Any) -> Floats:
        return np.asarray(self.predict_proba(features)[:, 1] > 0.5).astype(int)

    def decision_function(self, features: Any) -> Floats:
        return self.predict_proba(features)[:, 1]

    def score(self, features: Any, labels: Any) -> float:
        return float(np.mean(self.predict(features) == np.asarray(labels)))

    def _samples_are_zero(self) -> bool:
        owners = self.kept.fitted[:, 0]
        labels = self.kept.labels[owners >= 1000]
        return bool(len(labels) and labels.mean() < 0.5)


def require_auc(student: Student) -> None:
    """Watch what a classifier is trained on and judged by, and compare the AUC."""
    rng = np.random.default_rng(8)
    groups = np.repeat(100 + 7 * np.arange(SIMULATIONS), FRAMES)
    order = rng.permutation(len(groups))  # frames of a simulation need not lie together
    groups = groups[order]
    patterns = np.column_stack([np.arange(len(groups)), rng.normal(-0.4, 1, len(groups))])
    samples = np.column_stack([1000 + np.arange(SAMPLES), rng.normal(0.4, 1, SAMPLES)])
    witness = _Witness()
    found = student(samples, patterns, groups, witness)
    kept = witness.kept
    require(
        kept.fitted is not None,
        "The classifier is never trained.",
        "classifier.fit(features, labels), on one half.",
    )
    require(
        len(kept.judged) > 0,
        "The classifier is never asked about pictures.",
        "classifier.predict_proba(features)[:, 1], of the other half.",
    )
    fitted = kept.fitted[:, 0].astype(int)
    judged = np.concatenate([rows[:, 0] for rows in kept.judged]).astype(int)
    for name, low in (("data", 0), ("samples", 1000)):
        inside = [one[(one >= low) & (one < low + 1000)] for one in (fitted, judged)]
        require(
            all(map(len, inside)),
            f"There are no {name} among the pictures that the classifier "
            f"{'is trained on' if not len(inside[0]) else 'is judged by'}.",
            "Both halves need samples and data.",
        )
        require(
            not set(inside[0]) & set(inside[1]),
            f"Some {name} are both trained on and judged by.",
            "What it has learned by heart it always gets right. Judge by the other half.",
        )
    trained = set(groups[fitted[fitted < 1000]])
    both = trained & set(groups[judged[judged < 1000]])
    require(
        not both,
        "Frames of one simulation are both trained on and judged by.",
        "They resemble each other, so that the classifier can recognise the simulation. Split by "
        "groups, not by pictures.",
        "no simulation in both halves",
        f"{len(both)} in both",
    )
    held_out = np.unique(judged)
    require(
        bool(0.3 < len(trained) / SIMULATIONS < 0.7)
        and bool(0.3 < np.mean(held_out >= 1000) * len(held_out) / SAMPLES < 0.7),
        "The halves are not halves.",
        "Half of the simulations and half of the samples are trained on; the rest is judged by.",
    )
    everything = {tuple(row): row[0] >= 1000 for row in np.concatenate([samples, patterns])}
    rows = np.unique(np.concatenate(kept.judged), axis=0)
    truth = np.array([everything[tuple(row)] for row in rows])
    likely = rows[:, 1]
    right = roc_auc_score(truth, likely)
    sure = likely > 0
    compare(
        WHAT,
        found,
        right,
        (
            Known(
                np.mean(sure == truth),
                "This is the share of right answers, which needs a "
                "threshold. Return the AUC: roc_auc_score.",
            ),
            Known(
                roc_auc_score(truth, sure),
                "This is the AUC of yes and no. It needs the "
                "probabilities: predict_proba(…)[:, 1].",
            ),
            Known(
                1 - right,
                "Below one half: labels and probabilities are the wrong way round. "
                "predict_proba(…)[:, 1] is the probability of label 1.",
            ),
            Known(100 * right, "This is per cent. Return a number between 0 and 1."),
            Known(
                2 * right - 1,
                "This is twice the AUC less one (the Gini coefficient). Return the AUC itself.",
            ),
        ),
        "roc_auc_score of the labels and of the probabilities of label 1, both of the half that "
        "was not trained on.",
    )


def _require_labels(fitted: Any, labels: Any) -> None:
    mine = np.asarray(labels)
    require(
        mine.shape == fitted.shape,
        "There are not as many labels as pictures.",
        "One for each: np.repeat([1, 0], [number of samples, number of data pictures]).",
        fitted.shape,
        mine.shape,
    )
    kinds = [set(mine[fitted >= 1000].tolist()), set(mine[fitted < 1000].tolist())]
    require(
        all(len(one) <= 1 for one in kinds) and kinds[0] != kinds[1],
        "The labels do not say which pictures are samples.",
        "All samples have the same label, and all data the other one, in the order in which the "
        "pictures are put together.",
    )
