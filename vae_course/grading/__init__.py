"""How submissions are judged: read, run apart from everything else, and entered in a grade book."""
