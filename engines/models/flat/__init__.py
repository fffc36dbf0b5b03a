"""Rows in one flat batch: the part of the local model that needs PyTorch; imported where a model is loaded."""
