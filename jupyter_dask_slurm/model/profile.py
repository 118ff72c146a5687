"""A profile: options under a name, for the form to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import FieldProblem, InvalidOptions
from .durations import readable, written
from .options import ClusterOptions
from .scaling import Scaling

Source = Literal["administrator", "configuration", "user"]
LONGEST_NAME, LONGEST_DESCRIPTION = 63, 500
_FIELDS = ("description", "options", "scaling")


@dataclass(frozen=True)
class Profile:
    """``options`` are as they were given: what they leave open still comes from the configuration."""

    name: str
    source: Source
    options: ClusterOptions
    scaling: Scaling | None = None
    description: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The form of the REST contract. Options that are open are left out."""
        return {
            "name": self.name,
            "source": self.source,
            "description": self.description,
            "options": {k: v for k, v in self.options.to_json().items() if v is not None},
            "scaling": None if self.scaling is None else self.scaling.to_json(),
        }

    def body(self) -> dict[str, Any]:
        """The same for a file of the user's, by name: walltimes as text, which may be copied
        anywhere. `from_json` reads it, and the numbers that older files hold."""
        data = self.to_json()
        return {
            "description": data["description"],
            "options": readable(data["options"]),
            "scaling": data["scaling"],
        }

    @classmethod
    def from_json(cls, name: object, body: object, *, source: Source) -> Profile:
        """Return what somebody wrote, checked. Raise InvalidOptions, which names every field at fault."""
        problems: list[FieldProblem] = []
        if not isinstance(body, Mapping):
            raise InvalidOptions.of("profile", 'an object with "options"')
        problems += [FieldProblem(str(key), "unknown") for key in body if key not in _FIELDS]
        options, scaling, description = ClusterOptions(), None, body.get("description")
        try:
            name = profile_name(name)
        except InvalidOptions as error:
            problems += error.problems
        if not isinstance(description, (str, type(None))):
            problems.append(FieldProblem("description", "text"))
        elif description is not None and len(description) > LONGEST_DESCRIPTION:
            problems.append(
                FieldProblem("description", f"at most {LONGEST_DESCRIPTION} characters")
            )
        try:
            options = ClusterOptions.from_json(body.get("options", {}))
        except InvalidOptions as error:
            problems += error.problems
        try:
            if body.get("scaling") is not None:
                scaling = Scaling.from_json(body["scaling"])
        except InvalidOptions as error:
            problems += error.problems
        if problems:
            raise InvalidOptions(problems)
        description = description.strip() or None if isinstance(description, str) else None
        return cls(str(name), source, options, scaling, description)


def profile_name(name: object) -> str:
    """Return the name of a profile, checked and trimmed. Raise InvalidOptions, which names ``name``."""
    text = name.strip() if isinstance(name, str) else ""
    if not text or len(text) > LONGEST_NAME or not text.isprintable() or "/" in text:
        words = f"1 to {LONGEST_NAME} characters that can be printed, and no slash"
        raise InvalidOptions.of("name", words)
    return text


def written_profiles(data: Mapping[Any, Any]) -> dict[Any, Any]:
    """Profiles that somebody wrote, by name, in the form that `read_profiles` reads."""
    return {
        name: {**body, "options": written(body["options"])}
        if isinstance(body, Mapping) and isinstance(body.get("options"), Mapping)
        else body
        for name, body in data.items()
    }


def read_profiles(data: Mapping[Any, Any], source: Source) -> tuple[list[Profile], list[str]]:
    """Return the profiles of a mapping by name, and what is wrong with the others: profile and field."""
    profiles, complaints = [], []
    for name, body in data.items():
        try:
            profiles.append(Profile.from_json(name, body, source=source))
        except InvalidOptions as error:
            complaints += [f"{name!r}: {p.field}: {p.message}" for p in error.problems]
    return profiles, complaints
