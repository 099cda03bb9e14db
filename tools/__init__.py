"""What makes what the course ships, and its website; not in the wheel."""
