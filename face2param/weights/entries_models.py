"""The table of weight files: face models and networks of 3D reconstruction and face swapping.

None of these can be fetched by a program: they need a registration, a signed licence or a
browser, or no sha256 of them is published. Nothing here is needed by the parameter search.
"""

from __future__ import annotations

from face2param.weights.weight_file import WeightFile

_FLAME_PAGE = "https://flame.is.tue.mpg.de/download.php"
_FACENET_MTCNN = "https://github.com/davidsandberg/facenet/tree/master/src/align"

DEEP3D = (
    WeightFile(
        name="bfm2009",
        file="01_MorphableModel.mat",
        purpose="Basel Face Model 2009; shape and albedo of the 257-coefficient reconstruction",
        licence="Basel Face Model licence: research only, may not be passed on",
        users="research",
        pages=("https://faces.dmi.unibas.ch/bfm/main.php?nav=1-2&id=downloads",),
        by_hand="after an application that its owners answer by e-mail",
    ),
    WeightFile(
        name="bfm_expression",
        file="Exp_Pca.bin",
        purpose="expressions for bfm2009; from FaceWarehouse",
        licence="derived from FaceWarehouse: research only, may not be passed on",
        users="research",
        pages=("https://github.com/Juyong/3DFace",),
        by_hand="the link CoarseData in its README; the file lies in Coarse_Dataset.zip",
    ),
    WeightFile(
        name="deep3d",
        file="FaceReconModel.pb",
        purpose="3D reconstruction with bfm2009; Deep3DFaceReconstruction, to 257 numbers",
        licence="the repository is MIT; the coefficients mean something only with bfm2009",
        users="research",
        pages=("https://drive.google.com/file/d/176LCdUDxAj7T2awQ5knPMPawq5Q2RUWM/view",),
        by_hand="in a zip archive",
    ),
    WeightFile(
        name="deep3d_landmarks68",
        file="landmark68_detector.pb",
        purpose="training deep3d; 68 landmarks of aligned 224x224 faces",
        licence="the repository is MIT; trained on 300W-LP, LFW and LS3D-W",
        users="research",
        pages=("https://drive.google.com/file/d/1KYFeTb963jg0F47sTiwqDdhBIvRlUkPa/view",),
    ),
    WeightFile(
        name="resnet50_imagenet",
        file="resnet_v1_50.ckpt",
        purpose="training deep3d; the ResNet-50 from which it started",
        licence="TensorFlow Slim is Apache-2.0; trained on ImageNet",
        users="research",
        pages=("http://download.tensorflow.org/models/resnet_v1_50_2016_08_28.tar.gz",),
        by_hand="in that archive; no checksum is published",
    ),
    WeightFile(
        name="facenet",
        file="20170512-110547.zip",
        purpose="training deep3d; FaceNet, perceptual loss of the authors' public code",
        licence="the repository is MIT; trained on MS-Celeb-1M, which has been withdrawn",
        users="research",
        pages=("https://drive.google.com/file/d/0B5MzpY9kBtDVZ2RpVDYwWmxoSUk/edit",),
    ),
)

DECA = (
    WeightFile(
        name="flame2020",
        file="generic_model.pkl",
        purpose="head model of deca; FLAME 2020",
        licence="Max Planck's FLAME licence: non-commercial research, after registration",
        users="research",
        pages=(_FLAME_PAGE,),
        by_hand="in FLAME2020.zip, after signing in",
    ),
    WeightFile(
        name="flame2023_open",
        file="flame2023_Open.pkl",
        purpose="head model; FLAME 2023 Open, the topology of flame2020 under a free licence",
        licence="CC-BY-4.0, commercial use allowed with attribution",
        users="anyone",
        pages=(_FLAME_PAGE,),
        by_hand="in FLAME2023Open.zip, after signing in",
    ),
    WeightFile(
        name="flame_albedo",
        file="FLAME_albedo_from_BFM.npz",
        purpose="albedo for flame2020",
        licence="made from the Basel Face Model, whose licence forbids to pass it on",
        users="research",
        pages=("https://github.com/TimoBolkart/BFM_to_FLAME",),
        by_hand="its program makes the file from the Basel Face Model 2017",
    ),
    WeightFile(
        name="deca",
        file="deca_model.tar",
        purpose="3D reconstruction with flame2020; DECA, photograph -> coefficients and detail",
        licence="DECA's licence: non-commercial scientific research",
        users="research",
        pages=("https://drive.google.com/file/d/1rp8kdyLPvErw2dTmqtjISRVvQLj6Yzje/view",),
        by_hand="do not unpack it, it is no tar archive",
    ),
    WeightFile(
        name="vggface2_resnet50",
        file="resnet50_ft_weight.pkl",
        purpose="training deca; identity loss",
        licence="trained on VGGFace2, which was for research and has been withdrawn",
        users="research",
        pages=("https://drive.google.com/file/d/1A94PAAnwk6L7hXdBXLFosB_s0SzEhAFU/view",),
    ),
)

FACESWAP = (
    *(
        WeightFile(
            name=f"mtcnn_{stage}",
            file=file,
            purpose="face detector of faceswap-GAN; MTCNN, stage " + file[3],
            licence="davidsandberg/facenet, MIT",
            users="anyone",
            size=size,
            pages=(_FACENET_MTCNN,),
            by_hand="the file of that name; no checksum is published",
        )
        for stage, file, size in (
            ("pnet", "det1.npy", 27_368),
            ("rnet", "det2.npy", 401_681),
            ("onet", "det3.npy", 1_557_360),
        )
    ),
    WeightFile(
        name="vggface_resnet50",
        file="rcmalli_vggface_tf_notop_resnet50.h5",
        purpose="training faceswap-GAN; perceptual loss",
        licence="keras-vggface is MIT; trained on VGGFace2, which was for research",
        users="research",
        pages=("https://github.com/rcmalli/keras-vggface/releases/tag/v2.0",),
        by_hand="no sha256 is published",
    ),
)

ENTRIES = (*DEEP3D, *DECA, *FACESWAP)
