"""A first head file for a model that nobody described: its user edits it afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from face2param.engines.rigged import (
    names,
    proposed_bones,
    proposed_choices,
    proposed_morphs,
    proposed_pose,
    proposed_surfaces,
)
from face2param.engines.rigged.anatomy import Anatomy
from face2param.engines.rigged.head_file import HeadFile
from face2param.engines.rigged.proposed import Finding
from face2param.errors import EngineError
from face2param.meshes.gltf import Model
from face2param.schema import Nuisance, Schema


@dataclass(frozen=True)
class Proposal:
    """A head file and how it came about.

    Attributes:
      head: with the schema.
      findings: what each morph, bone and surface was taken for.
      unknown: names of bones that no control moves.
    """

    head: HeadFile
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]


def propose(model: Model, path: str = "head.glb", name: str = "head") -> HeadFile:
    """The head file of a model; see `examine`."""
    return examine(model, path, name).head


def examine(model: Model, path: str = "head.glb", name: str = "head") -> Proposal:
    """Reads the names of a model and proposes controls.

    Morphs with ARKit's names become expressions, others sliders; two morphs that say opposite
    things become one slider. Eyes, jaw and head turn by their bones; other bones of the face
    become sliders of place and size. Left and right are mirror partners. Glasses, hats, and
    hairstyles of which the file holds several, become choices.

    Args:
      model: the head, perhaps with a body.
      path: of its file, relative to the head file.
      name: of the schema.

    Raises:
      EngineError: the model has no surface, or neither morphs nor bones.
    """
    if not any(len(p.vertices) for mesh in model.meshes for p in mesh.primitives):
        raise EngineError(f"{path} has no mesh; a head needs one")
    anatomy = Anatomy(model)
    if not anatomy.morphs and not anatomy.bones:
        raise EngineError(
            f"{path} has neither morphs nor bones; a head needs something that sliders can move. "
            "Export it with shape keys (morph targets) or with its skin"
        )
    expressions, findings = proposed_morphs.expressions(anatomy)
    posing, more = proposed_pose.controls(anatomy, {e.control.name for e in expressions})
    findings += more
    taken = {bound.control.name for bound in (*expressions, *posing)}
    shapes, more = proposed_morphs.sliders(anatomy, taken)
    findings += more
    bones, more = proposed_bones.sliders(anatomy, taken)
    findings += more
    classes, more = proposed_surfaces.regions(anatomy)
    findings += more
    worn, more = proposed_choices.choices(anatomy, classes, taken)
    findings += more
    tones = proposed_surfaces.tones(anatomy, classes, taken)
    bounds = [*_by_group([*shapes, *bones]), *tones, *expressions, *posing]
    controls = [bound.control for bound in bounds]
    sliders = tuple(c for c in controls if not isinstance(c, Nuisance))
    if not sliders:
        raise EngineError(
            f"{path} has expressions but nothing that makes one face another: no further morph, "
            "no bone of the face, no material"
        )
    schema = Schema(
        names.identifier(names.words(name), "head"),
        "1",
        sliders,
        tuple(choice for choice, _ in worn),
        tuple(c for c in controls if isinstance(c, Nuisance)),
        f"proposed from {path}",
    )
    bindings = {bound.control.name: bound.channels for bound in bounds}
    for choice, shown in worn:
        bindings |= {f"{choice.name}={option}": shows for option, shows in shown.items()}
    scale = proposed_surfaces.unit(anatomy)
    head = HeadFile(
        model=path,
        schema=schema,
        bindings=bindings,
        camera=proposed_surfaces.view(anatomy, scale),
        regions=classes,
        unit=scale,
    )
    known = {finding.name for finding in findings if finding.kind == "bone"}
    unknown = [anatomy.name(bone) for bone in anatomy.bones if anatomy.name(bone) not in known]
    return Proposal(head, tuple(findings), tuple(unknown))


def table(proposal: Proposal) -> str:
    """The proposal as a table for people."""
    schema = proposal.head.schema
    lines = [
        f"schema {schema.name}: {len(schema.continuous)} sliders, "
        + (f"{len(schema.choices)} choices, " if schema.choices else "")
        + f"{len(schema.nuisance)} expression and pose controls"
    ]
    groups = Counter(control.group for control in schema.continuous)
    lines += [f"  {group:<12} {count:>4}" for group, count in groups.items()]
    rows: dict[tuple[str, str], list[str]] = {}
    for finding in proposal.findings:
        meaning = finding.meaning
        if finding.kind == "bone" and meaning.startswith("follows"):
            meaning = "follows its first bone"
        rows.setdefault((finding.kind, meaning), []).append(finding.name)
    lines.append(f"{'taken for':<34} {'count':>5}  names")
    for (kind, meaning), found in rows.items():
        lines.append(f"{kind + ': ' + meaning:<34} {len(found):>5}  {_some(found)}")
    if proposal.unknown:
        left = proposal.unknown
        lines.append(f"{'bone: not recognised':<34} {len(left):>5}  {_some(left)}")
    return "\n".join(lines)


def _some(found: list[str] | tuple[str, ...], room: int = 60) -> str:
    text = ""
    for i, name in enumerate(found):
        longer = f"{text}, {name}" if text else name
        if text and len(longer) > room:
            return f"{text}, ... ({len(found) - i} more)"
        text = longer
    return text


def _by_group(bounds: list) -> list:
    """Sorted by heading as the eye wanders over a face; within one as they came."""
    order = ["face", "forehead", "brows", "eyes", "nose", "cheeks", "mouth", "jaw", "chin"]
    order += ["ears", "neck", "hair", "shape"]
    return sorted(bounds, key=lambda bound: order.index(bound.control.group))
