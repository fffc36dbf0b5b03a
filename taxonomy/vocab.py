"""The closed vocabularies of the catalog; a value outside them is an error, never a new value."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What an entry of the catalog is."""

    METHOD = "method"
    DATASET = "dataset"
    METRIC = "metric"
    NODE = "node"
    PAPER = "paper"


class Facet(StrEnum):
    """The trees that the nodes of the taxonomy belong to."""

    USAGE = "usage"
    FOUNDATION = "foundation"
    LEVEL = "level"
    TECHNIQUE = "technique"
    EVALUATION = "evaluation"
    DATA = "data"
    APPLICATION = "application"
    CHALLENGE = "challenge"


class BrowseFacet(StrEnum):
    """The filters of `Catalog.browse`, in the order in which a reader sees them."""

    KIND = "kind"
    LEVEL = "level"
    TECHNIQUE = "technique"
    USAGE = "usage"
    APPLICATION = "application"
    YEAR = "year"
    VENUE = "venue"
    HAS_CODE = "has_code"
    HAS_DATA = "has_data"
    HAS_RESULTS = "has_results"
    RUNS_HERE = "runs_here"
    DATASET = "dataset"
    TASK = "task"
    TEXT_LENGTH = "text_length"
    DATA = "data"
    METRIC_FAMILY = "metric_family"
    DIRECTION = "direction"
    NEEDS = "needs"
    CHALLENGE = "challenge"
    TREE = "tree"
    MARK = "mark"
    IN_SURVEY = "in_survey"


class Level(StrEnum):
    """The granularity of personalization."""

    USER = "user"
    PERSONA = "persona"
    GLOBAL = "global"


class Usage(StrEnum):
    """What is judged: the text itself, or what another system does with it."""

    DIRECT = "direct"
    DOWNSTREAM = "downstream"
    BOTH = "both"


class Mark(StrEnum):
    """Where a node of the taxonomy comes from."""

    CONFIRMED = "confirmed"
    RECALLED = "recalled"
    OURS = "ours"

    @property
    def label(self) -> str:
        """The mark in words for a reader."""
        return {"confirmed": "survey, confirmed", "recalled": "survey, recalled", "ours": "ours"}[self.value]

    @property
    def explanation(self) -> str:
        """One sentence on what the mark means, fit for a tooltip."""
        return {
            "confirmed": "This class was seen in the survey's abstract or opening, or in a text that cites it.",
            "recalled": "This class is the survey's as remembered; it was not checked against the survey's full text.",
            "ours": "This class was added by this catalog; it is not the survey's.",
        }[self.value]


class Strategy(StrEnum):
    """A second cut through the techniques, made for this catalog: what changes for the user."""

    PROMPTING = "prompting"
    ADAPTATION = "adaptation"
    ALIGNMENT = "alignment"

    @property
    def explanation(self) -> str:
        """What changes for the user, in one sentence."""
        return {
            "prompting": "What the model reads changes: user information is put into its input, its weights stay.",
            "adaptation": "What the model is changes: parameters, embeddings or activations are fitted to the user.",
            "alignment": "What the model aims at changes: it is optimized for preferences that users stated or showed.",
        }[self.value]


class Direction(StrEnum):
    """Whether a higher or a lower value of a metric is better."""

    HIGHER = "higher"
    LOWER = "lower"


class TextLength(StrEnum):
    """The length of the texts that a dataset asks for; `na` where it asks for none."""

    SHORT = "short"
    LONG = "long"
    NA = "na"


class InSurvey(StrEnum):
    """Whether the survey covers an entry: a guess, since its reference list could not be read."""

    LIKELY = "likely"
    NO = "no"

    @property
    def label(self) -> str:
        """The guess in words for a reader."""
        return {"likely": "likely in the survey (a guess)", "no": "not in the survey (a guess)"}[self.value]


class ResultKind(StrEnum):
    """What a row of a published table stands for."""

    METHOD = "method"
    VARIANT = "variant"
    BASELINE = "baseline"
    RECOMMENDER = "recommender"
    TEAM = "team entry"
    WRONG_USER = "control: wrong user"
    SEE_NOTES = "control: see notes of the row"


class SynonymKind(StrEnum):
    """How words of search go together.

    An acronym stands for what it means. Of synonyms each is understood as the other. An everyday word is understood as
    the field's words for what it may be about, but not the other way round.
    """

    ACRONYM = "acronym"
    SYNONYM = "synonym"
    EVERYDAY = "everyday"


class Mode(StrEnum):
    """How search ranks entries: by words, by meaning, or by both fused."""

    BM25 = "bm25"
    SEMANTIC = "semantic"
    HYBRID = "hybrid"


class Role(StrEnum):
    """Whose data a baseline or control row of a published table is given, as reviewed in `result_roles.csv`."""

    NOBODY = "non-personalized"
    OWN = "own data"
    WRONG_USER = "wrong user"
    NOT_STATED = "not stated"


class Need(StrEnum):
    """What a metric must be given beside the output."""

    REFERENCE = "reference"
    LABELS = "labels"
    RANKING = "ranking"
    PAIRWISE = "pairwise"
    EMBEDDING = "embedding"
    LLM_JUDGE = "llm_judge"


class Sort(StrEnum):
    """The orders of `Catalog.browse`; `best` is by match when there is a text, else by published numbers."""

    BEST = "best"
    NAME = "name"
    YEAR = "year"
    RESULTS = "results"
    LINKS = "links"
