"""Models of evolution and of properties that come with the package, and how they were made.

`manifest.json` names the files with their SHA-256; beside each model lies its model card.
"""
