"""How it is taught: exercises, checks that say what went wrong, notebooks and grades."""
