"""Opening a database. NumPy and Pillow only."""

from __future__ import annotations

import concurrent.futures
import functools
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from face2param import images, regions
from face2param.database import manifest as manifests
from face2param.database import records, worker
from face2param.database.generate import available_cores
from face2param.errors import CodecError, DatabaseError, ImageError
from face2param.schema import Character, Schema, facenn

SPLITS = ("training", "validation", "all")
REGION_CELL = 4
"""Pixels of a picture per cell of its merged regions, along each axis."""


class Database:
    """A complete database, opened for reading. Pictures are read when they are asked for.

    Attributes:
      path: the folder.
      manifest: what it was made with.
      schema: of its characters.
      names: picture names, without folder and suffix.
      characters: `[count, width]` float32 encoded characters.
      nuisance: `[count, nuisance_width]` float32, normalised as networks want it.
      landmarks01: `[count, 68, 2]` float32 (x / width, y / height).
      visibility: `[count, 68]` bool.
    """

    def __init__(self, path: str | os.PathLike, schema: Schema | None = None) -> None:
        """Reads everything but the pictures and checks that the parts belong together.

        Args:
          path: the folder.
          schema: that the caller works with; None accepts any.

        Raises:
          DatabaseError: no database, not complete, a file is cut short, or pictures are missing.
          SchemaError: schema.json is malformed.
        """
        self.path = Path(path)
        self.manifest, self.schema = manifests.read(path)
        if schema is not None and schema.hash != self.schema.hash:
            raise DatabaseError(
                f"{path} belongs to schema {self.schema.name!r} ({self.schema.hash}), not to "
                f"{schema.name!r} ({schema.hash})"
            )
        if not self.manifest.complete:
            raise DatabaseError(
                f"{path} is not complete: its generation was interrupted. Start the same "
                "generate_database command again to finish it"
            )
        try:
            description = facenn.read_db_description(self.path / manifests.DESCRIPTION, self.schema)
        except CodecError as error:
            raise DatabaseError(str(error)) from None
        self.names: tuple[str, ...] = description.names
        if len(self.names) != self.manifest.count:
            raise DatabaseError(
                f"{self.path / manifests.DESCRIPTION} has {len(self.names)} records, "
                f"{manifests.MANIFEST} says {self.manifest.count}"
            )
        arrays = records.read_npz(self.path / manifests.RECORDS, self.schema, len(self.names))
        if not np.array_equal(description.encoded, arrays["character"]):
            raise DatabaseError(
                f"{path}: {manifests.DESCRIPTION} and {manifests.RECORDS} hold different characters"
            )
        self.characters: np.ndarray = description.encoded
        self.nuisance: np.ndarray = self.schema.normalise_nuisance(arrays["nuisance"])
        side = np.float32(self.manifest.settings.size)
        self.landmarks01: np.ndarray = arrays["landmarks"].astype(np.float32) / side
        self.visibility: np.ndarray = arrays["visibility"].astype(bool)
        self._check_pictures()

    def _check_pictures(self) -> None:
        folders = [(self.path, ".jpg", "pictures")]
        if self.has_labels:
            folders.append((self.path / manifests.LABELS, ".png", "label maps"))
        for folder, suffix, what in folders:
            held = set(os.listdir(folder)) if folder.is_dir() else set()
            missing = [name for name in self.names if name + suffix not in held]
            if missing:
                raise DatabaseError(
                    f"{folder}: {len(missing)} of {len(self.names)} {what} are missing, the first "
                    f"is {missing[0]}{suffix}. Start the same generate_database command again "
                    "to draw them"
                )

    def __len__(self) -> int:
        """Number of records."""
        return len(self.names)

    @property
    def has_labels(self) -> bool:
        """Whether label maps were written."""
        return self.manifest.settings.labels

    @property
    def size(self) -> int:
        """Side of the square pictures in pixels."""
        return self.manifest.settings.size

    @functools.cached_property
    def _is_validation(self) -> np.ndarray:
        settings = self.manifest.settings
        return np.array([settings.is_validation(index) for index in range(len(self))])

    def indices(self, split: str = "all") -> np.ndarray:
        """Indices of the records of a split, ascending.

        Args:
          split: "training", "validation" or "all".

        Raises:
          DatabaseError: another word.
        """
        if split not in SPLITS:
            raise DatabaseError(f"split is {split!r}; it must be one of {list(SPLITS)}")
        if split == "all":
            return np.arange(len(self))
        return np.flatnonzero(self._is_validation == (split == "validation"))

    def character(self, index: int) -> Character:
        """The character of one record."""
        return self.schema.decode(self.characters[index])  # type: ignore[return-value]

    def picture_path(self, index: int) -> Path:
        """The picture file of one record."""
        return worker.picture_path(self.path, self.names[index])

    def label_path(self, index: int) -> Path:
        """The label map file of one record."""
        return worker.label_path(self.path, self.names[index])

    def image(self, index: int, size: int | None = None) -> np.ndarray:
        """One picture.

        Args:
          index: of the record.
          size: side of the result; None: as it was rendered.

        Returns:
          `[size, size, 3]` float32 RGB in [0, 1].

        Raises:
          DatabaseError: the file is missing or damaged, or has another size.
        """
        path = self.picture_path(index)
        try:
            image = images.read_image(path)
        except ImageError as error:
            raise DatabaseError(f"{error}. {_REDRAW}") from None
        if image.shape[:2] != (self.size, self.size):
            raise DatabaseError(
                f"{path} is {image.shape[1]}x{image.shape[0]} px, the database holds pictures of "
                f"{self.size}x{self.size}. {_REDRAW}"
            )
        return image if size in (None, self.size) else images.resize(image, (size, size))

    def labels(self, index: int) -> np.ndarray:
        """One label map.

        Returns:
          `[size, size]` uint8 class indices in the order of `regions.CLASSES`.

        Raises:
          DatabaseError: the database has no labels, or the file is missing, damaged or no
            label map.
        """
        self._require_labels()
        path = self.label_path(index)
        try:
            labels = images.to_uint8(images.read_image(path)[..., 0])
        except ImageError as error:
            raise DatabaseError(f"{error}. {_REDRAW}") from None
        known = (labels < len(regions.CLASSES)) | (labels == regions.IGNORE)
        if labels.shape != (self.size, self.size) or not known.all():
            raise DatabaseError(f"{path} is not a label map of this database. {_REDRAW}")
        return labels

    def _require_labels(self) -> None:
        if not self.has_labels:
            raise DatabaseError(
                f"{self.path} was generated without label maps; generate one with --labels"
            )

    def arrays(
        self,
        split: str = "all",
        size: int = 256,
        with_regions: bool | None = None,
        indices: Sequence[int] | np.ndarray | None = None,
    ) -> dict[str, np.ndarray]:
        """Decodes a split into memory, with a thread per core.

        Args:
          split: "training", "validation" or "all".
          size: side of the pictures; with regions a multiple of 4 whose quarter divides the
            rendered size.
          with_regions: whether to add `regions`; None: where the database has labels.
          indices: these records instead of a split.

        Returns:
          characters `[n, width]` float32, nuisance `[n, nuisance_width]` float32 normalised,
          images `[n, size, size, 3]` uint8, landmarks01 `[n, 68, 2]` float32 and, on request,
          regions `[n, size / 4, size / 4]` uint8 (merged, `regions.IGNORE` where unknown).

        Raises:
          DatabaseError: a file is missing or damaged, `with_regions` without label maps, or a
            size that does not fit.
        """
        indices = self.indices(split) if indices is None else np.asarray(indices, np.int64)
        with_regions = self.has_labels if with_regions is None else with_regions
        if size < REGION_CELL:
            raise DatabaseError(f"size is {size}; it must be {REGION_CELL} or more")
        arrays = {
            "characters": self.characters[indices],
            "nuisance": self.nuisance[indices],
            "images": np.empty((len(indices), size, size, 3), np.uint8),
            "landmarks01": self.landmarks01[indices],
        }
        cells = size // REGION_CELL
        if with_regions:
            self._require_labels()
            if size % REGION_CELL or self.size % cells:
                raise DatabaseError(
                    f"size is {size}; with regions it must be a multiple of {REGION_CELL} whose "
                    f"quarter divides the rendered size {self.size}"
                )
            arrays["regions"] = np.empty((len(indices), cells, cells), np.uint8)

        def fill(row: int) -> None:
            index = int(indices[row])
            arrays["images"][row] = images.to_uint8(self.image(index, size))
            if with_regions:
                arrays["regions"][row] = regions.vote(self.labels(index), (cells, cells))

        with concurrent.futures.ThreadPoolExecutor(available_cores()) as pool:
            for _ in pool.map(fill, range(len(indices))):
                pass
        return arrays


_REDRAW = "Delete the file and start the same generate_database command again to draw it"
