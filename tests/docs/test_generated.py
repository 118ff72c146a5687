"""The references have all that the product offers, in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from docs import generated

DOCS = Path(generated.__file__).parent
PACKAGE = generated.PACKAGE


def test_every_mark_of_the_pages_is_filled_in() -> None:
    found = [
        mark
        for page in DOCS.rglob("*.md")
        if "_build" not in page.parts
        for mark in generated.MARK.findall(page.read_text())
    ]
    assert sorted(found) == sorted(generated.PARTS)
    assert "<!--" not in generated.fill_in((DOCS / "configuration.md").read_text())


def test_each_trait_is_told_by_its_help() -> None:
    text = generated.traits()
    for name, trait in generated.DaskSlurmExtension.class_own_traits(config=True).items():
        assert f"`{name}`\n: " in text
        assert "Default:" in trait.help or "(the default)" in trait.help, name


def test_each_request_and_each_schema_of_rest_is_told() -> None:
    spec, text = yaml.safe_load((PACKAGE / "rest-api.yml").read_text()), generated.rest()
    for path, item in spec["paths"].items():
        for method in set(item) & set(generated.METHODS):
            assert f"```http\n{method.upper()} {path} HTTP/1.1\n```" in text
    for name, schema in spec["components"]["schemas"].items():
        assert f"### {name}\n" in text
        assert all(f"| `{field}` |" in text for field in schema.get("properties", ()))


def test_each_option_is_told_in_words() -> None:
    schema = generated._spec()["components"]["schemas"]["Options"]
    assert [
        name for name, field in schema["properties"].items() if not field.get("description")
    ] == []
    text = generated.options()
    assert all(f"| `{name}` |" in text for name in schema["properties"])
    assert "or null" not in text


def test_each_reason_of_slurms_is_told_with_what_to_change() -> None:
    text = generated.reasons()
    assert "| `Resources` | waits for free cores or memory |  |" in text
    assert (
        "| `InvalidAccount` | uses an account that does not exist | **Choose another account.** |"
        in text
    )


def test_a_column_without_anything_is_left_out() -> None:
    table = generated._table(("field", "type", "meaning"), [("a", "x|y", ""), ("b", "z", "")])
    assert table == "| field | type |\n| --- | --- |\n| a | x\\|y |\n| b | z |"


def test_each_command_is_told_by_its_help() -> None:
    text = generated.commands()
    for name in ("new", "list", "orphans", "job-script"):
        assert f"### {name}\n\n```text\nusage: jupyter dask-slurm {name} " in text
    assert "--minimum-jobs" in text


def test_each_setting_of_the_panel_is_told() -> None:
    text = generated.settings()
    assert "| `refreshInterval` |" in text
    assert "| `notifications.enabled` |" in text
    assert '"task-stream"' in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('["AWS_*", "*_PROXY"]', r'["AWS_\*", "\*_PROXY"]'),
        ("`jobqueue.slurm.*` of\n    dask", "`jobqueue.slurm.*` of dask"),
    ],
)
def test_an_asterisk_is_one(text: str, shown: str) -> None:
    assert generated._inline(text) == shown
