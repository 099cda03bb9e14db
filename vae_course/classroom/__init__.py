"""What a student's notebook imports: exercises, and checks that say what went wrong."""
