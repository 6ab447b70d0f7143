"""What insurers say that they paid."""
