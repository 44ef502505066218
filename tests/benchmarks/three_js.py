"""Shows a GLB in three.js in a headless browser and keeps the picture, to be looked at.

    npm install three            # in any folder; its node_modules is --modules
    python tests/benchmarks/three_js.py out/head.glb out/head_three.png --modules=node_modules

Needs Chromium (`apt-get install chromium`). Four views: front, half turned with a smile, profile
with the jaw open, closed eyes with the head bone turned. Exits with 1 where the page reports an
error of the loader.
"""

import argparse
import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from face2param import images

VIEWS = [
    {"turn": 0, "morphs": {}},
    {"turn": 35, "morphs": {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9}},
    {"turn": -80, "morphs": {"jawOpen": 0.8, "browInnerUp": 1}},
    {
        "turn": 10,
        "morphs": {"eyeBlinkLeft": 1, "eyeBlinkRight": 1, "mouthPucker": 1},
        "bones": {"neck": [0.1, 0.25, 0], "head": [0.1, 0.25, 0]},
    },
]
PAGE = """<!doctype html><meta charset=utf-8><style>body{margin:0;background:#999}</style>
<script type=importmap>{"imports": {"three": "/node_modules/three/build/three.module.js",
"three/addons/": "/node_modules/three/examples/jsm/"}}</script>
<script type=module>
import * as THREE from 'three';
import {GLTFLoader} from 'three/addons/loaders/GLTFLoader.js';
import {RoomEnvironment} from 'three/addons/environments/RoomEnvironment.js';
const views = VIEWS, size = SIZE;
window.onerror = message => { console.log('face2param error: ' + message); };
const renderer = new THREE.WebGLRenderer({antialias: true, preserveDrawingBuffer: true});
renderer.setSize(size * views.length, size);
renderer.toneMapping = THREE.NeutralToneMapping;
renderer.setScissorTest(true);
document.body.appendChild(renderer.domElement);
const scene = new THREE.Scene();
scene.background = new THREE.Color(0x8a8e94);
scene.environment = new THREE.PMREMGenerator(renderer).fromScene(new RoomEnvironment()).texture;
scene.environmentIntensity = 0.55;
const key = new THREE.DirectionalLight(0xfff4e8, 2.2);
key.position.set(-0.6, 0.8, 1.6);
const rim = new THREE.DirectionalLight(0xdde6ff, 1.2);
rim.position.set(1.5, 0.6, -1);
scene.add(key, rim);
const camera = new THREE.PerspectiveCamera(18, 1, 0.05, 10);
new GLTFLoader().load('/head.glb', gltf => {
  scene.add(gltf.scene);
  gltf.scene.traverse(part => { part.frustumCulled = false; });
  const rest = {};
  views.forEach((view, k) => {
    gltf.scene.traverse(part => {
      if (part.morphTargetDictionary) for (const [name, i] of
        Object.entries(part.morphTargetDictionary))
        part.morphTargetInfluences[i] = view.morphs[name] || 0;
      if (part.isBone) part.rotation.set(...((view.bones || {})[part.name] || [0, 0, 0]));
    });
    const angle = view.turn * Math.PI / 180, far = 1.22;
    camera.position.set(far * Math.sin(angle), -0.02, far * Math.cos(angle));
    camera.lookAt(0, -0.025, 0);
    renderer.setViewport(k * size, 0, size, size);
    renderer.setScissor(k * size, 0, size, size);
    renderer.render(scene, camera);
  });
  let meshes = 0;
  gltf.scene.traverse(part => { meshes += part.isMesh ? 1 : 0; });
  console.log('face2param ready: ' + meshes + ' meshes');
}, undefined, error => { console.log('face2param error: ' + error); });
</script>"""


class Server(http.server.SimpleHTTPRequestHandler):
    """The page, the model and the modules; says nothing."""

    def log_message(self, *arguments) -> None:
        del arguments


def look(glb: Path, picture: Path, modules: Path, browser: str, size: int, views: list) -> str:
    """Draws `glb` to `picture` and returns what the page reported."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(glb, root / "head.glb")
        (root / "node_modules").symlink_to(modules.resolve())
        page = PAGE.replace("VIEWS", json.dumps(views)).replace("SIZE", str(size))
        (root / "index.html").write_text(page, encoding="utf-8")
        handler = functools.partial(Server, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            command = [
                browser, "--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
                f"--window-size={size * len(views)},{size}", "--hide-scrollbars",
                f"--user-data-dir={root / 'profile'}", "--virtual-time-budget=60000",
                f"--screenshot={picture.resolve()}", "--enable-logging=stderr",
                f"http://127.0.0.1:{server.server_address[1]}/index.html",
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            server.shutdown()
    said = re.findall(r'"face2param (\w+: [^"]*)"', done.stderr)
    return said[-1] if said else f"error: the page said nothing; {done.stderr[-500:]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("glb", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--modules", type=Path, default=Path("node_modules"))
    parser.add_argument("--browser", default=shutil.which("chromium") or "chromium")
    parser.add_argument("--size", type=int, default=480)
    parser.add_argument("--views", help="JSON instead of the four views.")
    options = parser.parse_args()
    views = json.loads(options.views) if options.views else VIEWS
    # The browser's virtual time may run out before its files are read or its canvas is shown.
    for _ in range(3):
        said = look(
            options.glb, options.picture, options.modules, options.browser, options.size, views
        )
        if said.startswith("ready") and images.read_image(options.picture).std() < 0.01:
            said = "error: the picture is blank"
        if not said.startswith("error: the p"):
            break
    print(said)
    return int(not said.startswith("ready"))


if __name__ == "__main__":
    sys.exit(main())
