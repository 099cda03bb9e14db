"""Simulate the frozen suite anew, for ten minutes on two cores.

The suite itself is the committed file: other processors round differently, and a suite built on
another machine has another checksum, which `vae-course benchmark` refuses.
Run with: python benchmarks/evolution_suite/build.py runs/suite
"""

import argparse
from pathlib import Path

from vae_course.files import sha256, write_arrays
from vae_course.progress import bars, stages
from vae_course.suite import data

SERIES, SIMULATIONS, SEED = 6, 28, 5300


def main() -> None:
    """Simulate, solve, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write suite.npz into")
    settings = parser.parse_args()
    with bars() as shown:
        suite = data.simulate(SERIES, SIMULATIONS, SEED, stages(shown))
    path = settings.out / data.FILE
    write_arrays(path, data.packed(suite))
    print(path, sha256(path))


if __name__ == "__main__":
    main()
