"""Print the path of a Chromium that starts, for the browser tests.

Looked for in this order: CHROME_BIN; the PATH; Debian's package, installed when we are root; the
build that the npm package @sparticuz/chromium carries in its own archive, locked in
tools/chromium/ and unpacked to build/chromium/. Without any of them this fails and says what to
do: browser tests are never skipped in silence. Standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "tools" / "chromium"
UNPACKED = ROOT / "build" / "chromium"
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_LIMIT = 40.0  # seconds; the first start after unpacking reads 200 MB

NOT_FOUND = """\
No Chromium was found for the browser tests. One of these helps:
  - name one:     CHROME_BIN=/path/to/chromium make test
  - install one:  apt-get install chromium   (or your system's package)
"""

# Brotli is in Node's standard library and not in Python's.
DECOMPRESS = """
const {createReadStream, createWriteStream} = require("fs");
const {createBrotliDecompress} = require("zlib");
const {pipeline} = require("stream/promises");
const [source, target] = process.argv.slice(1);
pipeline(createReadStream(source), createBrotliDecompress(), createWriteStream(target));
"""

# What the machine has comes first: the carried libraries and fonts only fill gaps.
STARTER = """\
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
if ldd "$here/chromium" 2>/dev/null | grep -q 'not found'; then
    export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium" "$@"
"""

FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""


def main() -> int:
    for find in (_named, _on_path, _from_debian, _from_npm):
        for path in find():
            fault = _fault(path)
            if not fault:
                print(path)
                return 0
            _say(f"{path} does not start: {fault}")
            if find is _named:
                return 1  # whoever names a browser wants that one
    _say(NOT_FOUND)
    return 1


def _named() -> Iterator[Path]:
    if os.environ.get("CHROME_BIN"):
        yield Path(os.environ["CHROME_BIN"])


def _on_path() -> Iterator[Path]:
    for command in COMMANDS:
        found = shutil.which(command)
        if found:
            yield Path(found)


def _from_debian() -> Iterator[Path]:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    _say("Installing the system's chromium package")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"],
    ):
        if not _ran(command, env=environment):
            return
    yield from _on_path()


def _from_npm() -> Iterator[Path]:
    if platform.machine() != "x86_64" or sys.platform != "linux":
        return
    starter = UNPACKED / "chrome"
    lock = (LOCKED / "package-lock.json").read_bytes()
    unpacked_from = UNPACKED / "unpacked-from.json"
    if not (unpacked_from.exists() and unpacked_from.read_bytes() == lock):
        if not shutil.which("npm"):
            return
        _say("Installing the Chromium that an npm package carries")
        shutil.rmtree(UNPACKED, ignore_errors=True)
        UNPACKED.mkdir(parents=True)
        for file in (LOCKED / "package.json", LOCKED / "package-lock.json", ROOT / ".npmrc"):
            shutil.copy(file, UNPACKED)
        if not _ran(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=UNPACKED):
            return
        if not _unpack(UNPACKED / "node_modules" / "@sparticuz" / "chromium" / "bin"):
            return
        starter.write_text(STARTER)
        starter.chmod(0o755)
        (UNPACKED / "fonts.conf").write_text(FONTS.format(folder=UNPACKED))
        shutil.rmtree(UNPACKED / "node_modules")
        unpacked_from.write_bytes(lock)
    yield starter


def _unpack(archives: Path) -> bool:
    for archive in sorted(archives.glob("*.br")):
        target = UNPACKED / archive.stem
        if not _ran(["node", "-e", DECOMPRESS, str(archive), str(target)]):
            return False
        if target.suffix == ".tar":
            with tarfile.open(target) as tar:
                # Python before 3.11.4 knows no filters; the archive's hash is in the lock file.
                tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
                tar.extractall(UNPACKED)  # noqa: S202
            target.unlink()
        else:
            target.chmod(0o755)
    return (UNPACKED / "chromium").exists()


def _fault(path: Path) -> str:
    """Why this browser cannot be driven, or nothing if it answers on its remote port."""
    with tempfile.TemporaryDirectory(prefix="gemella-chromium-") as profile:
        try:
            process = subprocess.Popen(
                [path, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                 "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            return str(error)
        try:
            return _answer_fault(process, Path(profile) / "DevToolsActivePort")
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def _answer_fault(process: subprocess.Popen[bytes], port_file: Path) -> str:
    deadline = time.monotonic() + START_LIMIT
    # The loopback address must never be asked through a proxy.
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return f"it ended with code {process.returncode}"
        with contextlib.suppress(OSError, ValueError, IndexError):
            port = int(port_file.read_text().splitlines()[0])
            with ask(f"http://127.0.0.1:{port}/json/version", timeout=5) as answer:
                return "" if json.load(answer).get("Browser") else "it does not say what it is"
        time.sleep(0.05)
    return f"no answer within {START_LIMIT:.0f} seconds"


def _ran(command: list[str], **options: object) -> bool:
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run
    try:
        done = run(command, check=False, capture_output=True, text=True,
                   stdin=subprocess.DEVNULL, **options)  # fmt: skip
    except OSError as error:
        _say(f"{command[0]}: {error}")
        return False
    if done.returncode:
        _say(f"{' '.join(command[:3])} failed:\n{(done.stderr or done.stdout)[-2000:]}")
    return done.returncode == 0


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
