"""Make the tables of Italian territories from the ISTAT list of municipalities.

    python tools/make_territories.py FOLDER

FOLDER holds ``regioni.csv``, ``province.csv`` and ``comuni.csv`` of the "Elenco dei comuni
italiani" (ISTAT, CC BY 4.0). Written to ``platform/territory/data/``: only what the site needs,
with the autonomous provinces of Trento and Bolzano on the floor of the regions.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

TARGET = Path(__file__).parents[1] / "platform" / "territory" / "data"
COLUMNS = ("istat_code", "name_it", "name_en", "name_de", "acronym", "nuts_code", "parent_code")

# Province code -> names; ISTAT lists both as one region, in law and in NUTS each is one.
AUTONOMOUS = {
    "021": (
        "Provincia autonoma di Bolzano/Bozen",
        "Autonomous Province of Bolzano/Bozen",
        "Autonome Provinz Bozen",
    ),
    "022": (
        "Provincia autonoma di Trento",
        "Autonomous Province of Trento",
        "Autonome Provinz Trient",
    ),
}
SOUTH_TYROL = "021"
ABOVE_AUTONOMOUS = "04"

# Region code -> English and German name, where they are not the Italian one.
REGIONS = {
    "01": ("Piedmont", "Piemont"),
    "02": ("Aosta Valley", "Aostatal"),
    "03": ("Lombardy", "Lombardei"),
    "05": ("Veneto", "Venetien"),
    "06": ("Friuli-Venezia Giulia", "Friaul-Julisch Venetien"),
    "07": ("Liguria", "Ligurien"),
    "09": ("Tuscany", "Toskana"),
    "10": ("Umbria", "Umbrien"),
    "11": ("Marche", "Marken"),
    "12": ("Lazio", "Latium"),
    "13": ("Abruzzo", "Abruzzen"),
    "15": ("Campania", "Kampanien"),
    "16": ("Apulia", "Apulien"),
    "17": ("Basilicata", "Basilikata"),
    "18": ("Calabria", "Kalabrien"),
    "19": ("Sicily", "Sizilien"),
    "20": ("Sardinia", "Sardinien"),
}

# Chief towns, and the provinces that bear their name.
TOWNS = {
    "Firenze": ("Florence", "Florenz"),
    "Genova": ("Genoa", "Genua"),
    "Gorizia": ("Gorizia", "Görz"),
    "Mantova": ("Mantua", "Mantua"),
    "Milano": ("Milan", "Mailand"),
    "Napoli": ("Naples", "Neapel"),
    "Padova": ("Padua", "Padua"),
    "Roma": ("Rome", "Rom"),
    "Siracusa": ("Syracuse", "Syrakus"),
    "Torino": ("Turin", "Turin"),
    "Trento": ("Trento", "Trient"),
    "Trieste": ("Trieste", "Triest"),
    "Venezia": ("Venice", "Venedig"),
}

Row = dict[str, str]


def main(source: Path) -> None:
    """Read the three lists and write our three."""
    regions = _read(source / "regioni.csv")
    provinces = _read(source / "province.csv")
    municipalities = _read(source / "comuni.csv")
    capitals = {row["codice_istat"] for row in municipalities if row["capoluogo"] == "1"}
    _write("regions.csv", [*_regions(regions), *_autonomous(provinces)])
    _write("provinces.csv", _provinces(provinces))
    _write("municipalities.csv", (_municipality(row, capitals) for row in municipalities))


def _regions(rows: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    for row in rows:
        code, name = row["cod_regione"], _name(row["nome"])
        if code != ABOVE_AUTONOMOUS:
            english, german = REGIONS.get(code, (name, name))
            yield code, name, english, german, "", row["nuts2_2024"], ""


def _autonomous(provinces: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    for row in provinces:
        code = row["cod_provincia_storico"]
        if code in AUTONOMOUS:
            # NUTS 2 is NUTS 3 without its last sign, which is 0 where both are one place.
            yield code, *AUTONOMOUS[code], row["sigla"], row["nuts3_2024"][:-1], ""


def _provinces(rows: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    for row in rows:
        code, name = row["cod_provincia_storico"], _name(row["nome"])
        if code not in AUTONOMOUS:
            english, german = TOWNS.get(name, (name, name))
            region = row["cod_regione"]
            yield code, name, english, german, row["sigla"], row["nuts3_2024"], region


def _municipality(row: Row, capitals: set[str]) -> tuple[str, ...]:
    code, name, province = row["codice_istat"], _name(row["nome"]), row["cod_provincia_storico"]
    english, german = TOWNS.get(name, (name, name)) if code in capitals else (name, name)
    if province == SOUTH_TYROL and row["nome_altra_lingua"]:
        german = _name(row["nome_altra_lingua"])
    return code, name, english, german, "", row["nuts3_2024"], province


def _name(text: str) -> str:
    return " ".join(text.replace("'", "’").split())


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(name: str, rows: Iterable[tuple[str, ...]]) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with (TARGET / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        count = 0
        for row in sorted(rows):
            # A name that is the Italian one is left out: the reader falls back to it.
            code, italian, english, german, *rest = row
            writer.writerow(
                (
                    code,
                    italian,
                    "" if english == italian else english,
                    "" if german == italian else german,
                    *rest,
                )
            )
            count += 1
    print(f"{name}: {count}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
