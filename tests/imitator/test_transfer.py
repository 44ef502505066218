import dataclasses
import logging

import keras
import numpy as np
import pytest

from face2param.errors import WeightsError
from face2param.imitator import networks, transfer
from face2param.imitator.model import Imitator
from face2param.schema import Choice, Continuous, Nuisance, Schema
from tests.imitator import toy

# Against the toy: other order, other defaults, other range of the angle, other options.
GAME = Schema(
    name="game",
    version="1",
    continuous=(
        Continuous("radius", "shape", default=0.2),
        Continuous("roughness", "look", default=0.1),
        Continuous("x", "place"),
    ),
    choices=(
        Choice("ground", "look", ("sand", "snow"), "sand"),
        Choice("colour", "look", ("green", "blue"), "green"),
    ),
    nuisance=(
        Nuisance("wind", "weather", default=0.3),
        Nuisance("tilt", "pose", -0.5, 0.5, unit="radian", mirror_sign=-1.0),
    ),
)
# Inputs of GAME -> inputs of the toy: radius, x, green, tilt.
MATCHED = {0: 2, 2: 0, 5: 5, 8: 6}
FRESH = [1, 3, 4, 6, 7]
GREY = np.full((toy.SIZE, toy.SIZE, 3), 0.5)


def of(schema, **changes):
    widths = {"width": schema.width, "nuisance_width": schema.nuisance_width}
    return dataclasses.replace(toy.NETWORK, **widths, **changes)


def imitator(schema, seed, **changes):
    """Random weights, none of them at zero or one as a fresh layer might be."""
    made = Imitator(schema, of(schema, **changes))
    rng = np.random.default_rng(seed)
    for layer in made.model.layers:
        weights = [rng.uniform(0.05, 0.2, w.shape) * rng.choice([-1, 1], w.shape)
                   for w in layer.get_weights()]  # fmt: skip
        if isinstance(layer, keras.layers.BatchNormalization):
            weights = [np.abs(w) for w in weights]
        layer.set_weights(weights)
    return made


def moved(initial, schema=GAME, picture=GREY, **changes):
    """A new imitator that starts from `initial`, and the weights that it had before."""
    new = imitator(schema, 1, **changes)
    before = {layer.name: layer.get_weights() for layer in new.model.layers}
    transfer.transfer(new.model, new.network, schema, initial, picture)
    return new, before


def test_every_layer_but_the_first_is_copied():
    old = imitator(toy.SCHEMA, 0)
    new, _ = moved(old)
    copied = [layer for layer in new.model.layers if layer.weights and layer.name != "style1"]
    assert len(copied) == 15
    for layer in copied:
        for ours, theirs in zip(
            layer.get_weights(), old.model.get_layer(layer.name).get_weights(), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


def test_rows_are_matched_by_name_and_the_others_stay_fresh():
    old = imitator(toy.SCHEMA, 0)
    new, before = moved(old)
    rows = new.model.get_layer("style1").get_weights()[0]
    old_rows = old.model.get_layer("style1").get_weights()[0]
    for ours, theirs in MATCHED.items():
        scale = 0.5 if ours == 8 else 1.0  # 1 stands for half a radian, and stood for one
        np.testing.assert_allclose(rows[ours], scale * old_rows[theirs], rtol=1e-6)
    ratio = rows[FRESH] / before["style1"][0][FRESH]
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-5)

    def size(values):
        return np.median(np.sqrt((values**2).mean(1)))

    assert ratio[0, 0] == pytest.approx(size(old_rows) / size(before["style1"][0]), rel=1e-5)


def test_what_both_can_say_is_drawn_alike():
    old = imitator(toy.SCHEMA, 0)
    new, _ = moved(old)
    ours = GAME.character(radius=0.9, x=0.3, colour="green")
    theirs = toy.SCHEMA.character(radius=0.9, x=0.3, colour="green")
    drawn = new(
        GAME.encode(ours), GAME.normalise_nuisance(GAME.nuisance_vector(tilt=0.2, wind=0.3))[None]
    )
    wanted = old(
        toy.SCHEMA.encode(theirs),
        toy.SCHEMA.normalise_nuisance(toy.SCHEMA.nuisance_vector(tilt=0.2))[None],
    )
    for name, values in wanted.items():
        # Float32 sums in another order.
        np.testing.assert_allclose(np.asarray(drawn[name]), np.asarray(values), atol=1e-4)


@pytest.mark.parametrize("colour", ["red", "green"])
def test_foreign_choices_rest_where_the_picture_is_nearest(colour, caplog):
    old = imitator(toy.SCHEMA, 0)
    plain = dataclasses.replace(GAME, choices=())
    wanted = np.asarray(old(toy.SCHEMA.encode(toy.SCHEMA.character(colour=colour)))["image"])[0]
    with caplog.at_level(logging.INFO):
        new, _ = moved(old, plain, wanted)
    drawn = new(plain.encode(plain.character(radius=0.5)))["image"]
    np.testing.assert_allclose(np.asarray(drawn)[0], wanted, atol=1e-4)
    assert "disc -> game" in caplog.text
    assert "2 of 3 continuous, 0 of 0 options, 1 of 2 nuisance" in caplog.text
    assert f"at rest colour={colour}" in caplog.text


def test_a_choice_stays_at_its_default_unless_another_is_clearly_nearer():
    old = imitator(toy.SCHEMA, 0)
    picks = toy.SCHEMA.character(colour="red"), toy.SCHEMA.character(colour="green")
    red, green = np.asarray(old(toy.SCHEMA.encode(list(picks)))["image"])
    assert transfer._nearest(old, [], 0.49 * red + 0.51 * green)["colour"] == "red"
    assert transfer._nearest(old, [], 0.4 * red + 0.6 * green)["colour"] == "green"


def test_the_same_schema_is_copied_whole():
    old = imitator(toy.SCHEMA, 0)
    new, _ = moved(old, toy.SCHEMA)
    for ours, theirs in zip(new.model.get_weights(), old.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nothing_in_common_still_draws_the_old_head_at_rest():
    old = imitator(toy.SCHEMA, 0)
    strange = Schema("strange", "1", (Continuous("depth", "shape", default=0.3),))
    wanted = np.asarray(old(toy.SCHEMA.encode(toy.SCHEMA.neutral()))["image"])
    new, _ = moved(old, strange, wanted[0])
    drawn = np.asarray(new(strange.encode(strange.neutral()))["image"])
    np.testing.assert_allclose(drawn, wanted, atol=1e-4)


def test_the_paper_network_has_two_first_layers_and_statistics():
    old = imitator(toy.SCHEMA, 0, name="paper")
    new, _ = moved(old, name="paper")
    for name, axis in networks.first_layers(new.network).items():
        rows = np.moveaxis(new.model.get_layer(name).get_weights()[0], axis, 0)
        old_rows = np.moveaxis(old.model.get_layer(name).get_weights()[0], axis, 0)
        for ours, theirs in MATCHED.items():
            scale = 0.5 if ours == 8 else 1.0
            np.testing.assert_allclose(rows[ours], scale * old_rows[theirs], rtol=1e-6)
    for layer in new.model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for ours, theirs in zip(
                layer.get_weights(), old.model.get_layer(layer.name).get_weights(), strict=True
            ):
                np.testing.assert_array_equal(ours, theirs)
    # The landmarks come from the dense first layer, where the bias says all.
    theirs = toy.SCHEMA.character(radius=0.9, x=0.3, colour="green")
    wanted = old(toy.SCHEMA.encode(theirs))["landmarks"]
    drawn = new(
        GAME.encode(GAME.character(radius=0.9, x=0.3, colour="green")),
        GAME.normalise_nuisance(GAME.neutral_nuisance())[None],
    )["landmarks"]
    np.testing.assert_allclose(np.asarray(drawn), np.asarray(wanted), atol=1e-4)


def test_first_layers_are_those_that_depend_on_the_width():
    for changes in ({}, {"name": "paper"}, {"name": "paper", "heads": False}):
        small, large = (networks.build(of(schema, **changes)) for schema in (toy.SCHEMA, GAME))
        differing = {
            layer.name
            for layer in small.layers
            if layer.weights
            and layer.get_weights()[0].shape != large.get_layer(layer.name).get_weights()[0].shape
        }
        assert differing == set(networks.first_layers(of(toy.SCHEMA, **changes)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 64, "channels": (16, 16, 16, 16)}, r"size 64 instead of 32, channels \(16, 16"),
        ({"blocks": 2}, "blocks 2 instead of 1"),
        ({"name": "paper"}, "name paper instead of compact"),
    ],
)
def test_another_architecture_is_refused(changes, message):
    old = Imitator(toy.SCHEMA, of(toy.SCHEMA, **changes))
    with pytest.raises(WeightsError, match=f"initial: its network has {message}"):
        moved(old)
