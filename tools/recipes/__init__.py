"""What makes the shipped data and models: hours of work that go on where they were stopped."""
