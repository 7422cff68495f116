"""Cards as machines read them: pages of a PDF as pictures (poppler), the QR codes on them by zbar and by zxing, and the text of a file. A reader that is missing fails the
test: deploy/install --tests brings them. It must never know what a card says."""
import glob
import importlib.util
import os
import shutil
import subprocess
import sys

DPI, PAGES_AT_ONCE = 150, 25


def site_packages():
    """Where fetch-python has put what tests take from PyPI."""
    for folder in glob.glob(os.path.join(os.environ.get("PAYUNG_DEPS_DIR", ""), "python/lib/python3*/site-packages")):
        sys.path.append(folder)


def need_readers():
    site_packages()
    missing = [program for program in ("pdftoppm", "pdftotext", "pdffonts", "zbarimg") if not shutil.which(program)]
    missing += [] if importlib.util.find_spec("zxingcpp") else ["zxing-cpp"]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; deploy/install --tests brings them")


def pages(pdf):
    text = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pages:")))


def text_of(pdf, *options):
    return subprocess.run(["pdftotext", *options, pdf, "-"], check=True, capture_output=True, text=True).stdout


def fonts_are_embedded(pdf):
    rows = subprocess.run(["pdffonts", pdf], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    return bool(rows) and all("DejaVuSans" in row and row.split()[-5] == "yes" for row in rows)


def zbar(pictures):
    """{text of a code} of all pictures together."""
    done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", *pictures], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.split()


def zxing(picture):
    """The texts of one picture (PGM or PPM), from the top down."""
    import zxingcpp
    with open(picture, "rb") as file:
        data = file.read()
    kind, width, height = data.split(None, 3)[:3]
    width, height = int(width), int(height)
    raw = data[len(data) - width * height * (1 if kind == b"P5" else 3):]  # a pixel may look like a blank, so not by the split
    image = memoryview(raw).cast("B", shape=(height, width) if kind == b"P5" else (height, width, 3))
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in sorted(found, key=lambda code: (code.position.top_left.y // 50, code.position.top_left.x))]


def read_codes(pdf, folder, most=10**9):
    """(codes by zbar, codes by zxing) of all pages, or of the first ones; those of zxing in the order of the cards."""
    by_zbar, by_zxing = [], []
    last = min(pages(pdf), most)
    for first in range(1, last + 1, PAGES_AT_ONCE):
        subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", "-f", str(first), "-l", str(min(first + PAGES_AT_ONCE - 1, last)), pdf, os.path.join(folder, "page")], check=True)
        pictures = sorted(glob.glob(os.path.join(folder, "page-*.pgm")))
        by_zbar += zbar(pictures)
        for picture in pictures:
            by_zxing += zxing(picture)
            os.remove(picture)
    return by_zbar, by_zxing


def read_picture(png, folder):
    """(codes by zbar, codes by zxing) of one PNG."""
    plain = os.path.join(folder, "picture.ppm")
    subprocess.run([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "png_to_ppm.py"), png, plain], check=True)
    return zbar([png]), zxing(plain)
