"""Reads bodies of OTLP/HTTP as their definition has them (opentelemetry-proto): an unknown field or a wrong type is an error. JSON of OTLP has ids in hexadecimal digits where the JSON of protobuf has base64; that
is all that is changed before. Runs under the Python of deploy/dependencies. On standard input: a JSON list of bodies; on standard output: the spans, flat.
usage: read_spans.py"""
import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def in_base64(value):
    if isinstance(value, list):
        return [in_base64(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: base64.b64encode(bytes.fromhex(item)).decode() if key in IDS else in_base64(item) for key, item in value.items()}


def plain(attributes):
    return {attribute.key: getattr(attribute.value, attribute.value.WhichOneof("value")) for attribute in attributes}


def main():
    spans = []
    for body in json.load(sys.stdin):
        request = json_format.ParseDict(in_base64(json.loads(body)), ExportTraceServiceRequest())
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    assert len(span.trace_id) == 16 and len(span.span_id) == 8 and len(span.parent_span_id) in (0, 8), span
                    spans.append({"service": plain(resource.resource.attributes)["service.name"], "scope": scope.scope.name, "trace": span.trace_id.hex(), "id": span.span_id.hex(), "parent": span.parent_span_id.hex(),
                                  "name": span.name, "kind": span.kind, "from": span.start_time_unix_nano, "to": span.end_time_unix_nano, "attributes": plain(span.attributes), "status": span.status.code})
    json.dump(spans, sys.stdout)


if __name__ == "__main__":
    main()
