"""Speed and memory of generate_database: both must stay flat from the first head to the last.

    python tests/benchmarks/database_generation.py --count 2000 --every 100

Prints, every so many heads, the seconds per head since the last line and the resident memory of
the parent and of its worker processes in MiB.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil


def main() -> None:
    """Parses the options, runs the program and watches it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "face2param.bin.generate_database", "--noprogress"]
        command += [f"--output={folder}/export", f"--count={arguments.count}", "--jitter=0.7"]
        command += [f"--workers={arguments.workers}", "--labels"]
        process = subprocess.Popen(command)
        watch(psutil.Process(process.pid), Path(folder, "export"), arguments.every)
        print("exit code", process.wait())


def watch(process: psutil.Process, folder: Path, every: int) -> None:
    """Prints a line every `every` heads until the process ends."""
    last, since = 0, time.monotonic()
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.5)
        heads = len(list(folder.glob("db_*.jpg")))
        if heads < last + every:
            continue
        try:
            members = [process, *process.children(recursive=True)]
            memory = [round(member.memory_info().rss / 2**20) for member in members]
        except psutil.Error:
            return
        now = time.monotonic()
        print(f"{heads:5d} heads  {(now - since) / (heads - last):.2f} s each  {memory} MiB")
        last, since = heads, now


if __name__ == "__main__":
    main()
