"""The second factor: its pages, the second step of the sign-in, and signing in with a passkey alone."""
