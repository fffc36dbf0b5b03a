"""LaMP's own evaluation (Salemi et al., 2024, arXiv 2304.11406) of files in its format, one measure a file.

Its classes score texts as its published script does, which differs from the metrics of runs: labels and ratings are
read from text, ROUGE has no stemmer, macro F1 is over all labels of a task, and nothing is ever left unscored.
"""
