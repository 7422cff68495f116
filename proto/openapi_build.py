#!/usr/bin/env python3
"""Makes what the API tells about itself from proto/openapi.yaml: openapi.json, and the page docs.html, which needs no script and nothing from elsewhere. The lists of codes come from the
tables of the service, so that they are written once; a column that the description lacks, or has too much, stops the build.
usage: openapi_build.py SOURCE_FOLDER OUTPUT_FOLDER"""
import html
import json
import os
import re
import sys

import yaml

STRING = r'"((?:[^"\\]|\\.)*)"'
PROBLEM = re.compile(r"^PROBLEM\((\w+), (\d+), " + ", ".join([STRING] * 4) + r"\)$", re.M)
FAULT = re.compile(r"^FAULT\((\w+), " + ", ".join([STRING] * 2) + r"\)$", re.M)
COLUMN = re.compile(r'^COLUMN\(\w+, "(\w+)", \w+\)$', re.M)
METHODS = ("get", "post", "put", "patch", "delete")


def read(source, path):
    with open(os.path.join(source, path), encoding="utf-8") as file:
        return file.read()


def rows(pattern, text, name):
    """The rows of a table; each line that begins one must be read whole."""
    found = pattern.findall(text)
    begun = len(re.findall(r"^[A-Z]+\(\w+, ", text, re.M))
    if not found or len(found) != begun:
        sys.exit(f"{name}: {begun} rows begin, {len(found)} can be read")
    return [[cell.replace('\\"', '"') for cell in row] if isinstance(row, tuple) else row for row in found]


def fill(document, problems, faults, columns):
    schemas = document["components"]["schemas"]
    schemas["ProblemCode"].update(enum=[row[0] for row in problems], description="Stable.")
    schemas["FaultCode"].update(enum=sorted({row[0] for row in faults} | {"INVALID"}), description="Stable.")
    told, known = set(schemas["Enrolment"]["properties"]), set(columns) | {"agreement", "registration_date"}
    if told != known:
        sys.exit(f"proto/openapi.yaml: the members of Enrolment and columns.def differ: {sorted(told ^ known)}")


def resolve(document, thing):
    """What a $ref stands for, with what is written beside it."""
    if "$ref" not in thing:
        return thing
    found = document
    for part in thing["$ref"].split("/")[1:]:
        found = found[part]
    return dict(resolve(document, found), **{key: value for key, value in thing.items() if key != "$ref"})


# ---- the page ----

def words(text):
    """Escaped; `code` and **bold** are shown as such."""
    text = html.escape(text.strip())
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)


def paragraphs(text):
    return "".join(f"<p>{words(part)}</p>\n" for part in text.strip().split("\n\n"))


def both(indonesian, english):
    return f'<span lang="id">{words(indonesian)}</span> <small lang="en">{words(english)}</small>'


def type_of(document, schema):
    schema = resolve(document, schema)
    kind = schema.get("type", "")
    kind = " | ".join(kind) if isinstance(kind, list) else kind
    if "enum" in schema and len(schema["enum"]) <= 8:
        return "<br>".join(f"<code>{html.escape(str(value))}</code>" for value in schema["enum"])
    if kind == "array":
        return f"array: {type_of(document, schema['items'])}"
    parts = [type_of(document, part) for part in schema.get("oneOf", []) if "required" not in part]
    return " | ".join(parts) if parts and not kind else html.escape(kind)


def member_table(document, schema):
    schema = resolve(document, schema)
    if "properties" not in schema:
        return ""
    lines = ["<table><tr><th>Anggota <small>Member</small></th><th>Jenis <small>Type</small></th><th>Keterangan <small>Meaning</small></th></tr>"]
    for name, member in schema["properties"].items():
        star = " *" if name in schema.get("required", []) else ""
        lines.append(f"<tr><td><code>{name}</code>{star}</td><td>{type_of(document, member)}</td><td>{words(resolve(document, member).get('description', ''))}</td></tr>")
    return "\n".join(lines + ["</table>"])


def example_text(value):
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def body_section(document, body):
    body = resolve(document, body)
    lines = [f"<h4>{both('Isi permintaan', 'Body')}</h4>", paragraphs(body["description"])]
    for media, content in body["content"].items():
        lines += [f"<p><code>{media}</code></p>", member_table(document, content["schema"])]
        for example in content.get("examples", {}).values():
            lines.append(f"<p>{both(example['x-judul'], example['summary'])}</p><pre>{html.escape(example_text(example['value']))}</pre>")
    return "\n".join(lines)


def operation_section(document, method, path, operation):
    lines = [f'<section id="{operation["operationId"]}"><h3>{both(operation["x-judul"], operation["summary"])}</h3>',
             f"<p><code>{method.upper()} {html.escape(path)}</code></p>", paragraphs(operation["description"])]
    parameters = [resolve(document, parameter) for parameter in operation.get("parameters", [])]
    if parameters:
        lines.append(f"<h4>{both('Parameter', 'Parameters')}</h4><table><tr><th>Nama <small>Name</small></th><th>Letak <small>Place</small></th><th>Keterangan <small>Meaning</small></th></tr>")
        for parameter in parameters:
            star = " *" if parameter.get("required") else ""
            lines.append(f"<tr><td><code>{parameter['name']}</code>{star}</td><td>{parameter['in']}</td><td>{words(parameter['description'])} <code>{html.escape(str(parameter.get('example', '')))}</code></td></tr>")
        lines.append("</table>")
    if "requestBody" in operation:
        lines.append(body_section(document, operation["requestBody"]))
    lines.append(f"<h4>{both('Jawaban', 'Answers')}</h4><table>")
    for status, response in operation["responses"].items():
        response = resolve(document, response)
        media = ", ".join(response.get("content", {}))
        lines.append(f"<tr><td>{status}</td><td>{words(response['description'])}</td><td><code>{media}</code></td></tr>")
    lines.append("</table>")
    for status in ("200", "202", "201"):
        content = resolve(document, operation["responses"].get(status, {})).get("content", {}).get("application/json")
        if content and "$ref" in content["schema"]:
            lines += [f"<p>{status}</p>", member_table(document, content["schema"])]
            break
    return "\n".join(lines + ["</section>"])


def problem_section(problems, faults):
    lines = [f'<h2 id="problems">{both("Masalah", "Problems")}</h2><table><tr><th>code</th><th>status</th><th>Arti <small>Meaning</small></th><th>Saran <small>Remedy</small></th></tr>']
    for code, status, title, judul, remedy, saran in problems:
        lines.append(f'<tr id="{code}"><td><code>{code}</code></td><td>{status}</td><td>{both(judul, title)}</td><td>{both(saran, remedy)}</td></tr>')
    lines.append(f'</table><h2 id="faults">{both("Kesalahan pada isi", "Faults of a body")}</h2><table><tr><th>errors[].code</th><th>message_id</th><th>message_en</th></tr>')
    lines += [f"<tr><td><code>{code}</code></td><td lang=\"id\">{words(text_id)}</td><td lang=\"en\">{words(text)}</td></tr>" for code, text, text_id in faults]
    return "\n".join(lines + ["</table>"])


def page(document, problems, faults):
    operations = [(method, path, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item]
    lines = ["<!DOCTYPE html>", '<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
             f'<title>{html.escape(document["info"]["title"])}</title><link rel="stylesheet" href="/docs.css"></head><body>',
             f'<h1>{both("API mitra Payung", document["info"]["title"])}</h1>', f'<p>{both("Uraian yang dibaca mesin:", "Machine-readable description:")} <a href="/openapi.json">/openapi.json</a></p>',
             '<div lang="id">', paragraphs(document["info"]["x-uraian"]), "</div>", '<div lang="en">', paragraphs(document["info"]["description"]), "</div><nav><ul>"]
    lines += [f'<li><a href="#{operation["operationId"]}">{both(operation["x-judul"], operation["summary"])}</a></li>' for _, _, operation in operations]
    lines += [f'<li><a href="#problems">{both("Masalah", "Problems")}</a></li></ul></nav>']
    for tag in document["tags"]:
        lines += [f'<h2>{both(tag["x-judul"], tag["description"])}</h2>']
        lines += [operation_section(document, *operation) for operation in operations if tag["name"] in operation[2]["tags"]]
    return "\n".join(lines + [problem_section(problems, faults), "</body></html>", ""])


def main(source, output):
    document = yaml.safe_load(read(source, "proto/openapi.yaml"))
    problems = rows(PROBLEM, read(source, "services/ingestion/problem.def"), "problem.def")
    faults = rows(FAULT, read(source, "services/ingestion/fault.def"), "fault.def")
    fill(document, problems, faults, COLUMN.findall(read(source, "common/domain/columns.def")))
    os.makedirs(output, exist_ok=True)
    for name, text in (("openapi.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n"), ("docs.html", page(document, problems, faults)), ("docs.css", read(source, "proto/docs.css"))):
        with open(os.path.join(output, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
