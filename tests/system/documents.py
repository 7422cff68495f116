"""The agreement that tests make up: Kepahiang buys JKK and JKM for a year. What a test is about stands in the members that it names; one that is None is left out."""


def agreement(agreement_id, **members):
    document = {"id": agreement_id, "name": agreement_id, "payer": {"kind": "PEMKAB", "name": "Pemkab Kepahiang", "region": "17.08", "funds": "APBD"},
                "legal_basis": [{"kind": "SK", "number": "1/2025", "date": "2025-08-20"}], "period": {"from": "2025-10-01", "to": "2026-09-30"}, "months": 12,
                "registration_date": "2025-09-15", "segments": {"BPU": {"programmes": ["JKK", "JKM"]}}, "pagu": 400_000_000, **members}
    return {name: value for name, value in document.items() if value is not None}
