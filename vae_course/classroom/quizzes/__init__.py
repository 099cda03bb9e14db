"""Questions of the lessons, one module each."""
