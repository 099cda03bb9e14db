"""What runs the course elsewhere names only what is there: containers, and the release."""

import fnmatch
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

import vae_course
from vae_course.grading.sandbox import IMAGE

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
TARGETS = set(re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
TARGETS |= set(re.findall(r"^(\.venv/\S+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_the_images_copy_what_is_there_and_sent_and_no_solution() -> None:
    copied = [
        name
        for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    ]
    sent = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert len(copied) > 5
    for name in copied:
        assert (ROOT / name).exists()
        assert any(fnmatch.fnmatch(name.split("/")[0], one) for one in sent)
    assert "solutions" not in {name.split("/")[0] for name in [*copied, *sent]}


def test_the_grading_image_has_the_name_that_grade_looks_for() -> None:
    assert f"docker build --target grading --tag {IMAGE} ." in DOCKERFILE
    assert "FROM python:3.12-slim AS grading" in DOCKERFILE


def test_a_development_container_makes_what_the_makefile_makes() -> None:
    about = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
    made = re.findall(r"make (\S+)", about["postCreateCommand"])
    assert made
    assert set(made) <= TARGETS
    assert "vae-course start" in about["postCreateCommand"]


def test_workflows_run_targets_and_workflows_that_are_there() -> None:
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        jobs = yaml.safe_load(path.read_text("utf-8"))["jobs"]
        for job in jobs.values():
            assert set(job.get("needs", "").split()) <= set(jobs)
            if called := job.get("uses"):
                assert (ROOT / called).is_file()
                assert "workflow_call" in (ROOT / called).read_text("utf-8")
            for step in job.get("steps", []):
                asked = set(re.findall(r"^\s*make (\S+)", step.get("run", ""), re.MULTILINE))
                assert asked <= TARGETS


def test_a_tag_of_the_version_is_the_one_that_is_released() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'version = "{vae_course.__version__}"' in project


def test_the_oldest_versions_that_are_tested_are_the_oldest_that_are_allowed() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = [one for group in about["project"]["optional-dependencies"].values() for one in group]
    locked = (ROOT / "requirements/oldest.txt").read_text("utf-8")
    wanted = dict(
        re.findall(r"^([\w-]+)>=([\d.]+)$", "\n".join(needs(about) + extras), re.MULTILINE)
    )
    assert {"keras", "tensorflow", "numpy", "pytest", "jax"} <= set(wanted)
    for name, floor in wanted.items():
        found = re.findall(rf"^{name}==([\d.]+)", locked, re.MULTILINE)
        assert found, name
        assert all(f"{one}.".startswith(f"{floor}.") for one in found), (name, floor, found)


def needs(about: dict[str, Any]) -> list[str]:
    found = list(about["project"]["dependencies"])
    for one in about["dependency-groups"]["test"] + about["dependency-groups"]["authoring"]:
        found += (
            about["dependency-groups"][one["include-group"]] if isinstance(one, dict) else [one]
        )
    return found
