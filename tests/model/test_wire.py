"""What one version writes and another reads: nothing is lost, and nothing is guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dask_slurm.errors import Incompatible, Unreadable
from jupyter_dask_slurm.model.cluster import Job
from jupyter_dask_slurm.model.options import ClusterOptions
from jupyter_dask_slurm.model.scaling import Adapt, Scaling
from jupyter_dask_slurm.model.wire import (
    OLDEST_PROTOCOL,
    PROTOCOL,
    Unsent,
    check_protocol,
    read,
    write,
    write_over,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
COUNTS = st.integers(0, 10**6)
ADAPTS = st.builds(
    lambda least, more, grow, shrink: Adapt(least, least + more, grow, shrink),
    *(COUNTS, COUNTS, st.none() | COUNTS, st.none() | COUNTS),
)
SCALINGS = st.builds(Scaling, st.sampled_from(["jobs", "cores", "memory"]), COUNTS) | st.builds(
    Scaling, adapt=ADAPTS
)
NEW_FIELDS = st.dictionaries(st.text(min_size=1).map(lambda name: f"new {name}"), JSON, max_size=3)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(write(value)))


@given(SCALINGS, NEW_FIELDS)
def test_a_size_is_read_whatever_a_newer_version_adds_to_it(
    scaling: Scaling, new: dict[str, Any]
) -> None:
    data = {**new, **through_json(scaling)}
    if "adapt" in data:
        data["adapt"] = {**new, **data["adapt"]}
    assert read(Scaling, data) == scaling


@given(JSON | st.dictionaries(st.sampled_from(["jobs", "cores", "memory", "adapt", "gpus"]), JSON))
def test_what_is_no_size_never_becomes_one(data: Any) -> None:
    try:
        scaling = read(Scaling, data)
    except Unreadable:
        return
    ((key, value),) = write(scaling).items()
    if key == "adapt":
        assert all(value[name] == data[key].get(name) for name in value)
    else:
        assert value == data[key]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ({}, "not one of jobs, cores, memory or adapt, but nothing"),
        ({"sheep": 3}, "not one of jobs, cores, memory or adapt, but sheep"),
        ({"jobs": 1, "cores": 2}, "not one of"),
        ({"jobs": 2.0}, "scaling.jobs: not a whole number"),
        ({"jobs": True}, "scaling.jobs: not a whole number"),
        ({"jobs": -1}, "scaling.jobs: not a whole number, 0 or more"),
        ({"cores": None}, "scaling.cores: not a whole number"),
        ({"memory": "2 GB"}, "scaling.memory: not a whole number"),
        ({"adapt": {"minimum_jobs": 1}}, "scaling.adapt.maximum_jobs: missing"),
        ({"adapt": {"minimum_jobs": 4, "maximum_jobs": 1}}, "scaling.adapt: no limits"),
        ({"adapt": {"minimum_jobs": -1, "maximum_jobs": 1}}, "scaling.adapt: no limits"),
        ({"adapt": {"minimum_jobs": 1, "maximum_jobs": "x"}}, "not a whole number"),
        (
            {"adapt": {"minimum_jobs": 0, "maximum_jobs": 1, "grow_after": -1}},
            "scaling.adapt: a time of less than nothing",
        ),
    ],
)
def test_a_size_that_cannot_be_read_is_an_error(data: Any, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(Scaling, data, "scaling")


@given(st.dictionaries(st.sampled_from(list(ClusterOptions.__dataclass_fields__)), JSON))
def test_options_are_what_is_written_or_an_error(data: dict[str, Any]) -> None:
    try:
        options = read(ClusterOptions, data)
    except Unreadable:
        return
    assert {key: value for key, value in write(options).items() if key in data} == data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"cores": "four"}, "options.cores: not a whole number or null"),
        ({"cores": True}, "options.cores"),
        ({"placement": "moon"}, "options.placement: none of local, job"),
        ({"job_extra_directives": "--x"}, "options.job_extra_directives: not a list"),
        ({"job_extra_directives": [1]}, r"options.job_extra_directives\[0\]: not text"),
        (["cores"], "options: not an object"),
    ],
)
def test_an_option_that_cannot_be_read_does_not_fall_back_to_its_default(
    data: Any, words: str
) -> None:
    with pytest.raises(Unreadable, match=words):
        read(ClusterOptions, data, "options")


def test_a_whole_number_is_a_number() -> None:
    assert read(Job, {"id": "81", "state": "RUNNING", "cpu": 350}).cpu == 350
    with pytest.raises(Unreadable, match="cpu: not a number or null"):
        read(Job, {"id": "81", "state": "RUNNING", "cpu": "much"})


@dataclass(frozen=True)
class Inner:
    known: int = 0


@dataclass(frozen=True)
class Outer:
    known: int
    scaling: Scaling
    inner: Inner | None = None
    others: tuple[Inner, ...] = ()


OUTER = Outer(1, Scaling("jobs", 2), Inner(3), (Inner(4),))


def test_what_is_written_is_read() -> None:
    assert read(Outer, through_json(OUTER)) == OUTER
    assert read(Outer, {"known": 1, "scaling": {"jobs": 2}}) == Outer(1, Scaling("jobs", 2))


def test_a_newer_version_may_write_more() -> None:
    data = through_json(OUTER)
    for place in (data, data["inner"], data["others"][0]):
        place["new"] = {"of": "a newer version"}
    assert read(Outer, data) == OUTER


def test_a_field_that_has_to_be_there_is_named() -> None:
    with pytest.raises(Unreadable) as caught:
        read(Outer, {"known": 1})
    assert (caught.value.field, str(caught.value)) == ("scaling", "scaling: missing")
    with pytest.raises(Unreadable, match=r"others\[0\]: not an object"):
        read(Outer, {"known": 1, "scaling": {"jobs": 2}, "others": [None]})


def test_what_another_version_wrote_stays_where_this_one_writes() -> None:
    before = {
        "known": 0,
        "new": 1,
        "scaling": {"gpus": 4, "jobs": 1},
        "inner": {"known": 0, "new": 2},
    }
    assert write_over(OUTER, before) == {
        "known": 1,
        "new": 1,
        "scaling": {"jobs": 2},
        "inner": {"known": 3, "new": 2},
        "others": [{"known": 4}],
    }
    assert write_over(Outer(1, Scaling()), before)["inner"] is None
    assert write_over(OUTER, None) == write(OUTER)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (Unsent(), {}),
        (Unsent(name="a", idle_timeout=0), {"name": "a", "idle_timeout": 0}),
        (Unsent(scaling=Scaling(), stop=True), {"scaling": {"jobs": 0}, "stop": True}),
    ],
)
def test_only_what_was_asked_for_waits_to_be_told(asked: Unsent, written: dict[str, Any]) -> None:
    """To a server of protocol 1 a field that is there is a wish."""
    assert write(asked) == written
    assert read(Unsent, written) == asked


def test_the_last_wish_counts() -> None:
    both = Unsent(name="a", scaling=Scaling("jobs", 1), stop=True).then(
        Unsent(name="b", idle_timeout=0)
    )
    assert both == Unsent("b", Scaling("jobs", 1), 0, True)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"protocol": PROTOCOL, "oldest_protocol": OLDEST_PROTOCOL},
        {"protocol": OLDEST_PROTOCOL},
        {"protocol": PROTOCOL + 1, "oldest_protocol": PROTOCOL},
        {"protocol": PROTOCOL + 7, "oldest_protocol": OLDEST_PROTOCOL},
    ],
)
def test_versions_that_understand_each_other(data: dict[str, Any]) -> None:
    check_protocol(data)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (
            {"protocol": PROTOCOL + 1, "oldest_protocol": PROTOCOL + 1},
            *(Incompatible, f"newer version.*protocol {PROTOCOL + 1}.*this version speaks"),
        ),
        (
            {"protocol": OLDEST_PROTOCOL - 1, "oldest_protocol": OLDEST_PROTOCOL - 1},
            *(Incompatible, "older version"),
        ),
        ({"protocol": "two"}, Unreadable, "protocol: not a whole number"),
        ({"protocol": True}, Unreadable, "protocol: not a whole number"),
        ({"protocol": 2, "oldest_protocol": None}, Unreadable, "oldest_protocol"),
    ],
)
def test_versions_that_do_not_understand_each_other(
    data: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        check_protocol(data)
