import pytest

from face2param.errors import ConfigError
from face2param.fitting import presets


def test_paper_preset_is_the_papers():
    paper = presets.get("paper")
    assert paper.main.weights.identity == 0.01 and paper.main.weights.content == 1
    assert paper.main.weights.active() == ("identity", "content")
    descent = paper.main.descent
    assert (descent.iterations, descent.rate, descent.decay, descent.decay_every) == (
        50,
        10,
        0.8,
        5,
    )
    assert paper.cosine and not descent.adam and descent.choices


def test_unknown_preset_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"no preset 'best'; there are: default, paper"):
        presets.get("best")


def test_default_decides_without_asking_the_parsing_network_or_the_prior():
    default = presets.get("default")
    assert "content" not in default.main.weights.active()
    assert not {"prior", "expression", "pose"} & set(default.decision.active())
    assert "identity" not in default.ranking.active(), "hair is not a matter of identity"
