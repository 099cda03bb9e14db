"""The checks of each lesson, in a folder of its own with the helpers that it alone uses."""
