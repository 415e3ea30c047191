"""Reads TensorBoard event files with Google's protobuf, from the messages' definition, and a checksum computed bit by bit. TensorBoardTests reads
them in C# by the format; this reader shares nothing with it.

    python3 read_events.py FILE ...        prints what each record says, and fails at the first that is wrong
"""
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

DOUBLE, FLOAT, INT64, STRING, MESSAGE, ENUM = 1, 2, 3, 9, 11, 14
# name: (number, type, repeated, type's name); from tensorflow/core/util/event.proto and framework/summary.proto
MESSAGES = {
    "HistogramProto": {"min": (1, DOUBLE), "max": (2, DOUBLE), "num": (3, DOUBLE), "sum": (4, DOUBLE), "sum_squares": (5, DOUBLE),
                       "bucket_limit": (6, DOUBLE, True), "bucket": (7, DOUBLE, True)},
    "Value": {"tag": (1, STRING), "simple_value": (2, FLOAT), "histo": (5, MESSAGE, False, "HistogramProto")},
    "Summary": {"value": (1, MESSAGE, True, "Value")},
    "SessionLog": {"status": (1, 5)},
    "Event": {"wall_time": (1, DOUBLE), "step": (2, INT64), "file_version": (3, STRING), "summary": (5, MESSAGE, False, "Summary"),
              "session_log": (7, MESSAGE, False, "SessionLog")},
}


def event_class():
    file = descriptor_pb2.FileDescriptorProto(name="events.proto", package="tb", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, *rest) in fields.items():
            made = message.field.add(name=field, number=number, type=kind, label=3 if rest and rest[0] else 1)
            if len(rest) > 1:
                made.type_name = ".tb." + rest[1]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName("tb.Event")
    get = getattr(message_factory, "GetMessageClass", None)
    return get(descriptor) if get else message_factory.MessageFactory(pool).GetPrototype(descriptor)


def masked(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x82F63B78 if crc & 1 else crc >> 1
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    data = open(path, "rb").read()
    at = 0
    while at < len(data):
        (length, head) = struct.unpack_from("<QI", data, at)
        assert head == masked(data[at:at + 8]), "checksum of the length"
        body = data[at + 12:at + 12 + length]
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked(body), "checksum of the record"
        yield body
        at += 16 + length
    assert at == len(data)


Event = event_class()
for path in sys.argv[1:]:
    for record in records(path):
        event = Event.FromString(record)
        assert not event.UnknownFields() if hasattr(event, "UnknownFields") else True
        words = [f"step {event.step}"]
        if event.file_version:
            words.append(event.file_version)
        if event.HasField("session_log"):
            words.append(f"session {event.session_log.status}")
        for value in event.summary.value:
            if value.HasField("histo"):
                histo = value.histo
                assert len(histo.bucket) == len(histo.bucket_limit) and sum(histo.bucket) == histo.num
                assert all(a < b for a, b in zip(histo.bucket_limit, histo.bucket_limit[1:]))
                words.append(f"{value.tag}: {histo.num:g} values from {histo.min:.4g} to {histo.max:.4g} in {len(histo.bucket)} buckets")
            else:
                words.append(f"{value.tag} {value.simple_value:.6g}")
        print(", ".join(words))
