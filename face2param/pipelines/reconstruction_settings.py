"""How to reconstruct, and the names of the files that come out. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses

from face2param.errors import ConfigError

FILES = (
    "video.mp4",
    "frames.npz",
    "set.npz",
    "face.obj",
    "face.mtl",
    "face.png",
    "face.glb",
    "face_landmarks.txt",
    "albedo.png",
    "albedo.mtl",
    "neutral.obj",
    "neutral.glb",
    "neutral_landmarks.txt",
    "expression.obj",
    "posed.obj",
    "overlay.png",
    "frontal.png",
    "side.png",
    "sheet.png",
    "coefficients.npz",
    "coefficients.mat",
    "landmarks.txt",
    "camera.json",
    "light.json",
    "reconstruction.json",
)
"""What any reconstruction may leave in its folder."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to reconstruct.

    Attributes:
      model: "builtin" or a file of a face model.
      rnet: "builtin", a folder that `train_rnet` wrote, or "none": start from landmarks alone.
        Empty: the one that ships for the built-in model, none for others.
      cnet: folder that `train_cnet` wrote; empty: identities of a set are averaged.
      refine_steps: of analysis by synthesis; None: as planned; 0: off.
      preset: weights of the losses, see `reconstruction.presets`.
      white_light: nine coefficients of light instead of nine for each colour.
      texture_size: side of the texture; 0: by the photograph.
    """

    model: str = "builtin"
    rnet: str = ""
    cnet: str = ""
    refine_steps: int | None = None
    preset: str = "refine"
    white_light: bool = False
    texture_size: int = 0

    def __post_init__(self) -> None:
        """Raises ConfigError where a number is out of range."""
        if self.refine_steps is not None and self.refine_steps < 0:
            raise ConfigError(f"refine_steps must not be negative, got {self.refine_steps}")
        if not self.rnet:
            chosen = "builtin" if self.model == "builtin" else "none"
            object.__setattr__(self, "rnet", chosen)
        if self.cnet and self.rnet == "none":
            raise ConfigError("cnet needs an rnet, whose features it looks at; rnet is none")
