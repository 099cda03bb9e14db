"""The checks, a module for each lesson: what a right answer does, and what wrong ones do."""
