#!/usr/bin/env python3
"""Writes deploy/clients: configuration with which AKHQ, Kafka UI, Redpanda Console, Kafdrop and kaskade decode every topic, and the AsyncAPI 3 document, all from topics.def and the .proto files.
With --check it writes nothing and ends with 1 when a file differs. usage: clients.py SOURCE [--check]"""
import json
import os
import re
import sys

ROW = re.compile(r'^TOPIC\((\w+), "([^"]+)", "([^"]+)", (\d+), (\d+), "([^"]+)"\)$', re.M)
READER = re.compile(r'^READER\((\w+), "([^"]+)"\)$', re.M)
NOTE = "Made by proto/clients.py from proto/topics.def: change that, and run it again."
PROTO = "/usr/share/payung/proto"  # where the .proto files and payung.desc are installed


def read_topics(source):
    with open(os.path.join(source, "proto/topics.def"), encoding="utf-8") as file:
        text = file.read()
    groups = dict(READER.findall(text))
    return [{"symbol": symbol, "name": name, "type": kind, "partitions": int(partitions), "days": int(days), "sentence": sentence, "group": groups.get(symbol)}
            for symbol, name, kind, partitions, days, sentence in ROW.findall(text)]


def proto_file(topic):
    """payung.enrolment.v1.EnrolmentSubmitted -> payung/enrolment/v1/submitted.proto: the last word of the type, by the folder of its package."""
    package, _, message = topic["type"].rpartition(".")
    return package.replace(".", "/") + "/" + re.findall(r"[A-Z][a-z]+", message)[-1].lower() + ".proto"


def read_proto(source, topic):
    with open(os.path.join(source, "proto", proto_file(topic)), encoding="utf-8") as file:
        return file.read()


def akhq(topics):
    rows = "".join(f"""                - topic-regex: "{re.escape(topic['name']).replace(chr(92), chr(92) * 2)}(\\\\.dlq)?"
                  descriptor-file: "payung.desc"
                  value-message-type: "{topic['type']}"
""" for topic in topics)
    return f"""# {NOTE}
akhq:
  connections:
    payung:
      properties:
        bootstrap.servers: "BROKERS"
      deserialization:
        protobuf:
          descriptors-folder: "{PROTO}"
          topics-mapping:
{rows}"""


def kafka_ui(topics):
    names = "".join(f"""            {topic['name']}: {topic['type']}
            {topic['name']}.dlq: {topic['type']}
""" for topic in topics)
    return f"""# {NOTE}
kafka:
  clusters:
    - name: payung
      bootstrapServers: BROKERS
      serde:
        - name: ProtobufFile
          topicValuesPattern: "payung\\\\..*"
          properties:
            protobufFilesDir: "{PROTO}"
            protobufMessageNameByTopic:
{names}"""


def console(topics):
    rows = "".join(f"""      - topicName: {topic['name']}{ending}
        valueProtoType: {topic['type']}
""" for topic in topics for ending in ("", ".dlq"))
    return f"""# {NOTE}
kafka:
  brokers: ["BROKERS"]
serde:
  protobuf:
    enabled: true
    fileSystem:
      enabled: true
      paths: ["{PROTO}"]
    mappings:
{rows}"""


def kafdrop(_topics):
    return f"""# {NOTE}
# java -jar kafdrop.jar with:
--kafka.brokerConnect=BROKERS
--message.format=PROTOBUF
--protobufdesc.directory={PROTO}
"""


def kaskade(topics):
    lines = "".join(f"kaskade consumer -b \"$BROKERS\" -t {topic['name']} --earliest -v protobuf --protobuf descriptor={PROTO}/payung.desc --protobuf value={topic['type']}\n" for topic in topics)
    return f"# {NOTE}\n# One line a topic; add .dlq to the name for its dead letters.\n{lines}"


def asyncapi(topics, source):
    channels, operations, messages = {}, {}, {}
    for topic in topics:
        name = topic["symbol"].lower()
        channels[name] = {"address": topic["name"], "description": topic["sentence"], "messages": {name: {"$ref": f"#/components/messages/{name}"}},
                          "bindings": {"kafka": {"topic": topic["name"], "partitions": topic["partitions"], "replicas": 1,
                                                 "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": topic["days"] * 86400000}, "bindingVersion": "0.5.0"}}}
        messages[name] = {"name": topic["type"], "title": topic["sentence"], "contentType": "application/protobuf",
                          "headers": {"type": "object", "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
                                      "properties": {header: {"type": "string"} for header in ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type", "traceparent")}},
                          "payload": {"schemaFormat": "application/vnd.google.protobuf;version=3", "schema": read_proto(source, topic)}}
        operations[f"send_{name}"] = {"action": "send", "description": topic["sentence"], "channel": {"$ref": f"#/channels/{name}"}}
        if topic["group"]:
            operations[f"receive_{name}"] = {"action": "receive", "description": f"The group {topic['group']} reads it.", "channel": {"$ref": f"#/channels/{name}"}, "bindings": {"kafka": {"groupId": {"type": "string", "enum": [topic["group"]]}, "bindingVersion": "0.5.0"}}}
    return json.dumps({"asyncapi": "3.0.0", "info": {"title": "Payung", "version": "0.1.0", "description": f"The topics of Payung. {NOTE} Raw protobuf with CloudEvents 1.0 binary headers; each topic has a "
                       "dead-letter topic NAME.dlq with the original bytes and headers, and dlq.* headers that say why."}, "defaultContentType": "application/protobuf", "channels": channels,
                       "operations": operations, "components": {"messages": messages}}, indent=2) + "\n"


FILES = {"akhq.yml": akhq, "kafka-ui.yml": kafka_ui, "redpanda-console.yml": console, "kafdrop.args": kafdrop, "kaskade.txt": kaskade, "asyncapi.json": asyncapi}


def main(source, check=None):
    topics, folder, wrong = read_topics(source), os.path.join(source, "deploy/clients"), []
    if len(topics) < 7:
        sys.exit("clients.py: topics.def is not read as it should be")
    for topic in topics:
        if f"message {topic['type'].rpartition('.')[2]} {{" not in read_proto(source, topic):
            wrong.append(f"{topic['type']} is not in {proto_file(topic)}")
    os.makedirs(folder, exist_ok=True)
    for name, make in FILES.items():
        path = os.path.join(folder, name)
        text = make(topics, source) if make is asyncapi else make(topics)
        if check != "--check":
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        elif not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
            wrong.append(f"deploy/clients/{name} is not what topics.def makes it")
    print("\n".join(wrong) or f"clients: {len(topics)} topics, {len(FILES)} files")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
