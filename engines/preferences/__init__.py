"""Rewards learnt from choices between two answers: one person's, or mixtures of what others like."""
