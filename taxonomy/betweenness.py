"""Betweenness of all points at once: Brandes' algorithm (2001), level by level for all sources together.

The same numbers as networkx's, which walks the graph once for every point in Python. For some hundred points this is
several times as fast, and so the page that shows them opens without a wait.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray


def betweenness(graph: nx.Graph) -> dict[str, float]:
    """The share of all shortest paths between two other points that pass through each, 0..1; edges have no weights.

    Memory grows with the square of the number of points.
    """
    points = list(graph)
    if len(points) < 3:
        return dict.fromkeys(points, 0.0)
    edges = nx.to_scipy_sparse_array(graph, nodelist=points, weight=None, dtype=float)  # symmetric
    levels, paths = _levels(edges)
    shares = np.zeros_like(paths)  # [source, point]: the shares of the paths from a source that pass through a point
    for nearer, farther in zip(levels[-2::-1], levels[:0:-1], strict=True):
        handed = np.divide(1 + shares, paths, out=np.zeros_like(paths), where=farther)
        shares += np.where(nearer, paths * (edges @ handed.T).T, 0.0)
    np.fill_diagonal(shares, 0.0)
    total = shares.sum(axis=0) / ((len(points) - 1) * (len(points) - 2))
    return dict(zip(points, total.tolist(), strict=True))


def _levels(edges: Any) -> tuple[list[NDArray[np.bool_]], NDArray[np.float64]]:
    """For every source which points stand 0, 1, 2... steps away [source, point], and on how many shortest paths."""
    front = np.eye(edges.shape[0], dtype=bool)
    seen, paths = front.copy(), front.astype(float)
    levels = [front]
    while True:
        reached = (edges @ np.where(levels[-1], paths, 0.0).T).T
        front = (reached > 0) & ~seen
        if not front.any():
            return levels, paths
        paths += np.where(front, reached, 0.0)
        seen |= front
        levels.append(front)
