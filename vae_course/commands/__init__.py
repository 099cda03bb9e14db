"""The command line: one module a command, what commands are asked, and how they speak."""
