"""Makes the two faces of internal/platform/doc/fonts from Noto Sans and Noto Sans Arabic (Debian's fonts-noto-core), with fontTools.

The faces hold what a bill prints: Latin with the letters of French and of transliterated Arabic and Amazigh, Arabic with its joined
forms, typographic signs. Layout tables go: package doc chooses the joined forms by itself. Usage: python3 scripts/fonts.py
"""

import os
import sys
import tempfile

from fontTools import merge, subset
from fontTools.ttLib import TTFont

SOURCE = "/usr/share/fonts/truetype/noto"
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "internal", "platform", "doc", "fonts")

LATIN = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x25B, 0x25B), (0x263, 0x263), (0x2BB, 0x2BF), (0x1E0C, 0x1E0D), (0x1E24, 0x1E25),
    (0x1E5A, 0x1E5B), (0x1E62, 0x1E63), (0x1E6C, 0x1E6D), (0x1E92, 0x1E93), (0x2009, 0x2009), (0x2010, 0x2015), (0x2018, 0x201E),
    (0x2020, 0x2022), (0x2026, 0x2026), (0x202F, 0x2030), (0x2032, 0x2033), (0x2039, 0x203A), (0x20AC, 0x20AC), (0x2116, 0x2116),
    (0x2212, 0x2212),
]
ARABIC = [(0x60C, 0x60C), (0x61B, 0x61B), (0x61F, 0x61F), (0x621, 0x63A), (0x640, 0x655), (0x660, 0x66C), (0x670, 0x6D3), (0xFB50, 0xFBFF),
          (0xFE70, 0xFEFC)]


def points(ranges):
    return {p for low, high in ranges for p in range(low, high + 1)}


def reduced(name, ranges, folder):
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, glyph_names=False, name_IDs=["*"], legacy_cmap=False)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "MATH", "STAT"]
    font = TTFont(os.path.join(SOURCE, name + ".ttf"))
    cut = subset.Subsetter(options)
    cut.populate(unicodes=points(ranges))
    cut.subset(font)
    path = os.path.join(folder, name + ".ttf")
    font.save(path)
    return path


def main():
    os.makedirs(TARGET, exist_ok=True)
    for weight in ("Regular", "Bold"):
        with tempfile.TemporaryDirectory() as folder:
            paths = [reduced("NotoSans-" + weight, LATIN, folder), reduced("NotoSansArabic-" + weight, ARABIC, folder)]
            face = merge.Merger().merge(paths)
        path = os.path.join(TARGET, weight.lower() + ".ttf")
        face.save(path)
        print(path, os.path.getsize(path), len(face.getBestCmap()))


if __name__ == "__main__":
    sys.exit(main())
