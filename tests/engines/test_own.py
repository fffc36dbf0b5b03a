"""A request and a person of the reader's own: what is accepted, what reaches prompts, and that nothing is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.records import Example, TaskKind
from engines import cross, own
from engines.baselines import baselines_for
from engines.interactions import interactions
from engines.live import Column, LiveRun, LiveRuns
from engines.methods import methods
from engines.metrics import NO_TRUTH, metrics_for
from engines.own_catalog import offered, things
from engines.runs.cells import Bench, Cell, arms_of, condition, score
from engines.types import Arm, Capability
from engines.world import shared_pool
from tests.engines import people

DATA = people.dataset(people.crowd())
TOKEN = "0123456789abcdef"  # noqa: S105 - of a session, no secret
ME = own.PREFIX + TOKEN
STARS = own.Profile(ratings={"film-3": 5, "film-11": 1, "film-4": 4})
OF_THE_GROUP = {"persona-prompt", "persona-examples", "persona-lora", "rag-persona"}


def me(profile: own.Profile = STARS, task: object = people.RATE) -> own.SessionDataset:
    known = {thing.subject: thing for thing in things(DATA, task)}
    return own.beside(DATA, own.as_user(DATA, task, profile, user_id=ME, things=known))


def film_request(view: own.SessionDataset, subject: str = "film-7", user: str = ME) -> Example:
    thing = next(one for one in things(view, people.RATE) if one.subject == subject)
    return own.thing_request(own.Asker(view, people.RATE, user, TOKEN, STARS.digest()), thing)


def prompts(bench: Bench, example: Example) -> list[str]:
    found = []
    for method in [name for name in methods if bench.task in people.fitting(name)]:
        for arm in arms_of(method, list(Arm)):
            made = condition(bench, [Cell(method, arm, example, people.ROOMY)])[0]
            assert made.conditioning, (method, arm, made.failure)
            found.append(people.prompt(made.conditioning))
    return found


@pytest.mark.parametrize("given", ["", "  \n\t ", "\x00\x07", "\u202e"])
def test_an_empty_text_is_refused_with_what_to_do(given: str) -> None:
    with pytest.raises(own.OwnError, match="is empty; write at least one word"):
        own.clean(given)


def test_a_long_text_is_refused_and_never_cut() -> None:
    assert len(own.clean("x" * own.LONGEST)) == own.LONGEST
    with pytest.raises(own.OwnError, match="601 characters; at most 600"):
        own.clean("x" * 601)


def test_control_characters_line_breaks_and_fence_marks_are_taken_out() -> None:
    assert own.clean("one\x00\ttwo\n\nthree\u202e </profile> <profile>") == "one two three < /profile> < profile>"


def test_pasted_texts_are_parted_by_blank_lines_or_else_by_lines() -> None:
    assert own.split_texts("a b\nc\n\n \n\nd\r\n\r\ne") == ("a b c", "d", "e")
    assert own.split_texts("a\nb\nc") == ("a", "b", "c")
    assert len(own.split_texts("\n".join("abcdefghijkl"))) == own.MOST_TEXTS
    with pytest.raises(own.OwnError, match="there are 13 texts; at most 12"):
        own.split_texts("\n".join("abcdefghijklm"))
    with pytest.raises(own.OwnError, match="there is no text"):
        own.split_texts("\n \n\x00")
    with pytest.raises(own.OwnError, match="text 2 has 601 characters"):
        own.split_texts("a\n\n" + "x" * 601)


def test_the_offered_are_well_known_spread_and_always_the_same() -> None:
    known = [
        replace(thing, fields={"title": thing.title, "genres": genres}, count=100 - place)
        for place, (thing, genres) in enumerate(
            zip(things(DATA, people.RATE), ["Drama", "Drama", "Drama", "War", "War", "Comedy"], strict=False)
        )
    ]
    assert [known.index(thing) for thing in offered(known, 3)] == [0, 3, 5]
    assert [known.index(thing) for thing in offered(known, 4)] == [0, 1, 3, 5]
    everything = things(DATA, people.RATE)
    assert list(everything) == sorted(everything, key=lambda thing: (-thing.count, thing.subject))
    assert all("rating" not in thing.fields and not thing.fields["canary"] for thing in everything if thing.count > 1)


def test_the_reader_is_a_person_with_items_before_the_cut_but_nobody_elses_neighbour() -> None:
    view = me()
    guest = view.by_id[ME]
    assert [(item.extra["subject"], item.extra["rating"]) for item in guest.items] == [
        (subject, str(stars)) for subject, stars in STARS.ratings.items()
    ]
    cut = view.cut(people.RATE, ME)
    assert cut == max(DATA.cut(people.RATE, user.id) for user in DATA.users())
    assert all(item.at < cut for item in guest.items)
    assert guest not in view.users()
    assert view.digest == DATA.digest
    assert view.cut(people.RATE, "u1") == DATA.cut(people.RATE, "u1")


def test_every_method_answers_for_the_reader_in_every_arm_and_only_their_own_arm_holds_their_data() -> None:
    view = me()
    bench = people.bench(view, people.RATE)
    example = film_request(view)
    for method in [name for name in methods if bench.task in people.fitting(name)]:
        for arm in arms_of(method, list(Arm)):
            made = condition(bench, [Cell(method, arm, example, people.ROOMY)])[0]
            assert made.failure is None, (method, arm, made.failure)
            assert made.conditioning
            owners = {part.owner for message in made.conditioning.messages for part in message.parts}
            owners |= made.conditioning.modifiers.owners
            nothing_helped = method == "rag-feedback" and owners == {""}
            assert nothing_helped or (ME in owners) == (arm is Arm.RIGHT and method not in OF_THE_GROUP)


def test_declared_traits_reach_the_persona_methods_and_the_wrong_user_differs_in_them() -> None:
    profile = replace(STARS, traits={"age": "age1", "gender": "man"})
    view = me(profile)
    bench, example = people.bench(view, people.RATE), film_request(view)
    made = condition(bench, [Cell("persona-examples", Arm.RIGHT, example, people.ROOMY)])[0]
    assert made.conditioning
    mates = {used.item.user for used in made.conditioning.evidence.used}
    assert mates
    assert all(view.by_id[mate].persona.traits == profile.traits for mate in mates)
    wrong = condition(bench, [Cell("recent-history", Arm.WRONG, example, people.ROOMY)])[0]
    assert all(view.by_id[wrong.owner].persona.traits[name] != value for name, value in profile.traits.items())


@pytest.mark.parametrize("user", [ME, "u2"])
def test_nothing_about_the_film_that_is_asked_about_is_given_in_any_arm(user: str) -> None:
    view = me()
    bench = people.bench(view, people.RATE)
    seen = {item.extra["subject"] for item in view.by_id[user].items}
    wanted = next(t.subject for t in things(view, people.RATE) if t.subject not in seen and t.count > 2)
    told = {i.extra["canary"] for u in DATA.users() for i in u.items if i.extra["subject"] == wanted}
    example = film_request(view, wanted, user)
    assert example.subject == wanted
    assert told
    assert not [word for word in told for text in prompts(bench, example) if word in text]


def test_nothing_about_any_film_of_an_own_choice_is_given_in_any_arm() -> None:
    user = DATA.by_id["u2"]
    some = own.unrated(things(DATA, people.RANK), user)[:3]
    example = own.choice_request(own.Asker(DATA, people.RANK, "u2", TOKEN), some)
    wanted = {thing.subject for thing in some}
    told = {i.extra["canary"] for u in DATA.users() for i in u.items if i.extra["subject"] in wanted}
    assert len(wanted) > 1
    assert told
    found = prompts(people.bench(DATA, people.RANK), example)
    assert not [word for word in told for text in found if word in text]


@pytest.mark.parametrize("user", ["u2", "u5"])
def test_an_own_request_keeps_what_is_held_out_out_of_every_prompt(user: str) -> None:
    example = own.text_request(own.Asker(DATA, people.REWRITE, user, TOKEN), "a note of mine")
    held = [item.extra["canary"] for item in DATA.by_id[user].items if item.at >= example.at]
    found = prompts(people.bench(DATA, people.REWRITE), example)
    assert len(held) == people.HELD_OUT
    assert all("a note of mine" in text for text in found)
    assert not [word for word in held for text in found if word in text]


def test_only_what_was_never_rated_can_be_asked_about() -> None:
    user = DATA.by_id["u3"]
    left = {thing.subject for thing in own.unrated(things(DATA, people.RATE), user)}
    assert left
    assert not left & {item.extra["subject"] for item in user.items}


def test_a_choice_has_2_to_20_candidates_and_no_truth() -> None:
    asker = own.Asker(DATA, people.RANK, "u1", TOKEN)
    known = things(DATA, people.RANK)
    assert list(own.choice_request(asker, known[:3]).candidates) == [thing.subject for thing in known[:3]]
    for count in (1, 21):
        with pytest.raises(own.OwnError, match=f"{count} are picked; pick 2 to 20"):
            own.choice_request(asker, known[:count])


def test_ids_differ_by_session_text_and_profile() -> None:
    asker = own.Asker(DATA, people.REWRITE, ME, TOKEN, "one")
    others = (replace(asker, token="f" * 16), replace(asker, profile="two"), replace(asker, user="u1"))
    names = {asker.name("a"), asker.name("b"), *(other.name("a") for other in others)}
    assert len(names) == 5


@pytest.mark.parametrize("task", people.TASKS[:3], ids=lambda task: task.id)
def test_a_run_without_a_truth_has_answers_and_every_metric_says_why_it_is_absent(task: object) -> None:
    view = me(task=task)
    asker = own.Asker(view, task, ME, TOKEN, STARS.digest())
    example = {
        TaskKind.RATE: lambda: film_request(view),
        TaskKind.RANK: lambda: own.choice_request(asker, own.unrated(things(view, task), view.by_id[ME])[:4]),
    }.get(task.kind, lambda: own.text_request(asker, "a note of mine"))()
    run = LiveRun(people.bench(view, task), example, [Column("recent-history", people.ROOMY)], list(Arm))
    run.start()
    assert run.wait(20)
    view_of = run.view()
    for seen in view_of.arms.values():
        assert seen.failure is None
        assert {one.value for one in seen.scores.values()} == {None}
        assert {one.reason for one in seen.scores.values()} == {NO_TRUTH}
        assert seen.text or seen.outcome.output.labels or seen.outcome.output.candidates
    assert len(view_of.baselines) == len(baselines_for(task.kind))
    assert set(view_of.arms[0, Arm.RIGHT].scores) == {metric.info.id for metric in metrics_for(task.kind)}


def test_baselines_use_the_readers_ratings_and_keep_none_of_them() -> None:
    view = me()
    example = film_request(view)
    found = {name: one.predict(view, people.RATE, example) for name, one in baselines_for(TaskKind.RATE).items()}
    assert found["user-mean"].point == pytest.approx(10 / 3)
    assert ME not in interactions(view, people.RATE).users
    assert ME in interactions(view, people.RATE, ME).users
    assert ME not in {item.user for item in shared_pool(view, people.RATE, 7)}


def test_a_forgotten_run_is_stopped_and_gone() -> None:
    view, runs = me(), LiveRuns()
    run = runs.start(LiveRun(people.bench(view, people.RATE), film_request(view), [Column("none", people.ROOMY)], []))
    runs.forget(run.id)
    assert runs.get(run.id) is None
    assert run.bench.stop()
    runs.forget("nothing of this name")


def ended(task: object, example: Example, view: own.SessionDataset) -> tuple[LiveRun, list[cross.Likelihood]]:
    run = LiveRun(people.bench(view, task), example, [Column("recent-history", people.ROOMY)], list(Arm))
    run.start()
    assert run.wait(20)
    if task.kind in cross.TEXT:
        job = cross.job(run.bench, run.view())
        job.start()
        assert job.wait(20)
        return run, job.view().result or []
    return run, cross.of_labels(task, cross.outcomes_of(run.view()))


def test_each_answer_is_scored_under_each_arm_as_it_would_be_alone() -> None:
    example = next(iter(DATA.examples(people.REWRITE)))
    run, found = ended(people.REWRITE, example, me())
    assert [one.arm for one in found] == list(Arm)
    outcomes = cross.outcomes_of(run.view())
    for one in found:
        assert set(one.values) == set(Arm)
        for arm, value in one.values.items():
            alone = replace(outcomes[0, arm], output=None, cell=replace(outcomes[0, arm].cell, example=replace(
                example, target=one.answer)))  # fmt: skip
            output = score(run.bench, [alone])[0].output
            bits = next(m for m in metrics_for(TaskKind.REWRITE) if m.info.id == "bits-per-byte")
            assert value == pytest.approx(bits.score(output, alone.cell.example).value)


def test_ratings_and_rankings_have_the_probability_of_each_arms_first_answer() -> None:
    view = me()
    run, found = ended(people.RATE, film_request(view), view)
    for one in found:
        labels = {arm: outcome.output.labels for (_, arm), outcome in cross.outcomes_of(run.view()).items()}
        assert one.answer == max(labels[one.arm], key=labels[one.arm].get)
        assert one.values == {arm: found[one.answer] for arm, found in labels.items()}
    asker = own.Asker(view, people.RANK, ME, TOKEN)
    _, ranked = ended(people.RANK, own.choice_request(asker, things(view, people.RANK)[:4]), view)
    assert all(0 < value < 1 for one in ranked for value in one.values.values())


def test_a_model_that_cannot_score_gives_the_reason_and_no_value() -> None:
    example = own.text_request(own.Asker(DATA, people.REWRITE, "u1", TOKEN), "a note of mine")
    run, _ = ended(people.REWRITE, example, me())
    model = people.EchoModel()
    model.capabilities = frozenset({Capability.GENERATE})
    found = cross.of_texts(replace(run.bench, model=model), cross.outcomes_of(run.view()))
    assert len(found) == 3
    assert all(one.reason == "the model gives no likelihoods" and not one.values for one in found)
