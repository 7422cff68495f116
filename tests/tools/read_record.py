"""Reads one record as a stranger would: its value by Python's protobuf from descriptors that protoc made, its headers by the CloudEvents SDK. Prints what both say.
usage: read_record.py DESCRIPTORS < {"key","value","headers":[[name, value]]}, bytes in hexadecimal digits"""
import json
import sys

from cloudevents.kafka import KafkaMessage, from_binary
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

with open(sys.argv[1], "rb") as file:
    descriptors = descriptor_pb2.FileDescriptorSet.FromString(file.read())
pool = descriptor_pool.DescriptorPool()
for descriptor in descriptors.file:
    pool.Add(descriptor)
record = json.load(sys.stdin)
event = from_binary(KafkaMessage(headers={name: value.encode() for name, value in record["headers"]}, key=bytes.fromhex(record["key"]), value=bytes.fromhex(record["value"])), data_unmarshaller=lambda data: data)
kind = message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(event["type"]))
message = kind.FromString(event.data)
known = kind.FromString(event.data)
known.DiscardUnknownFields()
print(json.dumps({"id": event["id"], "type": event["type"], "source": event["source"], "specversion": event["specversion"], "unknown": message.ByteSize() - known.ByteSize(),
                  "message": json_format.MessageToDict(message, preserving_proto_field_name=True)}))
