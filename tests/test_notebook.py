"""Showing things where a notebook runs, and not where none does."""

import subprocess
import sys

import nbformat
from nbclient import NotebookClient

from vae_course.notebook import display


def test_nothing_is_shown_without_a_notebook():
    assert not display("shown")


def test_ipython_is_not_needed():
    code = (
        "import sys; sys.modules['IPython'] = None\n"
        "from vae_course.notebook import display; print(display(1))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"


def test_a_notebook_shows_it_below_its_cell():
    code = "from vae_course.notebook import display\nassert display('shown')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert output.data["text/plain"] == "'shown'"
