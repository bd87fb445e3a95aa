"""Makes park_day.csv and park_year.csv from the SimBench profiles.

    pip download --no-deps simbench==1.6.3 && unzip simbench-1.6.3-*.whl -d simbench
    python make.py simbench/simbench/networks/1-complete_data-mixed-all-0-sw

Only the standard library is used. Days are counted from 0 on 1 January 2016; the row is the clock (the profiles jump by an hour when
daylight saving time begins and ends).
"""

import csv
import math
import pathlib
import sys

ROWS = 96  # a day of 15 minutes
# Column of park_day.csv: (file, profile, day).
DAYS = {
    "wind": ("RESProfile.csv", "WP7", 149),
    "pv": ("RESProfile.csv", "PV8", 65),
    "wind_day41": ("RESProfile.csv", "WP4", 41),
    "pv_day36": ("RESProfile.csv", "PV8", 36),
    "wind_day122": ("RESProfile.csv", "WP7", 122),
    "pv_day148": ("RESProfile.csv", "PV8", 148),
}
YEAR = {"load": ("LoadProfile.csv", "L0-A_pload"), "wind": ("RESProfile.csv", "WP7"), "pv": ("RESProfile.csv", "PV8")}


def profiles(folder: pathlib.Path, file: str) -> dict[str, list[float]]:
    with open(folder / file, newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))
    return {name: [float(row[name]) for row in rows] for name in rows[0] if name != "time"}


def temperature(row: int) -> float:
    """A mild day: 20 degrees C on average, 6 K either way, coldest at 4 h. Synthetic."""
    hour = row * 24 / ROWS
    return 20.0 - 6.0 * math.cos(2 * math.pi * (hour - 4.0) / 24)


def main(folder: pathlib.Path) -> None:
    tables = {file: profiles(folder, file) for file in ("LoadProfile.csv", "RESProfile.csv")}
    load = [round(x, 4) for x in tables["LoadProfile.csv"]["L0-A_pload"]]
    days = len(load) // ROWS
    columns = {"load": [sum(load[k::ROWS]) / days for k in range(ROWS)]}
    for name, (file, profile, day) in DAYS.items():
        columns[name] = tables[file][profile][day * ROWS : (day + 1) * ROWS]
    columns["temperature_c"] = [temperature(k) for k in range(ROWS)]
    here = pathlib.Path(__file__).parent
    with open(here / "park_day.csv", "w", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(["time", *columns])
        for k in range(ROWS):
            digits = {"temperature_c": 2}
            values = [f"{columns[name][k]:.{digits.get(name, 5)}f}".rstrip("0").rstrip(".") for name in columns]
            out.writerow([f"{k // 4:02d}:{k % 4 * 15:02d}", *values])
    year = [tables[file][profile] for file, profile in YEAR.values()]
    with open(here / "park_year.csv", "w", newline="") as handle:
        handle.write(",".join(YEAR) + "\n")
        for row in zip(*year):
            handle.write(",".join(f"{x:.3f}".rstrip("0").rstrip(".") for x in row) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
