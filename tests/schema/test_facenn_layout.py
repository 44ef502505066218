from face2param.schema import facenn_layout, load


def test_the_shipped_files_are_those_of_the_table():
    assert load("facenn95") == facenn_layout.facenn95()
    assert load("facenn99") == facenn_layout.facenn99()


def test_slots_are_where_face_nn_has_them():
    schema = load("facenn99")
    assert schema.names[0] == "forehead_1"
    assert schema.names[25] == "eye_whole_1"
    assert schema.names[76] == "mouth_open_2"
    assert schema.names[81] == "ear_lobe_3"
    assert schema.index["brow_darkness"] == 95
    assert schema.slices["brow_texture"] == slice(96, 99)
    # face-nn starts from 0.5 everywhere and the first brow texture.
    start = schema.encode(schema.neutral())[0]
    assert start[:96].tolist() == [0.5] * 96
    assert start[96:].tolist() == [1, 0, 0]


def test_81_sliders_are_live_and_drive_different_groups():
    groups = [g for _, _, slider_groups in facenn_layout.ITEMS for g in slider_groups]
    assert len(groups) == 82
    assert sorted(set(groups)) == list(range(81))
    unused = [c for c in load("facenn95").continuous if c.group == "unused"]
    assert [c.name for c in unused] == [f"unused_{slot}" for slot in range(82, 95)]
    assert load("facenn95").names[facenn_layout.OVERWRITTEN_SLOT] == "mouth_open_overwritten"


def test_groups_have_the_sizes_of_the_unity_editor():
    sizes = {}
    for control in load("facenn95").continuous:
        sizes[control.group] = sizes.get(control.group, 0) + 1
    assert sizes == {
        "face": 15, "brow": 10, "eye": 16, "nose": 16, "mouth": 20, "ear": 5, "unused": 13,
    }  # fmt: skip
