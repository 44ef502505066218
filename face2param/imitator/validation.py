"""How close the imitation is on heads that it never saw, and pictures to look at."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from keras import ops

from face2param import images, regions
from face2param.imitator.losses import IdentityNetwork, descriptors
from face2param.imitator.samples import Samples
from face2param.metrics import identity as identity_metrics
from face2param.metrics import images as image_metrics
from face2param.metrics import landmarks as landmark_metrics
from face2param.metrics import regions as region_metrics


def validate(
    predict: Callable[[np.ndarray], dict[str, np.ndarray]],
    samples: Samples,
    network: IdentityNetwork | None = None,
    batch_size: int = 50,
) -> dict[str, float]:
    """Measures an imitator.

    Args:
      predict: indices of samples -> outputs of the network for them.
      samples: the heads.
      network: identity network, or None.
      batch_size: heads at a time.

    Returns:
      `mean_absolute_error` over all pixels of the clipped picture; `face_error`, the same where
      the region is neither background, cloth, neck nor hair; `landmark_error`, mean distance
      over the outer-eye distance; `region_iou`, mean over the regions that occur;
      `identity_distance`, mean descriptor distance of imitation and original. What a network
      or the samples lack is left out.
    """
    sums: dict[str, list[np.ndarray]] = {}
    counts = np.zeros((len(regions.MERGED),) * 2, np.int64)
    for start in range(0, len(samples), batch_size):
        indices = np.arange(start, min(start + batch_size, len(samples)))
        batch, outputs = samples.take(indices), predict(indices)
        for name, values in _errors(batch, outputs).items():
            sums.setdefault(name, []).append(values)
        if batch.regions is not None and "regions" in outputs:
            found = outputs["regions"].argmax(-1)
            counts += region_metrics.confusion(found, batch.regions, len(regions.MERGED))
        if network is not None:
            distance = _descriptor_distance(network, batch, outputs["image"])
            sums.setdefault("identity_distance", []).append(distance)
    metrics = {name: float(np.mean(np.concatenate(values))) for name, values in sums.items()}
    if counts.any():
        metrics["region_iou"] = float(np.nanmean(region_metrics.iou(counts)))
    return metrics


def _errors(batch: Samples, outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Per-head errors of picture and landmarks, each `[batch]`."""
    true, imitated = images.from_uint8(batch.images), np.clip(outputs["image"], 0, 1)
    errors = {"mean_absolute_error": image_metrics.mean_absolute_error(true, imitated)}
    if batch.regions is not None:
        outside = [regions.MERGED.index(n) for n in ("background", "cloth", "neck", "hair")]
        face = ~np.isin(batch.regions, outside).repeat(4, 1).repeat(4, 2)
        face = face | ~face.any((1, 2), keepdims=True)
        errors["face_error"] = image_metrics.mean_absolute_error(true, imitated, face)
    if "landmarks" in outputs:
        errors["landmark_error"] = landmark_metrics.nme(outputs["landmarks"], batch.landmarks01)
    return errors


def _descriptor_distance(
    network: IdentityNetwork, batch: Samples, imitated: np.ndarray
) -> np.ndarray:
    landmarks = ops.convert_to_tensor(batch.landmarks01)
    found = []
    for pictures in (images.from_uint8(batch.images), np.clip(imitated, 0, 1)):
        described = descriptors(network, ops.convert_to_tensor(pictures), landmarks)
        found.append(ops.convert_to_numpy(described).astype(np.float32))
    return identity_metrics.descriptor_distance(*found)


def write_preview(path: Path, samples: Samples, outputs: dict[str, np.ndarray]) -> None:
    """Writes a mosaic: in each row two heads, each as real | imitated | regions.

    Args:
      path: picture to write.
      samples: the heads shown.
      outputs: of the network for the same heads.
    """
    colours = np.stack(
        [regions.COLOURS[regions.MERGE == index][0] for index in range(len(regions.MERGED))]
    )
    pictures, captions = [], []
    for index in range(len(samples)):
        pictures += [
            images.from_uint8(samples.images[index]),
            np.clip(outputs["image"][index], 0, 1),
        ]
        captions += ["real", "imitated"]
        if "regions" in outputs:
            label = outputs["regions"][index].argmax(-1).repeat(4, 0).repeat(4, 1)
            pictures.append(images.from_uint8(colours[label]))
            captions.append("regions")
    columns = 2 * len(captions) // len(samples)
    images.write_image(path, images.mosaic(pictures, columns, captions))
