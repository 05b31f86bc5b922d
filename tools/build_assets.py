"""Build static/vendor/ from the locked npm packages, and the manifest of content hashes.

Run by `make setup` as `python tools/build_assets.py`; standard library only, because it runs before
anything is installed. Running it again changes nothing unless a source or a template changed.

    static/vendor/bootstrap-italia.min.css   the kit without the font and player that no page uses
    static/vendor/fonts/titillium-*.woff2    the five cuts that gemella.css declares
    static/vendor/sprites.svg                only the icons that templates name
    static/vendor/map/italy.json             outlines of the regions, simplified
    static/vendor/manifest.json              path -> short SHA-256, for `asset()`
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
from itertools import pairwise
from math import hypot
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KIT = ROOT / "node_modules" / "bootstrap-italia" / "dist"
MAP_SOURCE = ROOT / "node_modules" / "@svg-maps" / "italy" / "index.js"
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"

FONTS = ("300", "regular", "italic", "600", "700")
MAP_LIMIT = 16 * 1024  # bytes: the outlines stand in the home page itself

# Outlines: how far, in units of the drawing (610 wide), a simplified line may stray, and the
# smallest island that is kept, in square units.
TOLERANCE = 1.3
SMALLEST_ISLAND = 10.0

# id in the package -> (our id, Italian name, ISTAT code, NUTS 2 code, anchor x, anchor y).
# The anchor is where arcs and names hang. It is written down rather than computed: the centre of
# gravity of Liguria lies in the sea, and Puglia's and Calabria's look better on the mainland.
REGIONS = {
    "piedmont": ("piemonte", "Piemonte", "01", "ITC1", 67, 149),
    "aosta-valley": ("valle-d-aosta", "Valle d’Aosta", "02", "ITC2", 39, 101),
    "lombardy": ("lombardia", "Lombardia", "03", "ITC4", 155, 116),
    "veneto": ("veneto", "Veneto", "05", "ITH3", 264, 117),
    "friuli-venezia-giulia": (
        "friuli-venezia-giulia",
        "Friuli-Venezia Giulia",
        "06",
        "ITH4",
        330,
        70,
    ),
    "liguria": ("liguria", "Liguria", "07", "ITC3", 112, 199),
    "emilia-romagna": ("emilia-romagna", "Emilia-Romagna", "08", "ITH5", 222, 187),
    "tuscany": ("toscana", "Toscana", "09", "ITI1", 232, 264),
    "umbria": ("umbria", "Umbria", "10", "ITI2", 301, 299),
    "marche": ("marche", "Marche", "11", "ITI3", 334, 272),
    "lazio": ("lazio", "Lazio", "12", "ITI4", 310, 367),
    "abruzzo": ("abruzzo", "Abruzzo", "13", "ITF1", 371, 350),
    "molise": ("molise", "Molise", "14", "ITF2", 409, 387),
    "campania": ("campania", "Campania", "15", "ITF3", 415, 440),
    "apulia": ("puglia", "Puglia", "16", "ITF4", 505, 426),
    "basilicata": ("basilicata", "Basilicata", "17", "ITF5", 482, 468),
    "calabria": ("calabria", "Calabria", "18", "ITF6", 499, 556),
    "sicily": ("sicilia", "Sicilia", "19", "ITG1", 386, 659),
    "sardinia": ("sardegna", "Sardegna", "20", "ITG2", 124, 495),
}
# Trento and Bolzano have one shape in the package: it is drawn twice, each time cut along a line
# that follows their border approximately. To ISTAT they are provinces 022 and 021 of region 04.
SHARED_SHAPE = "trentino-south-tyrol"
PROVINCES = (
    ("bolzano", "Provincia autonoma di Bolzano", "021", "ITH1", 252, 30),
    ("trento", "Provincia autonoma di Trento", "022", "ITH2", 228, 82),
)
BORDER = "180 50 206 52 218 60 232 66 244 60 258 52 272 50 300 44 330 42"
BORDER_DRAWN = "M206 52 218 60 232 66 244 60 258 52 267.8 50.6"  # the part that crosses the shape
CLIPS = {
    "bolzano": f"M{BORDER}V-10H180Z",
    "trento": f"M{BORDER}V180H180Z",
}

Point = tuple[float, float]


def main() -> int:
    """Build everything; 1 with a sentence on stderr if a source or an icon is missing."""
    if not KIT.is_dir() or not MAP_SOURCE.is_file():
        print("build_assets: node_modules is missing, run `npm ci` first", file=sys.stderr)
        return 1
    try:
        outputs = {
            "bootstrap-italia.min.css": strip_player(
                (KIT / "css" / "bootstrap-italia.min.css").read_text("utf-8")
            ),
            "sprites.svg": reduce_sprite(
                (KIT / "svg" / "sprites.svg").read_text("utf-8"), named_in_sources()
            ),
            "map/italy.json": italy(MAP_SOURCE.read_text("utf-8")),
        }
    except LookupError as missing:
        print(f"build_assets: {missing.args[0]}", file=sys.stderr)
        return 1
    changed = sum(write(VENDOR / name, text.encode()) for name, text in outputs.items())
    for cut in FONTS:
        source = KIT / "fonts" / "Titillium_Web" / f"titillium-web-v10-latin-ext_latin-{cut}.woff2"
        changed += write(VENDOR / "fonts" / f"titillium-{cut}.woff2", source.read_bytes())
    changed += write(
        VENDOR / "fonts" / "OFL.txt", (KIT / "fonts" / "Titillium_Web" / "OFL.txt").read_bytes()
    )
    changed += write(VENDOR / "manifest.json", manifest().encode())
    changed += compress()
    print(f"build_assets: {changed} files written" if changed else "build_assets: up to date")
    return 0


def write(path: Path, content: bytes) -> bool:
    """Write only what differs, through a temporary name: a running site never reads half a file."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
    return True


def compress() -> int:
    """Put a compressed copy beside every text, for the server to send as it is."""
    changed = 0
    for path in STATIC.rglob("*"):
        if path.suffix in (".css", ".js", ".svg", ".json") and path.is_file():
            copy = gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)
            changed += write(path.with_name(path.name + ".gz"), copy)
    return changed


def manifest() -> str:
    """Content hashes of every file under static/, as JSON with sorted keys."""
    own = VENDOR / "manifest.json"
    hashes = {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(STATIC.rglob("*"))
        if path.is_file()
        and path != own
        and not path.name.startswith(".")
        and path.suffix not in (".part", ".gz")
    }
    return json.dumps(hashes, indent=1, sort_keys=True) + "\n"


# ---- the kit's style sheet ----


def strip_player(css: str) -> str:
    """Drop the video player's rules and its `data:` font, which `font-src 'self'` would refuse.

    No page plays video through the kit: a live stream is a link or a frame of its provider.
    """
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    css = re.sub(r"@font-face\{font-family:VideoJS;[^}]*\}", "", css)
    rule = re.compile(r"(?<=[{}])((?:[^{}@]*\.(?:vjs-|video-js)[^{}@]*))\{[^{}]*\}")
    css = rule.sub(
        lambda m: (
            "" if all(re.search(r"\.(vjs-|video-js)", part) for part in m[1].split(",")) else m[0]
        ),
        css,
    )
    if "data:application/font" in css:
        raise LookupError("the kit's style sheet has a new embedded font; look at strip_player()")
    return css


# ---- icons ----


def named_in_sources() -> tuple[set[str], set[str]]:
    """Icon names in templates and wiring: those that are surely icons, and words that may be.

    `icon('search')` and `icon_name='search'` are sure. Names also travel in tables, as in
    `('ok', 'check')`, so any quoted word that happens to be an icon is taken as well: a few bytes
    too many are better than a missing picture.
    """
    sure: set[str] = set()
    perhaps: set[str] = set()
    sources = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("platform/**/*.py")]
    for path in sources:
        text = path.read_text("utf-8")
        code = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL) if path.suffix == ".html" else text
        sure.update(re.findall(r"\bicon(?:\(\s*|_name\s*=\s*)[\"']([a-z0-9-]+)[\"']", code))
        perhaps.update(re.findall(r"[\"']([a-z][a-z0-9-]+)[\"']", code))
    return sure, perhaps


def reduce_sprite(sprite: str, named: tuple[set[str], set[str]]) -> str:
    """The kit's sprite cut down to the named icons; LookupError names one that it does not have."""
    symbols = dict(re.findall(r'(?s)(?=<symbol id="it-([^"]+)")(<symbol.*?</symbol>)', sprite))
    sure, perhaps = named
    if unknown := sorted(sure - symbols.keys()):
        raise LookupError(f"templates name icons that the kit does not have: {', '.join(unknown)}")
    kept = sorted(sure | (perhaps & symbols.keys()))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg">'
        + "\n".join(symbols[name] for name in kept)
        + "</svg>\n"
    )


# ---- the map ----


def italy(source: str) -> str:
    """The map as JSON: viewBox, regions (id, name, istat, nuts, path, x, y, clip), clips, border.

    Paths are relative, in the coordinates of @svg-maps/italy (CC BY 4.0).
    """
    package = json.loads(source[source.index("{") : source.rindex("}") + 1])
    shapes = {place["id"]: outlines(place["path"]) for place in package["locations"]}
    if missing := (REGIONS.keys() | {SHARED_SHAPE}) - shapes.keys():
        raise LookupError(f"@svg-maps/italy has no {', '.join(sorted(missing))}")
    thinned = simplify(shapes)
    regions = []
    places = [(shape, *facts) for shape, facts in REGIONS.items()]
    places += [(SHARED_SHAPE, *facts) for facts in PROVINCES]
    for shape, own_id, name, istat, nuts, x, y in places:
        region = {"id": own_id, "name": name, "istat": istat, "nuts": nuts, "x": x, "y": y}
        region["path"] = drawn(thinned[shape])
        region["clip"] = own_id if shape == SHARED_SHAPE else None
        regions.append(region)
    regions.sort(key=lambda region: str(region["istat"]))
    points = [point for rings in thinned.values() for ring in rings for point in ring]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    width, height = max(x for x, _ in points) - left, max(y for _, y in points) - top
    text = json.dumps(
        {
            "viewBox": f"{left - 4:.0f} {top - 4:.0f} {width + 8:.0f} {height + 8:.0f}",
            "regions": regions,
            "clips": CLIPS,
            "border": BORDER_DRAWN,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    if len(text.encode()) > MAP_LIMIT:
        raise LookupError(
            f"the map weighs {len(text.encode())} bytes, more than {MAP_LIMIT}: raise TOLERANCE"
        )
    return text + "\n"


def outlines(path: str) -> list[list[Point]]:
    """The rings of an SVG path that knows only `m` and `z`, in absolute coordinates."""
    rings = []
    x = y = 0.0
    for part in re.findall(r"m[^mz]*", path):
        ring: list[Point] = []
        for pair in part[1:].split():
            dx, dy = (float(number) for number in pair.split(","))
            x, y = x + dx, y + dy
            ring.append((x, y))
        x, y = ring[0]  # `z` goes back to the start, and the next `m` counts from there
        rings.append(ring)
    return rings


def simplify(shapes: dict[str, list[list[Point]]]) -> dict[str, list[list[Point]]]:
    """Fewer points, with borders that still fit: what one region keeps, its neighbour keeps too."""
    snapped: dict[tuple[int, int], Point] = {}

    def snap(point: Point) -> Point:
        cell = (round(point[0] * 2), round(point[1] * 2))
        for dx in (0, -1, 1):
            for dy in (0, -1, 1):
                near = snapped.get((cell[0] + dx, cell[1] + dy))
                if near and abs(near[0] - point[0]) + abs(near[1] - point[1]) < 0.3:
                    return near
        return snapped.setdefault(cell, point)

    rings = {
        name: [[snap(p) for p in ring] for ring in parts if area(ring) >= SMALLEST_ISLAND]
        for name, parts in shapes.items()
    }
    needed: set[Point] = set()
    for parts in rings.values():
        for ring in parts:
            needed.update(essential(ring))
    return {
        name: [
            [p for i, p in enumerate(ring) if p in needed and p != ring[i - 1]] for ring in parts
        ]
        for name, parts in rings.items()
    }


def area(ring: list[Point]) -> float:
    """The area of a ring, in square units of the drawing."""
    return (
        abs(
            sum(
                x0 * y1 - x1 * y0
                for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True)
            )
        )
        / 2
    )


def essential(ring: list[Point]) -> list[Point]:
    """The points of a closed ring that Douglas and Peucker keep, from its extreme points on."""
    start = ring.index(min(ring))
    turned = ring[start:] + ring[:start]
    middle = turned.index(max(turned))
    return thin(turned[: middle + 1]) + thin(turned[middle:] + turned[:1])


def thin(line: list[Point]) -> list[Point]:
    """Douglas–Peucker on an open line; both ends stay."""
    if len(line) < 3:
        return line
    (x0, y0), (x1, y1) = line[0], line[-1]
    length = hypot(x1 - x0, y1 - y0)

    def stray(point: Point) -> float:
        if length == 0:
            return hypot(point[0] - x0, point[1] - y0)
        return abs((x1 - x0) * (y0 - point[1]) - (x0 - point[0]) * (y1 - y0)) / length

    far = max(range(1, len(line) - 1), key=lambda i: stray(line[i]))
    if stray(line[far]) <= TOLERANCE:
        return [line[0], line[-1]]
    return thin(line[: far + 1])[:-1] + thin(line[far:])


def drawn(rings: list[list[Point]]) -> str:
    """Rings as a short SVG path: one absolute start each, then steps of a tenth of a unit."""
    parts = []
    for ring in rings:
        # Steps are taken between rounded points, so that rounding does not add up along the line.
        tenths = [(round(x * 10), round(y * 10)) for x, y in ring]
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(tenths)]
        parts.append(f"M{tenth(tenths[0][0])} {tenth(tenths[0][1])}l{pairs(steps)}z")
    return "".join(parts)


def pairs(steps: list[tuple[int, int]]) -> str:
    """Numbers with a blank only where the sign does not separate them already."""
    numbers = [tenth(value) for step in steps for value in step]
    return re.sub(r" (?=-)", "", " ".join(numbers))


def tenth(value: int) -> str:
    """A number of tenths in the shortest notation that SVG reads: -3 is '-.3', 20 is '2'."""
    text = f"{value / 10:.1f}".removesuffix(".0")
    return re.sub(r"^(-?)0\.", r"\1.", text).replace("-0", "0") if text != "0" else "0"


if __name__ == "__main__":
    raise SystemExit(main())
