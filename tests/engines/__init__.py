"""What the engines promise, tried on made-up people and, where it matters, on the embedded model."""
