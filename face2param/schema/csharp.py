"""A schema as C# source for the Unity package."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from face2param.schema.controls import Choice, Continuous, Nuisance
from face2param.schema.schema import Schema

_HEADER = "// Written by `python -m face2param.bin.unity_schema`; changes by hand are lost.\n"


def schema_source(schema: Schema, class_name: str) -> str:
    """C# of a class with the schema and its hash.

    Args:
      schema: what to write.
      class_name: of the static class in the namespace Face2Param.
    """
    lines = [
        "namespace Face2Param",
        "{",
        f"    /// <summary>The schema '{schema.name}' that ships with face2param.</summary>",
        f"    public static class {class_name}",
        "    {",
        f"        public const string Hash = {_text(schema.hash)};",
        "",
        "        public static readonly CharacterSchema Schema = new CharacterSchema(",
        f"            {_text(schema.name)}, {_text(schema.version)},",
        *_array("ContinuousControl", [_continuous(c) for c in schema.continuous]),
        *_array("ChoiceControl", [_choice(c) for c in schema.choices]),
        *_array("NuisanceControl", [_nuisance(c) for c in schema.nuisance]),
        f"            {_text(schema.description)});",
        "    }",
        "}",
    ]
    return _HEADER + "\n".join(lines) + "\n"


def names_source(schema: Schema, class_name: str) -> str:
    """C# of a class with the names of the schema's controls as constants.

    Args:
      schema: whose names to write.
      class_name: of the static class in the namespace Face2Param.
    """
    controls = (*schema.continuous, *schema.choices, *schema.nuisance)
    constants = _constants([control.name for control in controls])
    lines = [
        "namespace Face2Param",
        "{",
        f"    /// <summary>Names of the controls of the schema '{schema.name}'.</summary>",
        f"    public static class {class_name}",
        "    {",
        *(
            f"        public const string {constant} = {_text(name)};"
            for name, constant in constants.items()
        ),
        "    }",
        "}",
    ]
    return _HEADER + "\n".join(lines) + "\n"


def register_source(classes: Mapping[str, str]) -> str:
    """C# of ShippedSchemas, which finds the generated classes.

    Args:
      classes: schema name -> class of `schema_source`.
    """
    names = ", ".join(_text(name) for name in classes)
    lines = [
        "using System.Collections.Generic;",
        "",
        "namespace Face2Param",
        "{",
        "    /// <summary>The schemas that are part of the package.</summary>",
        "    public static class ShippedSchemas",
        "    {",
        f"        public static readonly IList<string> Names = new[] {{ {names} }};",
        "",
        '        /// <exception cref="SchemaException">No shipped schema has the name.</exception>',
        "        public static CharacterSchema Get(string name)",
        "        {",
        "            switch (name)",
        "            {",
        *(
            f"                case {_text(name)}: return {class_name}.Schema;"
            for name, class_name in classes.items()
        ),
        "            }",
        '            throw new SchemaException("schema \'" + name + "\' is none of the shipped '
        'schemas " + string.Join(", ", Names));',
        "        }",
        "    }",
        "}",
    ]
    return _HEADER + "\n".join(lines) + "\n"


def _array(kind: str, entries: Sequence[str]) -> list[str]:
    if not entries:
        return [f"            new {kind}[0],"]
    rows = (f"                new {kind}({entry})," for entry in entries)
    return ["            new[]", "            {", *rows, "            },"]


def _continuous(control: Continuous) -> str:
    return _arguments(
        control.name, control.group, control.default, control.mirror, control.description
    )


def _choice(control: Choice) -> str:
    options = ", ".join(_text(option) for option in control.options)
    head = _arguments(control.name, control.group)
    return f"{head}, new[] {{ {options} }}, {_arguments(control.default, control.description)}"


def _nuisance(control: Nuisance) -> str:
    return _arguments(
        *(control.name, control.group, control.minimum, control.maximum, control.default),
        *(control.unit, control.mirror, control.mirror_sign, control.description),
    )


def _arguments(*values: str | float | None) -> str:
    return ", ".join(repr(v) if isinstance(v, float) else _text(v) for v in values)


def _text(value: str | None) -> str:
    """A C# literal; JSON's escapes are a part of C#'s."""
    return "null" if value is None else json.dumps(value)


def _constants(names: Sequence[str]) -> dict[str, str]:
    """Control names to C# identifiers in Pascal case, all different."""
    found: dict[str, str] = {}
    for name in names:
        constant = "".join(part[0].upper() + part[1:] for part in name.split("_") if part)
        while constant in found.values():
            constant += "_"
        found[name] = constant
    return found
