"""The meshes and materials of the template."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from face2param.engines.builtin import geometry, glasses, palette, skin
from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.geometry import HeadMesh
from face2param.engines.builtin.hair import STYLES
from face2param.engines.builtin.hair.beard import BEARDS
from face2param.engines.builtin.hair.part import HairPart
from face2param.engines.builtin.rig import (
    arkit,
    baking,
    fitted_model,
    hair_cards,
    light,
    looks,
    simplify,
    skeleton,
    slider_shapes,
    snapshot,
    template_layers,
)
from face2param.engines.builtin.rig.assembly import Surface
from face2param.engines.builtin.rig.pieces import (
    Piece,
    compact,
    split_corners,
    still,
    with_tangents,
)
from face2param.engines.builtin.rig.slider_shapes import LOW, Shapes, SliderShape
from face2param.engines.builtin.rig.template_hair import (
    TemplateBeard,
    TemplateHair,
    thin_beard,
    thin_style,
)
from face2param.engines.builtin.texture import texture
from face2param.engines.rigged.head_file import Landmark
from face2param.meshes.gltf import Material, Model
from face2param.schema import Character

if TYPE_CHECKING:
    from face2param.engines.builtin.rig.template_model import Detail

# Movements of hair that hide behind its own fuzz (cm).
_STILL_HAIR, _IDLE_HAIR = 0.03, 0.12
_BODY = ("skin", "ear_left", "ear_right", "lashes", "teeth_upper", "teeth_lower", "tongue",
         "cavity", "torso")  # fmt: skip
_CURVED = ("skin", "lashes")


class Parts(NamedTuple):
    """All that the template is made of.

    Attributes:
        pieces: meshes.
        surfaces: materials by name.
        shapes: of the geometry sliders.
        morphs: names of all morphs.
        eye_centres: `[2, 3]` cm.
        styles: hairstyle -> name of the style that stands for it.
        beards: likewise.
    """

    pieces: list[Piece]
    surfaces: dict[str, Surface]
    shapes: list[SliderShape]
    morphs: frozenset[str]
    eye_centres: np.ndarray
    styles: dict[str, str]
    beards: dict[str, str]


# Which style is most like one that was left out.
_ALIKE = {
    "horseshoe": "crop", "receding": "crop", "buzz": "crop", "swept_back": "side_part",
    "quiff": "side_part", "spiky": "crop", "fringe": "crop", "afro": "short_curls",
    "pixie": "side_part", "bob_fringe": "bob", "wavy_medium": "long", "curly_long": "long",
    "bun": "side_part", "goatee": "moustache", "full_long": "full",
}  # fmt: skip


def build(neutral: Character, detail: Detail) -> Parts:
    """Builds meshes, morphs and materials around the neutral character."""
    shot = snapshot.whole(neutral.replace(hair="bald"))
    mesh = shot.mesh
    styles = {name: _stand_in(name, detail.styles) for name in STYLES}
    beards = {name: _stand_in(name, detail.beards) for name in BEARDS}
    hair = [thin_style(name, detail.hair) for name in dict.fromkeys(styles.values())]
    growth = [thin_beard(name, detail.beard_share) for name in dict.fromkeys(beards.values())]

    def moving(posed: HeadMesh) -> Shapes:
        out = {name: posed.part(name).vertices for name in _BODY}
        for one in growth:
            out[f"beard_{one.name}"] = one.part(neutral, posed).vertices
        return out

    def points(posed: HeadMesh) -> Shapes:
        out = moving(posed)
        for one in hair:
            out[f"hair_{one.name}"] = posed.deform(one.rest)
        for frame in glasses.FRAMES:
            for part in glasses.build(neutral.replace(glasses=frame), posed):
                out[f"{part.name}_{frame}"] = part.vertices
        return out

    shapes = slider_shapes.slider_shapes(neutral, points, detail.still, _CURVED)
    rest = points(mesh)
    expressions = _expressions(neutral, moving, rest, detail.still)
    morphs = {
        name: slider_shapes.morphs_of(shapes, name) | expressions.get(name, {}) for name in rest
    }
    for value, ending in ((0.0, LOW), (1.0, "")):
        posed = geometry.pose_head(neutral.replace(lash_length=value))
        moved = posed.part("lashes").vertices - rest["lashes"]
        morphs["lashes"][f"lash_length{ending}"] = moved
    pieces = _body(shot, rest, morphs, detail)
    pieces += _glasses(neutral, mesh, morphs, detail)
    cards = _Cards(2 if detail.idle else 1)
    for one in hair:
        pieces += cards.pieces(
            f"hair_{one.name}", "hair", one.part(mesh), skeleton.ride(one.rest),
            _hair_morphs(one, morphs[f"hair_{one.name}"], detail), detail.soft, one.fuzzy,
        )  # fmt: skip
    for one in growth:
        key = f"beard_{one.name}"
        for value, ending in ((0.0, LOW), (1.0, "")):
            longer = one.part(neutral, mesh, beard_length=value).vertices - rest[key]
            morphs[key][f"beard_length{ending}"] = longer
        if "beard" in detail.triangles:
            morphs[key] = _loud(morphs[key])
        made = cards.pieces(
            key, "beard", one.part(neutral, mesh), _beard_ride(neutral, one), morphs[key],
            detail.soft, False,
        )  # fmt: skip
        if "beard" in detail.triangles:
            made[0] = simplify.simplified(made[0], detail.triangles["beard"])
        pieces += made
    surfaces = _surfaces(neutral, detail) | cards.surfaces(neutral)
    names = frozenset(name for piece in pieces for name in piece.morphs)
    return Parts(pieces, surfaces, shapes, names, mesh.eyes.centres, styles, beards)


def _stand_in(name: str, kept: tuple[str, ...] | None) -> str:
    """The style itself if it is kept, else the most alike of those that are."""
    if kept is None or name in kept:
        return name
    return _ALIKE[name] if _ALIKE.get(name) in kept else kept[0]


def _expressions(neutral, points, rest: Shapes, small: float) -> dict[str, Shapes]:
    out: dict[str, Shapes] = {}
    for name in arkit.NAMES:
        if name.startswith(("eyeLookIn", "eyeLookOut")):
            continue  # bones turn the eyes; these move no lid
        nuisance, side = arkit.nuisance(neutral.schema, name)
        for part, vertices in points(geometry.pose_head(neutral, nuisance)).items():
            if part.startswith(("ear", "torso")):
                continue
            shift = vertices - rest[part]
            shift = np.where(np.abs(shift).max(1, keepdims=True) < small, 0, shift)
            if side:
                shift = shift * (rest[part][:, :1] * side > 0)
            if shift.any():
                out.setdefault(part, {})[name] = shift.astype(np.float32)
    return out


def _body(shot, rest: Shapes, morphs: dict[str, Shapes], detail: Detail) -> list[Piece]:
    rides = snapshot.riding(None, shot)
    shares = light.openness(shot.opaque, [])
    pieces = []
    for name in (*_BODY, "eye_left", "eye_right"):
        moved, share = _visible(morphs.get(name, {}), detail.idle), shares.get(name)
        piece = fitted_model.head_piece(name, shot, rides[name], moved, share)
        if name.startswith("ear"):
            piece = _ear(piece)
        piece = dataclasses.replace(piece, morph_normals={})
        if name == "lashes":
            piece = _fewer_lashes(piece, detail.lashes)
        elif name in detail.triangles:
            kept = ()
            if name == "skin":
                kept = simplify.fine_skin(_skin_rows()), simplify.shaded_skin(piece.vertices)
            piece = simplify.simplified(piece, detail.triangles[name], *kept)
        if name == "skin" and detail.triangles:
            piece = _lit_throat(piece)
        if not detail.normal_map:
            piece = dataclasses.replace(piece, tangents=None)
        pieces.append(piece)
    return pieces


def _lit_throat(piece: Piece) -> Piece:
    """Without the shadow below the collar, which large triangles would carry up the neck."""
    colours = piece.colours.copy()
    low = piece.vertices[:, 1] < -12.5
    colours[low, :3] = np.maximum(colours[low, :3], 0.8)
    return dataclasses.replace(piece, colours=colours)


def _skin_rows() -> np.ndarray:
    """The engine's skin vertex of each vertex of the face."""
    return split_corners(canonical().faces, texture().corner_uv)[1]


def _fewer_lashes(piece: Piece, stride: int) -> Piece:
    """Every so many-th blade, of three triangles each; the first is where it always is."""
    blades = piece.faces.reshape(-1, 3, 3)[::stride]
    return compact(dataclasses.replace(piece, faces=blades.reshape(-1, 3)))


def _ear(piece: Piece) -> Piece:
    """An ear in the skin's own material, so that all of its layers colour it."""
    colours = piece.colours * np.float32([1.0, 0.86, 0.84, 1.0])
    uv = np.tile(template_layers.calm_place(), (len(piece.vertices), 1)).astype(np.float32)
    return with_tangents(dataclasses.replace(piece, material="skin", uv=uv, colours=colours))


def _glasses(
    neutral: Character, mesh: HeadMesh, morphs: dict[str, Shapes], detail: Detail
) -> list[Piece]:
    pieces = []
    idle = max(0.02, 3.5 * detail.idle)
    for frame in glasses.FRAMES:
        for part in glasses.build(neutral.replace(glasses=frame), mesh):
            key = f"{part.name}_{frame}"
            moved = {
                name: small
                for name, shift in morphs[key].items()
                if np.abs(small := np.where(np.abs(shift) < 0.01, 0, shift)).max() > idle
            }
            material = "glasses_lens" if part.name == glasses.LENS_NAME else f"frame_{frame}"
            ride = skeleton.only(skeleton.HEAD, len(part.vertices))
            normals = fitted_model.vertex_normals(part.vertices, part.faces)
            piece = Piece(key, material, part.vertices, normals, part.faces, *ride, morphs=moved)
            if "glasses" in detail.triangles:
                piece = simplify.simplified(piece, detail.triangles["glasses"])
            pieces.append(piece)
    return pieces


def _visible(morphs: Shapes, idle: float) -> Shapes:
    return {name: shift for name, shift in morphs.items() if np.abs(shift).max() > idle}


def _loud(morphs: Shapes) -> Shapes:
    """Morphs of a beard of the small template: what moves it by two millimetres."""
    return {
        name: _quiet(shift, 0.04) for name, shift in morphs.items() if np.abs(shift).max() > 0.2
    }


def _quiet(shift: np.ndarray, small: float) -> np.ndarray:
    """Displacements `[v, 3]` without those below `small` cm."""
    return np.where(np.abs(shift).max(1, keepdims=True) < small, 0, shift).astype(np.float32)


def _hair_morphs(one: TemplateHair, moved: Shapes, detail: Detail) -> Shapes:
    out = {}
    idle = max(_IDLE_HAIR, 3.5 * detail.idle)
    for name, shift in moved.items():
        if np.abs(shift).max() >= idle:
            out[name] = _quiet(shift, _STILL_HAIR)
    for name, (low, high) in one.sliders.items():
        if not np.abs(high).max() > 1e-3:
            continue
        out[name] = still(high)
        if np.abs(low + high).max() > 1e-3:
            out[name + LOW] = still(low)
    return out


def _beard_ride(neutral: Character, one: TemplateBeard):
    joints, weights = snapshot.beard_ride(neutral.replace(beard=one.name))
    return joints[one.rows], weights[one.rows]


class _Cards:
    """Hair with textures that all styles share; hair and beards differ in their factors only."""

    def __init__(self, stride: int):
        self.strands = hair_cards.shared_strands(stride)
        self.shell = hair_cards.shared_shell(stride)
        self.fuzz = hair_cards.shared_fuzz(stride)

    def pieces(self, name, family, part: HairPart, ride, morphs, soft, fuzzy) -> list[Piece]:
        out = []
        made = hair_cards.shared_cards(part, fuzzy)
        for kind, cards in zip(("fuzz" if fuzzy else "shell", "strands"), made, strict=True):
            if not len(cards.faces):
                continue
            material = f"{family}_{kind}"
            piece = Piece(
                name, material, part.vertices, part.normals, cards.faces, *ride, uv=cards.uv,
                colours=hair_cards.colours(part, cards.alpha), morphs=morphs,
                again=(f"{material}_soft",) if soft else (),
            )  # fmt: skip
            out.append(compact(piece))
        return out

    def surfaces(self, neutral: Character) -> dict[str, Surface]:
        out = {}
        for family in ("hair", "beard"):
            pigment = looks.pigment(neutral, family, 1.0)
            colour = hair_factor(pigment.colour)
            for kind in ("strands", "shell", "fuzz"):
                pixels = getattr(self, kind)
                name = f"{family}_{kind}"
                look = {"roughness": 0.72, "double_sided": True}
                out[name] = Surface(
                    Material(name, (*colour, 1.0), alpha_mode="mask", **look),
                    pixels,
                    wrap=("mirror", "clamp"),
                )
                out[f"{name}_soft"] = Surface(
                    Material(f"{name}_soft", (*colour, 1.0), alpha_mode="blend", **look),
                    pixels,
                    wrap=("mirror", "clamp"),
                )
        return out


def hair_factor(pigment: np.ndarray) -> tuple[float, float, float]:
    """Base colour over the shared textures for a linear pigment `[3]`."""
    return tuple(float(v) for v in np.clip(np.asarray(pigment) * hair_cards.BRIGHTEST, 0, 1))


def _surfaces(neutral: Character, detail: Detail) -> dict[str, Surface]:
    look = skin.look(neutral, {})
    out = {
        "skin": Surface(
            Material("skin", roughness=0.66 - 0.22 * float(neutral["skin_shine"])),
            _base_texture(neutral, detail),
            baking.normal_map(look, detail.size) if detail.normal_map else None,
        ),
        "eye": Surface(Material("eye", roughness=0.12), template_layers.sclera(256)),
        "lashes": looks.plain("lashes", np.full(3, 0.008), 0.8, double_sided=True),
        "cloth": looks.plain("cloth", palette.CLOTH, 0.95, double_sided=True),
        "teeth": Surface(
            Material("teeth", roughness=0.3, double_sided=True), baking.teeth_texture()
        ),
        "tongue": looks.plain("tongue", palette.TONGUE, 0.4),
        "cavity": looks.plain("cavity", palette.CAVITY, 0.8, double_sided=True),
    }
    for name in glasses.FRAMES:
        frame, lens = looks.glasses_surfaces(name)
        out[f"frame_{name}"], out["glasses_lens"] = frame, lens
    return out


def _base_texture(neutral: Character, detail: Detail) -> np.ndarray:
    """The skin's; in 32 steps where the file shall be small, which halves its PNG."""
    pixels = template_layers.base_texture(neutral, detail.size)
    return pixels if not detail.idle else (pixels // 8 * 8 + 4).astype(np.uint8)


def landmarks(neutral: Character, model: Model) -> list[Landmark]:
    """The 68 landmarks as places on the triangles of the face."""
    points = geometry.pose_head(neutral).landmarks3d.astype(np.float64) * 0.01
    face = next(group for group in model.meshes if group.name == "face").primitives[0]
    corner = face.vertices[face.faces].astype(np.float64)
    out = []
    for point in points:
        near = np.argsort(np.linalg.norm(corner.mean(1) - point, axis=1))[:60]
        places = [_closest(point, corner[t]) for t in near]
        k = int(np.argmin([distance for distance, _ in places]))
        out.append(Landmark("face", 0, int(near[k]), tuple(map(float, places[k][1]))))
    return out


def _closest(point: np.ndarray, corner: np.ndarray) -> tuple[float, np.ndarray]:
    """Distance from a triangle `[3, 3]`, and a point of it near by as barycentric weights."""
    a, b, c = corner
    matrix = np.stack([b - a, c - a], 1)
    u, v = np.linalg.lstsq(matrix, point - a, rcond=None)[0]
    weights = np.clip(np.array([1 - u - v, u, v]), 0, 1)
    weights /= weights.sum()
    return float(np.linalg.norm(weights @ corner - point)), weights
