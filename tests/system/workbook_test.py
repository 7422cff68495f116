"""Lists as workbooks, on an installation of its own: whoever wrote the workbook, its rows are the same applications as those of the CSV; what can't be read is refused with the remedy; a large
workbook is taken in reasonable time.

usage: workbook_test.py SOURCE_FOLDER BUILD_FOLDER"""
import csv
import io
import json
import os
import subprocess
import sys
import time
import zipfile

from installation import Checks, Installation

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS = 60
LARGE_ROWS = 5000


def applications(payung, batch):
    return payung.sql(f"SELECT r.row_number, r.application_id, r.first_row FROM intake.batch_row r JOIN intake.batch b USING (batch_no) WHERE b.batch_id = '{batch}' ORDER BY 1")


def write(payung, writer, source, path):
    python = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/python3")
    subprocess.run([python, os.path.join(payung.source, "tests/tools/write_workbook.py"), writer, source, path], check=True)
    return path


def case_writers(checks, payung):
    with open(payung.sample("kepahiang-2025.csv"), encoding="utf-8") as file:
        text = "".join(file.readlines()[:ROWS + 1])
    source = payung.write("sixty.csv", text)
    code, first = payung.enrol(source, "kepahiang-2025")
    wanted = applications(payung, first["batch"])
    checks.equal("the list as CSV", (len(wanted), first["accepted"] + first["rejected"] + first["waitlisted"]), (ROWS, ROWS))
    before = payung.number("SELECT count(*) FROM ledger.outcome WHERE NOT repeat")
    books = {name: write(payung, name, source, payung.path(name + ".xlsx")) for name in ("openpyxl", "xlsxwriter")}
    books.update({name: payung.sample(f"workbooks/{name}.xlsx") for name in ("exceljs", "libreoffice")})
    for name, path in books.items():
        done = payung.run("enrol", path, "--agreement", "kepahiang-2025", "--wait", "--json")
        answer = json.loads(done.stdout)
        checks.expect(applications(payung, answer["batch"]) == wanted, f"a workbook of {name}: the same applications, row by row", answer["rows"])
        checks.equal(f"a workbook of {name}: the same answers", {key: answer[key] for key in ("accepted", "rejected", "by_code")}, {key: first[key] for key in ("accepted", "rejected", "by_code")})
        checks.expect("adalah baris jumlah" in done.stderr, "the row of totals is told as skipped", done.stderr[:120])
    checks.equal("nobody was decided anew", payung.number("SELECT count(*) FROM ledger.outcome WHERE NOT repeat"), before)
    result = payung.path("hasil.csv")
    payung.run("batch", answer["batch"], "--result", result)
    with open(result, encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    checks.expect(lines[0][0].startswith("DAFTAR PEKERJA RENTAN; TAHUN 2025") and lines[1][-4:] == ["status", "kode", "alasan", "saran"] and len(lines) == ROWS + 3, "the result has its rows with the answers", len(lines))
    book = payung.path("hasil.xlsx")
    payung.run("batch", answer["batch"], "--result", book)
    script = "import json, sys; from openpyxl import load_workbook; print(json.dumps([[cell or '' for cell in row] for row in load_workbook(sys.argv[1]).active.iter_rows(values_only=True)]))"
    python = os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/python3")
    cells = json.loads(subprocess.run([python, "-c", script, book], capture_output=True, text=True, check=True).stdout)
    width = max(map(len, lines))
    plain = [[cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@" else cell for cell in line] + [""] * (width - len(line)) for line in lines]
    checks.equal("or as a workbook, cell by cell the same, for nobody else to read", (cells == plain, os.stat(book).st_mode & 0o777), (True, 0o600))
    again = json.loads(payung.run("enrol", book, "--agreement", "kepahiang-2025", "--wait", "--json").stdout)
    checks.expect(applications(payung, again["batch"]) == wanted, "which is the same list when it is sent again", again["rows"])
    payung.run("batch", answer["batch"], "--rejected", payung.path("ditolak.xlsx"))
    checks.expect(zipfile.is_zipfile(payung.path("ditolak.xlsx")), "so are the refused rows")


def sheet(rows, **parts):
    """The smallest workbook with these rows of inline texts; parts: other contents of its files."""
    cells = lambda row: "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row)
    files = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": '<Relationships><Relationship Id="r" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="s1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="s1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": "<worksheet><sheetData>" + "".join(f"<row>{cells(row)}</row>" for row in rows) + "</sheetData></worksheet>",
    }
    files.update(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def case_refused(checks, payung):
    head = ["nik", "nama", "tgl_lahir", "jenis_kelamin", "kode_wilayah_ktp", "pekerjaan", "segmen"]
    good = sheet([head, ["1708041211879951", "Ani Contoh", "1987-11-12", "P", "17.08.04.2001", "petani", "BPU"]])
    bombs = "<worksheet><sheetData><row><c t='inlineStr'><is><t>" + "x" * 40_000 + "</t></is></c></row></sheetData></worksheet>"
    cases = (
        ("no zip", b"nik;nama\n", 422, "NOT_A_WORKBOOK"), ("another zip", sheet([], **{"xl/workbook.xml": "<p/>"}).replace(b"workbook", b"wirkbook"), 422, "NOT_A_WORKBOOK"),
        ("a locked one", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 422, "WORKBOOK_LOCKED"), ("a cut one", good[:len(good) // 2], 422, "NOT_A_WORKBOOK"),
        ("damaged XML", sheet([], **{"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row>"}), 422, "WORKBOOK_BROKEN"),
        ("a document type", sheet([], **{"xl/worksheets/sheet1.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>"}), 422, "WORKBOOK_BROKEN"),
        ("an endless cell", sheet([], **{"xl/worksheets/sheet1.xml": bombs}), 413, "WORKBOOK_TOO_LARGE"),
        ("no text", sheet([[]]), 422, "EMPTY_LIST"), ("a header only", sheet([head]), 422, "EMPTY_LIST"), ("no header", sheet([["a", "b"]] * 12), 422, "BAD_HEADER"),
        ("all hidden", sheet([head], **{"xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="a" state="hidden" r:id="s1"/></sheets></workbook>'}), 422, "EMPTY_LIST"),
        ("too many columns", sheet([head + [""] * 60 + ["x"]]), 422, "TOO_MANY_COLUMNS"),
        ("too large a file", b"PK\x03\x04" + os.urandom(17 * 1024 * 1024), 413, "WORKBOOK_TOO_LARGE"),
    )
    before = payung.number("SELECT count(*) FROM intake.batch"), sorted(os.listdir(payung.path("uploads")))
    for title, content, status, code in cases:
        found = payung.post("/v1/batches?agreement=kepahiang-2025", content, {"Content-Type": KIND})
        problem = json.loads(found[2])
        checks.equal(f"{title} is refused", (found[0], problem["code"], bool(problem["saran"])), (status, code, True))
    checks.equal("nothing is left behind", (payung.number("SELECT count(*) FROM intake.batch"), sorted(os.listdir(payung.path("uploads")))), before)
    status, _, body = payung.post("/v1/batches?agreement=kepahiang-2025", good, {"Content-Type": KIND})
    checks.equal("a small good one is taken", status, 201)


def case_numbers(checks, payung):
    """What a spreadsheet keeps as a number. A NIK whose last digit it has lost is refused as such."""
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("nik", "nama", "tgl_lahir", "jenis_kelamin", "kode_wilayah_ktp", "pekerjaan", "penghasilan", "segmen"))

    def row(nik, day):
        texts = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ("P", "17.08.04.2001", "petani"))
        return (f'<row><c><v>{nik}</v></c><c t="inlineStr"><is><t>Ani Contoh</t></is></c><c s="1"><v>{day}</v></c>{texts}<c><v>1.5E6</v></c><c t="str"><f>"B"</f><v>BPU</v></c></row>')

    styles = '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[$-421]dd\\ mmmm\\ yyyy;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    relations = ('<Relationships><Relationship Id="s1" Type="http://x/worksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="s2" Type="http://x/styles" Target="styles.xml"/></Relationships>')
    content = sheet([], **{"xl/worksheets/sheet1.xml": f"<x:worksheet xmlns:x='y'><x:sheetData><row>{head}</row>{row('1708045211879956', '32093')}{row('1.70804521187996E+15', '32093.5')}</x:sheetData></x:worksheet>",
                             "xl/styles.xml": styles, "xl/_rels/workbook.xml.rels": relations})
    status, _, body = payung.post("/v1/batches?agreement=kepahiang-2025", content, {"Content-Type": KIND})
    answer = json.loads(body)
    path = payung.path("angka.csv")
    done = payung.enrol(payung.path("angka.xlsx"), "kepahiang-2025") if open(payung.path("angka.xlsx"), "wb").write(content) else None
    payung.run("batch", answer["batch"], "--result", path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    checks.equal("the same workbook is the same list", done[1]["batch"], answer["batch"])
    checks.equal("a serial day is a day, a whole number has its digits", (rows[0]["nik"], rows[0]["tgl_lahir"], rows[0]["penghasilan"], rows[0]["segmen"]), ("1708045211879956", "1987-11-12", "1500000", "BPU"))
    checks.expect("E02" in rows[1]["kode"] and "lembar kerja" in rows[1]["alasan"] and rows[1]["tgl_lahir"] == "1987-11-12", "a NIK that lost its last digit is refused with the remedy", rows[1]["kode"])


def case_template(checks, payung):
    """The template, filled in by a stranger's program."""
    path = payung.path("formulir.xlsx")
    code, answer = payung.cli("template", "--agreement", "kepahiang-2025", "--output", path)
    checks.equal("a template is written", (code, answer), (0, {"agreement": "kepahiang-2025", "file": path}))
    code, problem = payung.cli("enrol", path, "--agreement", "kepahiang-2025")
    checks.equal("empty it enrols nobody, not even its example", (code, problem["error"]["code"]), (1, "EMPTY_LIST"))
    script = """
import json, sys
from openpyxl import load_workbook
book = load_workbook(sys.argv[1])
sheet = book["Daftar"]
names = [cell.value for cell in sheet[1]]
example = dict(zip([cell.value for cell in book["Contoh"][1]], [cell.value for cell in book["Contoh"][2]]))
rules = {str(rule.type) + ":" + str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
lists = {book["Pilihan"].cell(row=1, column=c).value: sum(1 for r in book["Pilihan"].iter_rows(min_col=c, max_col=c, values_only=True) if r[0]) for c in range(1, len(names) + 1)}
village = next(text for text in lists if text and text.startswith("17.08."))
for number, nik in enumerate(("1708041211879951", "1708041211879952"), 2):
    for name, value in dict(example, nik=nik, kode_wilayah_ktp=village).items():
        sheet.cell(row=number, column=names.index(name) + 1, value=value)
book.save(sys.argv[1])
print(json.dumps({"names": names, "sheets": [(s.title, s.sheet_state) for s in book.worksheets], "rules": len([r for r in rules if r.startswith("list:")]), "villages": lists[village],
                  "help": book["Petunjuk"]["A1"].value}))
"""
    done = subprocess.run([os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/python3"), "-c", script, path], capture_output=True, text=True, check=False)
    checks.expect(done.returncode == 0, "another program reads it", done.stderr[-300:])
    seen = json.loads(done.stdout)
    checks.equal("its sheets", seen["sheets"], [["Daftar", "visible"], ["Contoh", "visible"], ["Petunjuk", "visible"], ["Pilihan", "hidden"]])
    checks.equal("villages, occupations, sex and segment are chosen from lists; the villages are the regency's", (seen["rules"], seen["villages"], seen["help"]), (4, 117, "Cara mengisi"))
    checks.expect({"nik", "nama", "tgl_lahir", "jenis_kelamin", "kode_wilayah_ktp", "pekerjaan", "segmen"} <= set(seen["names"]) and "upah" not in seen["names"], "the columns of its segment", len(seen["names"]))
    code, answer = payung.enrol(path, "kepahiang-2025")
    checks.equal("filled in it enrols its rows, the village by its name in the list", (code, answer["rows"], answer["rejected"]), (0, 2, 0))


def case_large(checks, payung):
    payung.apply(payung.sample_agreement(id="besar", pagu=10_000_000_000, payer={"kind": "PEMKAB", "region": "17.08", "funds": "APBD", "name": "Dinas Besar"}))
    path = write(payung, "openpyxl", payung.write_list("besar.csv", payung.simulated("17.08", LARGE_ROWS, 91)), payung.path("besar.xlsx"))
    began = time.monotonic()
    code, answer = payung.cli("enrol", path, "--agreement", "besar")
    checks.equal(f"{LARGE_ROWS} rows are taken ({time.monotonic() - began:.2f} s)", (code, answer["rows"]), (0, LARGE_ROWS))


def main():
    source, build = sys.argv[1:]
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        payung.apply(payung.sample_agreement())
        checks.case("Whoever wrote it", case_writers, checks, payung)
        checks.case("What a spreadsheet makes of numbers", case_numbers, checks, payung)
        checks.case("What can't be read", case_refused, checks, payung)
        checks.case("The template", case_template, checks, payung)
        checks.case("A large one", case_large, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
