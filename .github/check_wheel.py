"""Every wheel of a folder is below 8 MB and has what the package needs."""

import sys
import zipfile
from pathlib import Path

wheels = sorted(Path(sys.argv[1]).glob("*.whl"))
assert wheels, "there is no wheel"
for wheel in wheels:
    size = wheel.stat().st_size
    names = zipfile.ZipFile(wheel).namelist()
    print(f"{wheel.name}: {size / 1e6:.1f} MB, {len(names)} files")
    assert size < 8_000_000, "a wheel is below 8 MB"
    for needed in ("py.typed", "_gridflock.pyi", "envs/__init__.py"):
        assert f"gridflock/{needed}" in names, f"{needed} is missing"
