"""Training of an estimator from databases, portraits and reports to weights."""

from __future__ import annotations

import dataclasses
import functools
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from face2param import config as configuration
from face2param import engines, features
from face2param.database.reader import Database
from face2param.engines import Engine
from face2param.errors import ConfigError
from face2param.estimator import (
    adaptation,
    augmented,
    colour_sliders,
    inputs,
    looking,
    networks,
    samples,
    targets,
    training,
    validation,
)
from face2param.estimator.model import Estimator, Pedigree, widths
from face2param.features.frozen import frozen
from face2param.imitator.model import Imitator
from face2param.pipelines import estimator_data, photos
from face2param.schema import Schema
from face2param.training import checkpoints

_LOG = logging.getLogger(__name__)
_COLOURED = 3000
"""Heads from which the regression of colours is learnt."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What to learn from.

    Attributes:
      databases: folders with label maps, all of one schema.
      output: folder of the run; it also keeps what the frozen networks saw.
      copies: augmented copies of each head, one number for all databases or one for each.
      count: at most so many training heads of each database, or None.
      validation_count: at most so many validation heads of each database.
      photos: folder of portraits, or None.
      labels: CSV file with their attributes, or None.
      photo_copies: augmented copies of each portrait.
      hold_out_every: every n-th portrait from the first on only measures.
      adapt_from: report.json with answers of a search for the portraits, or None; those that
        beat the estimator that the search started from become targets.
      imitator: folder, "builtin" or None; must have the schema of the databases.
      initial: folder of an estimator to start from, or None.
      drawn: answers of each batch that the imitator draws in the second phase.
      moved_groups: groups of parameters that the second phase may move; none: all, and the
        choices.
      hidden: width of the network's dense blocks.
      dropout: of the network.
      command: for the record.
    """

    databases: tuple[str, ...]
    output: Path
    copies: tuple[int | str, ...] = (2,)
    count: int | None = None
    validation_count: int = 400
    photos: str | None = None
    labels: str | None = None
    photo_copies: int = 8
    hold_out_every: int = 4
    adapt_from: str | None = None
    imitator: str | None = "builtin"
    initial: str | None = None
    drawn: int = 8
    moved_groups: tuple[str, ...] = ()
    hidden: int = 384
    dropout: float = 0.1
    command: str = ""

    def __post_init__(self) -> None:
        """Checks what does not need the files.

        Raises:
          ConfigError: naming the field that does not fit.
        """
        try:
            copies = tuple(int(number) for number in self.copies)
        except ValueError:
            copies = ()
        if len(copies) == 1:
            copies = copies * len(self.databases)
        if len(copies) != len(self.databases) or min(copies, default=0) < 1:
            raise ConfigError(
                f"copies: expected a positive number, or one for each of {len(self.databases)} "
                f"databases, got {','.join(map(str, self.copies))}"
            )
        object.__setattr__(self, "copies", copies)
        for given, needed in (("labels", "photos"), ("adapt_from", "photos")):
            if getattr(self, given) and not self.photos:
                raise ConfigError(f"{given}: needs {needed}, the folder of the photographs")


def train(
    request: Request,
    config: training.TrainingConfig,
    resume: bool = False,
    overwrite: bool = False,
) -> dict[str, float]:
    """Prepares what was asked for, trains, measures, and saves the estimator.

    Returns:
      metrics on validation heads and, named `portrait_...`, on portraits that did not train.

    Raises:
      Face2ParamError: of whatever part could not be read or does not fit.
    """
    checkpoints.refuse_existing(request.output, resume, overwrite)
    run = _Preparation(request, config)
    rendered = samples.join([run.heads(i, "training") for i in range(len(request.databases))])
    held_out = samples.join([run.heads(i, "validation") for i in range(len(request.databases))])
    real, measured = run.portraits() if request.photos else (None, None)
    continuous, options, nuisance = widths(run.schema)
    network = networks.NetworkConfig(
        continuous,
        options,
        nuisance,
        features=rendered.inputs["features"].shape[-1],
        descriptor=rendered.inputs["descriptor"].shape[-1],
        hidden=request.hidden,
        dropout=request.dropout,
    )
    estimator = training.train(
        config,
        network,
        run.schema,
        rendered,
        held_out,
        request.output,
        real=real,
        effect=run.effect(rendered.characters),
        attributes=run.engine.people().attributes,
        look=run.looking(options, 0 if real is None else 1),
        draw=run.draw,
        shown=[] if measured is None else [measured.take(np.arange(min(12, len(measured))))],
        pedigree=Pedigree(run.engine.name, run.engine.version, request.command),
        initial=Estimator.load(request.initial, run.schema) if request.initial else None,
        resume=resume,
        overwrite=overwrite,
    )
    estimator.colours = run.colours()
    metrics = dict(estimator.pedigree.metrics)
    if measured is not None:
        found = validation.attributes_right(estimator(measured.inputs), measured.attributes)
        metrics.update({f"portrait_{name}": value for name, value in found.items()})
        estimator.pedigree = dataclasses.replace(estimator.pedigree, metrics=metrics)
    estimator.save(request.output)
    return metrics


def moved(schema: Schema, groups: Sequence[str]) -> np.ndarray | None:
    """Which entries of an encoded character belong to some groups; None for no groups.

    Raises:
      ConfigError: there is no such group of continuous parameters.
    """
    if not groups:
        return None
    known = {control.group for control in schema.continuous}
    odd = [group for group in groups if group not in known]
    if odd:
        raise ConfigError(
            f"moved_groups: schema {schema.name} has no group {odd[0]!r} of parameters; it has "
            f"{sorted(known)}"
        )
    found = np.zeros(schema.width, np.float32)
    found[: len(schema.continuous)] = [control.group in groups for control in schema.continuous]
    return found


class _Preparation:
    """The parts of a training, each made when it is asked for."""

    def __init__(self, request: Request, config: training.TrainingConfig) -> None:
        self.request, self.config = request, config
        first = Database(request.databases[0])
        self.schema = first.schema
        others = [Database(path, first.schema) for path in request.databases[1:]]
        self.databases = [first, *others]
        self.engine: Engine = engines.get(first.manifest.settings.engine)
        if self.engine.schema.hash != self.schema.hash:
            raise ConfigError(
                f"database {request.databases[0]}: is of schema {self.schema.name} "
                f"{self.schema.hash}, engine {self.engine.name} now draws {self.engine.schema.hash}"
            )
        size = (inputs.SIZE, inputs.SIZE)
        self.canonical01 = self.engine.canonical_landmarks(size) / inputs.SIZE
        self.parsing, self.identity = frozen(features.parsing()), features.identity("dlib")
        self.prepare = functools.partial(inputs.prepare, self.parsing, self.identity)
        self.folder = request.output / "inputs"

    def heads(self, number: int, split: str) -> samples.Samples:
        """Prepared heads of a database."""
        request, is_training = self.request, split == "training"
        heads = estimator_data.rendered_heads(
            self.databases[number],
            split,
            number,
            self.engine.people().attributes,
            request.count if is_training else request.validation_count,
        )
        return samples.prepared(
            heads,
            self.prepare,
            self.canonical01,
            self.folder / f"{split}_{number}",
            copies=request.copies[number] if is_training else 1,
            disturbance=augmented.Disturbance(),
            seed=self.config.seed,
        )

    def portraits(self) -> tuple[samples.Samples, samples.Samples]:
        """Prepared portraits: augmented copies of those that train, and those that measure."""
        request = self.request
        labels = targets.read_labels(request.labels) if request.labels else {}
        names = list(labels) or [path.stem for path in photos.list_photos(request.photos)]
        training_names = targets.training_names(names, request.hold_out_every)
        held = [name for name in names if name not in set(training_names)]
        found = {}
        for kind, wanted in (("portraits", training_names), ("measured", held)):
            found[kind] = estimator_data.portrait_heads(
                request.photos,
                wanted,
                labels,
                self.engine,
                self.folder / f"{kind}.npz",
                kind,
            )
        heads, names = found["portraits"]
        real = samples.prepared(
            heads,
            self.prepare,
            self.canonical01,
            self.folder / "portraits",
            copies=request.photo_copies,
            disturbance=augmented.Disturbance(),
            mirror=True,
            seed=self.config.seed,
        )
        measured = self._plain(found["measured"][0])
        if request.adapt_from:
            real = self._adapted(real, names)
        return real, measured

    def _plain(self, heads: samples.Heads) -> samples.Samples:
        folder = self.folder / f"{heads.name}_plain"
        return samples.prepared(heads, self.prepare, self.canonical01, folder)

    def _adapted(self, real, names) -> samples.Samples:
        characters, searched, oneshot = estimator_data.search_results(
            self.request.adapt_from, self.schema, names
        )
        better = adaptation.improvements(searched, oneshot)
        _LOG.info("%d of %d photographs have better answers", better.sum(), len(better))
        table = targets.compatible(self.schema, self.engine.people().attributes)
        return adaptation.with_targets(real, characters, better, self.schema, table)

    @functools.cached_property
    def imitator(self) -> Imitator | None:
        """The imitator, its normalisations folded away; None where there is none."""
        if self.request.imitator is None:
            return None
        return frozen(Imitator.load(self.request.imitator, expected=self.schema))

    def effect(self, characters: np.ndarray) -> np.ndarray | None:
        """Visible effect of each parameter, measured once and kept beside the run."""
        if self.imitator is None:
            return None
        path = self.folder / "visible_effect.json"
        names = list(self.schema.names)
        if path.exists():
            stored = configuration.read_json(path)
            if list(stored) == names:
                return np.array(list(stored.values()), np.float32)
        chosen = characters[:: max(1, len(characters) // 6)][:6].astype(np.float32)
        found = looking.visible_effect(
            lambda encoded: np.asarray(self.imitator(encoded)["image"]), chosen, len(names)
        )
        stored = {name: round(float(v), 4) for name, v in zip(names, found, strict=True)}
        configuration.write_json(path, stored)
        return found

    def colours(self) -> colour_sliders.ColourSliders | None:
        """What colours tell, learnt from heads of the first database as they were drawn."""
        database = self.databases[0]
        rows = database.indices("training")[:_COLOURED]
        colours = estimator_data.head_colours(database, rows)
        found = colour_sliders.fit(colours, database.characters[rows], self.schema)
        if found is not None:
            told = colour_sliders.table(found).items()
            shares = ", ".join(f"{name} {share:.2f}" for name, share in told)
            _LOG.info("share of each slider's variance that colours tell: %s", shares)
        return found

    def looking(self, options: tuple[int, ...], portraits: int) -> looking.Looking | None:
        """Terms of the second phase, where they are asked for."""
        weights, config = self.config.losses, self.config
        if not weights.looks:
            return None
        if self.imitator is None:
            raise ConfigError("imitator: the terms through it need one; give --imitator")
        border = config.batch_size - portraits * round(config.batch_size * config.real_share)
        half = self.request.drawn // 2 if portraits else self.request.drawn
        return looking.Looking(
            weights,
            options,
            self.imitator,
            self.identity,
            self.canonical01,
            slice(max(border - half, 0), border - half + self.request.drawn),
            functools.partial(inputs.look, self.parsing, self.identity),
            moved(self.schema, self.request.moved_groups),
        )

    def draw(self, encoded: np.ndarray, nuisance: np.ndarray) -> np.ndarray:
        """Draws an answer for the previews."""
        pose = self.schema.denormalise_nuisance(nuisance)
        character = self.schema.decode(encoded).clip()
        return self.engine.render(character, pose, size=(128, 128)).image
