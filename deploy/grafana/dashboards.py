"""Writes the dashboards beside it: one table of panels here, Grafana's JSON there. Import the files, or let Grafana read this folder by its provisioning; each asks for the Prometheus to read.
usage: dashboards.py SOURCE [--check]"""
import json
import os
import sys

# title, unit, [(expression, legend)], sentence
OVERVIEW = (
    ("Semua program menjawab", "short", [('sum(up{job="payung"})', "menjawab"), ('count(up{job="payung"})', "semua")], "Programs that answer, of all."),
    ("Diputus per detik", "ops", [("sum by (service) (rate(payung_records_consumed_total[1m]))", "{{service}}")], "Records that each stage takes in a second."),
    ("Menunggu", "short", [("payung_group_lag_records", "{{topic}}")], "Records that each consumer group has not finished, counted from the beginning of the log where nothing was committed."),
    ("Umur rekaman tertua", "s", [("payung_group_lag_seconds", "{{topic}}")], "For how long the oldest of them has waited."),
    ("Diam padahal ada yang menunggu", "short", [("payung_group_stalled", "{{topic}}")], "1: red. Nothing moved for ten seconds although records wait."),
    ("Surat mati", "short", [("payung_dead_letters_kept", "{{topic}}")], "Dead letters that nobody has decided about: payung dlq list."),
    ("Jawaban untuk satu orang", "s", [("histogram_quantile(0.5, sum by (le) (rate(payung_enrolment_answer_seconds_bucket[5m])))", "p50"),
                                        ("histogram_quantile(0.99, sum by (le) (rate(payung_enrolment_answer_seconds_bucket[5m])))", "p99")], "From the arrival of a single enrolment to its answer."),
    ("Dari kiriman sampai putusan", "s", [("histogram_quantile(0.5, sum by (le, exported_instance) (rate(payung_enrolment_decision_seconds_bucket[5m])))", "p50 {{exported_instance}}"),
                                           ("histogram_quantile(0.99, sum by (le, exported_instance) (rate(payung_enrolment_decision_seconds_bucket[5m])))", "p99 {{exported_instance}}")],
     "From submission to the ledger's outcome, by lane; the last bucket ends at 5 s."),
    ("Sisa anggaran", "currencyIDR", [("payung_budget_left_rupiah", "rupiah")], "What is left of the pagu of all agreements in force."),
    ("Sisa anggaran per perjanjian", "currencyIDR", [("payung_agreement_budget_left_rupiah", "{{agreement}}")], "Of the twenty that have the smallest part of their pagu left."),
    ("Buku besar timpang", "currencyIDR", [("payung_ledger_imbalance_rupiah", "rupiah")], "Anything but 0: the books are wrong."),
    ("Jurnal belum diperiksa", "short", [("payung_ledger_journals_unwalked", "jurnal")], "Of which this is not known yet; after a start of the console it begins with the first."),
    ("Perjanjian hampir habis", "short", [("payung_agreements_nearly_spent", "perjanjian")], "Agreements in force with less than a twentieth of their pagu left."),
)
STAGES = (
    ("Lama satu tumpukan", "s", [("histogram_quantile(0.99, sum by (le, service) (rate(payung_stage_duration_seconds_bucket[5m])))", "{{service}}")], "p99 of a batch, to the end of its store step."),
    ("Tumpukan per detik", "ops", [("sum by (service, exported_instance) (rate(payung_batches_total[1m]))", "{{service}} {{exported_instance}}")], "Batches finished."),
    ("Dalam perjalanan", "short", [("sum by (service) (payung_records_in_flight)", "{{service}}")], "Records produced and not yet confirmed."),
    ("Ulangan", "short", [("sum by (service) (increase(payung_retries_total[5m])) or vector(0)", "{{service}}")], "Batches tried again because what they need did not answer."),
    ("Rekaman kembar yang dibuang", "ops", [("sum by (service) (rate(payung_lineage_repeats_total[5m])) or vector(0)", "{{service}}")], "Dropped because their origin had been seen: after a restart some, else none."),
    ("Rekaman hilang", "short", [("sum(payung_lineage_gaps_total) or vector(0)", "hilang")], "Anything but 0: a partition stands still."),
    ("Baris daftar yang boleh menunggu", "short", [("payung_list_rows_allowed or vector(0)", "baris")], "Lists give way to single persons: lower while those are answered late."),
    ("Redis tidak menjawab", "ops", [("sum(rate(payung_dedup_fallback_total[5m])) or vector(0)", "permintaan")], "Requests for which PostgreSQL alone decided."),
    ("Menunggu jawaban terlama", "s", [("payung_pending_oldest_seconds", "detik")], "The application that waits the longest for Dukcapil, or for its turn."),
)
OUTSIDE = (
    ("Kotak keluar buku besar", "s", [("payung_outbox_age_seconds", "{{topic}}")], "Age of the oldest row that the relay has not handed over."),
    ("Webhook terkirim", "ops", [("rate(payung_webhook_delivered_total[5m])", "terkirim"), ("rate(payung_webhook_attempts_failed_total[5m])", "gagal")], "Deliveries to partners, and attempts that failed."),
    ("Webhook terlambat", "s", [("payung_webhook_due_age_seconds", "detik")], "For how long the oldest due delivery waits."),
    ("Pesan", "ops", [("rate(payung_notice_taken_total[5m]) or vector(0)", "diambil"), ("rate(payung_notice_attempts_failed_total[5m]) or vector(0)", "gagal")], "Messages that providers took, and attempts that failed."),
    ("Pesan menunggu", "s", [("payung_notice_due_age_seconds or vector(0)", "detik")], "For how long the oldest due message waits."),
    ("Dukcapil", "ops", [("sum(rate(payung_dukcapil_answered_total[5m])) or vector(0)", "dijawab"), ("sum(rate(payung_dukcapil_unanswered_total[5m])) or vector(0)", "tidak dijawab")], "Questions about persons."),
    ("Dukcapil tidak ada", "short", [("max(payung_dukcapil_away) or vector(0)", "1 = tidak ada")], "Only probed; people wait with P01."),
)
BOARDS = {"payung-ringkasan.json": ("Payung: ringkasan", OVERVIEW), "payung-tahap.json": ("Payung: tahap", STAGES), "payung-luar.json": ("Payung: yang keluar", OUTSIDE)}
WIDTH, HEIGHT, COLUMNS = 8, 7, 3
SOURCE = {"type": "prometheus", "uid": "${sumber}"}


def panel(number, row):
    title, unit, targets, sentence = row
    return {"id": number + 1, "type": "timeseries", "title": title, "description": sentence, "datasource": SOURCE,
            "gridPos": {"x": number % COLUMNS * WIDTH, "y": number // COLUMNS * HEIGHT, "w": WIDTH, "h": HEIGHT}, "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
            "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
            "targets": [{"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expression, "legendFormat": legend} for i, (expression, legend) in enumerate(targets)]}


def board(name, title, rows):
    return json.dumps({"uid": name.removesuffix(".json"), "title": title, "tags": ["payung"], "schemaVersion": 39, "version": 1, "editable": True, "refresh": "10s", "time": {"from": "now-1h", "to": "now"},
                       "timezone": "Asia/Jakarta", "templating": {"list": [{"name": "sumber", "label": "Prometheus", "type": "datasource", "query": "prometheus", "current": {}}]},
                       "panels": [panel(number, row) for number, row in enumerate(rows)]}, indent=1, ensure_ascii=False) + "\n"


def main(source, check=None):
    wrong = []
    for name, (title, rows) in BOARDS.items():
        path, text = os.path.join(source, "deploy/grafana", name), board(name, title, rows)
        if check != "--check":
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        elif not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
            wrong.append(f"deploy/grafana/{name} is not what dashboards.py makes")
    print("\n".join(wrong) or f"dashboards: {len(BOARDS)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
