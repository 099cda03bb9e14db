"""How lessons are made: notebooks from one source, and what an author is told is missing."""
