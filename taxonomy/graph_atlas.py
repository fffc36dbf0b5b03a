"""The graph of a snapshot with what is computed of it once, to be shared by everybody who looks at it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from taxonomy import graph_layout
from taxonomy.graph import CatalogGraph
from taxonomy.graph_layout import Layout
from taxonomy.graph_shape import Shape, shape_of
from taxonomy.graph_views import Cut
from taxonomy.store import Store

MOST_LAYOUTS = 128


class Atlas:
    """The graph, its shape, and the layouts that were asked for last; may be shared by threads."""

    def __init__(self, store: Store) -> None:
        self.graph = CatalogGraph(store)
        self._shape: Shape | None = None
        self._layouts: OrderedDict[tuple[str, Cut], Layout] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def shape(self) -> Shape:
        """Communities and centrality; computed at the first question, which takes about a second."""
        with self._lock:
            if self._shape is None:
                self._shape = shape_of(self.graph)
            return self._shape

    def around(self, cut: Cut) -> Layout:
        """Where the points of somebody's surroundings stand."""
        return self._kept(("around", cut), lambda: graph_layout.around(self.graph, cut))

    def apart(self, cut: Cut) -> Layout:
        """Where the points of the whole stand, by community."""
        shape = self.shape
        return self._kept(("apart", cut), lambda: graph_layout.apart(self.graph, shape, cut))

    def _kept(self, key: tuple[str, Cut], make: Callable[[], Layout]) -> Layout:
        with self._lock:
            if key in self._layouts:
                self._layouts.move_to_end(key)
                return self._layouts[key]
        made = make()
        with self._lock:
            self._layouts[key] = made
            while len(self._layouts) > MOST_LAYOUTS:
                self._layouts.popitem(last=False)
        return made
