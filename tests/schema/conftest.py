import pytest

from face2param.schema import Choice, Continuous, Nuisance, Schema


@pytest.fixture(scope="session")
def small() -> Schema:
    """A schema with one of each kind of mirror relation."""
    return Schema(
        name="small",
        version="1",
        continuous=(
            Continuous("jaw_width", "jaw", description="how wide"),
            Continuous("cheek_left", "cheek", mirror="cheek_right"),
            Continuous("cheek_right", "cheek", mirror="cheek_left"),
            Continuous("nose_bend", "nose", mirror="nose_bend"),
            Continuous("age", "skin", default=0.2),
        ),
        choices=(
            Choice("hair", "hair", ("bald", "bob", "long"), "bob"),
            Choice("beard", "beard", ("none", "full"), "none"),
        ),
        nuisance=(
            Nuisance("jawOpen", "expression"),
            Nuisance("mouthSmileLeft", "expression", mirror="mouthSmileRight"),
            Nuisance("mouthSmileRight", "expression", mirror="mouthSmileLeft"),
            Nuisance("head_yaw", "pose", -1.2, 1.2, unit="radian", mirror_sign=-1.0),
        ),
    )
