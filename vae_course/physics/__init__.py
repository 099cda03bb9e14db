"""What is true: phase separation, elasticity and descriptors, without any learned model."""
