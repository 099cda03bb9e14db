"""The main job from end to end: train on microstructures, predict, and report with numbers."""
