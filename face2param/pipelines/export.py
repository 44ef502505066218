"""A fitted character of the built-in head as files for games, viewers and modelling programs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from face2param import config
from face2param.engines.builtin import controls, palette, rig
from face2param.engines.builtin.geometry import pose_head
from face2param.engines.rigged import label_maps
from face2param.errors import ConfigError, OutputError
from face2param.meshes.gltf import write_gltf
from face2param.pipelines.model_obj import display, write_model_obj
from face2param.pipelines.result import stage
from face2param.schema import Character, load

FORMATS = ("glb", "obj", "unity", "json")
_SUFFIX = {"glb": ".glb", "obj": ".obj", "json": ".json", "unity": ""}


def export(
    output: str | os.PathLike,
    params: str | os.PathLike | None = None,
    form: str = "glb",
    *,
    template: bool = False,
    detail: str = "full",
    texture_size: int = 1024,
    overwrite: bool = False,
) -> list[Path]:
    """Writes a character, or the template of all characters.

    Args:
      output: file of the format's suffix; for "unity" a folder.
      params: the `params.json` of a fit with the built-in engine; not with `template`.
      form: of `FORMATS`. "glb": rigged model with ARKit's expressions; "obj": the same at rest;
        "json": values, colours and landmarks in plain JSON; "unity": the template with its head
        file, masks and label maps, and the character beside it if there is one.
      template: write the head that has all sliders instead of one character; "glb" or "unity".
      detail: of the template: "full", or "small" for a few megabytes.
      texture_size: height and width of the skin's textures of a character.
      overwrite: replace what is there.

    Returns:
      The paths written.

    Raises:
      ConfigError: an unknown format, or arguments that contradict each other.
      OutputError: the output has another suffix, is there already, or cannot be written.
      SchemaError: the params file cannot be read or belongs to another schema.
      EngineError: the size of the textures is out of range, or there is no such detail.
      DependencyError: the small template needs a package that is not installed.
    """
    if form not in FORMATS:
        raise ConfigError(f"format is {form!r}; it must be one of {', '.join(FORMATS)}")
    template = template or form == "unity"
    if template and params is not None and form != "unity":
        raise ConfigError("give --params for a character or --template for all of them, not both")
    if template and form not in ("glb", "unity"):
        raise ConfigError(f"the template is written as glb or unity, not as {form}")
    if not template and params is None:
        raise ConfigError("--params is missing: name the params.json of a fit, or give --template")
    output = Path(output)
    _check_output(output, form, template, overwrite)
    character = None
    if params is not None:
        character = Character.load(params, load(controls.SCHEMA_NAME))
    if form == "unity" or template:
        return _folder(output, form, detail, character, params, texture_size)
    if form == "json":
        config.write_json(output, describe(character))
        return [output]
    model = rig.fitted(character, texture_size=texture_size)
    if form == "obj":
        return write_model_obj(output, model)
    write_gltf(output, model)
    return [output]


def describe(character: Character) -> dict:
    """A character of the built-in head for programs that have a head of their own.

    Returns:
      `Character.to_dict`, and: groups (name -> parameters), colours as display RGB texts, the
      68 landmarks in metres (+y up, +z out of the face), names of the expressions.
    """
    groups: dict[str, list[str]] = {}
    for control in (*character.schema.continuous, *character.schema.choices):
        groups.setdefault(control.group, []).append(control.name)
    base = palette.skin(character["skin_tone"], character["skin_undertone"])
    hair = palette.hair(character["hair_tone"], character["hair_redness"], character["hair_grey"])
    beard = palette.hair(
        character["beard_tone"], 0.6 * character["hair_redness"], character["beard_grey"]
    )
    colours = {
        "skin": base,
        "lips": palette.lips(base, character["lip_tint"], character["lip_darkness"]),
        "hair": hair,
        "beard": beard,
        "brows": palette.hair(character["brow_tone"], 0.5 * character["hair_redness"], 0.0),
        "iris": palette.iris(character["iris_hue"], character["iris_lightness"]),
    }
    points = pose_head(character).landmarks3d * 0.01
    return {
        "format": "face2param character",
        "version": 1,
        **character.to_dict(),
        "groups": groups,
        "colours": {name: _hexadecimal(colour) for name, colour in colours.items()},
        "landmarks": [[round(float(value), 5) for value in point] for point in points],
        "expressions": list(rig.EXPRESSIONS),
    }


def _hexadecimal(linear) -> str:
    return "#" + "".join(f"{round(255 * value):02x}" for value in display(linear).tolist())


def _folder(
    output: Path,
    form: str,
    detail: str,
    character: Character | None,
    params: str | os.PathLike | None,
    texture_size: int,
) -> list[Path]:
    """Writes the template, in a folder for Unity with the character beside it."""
    made = rig.template(detail)
    if form == "glb":
        made.write_model(output)
        return [output]
    with stage(output) as folder:
        made.save(folder)
        label_maps.write(folder / rig.HEAD_FILE, rig.DETAILS[detail].size)
        if character is not None:
            shutil.copyfile(params, folder / "params.json")
            write_gltf(folder / "character.glb", rig.fitted(character, texture_size=texture_size))
        names = sorted(path.name for path in folder.iterdir())
    return [output / name for name in names]


def _check_output(output: Path, form: str, template: bool, overwrite: bool) -> None:
    suffix = _SUFFIX[form]
    if form == "unity":
        if output.exists() and not output.is_dir():
            raise OutputError(f"{output} is a file; --format unity writes a folder")
        if output.is_dir() and any(output.iterdir()) and not overwrite:
            raise OutputError(
                f"{output} already holds files; choose another --output or --overwrite"
            )
        return
    if output.suffix.lower() != suffix:
        raise OutputError(f"{output}: the file of --format {form} must end in {suffix}")
    if output.is_dir():
        raise OutputError(f"{output} is a folder; name a {suffix} file")
    if output.exists() and not overwrite:
        raise OutputError(f"{output} is already there; choose another --output or --overwrite")
