"""Slots for keys and values: large enough, nobody else's, and attention over them is that of plain rows."""

from __future__ import annotations

import random

import pytest
import torch

from engines.models.flat.caches import PAGE_TOKENS, SMALLEST, Attending, Piece, Pool, Shape, Slot, lay_out

SHAPE = Shape(layers=2, heads=2, width=8, dtype=torch.float32, device=torch.device("cpu"))
QUERIES = 6


def test_bytes_of_a_token() -> None:
    assert SHAPE.token_bytes == 2 * 2 * 2 * 8 * 4
    assert Shape(30, 3, 64, torch.bfloat16, torch.device("cpu")).token_bytes == 2 * 30 * 3 * 64 * 2


def test_a_capacity_holds_its_tokens_and_wastes_at_most_half() -> None:
    pool = Pool(SHAPE)
    found = [pool.capacity(tokens) for tokens in range(1, 9000)]
    assert found == sorted(found)
    assert all(tokens <= size for tokens, size in enumerate(found, start=1))
    assert all(size * 2 <= tokens * 3 for tokens, size in enumerate(found, start=1) if tokens > SMALLEST)
    assert all(pool.capacity(size) == size for size in set(found)), "a capacity is its own"
    assert len(set(found)) < 20, "rows of like length share a page"


def test_slots_are_never_shared_and_pages_are_given_back() -> None:
    pool, draw = Pool(SHAPE), random.Random(5)  # noqa: S311
    taken: list[Slot] = []
    for _ in range(400):
        if taken and draw.random() < 0.45:
            pool.give_back(taken.pop(draw.randrange(len(taken))))
        else:
            tokens = draw.choice([10, 130, 200, 500, 5000])
            taken.append(pool.take(tokens))
            assert taken[-1].page.capacity >= tokens
            assert taken[-1].length == 0
        assert len({(id(slot.page), slot.place) for slot in taken}) == len(taken)
        assert {id(slot.page) for slot in taken} == {id(page) for page in pool.pages}, "no page stands empty"
        assert all(len(page.free) == len(set(page.free)) < page.slots for page in pool.pages)
    for slot in taken:
        pool.give_back(slot)
    assert pool.pages == []


def test_the_last_pages_that_nobody_uses_stay_for_the_next_rows() -> None:
    pool = Pool(SHAPE)
    pages = {}
    for tokens in (200, 300, 500, 9000):  # of pages of their own; the longest is alone in its
        slot = pool.take(tokens)
        pages[tokens] = slot.page
        pool.give_back(slot)
    again = {tokens: pool.take(tokens) for tokens in pages}
    assert [again[tokens].page is pages[tokens] for tokens in pages] == [False, True, True, False]
    assert {slot.place for slot in again.values()} == {0}
    assert all(slot.length == 0 for slot in again.values())
    assert len(pool.pages) == 4


def test_a_page_that_holds_what_is_no_number_serves_no_later_row() -> None:
    pool = Pool(SHAPE)
    slot = pool.take(200)
    slot.page.kv[-1, 1, slot.place, 0, 7, 3] = torch.nan
    pool.give_back(slot)
    assert pool.take(200).page.kv.isfinite().all()


def test_a_page_is_bounded_and_a_long_row_has_one_of_its_own() -> None:
    pool = Pool(SHAPE)
    assert pool.take(1).page.kv.shape == (2, 2, PAGE_TOKENS // SMALLEST, 2, SMALLEST, 8)
    assert pool.take(PAGE_TOKENS + 1).page.slots == 1


def test_what_is_put_behind_is_read_back() -> None:
    slot = Pool(SHAPE).take(20)
    one, two = torch.randn(2, 2, 2, 3, 8), torch.randn(2, 2, 2, 4, 8)
    slot.extend(one)
    slot.extend(two)
    assert slot.length == 7
    assert torch.equal(slot.copy(0, 7), torch.cat([one, two], 3))
    copied = slot.copy(2, 5)
    slot.page.kv.zero_()
    assert torch.equal(copied, torch.cat([one, two], 3)[:, :, :, 2:5]), "a copy is its own"


class Rows:
    """Rows with all their keys, values and queries known, to compare with attention of each by itself."""

    def __init__(self, lengths: list[int], seed: int) -> None:
        made = torch.Generator().manual_seed(seed)
        self.pool = Pool(SHAPE)
        self.key = [torch.randn(n, 2, 8, generator=made) for n in lengths]
        self.value = [torch.randn(n, 2, 8, generator=made) for n in lengths]
        self.query = [torch.randn(n, QUERIES, 8, generator=made) for n in lengths]
        self.slots = [self.pool.take(n) for n in lengths]

    def wanted(self, row: int, start: int, end: int) -> torch.Tensor:
        """The attended values of a row's tokens, by the formula."""
        group = QUERIES // 2
        key = self.key[row][:end].repeat_interleave(group, 1)
        value = self.value[row][:end].repeat_interleave(group, 1)
        weights = torch.einsum("qhw,khw->hqk", self.query[row][start:end], key) * 0.3
        hidden = torch.arange(end)[None] > torch.arange(start, end)[:, None]
        return torch.einsum("hqk,khw->qhw", weights.masked_fill(hidden, -torch.inf).softmax(-1), value)

    def step(self, counts: dict[int, int]) -> None:
        """Attend for some next tokens of some rows in one pass, and compare."""
        pieces = {}
        for row, count in counts.items():
            start = self.slots[row].length
            pieces[row] = Piece(self.slots[row], [0] * count, list(range(start, start + count)))
        layout = lay_out(list(pieces.values()))
        order = sorted(pieces, key=lambda row: layout.starts[id(pieces[row])])
        parts = [
            torch.cat([kind[row][piece.slot.length : piece.slot.length + len(piece.tokens)] for row, piece in ordered])
            for ordered in [[(row, pieces[row]) for row in order]]
            for kind in (self.query, self.key, self.value)
        ]
        assert layout.positions == [p for row in order for p in pieces[row].positions]
        for layer in (0, 1):
            made = Attending(layout)(layer, query=parts[0], key=parts[1], value=parts[2], scale=0.3)
            for row, piece in pieces.items():
                at, start = layout.starts[id(piece)], piece.slot.length
                wanted = self.wanted(row, start, start + len(piece.tokens))
                assert torch.allclose(made[at : at + len(wanted)], wanted, atol=1e-5)
        for piece in pieces.values():
            piece.slot.length += len(piece.tokens)


@pytest.mark.parametrize("seed", range(8))
def test_attention_of_a_mixed_step_is_that_of_each_row(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    lengths = [draw.choice([5, 40, 127, 128, 129, 300]) for _ in range(9)]
    rows = Rows(lengths, seed)
    while left := [row for row, slot in enumerate(rows.slots) if slot.length < lengths[row]]:
        some = draw.sample(left, draw.randrange(1, len(left) + 1))
        rows.step({row: min(draw.choice([1, 1, 7, 64]), lengths[row] - rows.slots[row].length) for row in some})


def test_what_a_slot_held_before_is_not_seen() -> None:
    rows = Rows([130, 130], 1)
    for page in rows.pool.pages:
        page.kv.fill_(1e4)
    rows.step({0: 1, 1: 3})
    rows.step({0: 1, 1: 1})
    rows.step({1: 1})
