"""How fast the embedded model is here, beside other ways to run the same weights: `python -m engines speed`."""
