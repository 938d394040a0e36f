"""Compares the files of two folders: numbers within rounding, everything else exactly.

Usage: compare_files.py FOLDER AGAIN. Every file of AGAIN must be in FOLDER (which may hold more) and have
the same content: tensors and JSON numbers within 1e-6 of their largest neighbour, other files byte
by byte. Exit 0 when they agree, 1 when not.
"""

import json
import math
import sys
from pathlib import Path

from safetensors.torch import load_file

TOLERANCE = 1e-6


def numbers_agree(found, expected):
    """Lists of numbers, relative to their largest; nan and infinity only equal themselves."""
    finite = [abs(value) for value in expected if math.isfinite(value)]
    scale = max(finite, default=0) or 1
    return all(
        a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= TOLERANCE * scale
        for a, b in zip(found, expected, strict=True)
    )


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def documents_agree(found, expected):
    if is_number(found) and is_number(expected):
        return numbers_agree([found], [expected])
    if type(found) is not type(expected):
        return False
    if isinstance(found, dict):
        same = found.keys() == expected.keys()
        return same and all(documents_agree(found[key], expected[key]) for key in found)
    if isinstance(found, list):
        if len(found) != len(expected):
            return False
        if found and all(map(is_number, found + expected)):
            return numbers_agree(found, expected)
        return all(map(documents_agree, found, expected))
    return found == expected


def tensors_agree(found, expected):
    if found.keys() != expected.keys():
        return False
    for name, tensor in found.items():
        other = expected[name]
        if tensor.shape != other.shape or tensor.dtype != other.dtype:
            return False
        values = [value.double().flatten().tolist() for value in (tensor, other)]
        if not numbers_agree(*values):
            return False
    return True


def files_agree(found, expected):
    if found.read_bytes() == expected.read_bytes():
        return True
    if found.suffix == ".safetensors":
        return tensors_agree(load_file(found), load_file(expected))
    if found.suffix == ".json":
        documents = [json.loads(file.read_text(encoding="utf-8")) for file in (found, expected)]
        return documents_agree(*documents)
    return False


def main():
    folder, again = map(Path, sys.argv[1:])
    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    wrong = [
        str(file)
        for file in files
        if not (folder / file).exists() or not files_agree(again / file, folder / file)
    ]
    for file in wrong:
        print(f"{file}: differs")
    print(f"{'DIFFERS' if wrong or not files else 'agrees'}: {len(files)} files, {len(wrong)} differ")
    return bool(files) and not wrong


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
