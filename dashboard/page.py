"""What a page says about itself, and how pages are found: one file in `dashboard/views` is one page."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from dashboard import views
from dashboard.services import Services

Group = Literal["Start", "Explore", "Try", "Measure", "Learn", "Data"]
GROUPS: tuple[Group, ...] = ("Start", "Explore", "Try", "Measure", "Learn", "Data")


@dataclass(frozen=True)
class Page:
    """A page of the dashboard.

    Attributes:
        icon: a Material symbol, such as `:material/search:`.
        order: its place inside the group, from the lowest.
        path: the part of the address behind the slash, also the key by which other pages link to it.
        question: the one question that the page answers, shown below its title.
        has_own_heading: the page draws its title itself, because the title depends on what it shows.
    """

    title: str
    icon: str
    group: Group
    order: int
    path: str
    question: str
    has_own_heading: bool = False


@dataclass(frozen=True)
class Found:
    """A discovered page with the function that draws it."""

    page: Page
    render: Callable[[Services], None]


def discover() -> tuple[Found, ...]:
    """Every page of `dashboard/views`, by group and order.

    Raises:
        TypeError: a module there has no `PAGE` or no `render`.
        ValueError: two pages have the same path.
    """
    found = [_found(module.name) for module in pkgutil.iter_modules(views.__path__)]
    paths = [each.page.path for each in found]
    if len(set(paths)) != len(paths):
        raise ValueError(f"two pages have the same path: {', '.join(sorted(paths))}")
    return tuple(sorted(found, key=lambda each: (GROUPS.index(each.page.group), each.page.order, each.page.path)))


def by_group(found: Iterable[Found]) -> dict[Group, list[Found]]:
    """Pages under the title of their group; the pages must stand in the order of `discover`."""
    return {group: list(members) for group, members in groupby(found, key=lambda each: each.page.group)}


def _found(name: str) -> Found:
    module = importlib.import_module(f"{views.__name__}.{name}")
    page, render = getattr(module, "PAGE", None), getattr(module, "render", None)
    if not isinstance(page, Page) or not callable(render):
        raise TypeError(f"dashboard/views/{name}.py needs PAGE = Page(...) and render(services)")
    return Found(page, render)
