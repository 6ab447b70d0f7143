"""Settings from the environment, addresses, logs."""
