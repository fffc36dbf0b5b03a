"""Runs: many examples, methods and arms on one model, and their statistics."""
