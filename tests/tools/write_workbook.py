"""A list as a clerk's workbook, by one of two programs: a hidden sheet before it, a merged title, NIKs and dates partly as numbers, a formula, a row of totals, formatted empty rows behind.
usage: write_workbook.py openpyxl|xlsxwriter LIST.csv OUT.xlsx     (with the Python environment of the tests' packages)

Those of other programs stand in tests/data/workbooks: libreoffice.xlsx is the one of xlsxwriter with all NIKs as texts, opened and saved by LibreOffice 7.4 (soffice --convert-to xlsx), which like
Excel keeps 15 digits of a number; exceljs.xlsx was written with exceljs 4.4.0. Both have the first sixty rows of tests/data/kepahiang-2025.csv."""
import csv
import datetime
import sys

TITLE = "DAFTAR PEKERJA RENTAN; TAHUN 2025, KEPAHIANG"


def cells_of(number, row, header):
    """[(kind, value)]: what a clerk's program would keep for each text."""
    result = []
    for name in header:
        text = row[name]
        is_date = name == "tgl_lahir" and number % 2 == 0 and len(text) == 10
        try:
            day = datetime.datetime.strptime(text, "%Y-%m-%d") if is_date else None
        except ValueError:
            day = None
        if day is not None:
            result.append(("date", day))
        elif name == "nik" and number % 3 == 0 and len(text) == 16 and text.isdigit() and text[-1] != "0":
            result.append(("number", int(text)))
        elif name == "segmen" and number % 5 == 0 and text:
            result.append(("formula", text))
        else:
            result.append(("text", text))
    return result


def by_openpyxl(header, rows, path):
    from openpyxl import Workbook
    book = Workbook()
    book.active.title = "Rahasia"
    book.active.append(["nik", "bukan daftar"])
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Daftar")
    book.active = 1
    sheet["A1"] = TITLE
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(header))
    for column, name in enumerate(header, 1):
        sheet.cell(row=3, column=column, value=name)
    for number, row in enumerate(rows):
        for column, (kind, value) in enumerate(cells_of(number, row, header), 1):
            cell = sheet.cell(row=4 + number, column=column, value=value if value != "" else None)
            if kind == "date":
                cell.number_format = "dd/mm/yyyy"
            elif kind == "number":
                cell.number_format = "0"
            elif kind != "formula":
                cell.number_format = "@"
    end = 4 + len(rows)
    sheet.cell(row=end, column=1, value="Jumlah")
    sheet.cell(row=end, column=len(header), value=len(rows))
    for row in range(end + 1, end + 20):
        sheet.cell(row=row, column=2).number_format = "@"
    book.save(path)


def by_xlsxwriter(header, rows, path):
    import xlsxwriter
    book = xlsxwriter.Workbook(path)
    hidden = book.add_worksheet("Rahasia")
    hidden.write_row(0, 0, ["nik", "bukan daftar"])
    sheet = book.add_worksheet("Daftar")
    sheet.activate()
    sheet.set_first_sheet()
    hidden.hide()
    text, date, whole = book.add_format({"num_format": "@"}), book.add_format({"num_format": "dd mmmm yyyy"}), book.add_format({"num_format": "0"})
    sheet.merge_range(0, 0, 0, len(header) - 1, TITLE, book.add_format({"bold": True}))
    sheet.write_row(2, 0, header)
    for number, row in enumerate(rows):
        for column, (kind, value) in enumerate(cells_of(number, row, header)):
            place = (3 + number, column)
            if kind == "date":
                sheet.write_datetime(*place, value, date)
            elif kind == "number":
                sheet.write_string(*place, str(value), text) if number % 2 else sheet.write_number(*place, value, whole)
            elif kind == "formula":
                sheet.write_formula(*place, f'="{value}"', None, value)
            elif number % 7 == 0 and len(value) > 3:
                sheet.write_rich_string(*place, text, value[:1], book.add_format({"italic": True}), value[1:], text)
            elif value:
                sheet.write_string(*place, value, text)
            else:
                sheet.write_blank(*place, None, text)
    end = 3 + len(rows)
    sheet.write_string(end, 0, "JUMLAH")
    sheet.write_number(end, len(header) - 1, len(rows))
    for row in range(end + 1, end + 20):
        sheet.write_blank(row, 1, None, text)
    book.close()


def main():
    writer, source, path = sys.argv[1:]
    with open(source, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter=";")
        rows = list(reader)
    {"openpyxl": by_openpyxl, "xlsxwriter": by_xlsxwriter}[writer](reader.fieldnames, rows, path)


if __name__ == "__main__":
    main()
