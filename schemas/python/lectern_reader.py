"""Lectern's recordings in Python: a reader, a PyTorch data set in the trainer's order, and a writer.

    recording = Recording.from_archive("mini-plus")                  # a folder of 'lectern recordings export'
    recording = Recording.from_broker("mini-plus", "127.0.0.1:9092")
    data = RecordingDataset(recording, split="train", seed=0)
    for epoch in range(12):
        data.set_epoch(epoch)
        for batch in torch.utils.data.DataLoader(data, batch_size=8, collate_fn=collate):
            ...  # batch["images"] (N, 3, H, W), batch["teacher"]["cls.0"] (N, C, H, W), batch["boxes"][n] (G, 4)

The formats are specified in schemas/README.md; this file follows it and is no second source. It needs

    Debian 12:  python3-avro python3-confluent-kafka python3-crc32c python3-numpy python3-opencv python3-torch
                python3-zstandard
    elsewhere:  pip install avro confluent-kafka crc32c numpy opencv-python-headless torch zstandard

of which confluent-kafka is imported for a broker only, OpenCV for images only, and torch only if it is there.
Schemas of records on a broker are read from the folder schema-history beside this file, or from the checkout
that it lies in.
"""

import hashlib
import io
import json
import mmap
import os
import random
import struct
import time
import urllib.request
from pathlib import Path

import avro.io
import avro.schema
import crc32c as crc32c_library
import numpy as np
import zstandard

try:
    from torch.utils.data import Dataset
except ImportError:
    Dataset = object

KINDS = ("CLASS_SCORES", "BOX_LOGITS", "FPN_FEATURES", "INSTANCES")
MAX_MESSAGE_BYTES = 8 << 20
MAX_WHOLE_PAYLOAD_BYTES = 4 << 20
CHUNK_BYTES = 1 << 20


class LecternError(Exception):
    """A recording, archive or record that is not what it must be; the message says what and where."""


def _crc(data):
    return crc32c_library.crc32c(bytes(data))


def _utf16(text):
    """Sorts texts as Java does, by UTF-16 code unit."""
    return text.encode("utf-16-be", "surrogatepass")


# ---------------------------------------------------------------------------------------------- tensors

_MAGIC = b"LTEN"
_VALUES = ("float32", "float16", "int8", "fixed24")
_WIDTHS = {"float32": 4, "float16": 2, "int8": 1, "fixed24": 3}
_POSITIONS = ("dense", "regions", "top_score")
_FILTERS = ("none", "shuffle", "vertical_delta")
_COMPRESSIONS = ("none", "zstd")
_MAX_GROWTH = 32768


class Tensor:
    """A stored tensor.

    shape      of the dense tensor
    values     float32: of this shape, or (C, M) with the columns of the stored positions
    positions  (M,) int64, ascending, p = h * W + w; None where every position is stored
    """

    def __init__(self, shape, values, positions=None):
        self.shape = shape
        self.values = values
        self.positions = positions

    def dense(self, fill=0.0):
        """The tensor at every position, with `fill` where none is stored."""
        if self.positions is None:
            return self.values
        whole = np.full((self.shape[0], self.shape[1] * self.shape[2]), fill, np.float32)
        whole[:, self.positions] = self.values
        return whole.reshape(self.shape)


def read_tensors(data, where="payload"):
    """The tensors of a container by name; raises LecternError if it is damaged or of another version."""
    data = memoryview(data)
    try:
        return _read_container(data, where)
    except (struct.error, IndexError, UnicodeDecodeError, zstandard.ZstdError) as e:
        raise LecternError(f"{where}: the tensor container is damaged: {e}") from e


def _read_container(data, where):
    if bytes(data[:4]) != _MAGIC:
        raise LecternError(f"{where}: found {bytes(data[:4])!r}, expected a tensor container")
    version, count, header_bytes = struct.unpack_from("<HHI", data, 4)
    if version != 1:
        raise LecternError(f"{where}: found a tensor container of version {version}, expected 1")
    if struct.unpack_from("<I", data, header_bytes - 4)[0] != _crc(data[: header_bytes - 4]):
        raise LecternError(f"{where}: the header's checksum does not match")
    tensors = {}
    at, block = 12, header_bytes
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = bytes(data[at + 2 : at + 2 + length]).decode("utf-8")
        at += 2 + length
        codes = struct.unpack_from("<5B", data, at)
        rank = codes[4]
        shape = struct.unpack_from(f"<{rank}I", data, at + 5)
        at += 5 + 4 * rank
        parameter_bytes, value_bytes, stored_bytes, crc = struct.unpack_from("<4I", data, at)
        at += 16
        stored = data[block : block + stored_bytes]
        block += stored_bytes
        if len(stored) != stored_bytes or _crc(stored) != crc:
            raise LecternError(f"{where}: tensor {name}: the block's checksum does not match")
        tensors[name] = _read_block(stored, codes, shape, parameter_bytes, value_bytes, f"{where}: tensor {name}")
    if at + 4 != header_bytes or block != len(data):
        raise LecternError(f"{where}: the sizes of its header and its blocks disagree")
    return tensors


def _code(names, code, what, where):
    if code >= len(names):
        raise LecternError(f"{where}: found {what} {code}, expected 0 to {len(names) - 1}")
    return names[code]


def _read_block(stored, codes, shape, parameter_bytes, value_bytes, where):
    values = _code(_VALUES, codes[0], "values", where)
    dense = _code(_POSITIONS, codes[1], "positions", where) == "dense"
    shuffled = _code(_FILTERS, codes[2], "filter", where)
    compression = _code(_COMPRESSIONS, codes[3], "compression", where)
    width = _WIDTHS[values]
    positions, at = None, 0
    if dense:
        stored_shape = shape
    else:
        columns = value_bytes // (shape[0] * width)
        positions, at = _read_positions(stored, columns)
        stored_shape = (shape[0], columns)
    numbers = int(np.prod(stored_shape, dtype=np.int64))
    if numbers * width != value_bytes:
        raise LecternError(f"{where}: found {value_bytes} value bytes, expected {numbers * width}")
    raw = stored[parameter_bytes:]
    if compression == "zstd":
        if value_bytes > _MAX_GROWTH * max(1, len(raw)):
            raise LecternError(f"{where}: a frame of {len(raw)} bytes claims to hold {value_bytes}")
        raw = zstandard.ZstdDecompressor().decompress(bytes(raw), max_output_size=value_bytes)
    if len(raw) != value_bytes:
        raise LecternError(f"{where}: found {len(raw)} value bytes, expected {value_bytes}")
    raw = np.frombuffer(raw, np.uint8)
    if shuffled == "shuffle":
        raw = np.ascontiguousarray(raw.reshape(width, numbers).T).reshape(-1)
    elif shuffled == "vertical_delta" and numbers:
        raw = np.cumsum(raw.reshape(-1, stored_shape[-1]), axis=0, dtype=np.uint8).reshape(-1)
    parameters = bytes(stored[at:parameter_bytes])
    return Tensor(shape, _numbers(values, raw, parameters, stored_shape), positions)


def _read_positions(stored, count):
    positions = np.empty(count, np.int64)
    at, last = 0, -1
    for i in range(count):
        gap = shift = 0
        while True:
            byte = stored[at]
            at += 1
            gap |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        last += gap + 1
        positions[i] = last
    return positions, at


def _numbers(values, raw, parameters, shape):
    if values == "float32":
        return raw.view("<f4").reshape(shape).astype(np.float32)
    if values == "float16":
        return raw.view("<f2").reshape(shape).astype(np.float32)
    if values == "fixed24":
        (exponent,) = struct.unpack("<i", parameters)
        triples = raw.reshape(-1, 3).astype(np.int32)
        whole = triples[:, 0] | triples[:, 1] << 8 | triples[:, 2] << 16
        whole = (whole ^ 0x800000) - 0x800000
        return (whole.astype(np.float32) * np.float32(2.0**exponent)).reshape(shape)
    channels = shape[0] if len(shape) > 1 else 1
    affine = np.frombuffer(parameters, "<f4").astype(np.float32).reshape(channels, 2)
    steps = raw.reshape(channels, -1).astype(np.float32)
    return (affine[:, :1] + steps * affine[:, 1:]).reshape(shape)


def write_tensors(
    tensors, values="float16", filter="shuffle", compression="zstd", positions=None, position_set="regions"
):
    """A container.

    tensors       (name, float array) in order, or a dict
    positions     by name the ascending positions to keep of a (C, H, W) tensor; None keeps all of all
    position_set  what the kept ones are: regions or top_score
    """
    items = list(tensors.items() if isinstance(tensors, dict) else tensors)
    entries, blocks = [], []
    for name, array in items:
        array = np.ascontiguousarray(array, np.float32)
        if not np.isfinite(array).all():
            raise LecternError(f"tensor {name}: found a number that is not finite")
        kept, listed, code = array, b"", 0
        if positions is not None:
            chosen = np.asarray(positions[name], np.int64)
            kept = np.ascontiguousarray(array.reshape(array.shape[0], -1)[:, chosen])
            listed, code = _position_list(chosen), _POSITIONS.index(position_set)
        parameters, raw = _raw(name, kept, values)
        used_filter, used_compression, body = filter, compression, _filtered(raw, kept.shape, values, filter)
        if compression == "zstd":
            small = zstandard.ZstdCompressor(level=1, write_content_size=True).compress(body)
            if len(small) <= len(raw) - len(raw) // 8:
                body = small
            else:
                used_filter, used_compression, body = "none", "none", raw
        block = listed + parameters + body
        blocks.append(block)
        encoded = name.encode("utf-8")
        entries.append(
            struct.pack("<H", len(encoded))
            + encoded
            + bytes(
                [
                    _VALUES.index(values),
                    code,
                    _FILTERS.index(used_filter),
                    _COMPRESSIONS.index(used_compression),
                    array.ndim,
                ]
            )
            + struct.pack(f"<{array.ndim}I", *array.shape)
            + struct.pack("<4I", len(listed) + len(parameters), len(raw), len(block), _crc(block))
        )
    header = b"".join(entries)
    header = _MAGIC + struct.pack("<HHI", 1, len(items), 12 + len(header) + 4) + header
    return header + struct.pack("<I", _crc(header)) + b"".join(blocks)


def _position_list(positions):
    out, last = bytearray(), -1
    for position in positions.tolist():
        gap = position - last - 1
        if gap < 0:
            raise LecternError(f"found position {position} after {last}, expected ascending positions")
        while gap >= 0x80:
            out.append(gap & 0x7F | 0x80)
            gap >>= 7
        out.append(gap)
        last = position
    return bytes(out)


def _raw(name, array, values):
    if values == "float32":
        return b"", array.astype("<f4").tobytes()
    if values == "float16":
        if array.size and np.abs(array).max() >= 65520:
            raise LecternError(f"tensor {name}: found a magnitude of {np.abs(array).max()}, too large for float16")
        return b"", array.astype("<f2").tobytes()
    if values == "fixed24":
        largest = float(np.abs(array).max()) if array.size else 0.0
        exponent = -16
        while round(largest * 2.0**-exponent) > (1 << 23) - 1:
            exponent += 1
        whole = np.rint(array.astype(np.float64) * 2.0**-exponent).astype("<i4")
        raw = whole.reshape(-1, 1).view(np.uint8).reshape(-1, 4)[:, :3]
        return struct.pack("<i", exponent), np.ascontiguousarray(raw).tobytes()
    channels = array.shape[0] if array.ndim > 1 else 1
    rows = array.reshape(channels, -1) + np.float32(0)
    low = rows.min(axis=1, keepdims=True) if rows.size else np.zeros((channels, 1), np.float32)
    high = rows.max(axis=1, keepdims=True) if rows.size else np.zeros((channels, 1), np.float32)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        extent = (high - low).astype(np.float32)
        constant = extent < np.float32(2.0**-118)
        scale = np.where(constant, np.float32(0), extent / np.float32(255)).astype(np.float32)
        inverse = np.where(constant, np.float32(0), np.float32(255) / extent).astype(np.float32)
        if not (np.isfinite(extent).all() and np.isfinite(low + np.float32(255) * scale).all()):
            raise LecternError(f"tensor {name}: the values of a channel lie too far apart for int8")
        steps = np.rint((rows - low) * inverse).astype(np.uint8)
    return np.hstack([low, scale]).astype("<f4").tobytes(), steps.tobytes()


def _filtered(raw, shape, values, filter):
    if filter == "none":
        return raw
    array = np.frombuffer(raw, np.uint8)
    if filter == "shuffle":
        if values == "int8":
            raise LecternError("filter shuffle does not go with int8, expected vertical_delta or none")
        return np.ascontiguousarray(array.reshape(-1, _WIDTHS[values]).T).tobytes()
    if values != "int8":
        raise LecternError(f"filter vertical_delta does not go with {values}, expected shuffle or none")
    if not array.size:
        return raw
    rows = array.reshape(-1, shape[-1])
    return np.concatenate([rows[:1], rows[1:] - rows[:-1]]).tobytes()


# ---------------------------------------------------------------------------------------------- records

_PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")


def _canonical(schema, namespace):
    """The parsing canonical form of a schema in JSON."""
    if isinstance(schema, str):
        full = schema if schema in _PRIMITIVES or "." in schema else f"{namespace}.{schema}"
        return json.dumps(full)
    if isinstance(schema, list):
        return "[" + ",".join(_canonical(s, namespace) for s in schema) + "]"
    kind = schema["type"]
    if isinstance(kind, (dict, list)):
        return _canonical(kind, namespace)
    if kind in _PRIMITIVES:
        return json.dumps(kind)
    if kind in ("array", "map"):
        inner = "items" if kind == "array" else "values"
        return f'{{"type":"{kind}","{inner}":{_canonical(schema[inner], namespace)}}}'
    if kind not in ("record", "enum", "fixed"):
        return _canonical(kind, namespace)
    namespace = schema.get("namespace", namespace)
    name = schema["name"] if "." in schema["name"] else f"{namespace}.{schema['name']}"
    out = f'{{"name":{json.dumps(name)},"type":"{kind}"'
    if kind == "record":
        fields = ",".join(
            f'{{"name":{json.dumps(f["name"])},"type":{_canonical(f["type"], namespace)}}}' for f in schema["fields"]
        )
        return out + f',"fields":[{fields}]}}'
    if kind == "enum":
        return out + ',"symbols":[' + ",".join(json.dumps(s) for s in schema["symbols"]) + "]}"
    return out + f',"size":{schema["size"]}}}'


def _fingerprint(schema):
    """CRC-64-AVRO, 8 bytes, little-endian."""
    empty = 0xC15D213AA4D7A795
    crc = empty
    for byte in _canonical(schema, "").encode("utf-8"):
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (empty if crc & 1 else 0)
    return struct.pack("<Q", crc)


class Schemas:
    """The released schemas of records, by fingerprint, and the newest of each record.

    registry  address of the schema registry that 'lectern --schema-registry' was given, for records written with it
    """

    def __init__(self, folder=None, registry=None):
        here = Path(__file__).resolve().parent
        folders = [folder] if folder else [here / "schema-history", here.parent / "src/main/resources/schema-history"]
        found = [f for f in map(Path, folders) if f.is_dir()]
        if not found:
            raise LecternError(f"found none of {[str(f) for f in folders]}, expected the schemas of Lectern's records")
        self._registry = registry
        self._by_number = {}
        self._by_fingerprint = {}
        self._newest = {}
        self._descriptors = {}
        for file in found[0].glob("*-v*.avsc"):
            name, version = file.stem.rsplit("-v", 1)
            text = file.read_text("utf-8")
            schema = avro.schema.parse(text)
            fingerprint = _fingerprint(json.loads(text))
            self._by_fingerprint[fingerprint] = (name, schema)
            if name == "RecordingManifest" and int(version) > 2:
                self._descriptors[int(version)] = _field(text, "descriptor")
            if int(version) > self._newest.get(name, (0,))[0]:
                self._newest[name] = (int(version), schema, fingerprint)

    def decode(self, data, where):
        """(record name, dict) of a record in Avro's single-object encoding, or as a schema registry has it."""
        if data[:1] == b"\0" and len(data) >= 5:
            data = b"\xc3\x01" + self._registered(*struct.unpack(">I", data[1:5]), where) + data[5:]
        if data[:2] != b"\xc3\x01" or data[2:10] not in self._by_fingerprint:
            raise LecternError(f"{where}: found a record of an unknown schema")
        name, schema = self._by_fingerprint[data[2:10]]
        return name, avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(io.BytesIO(data[10:])))

    def _registered(self, number, where):
        """The fingerprint of the schema that has a number in the registry."""
        if self._registry is None:
            raise LecternError(f"{where}: found schema {number} of a schema registry, expected its address in Schemas")
        if number not in self._by_number:
            with urllib.request.urlopen(f"{self._registry.rstrip('/')}/schemas/ids/{number}", timeout=60) as answer:
                self._by_number[number] = _fingerprint(json.loads(json.load(answer)["schema"]))
        return self._by_number[number]

    def encode(self, name, record):
        """A record with the newest schema; fields that are left out take their defaults."""
        _, schema, fingerprint = self._newest[name]
        return _encoded(schema, fingerprint, _filled(schema, record, name))

    def encode_descriptor(self, descriptor):
        """A teacher descriptor in the earliest form that can express it."""
        newest = self._descriptors[max(self._descriptors)][0]
        whole = _filled(newest, descriptor, "TeacherDescriptor")
        for version in sorted(self._descriptors):
            schema, fingerprint = self._descriptors[version]
            try:
                return _encoded(schema, fingerprint, _earlier(newest, schema, whole))
            except _Inexpressible:
                continue


def _field(text, name):
    """The record that is the type of a field, as a schema of its own."""
    schema = json.loads(text)
    inner = next(field["type"] for field in schema["fields"] if field["name"] == name)
    inner.setdefault("namespace", schema["namespace"])
    return avro.schema.parse(json.dumps(inner)), _fingerprint(inner)


def _encoded(schema, fingerprint, datum):
    out = io.BytesIO()
    avro.io.DatumWriter(schema).write(datum, avro.io.BinaryEncoder(out))
    return b"\xc3\x01" + fingerprint + out.getvalue()


class _Inexpressible(Exception):
    """An earlier schema would lose some of a datum."""


def _earlier(newer, older, datum):
    """A datum of one schema as an earlier one has it."""
    if newer.type == "union":
        if datum is None:
            return None
        newer, older = ([s for s in u.schemas if s.type != "null"][0] for u in (newer, older))
    if newer.type == "record":
        known = {field.name: field for field in older.fields}
        earlier = {}
        for field in newer.fields:
            if field.name in known:
                earlier[field.name] = _earlier(field.type, known[field.name].type, datum[field.name])
            elif not field.has_default or datum[field.name] != _filled(field.type, field.default, field.name):
                raise _Inexpressible
        return earlier
    if newer.type == "array":
        return [_earlier(newer.items, older.items, item) for item in datum]
    if newer.type == "enum" and datum not in older.symbols:
        raise _Inexpressible
    return datum


def _filled(schema, datum, where):
    """A datum with the defaults of its schema where it says nothing."""
    if schema.type == "record":
        unknown = set(datum) - {field.name for field in schema.fields}
        if unknown:
            raise LecternError(f"{where}: found the unknown fields {sorted(unknown)}")
        filled = {}
        for field in schema.fields:
            if field.name in datum:
                filled[field.name] = _filled(field.type, datum[field.name], f"{where}.{field.name}")
            elif field.has_default:
                filled[field.name] = _filled(field.type, field.default, f"{where}.{field.name}")
            else:
                raise LecternError(f"{where}: found no {field.name}, expected one")
        return filled
    if schema.type == "array":
        return [_filled(schema.items, item, where) for item in datum]
    if schema.type == "map":
        return {key: _filled(schema.values, value, where) for key, value in datum.items()}
    if schema.type == "union" and datum is not None:
        return _filled(next(s for s in schema.schemas if s.type != "null"), datum, where)
    if schema.type in ("float", "double"):
        return float(datum)
    if schema.type == "bytes" and isinstance(datum, str):  # a default, as JSON writes it
        return datum.encode("iso-8859-1")
    return datum


# ---------------------------------------------------------------------------------------------- recordings


class Recording:
    """A recording: manifests, index, and access to views and payloads, each of which is verified.

    manifest  RecordingManifest as a dict
    dataset   DatasetManifest
    entries   by view id an IndexEntry: {"view": CatalogEntry, "receipt": Receipt}
    """

    def __init__(self, manifest, dataset, entries, source):
        self.manifest = manifest
        self.dataset = dataset
        self.entries = entries
        self._source = source
        for view_id, entry in entries.items():
            if entry["receipt"]["teacherId"] != manifest["teacherId"]:
                raise LecternError(f"recording {self.name}: view {view_id} is from another teacher")
            if entry["receipt"]["pixelsSha256"] != entry["view"]["pixelsSha256"]:
                raise LecternError(f"recording {self.name}: the teacher saw other pixels of view {view_id}")
        if manifest["state"] == "SEALED":
            digest = recording_digest(manifest, entries)
            if digest != manifest["digest"]:
                raise LecternError(
                    f"recording {self.name}: found the index of digest {digest}, expected {manifest['digest']}"
                )

    @staticmethod
    def from_archive(folder):
        """Opens a folder that 'lectern recordings export' wrote."""
        source = _Archive(Path(folder))
        entries = {entry["view"]["viewId"]: entry for entry in source.records("index.avro")}
        (manifest,) = source.records("recording.avro")
        (dataset,) = source.records("dataset.avro")
        return Recording(manifest, dataset, entries, source)

    @staticmethod
    def from_broker(name, bootstrap_servers="127.0.0.1:9092", properties=None, schemas=None):
        """Opens a recording on Kafka; of an open one, what is recorded now.

        properties  further settings of librdkafka, for TLS and SASL
        schemas     Schemas(registry="http://...") where records were written with a schema registry
        """
        source = _Broker(bootstrap_servers, properties or {}, schemas or Schemas())
        manifest = source.manifest(name, "RecordingManifest")
        dataset = source.manifest(manifest["dataset"], "DatasetManifest")
        entries = source.table(f"{name}.index", manifest["endOffsets"])
        return Recording(manifest, dataset, entries, source)

    @property
    def name(self):
        return self.manifest["name"]

    @property
    def kinds(self):
        """The recorded kinds, in the order of KINDS."""
        found = {encoding["kind"] for encoding in self.manifest["encodings"]}
        return tuple(kind for kind in KINDS if kind in found)

    def view_ids(self, split):
        return [view_id for view_id, entry in self.entries.items() if entry["view"]["split"] == split]

    def view(self, view_id):
        """The View record: encoded pixels, ground truth, transform."""
        expected = self.entries[view_id]["view"]
        view = self._source.view(self.dataset["name"], expected)
        if view["viewId"] != view_id or hashlib.sha256(view["pixels"]).digest() != expected["pixelsSha256"]:
            raise LecternError(f"recording {self.name}: view {view_id} is not the one that the teacher saw")
        return view

    def payload(self, view_id, kind):
        """The bytes of a tensor container."""
        receipt = self.entries[view_id]["receipt"]
        for location in receipt["payloads"]:
            if location["kind"] == kind:
                payload = self._source.payload(view_id, receipt, location)
                if hashlib.sha256(payload).digest() != location["sha256"]:
                    raise LecternError(f"recording {self.name}: {kind} of view {view_id} has another SHA-256")
                return payload
        raise LecternError(f"recording {self.name}: found no {kind} of view {view_id}, expected one of {self.kinds}")

    def tensors(self, view_id, kinds=None):
        """The stored tensors of a view by name; all kinds unless some are named."""
        found = {}
        for kind in self.kinds if kinds is None else kinds:
            found.update(read_tensors(self.payload(view_id, kind), f"{kind} of view {view_id}"))
        return found

    def __getstate__(self):
        """A copy in another process opens files and connections of its own."""
        return {**self.__dict__, "_source": self._source.reopened()}


def recording_digest(manifest, entries):
    """The digest of schemas/README.md, "Recording digest"."""
    sha256 = hashlib.sha256()

    def text(value):
        encoded = value.encode("utf-8")
        sha256.update(struct.pack(">i", len(encoded)) + encoded)

    def integer(value):
        sha256.update(struct.pack(">i", value))

    text("lectern-recording-1")
    text(manifest["teacherId"])
    integer(len(manifest["encodings"]))
    for encoding in sorted(manifest["encodings"], key=lambda e: KINDS.index(e["kind"])):
        for key in ("kind", "values", "positions", "filter", "compression"):
            text(encoding[key])
        if encoding["positions"] == "REGIONS":
            integer(len(encoding["priors"]))
            for priors in encoding["priors"]:
                integer(len(priors["strides"]))
                for stride in priors["strides"]:
                    integer(stride)
                sha256.update(struct.pack(">dd", priors["gridOffset"], priors["octaveBaseScale"]))
                integer(priors["topk"])
                if (
                    priors["rule"] != "ATSS_VLR"
                    or priors["scalesPerOctave"] != 1
                    or priors["ratios"] != [1.0]
                ):
                    text(priors["rule"])
                    integer(priors["scalesPerOctave"])
                    integer(len(priors["ratios"]))
                    for ratio in priors["ratios"]:
                        sha256.update(struct.pack(">d", ratio))
                    overlaps = (priors["positiveIou"], priors["minPositiveIou"])
                    sha256.update(struct.pack(">dd", *overlaps))
                    integer(len(priors["ranges"]))
                    for end in priors["ranges"]:
                        sha256.update(struct.pack(">d", end))
                    sha256.update(struct.pack(">d", priors["centerRadius"]))
        elif encoding["positions"] == "TOP_SCORE":
            integer(encoding["topScore"])
    integer(len(entries))
    for view_id in sorted(entries, key=lambda v: v.encode("utf-8")):
        entry = entries[view_id]
        text(view_id)
        sha256.update(entry["view"]["pixelsSha256"])
        payloads = sorted(entry["receipt"]["payloads"], key=lambda p: KINDS.index(p["kind"]))
        integer(len(payloads))
        for payload in payloads:
            text(payload["kind"])
            sha256.update(payload["sha256"])
    return sha256.hexdigest()


class _Archive:
    """Files of an archive; those of views and payloads are mapped, and looked through once for where each begins."""

    def __init__(self, folder):
        self._folder = folder
        self._files = {}
        sums = folder / "SHA256SUMS"
        if not sums.is_file():
            raise LecternError(f"{folder}: found no SHA256SUMS, expected a folder of 'lectern recordings export'")
        self._sums = dict(reversed(line.split()) for line in sums.read_text().splitlines())

    def reopened(self):
        return _Archive(self._folder)

    def records(self, name):
        """The records of a small file, which must have its checksum."""
        import avro.datafile

        data = (self._folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != self._sums.get(name):
            raise LecternError(f"{self._folder / name}: found another SHA-256 than SHA256SUMS states")
        with avro.datafile.DataFileReader(io.BytesIO(data), avro.io.DatumReader()) as records:
            return list(records)

    def view(self, dataset, expected):
        if "views.avro" not in self._sums:
            raise LecternError(f"{self._folder}: it was exported without views")
        return self._file("views.avro").read(expected["viewId"])[0]

    def payload(self, view_id, receipt, location):
        name = location["kind"].lower().replace("_", "-") + ".avro"
        return b"".join(chunk["payload"] for chunk in self._file(name).read(view_id))

    def _file(self, name):
        if name not in self._files:
            self._files[name] = _ContainerFile(self._folder / name)
        return self._files[name]


class _ContainerFile:
    """An Avro container file of uncompressed blocks, whose records are found by view id."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._decoder = avro.io.BinaryDecoder(self._map)
        if self._map.read(4) != b"Obj\x01":
            raise LecternError(f"{path}: expected an Avro container file")
        meta = {}
        while (count := self._decoder.read_long()) != 0:
            if count < 0:
                count = -count
                self._decoder.read_long()
            for _ in range(count):
                key = self._decoder.read_utf8()
                meta[key] = self._decoder.read_bytes()
        if meta.get("avro.codec", b"null") != b"null":
            raise LecternError(f"{path}: found blocks compressed with {meta['avro.codec']!r}, expected none")
        schema = avro.schema.parse(meta["avro.schema"].decode("utf-8"))
        self._reader = avro.io.DatumReader(schema)
        self._map.seek(16, os.SEEK_CUR)
        self._begins = {}
        while self._map.tell() < len(self._map):
            count = self._decoder.read_long()
            self._decoder.read_long()
            for _ in range(count):
                begin = self._map.tell()
                self._begins.setdefault(self._skip(schema), []).append(begin)
            self._map.seek(16, os.SEEK_CUR)

    def _skip(self, schema):
        """Passes over a record; its view id."""
        view_id = None
        for field in schema.fields:
            if field.name == "viewId":
                view_id = self._decoder.read_utf8()
            else:
                self._reader.skip_data(field.type, self._decoder)
        return view_id

    def read(self, view_id):
        """The records of a view, in order."""
        found = []
        for begin in self._begins.get(view_id, []):
            self._map.seek(begin)
            found.append(self._reader.read(self._decoder))
        if not found:
            raise LecternError(f"found no record of view {view_id} in the archive")
        return found


class _Broker:
    """Topics of a broker, read with assigned partitions and explicit offsets; there is no consumer group."""

    def __init__(self, bootstrap_servers, properties, schemas):
        self._settings = {
            **properties,
            "bootstrap.servers": bootstrap_servers,
            "group.id": "lectern-python-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 10,
            "fetch.error.backoff.ms": 10,
            "fetch.message.max.bytes": MAX_MESSAGE_BYTES,
            "queued.max.messages.kbytes": 2 * MAX_MESSAGE_BYTES >> 10,
        }
        self._properties = properties
        self._schemas = schemas
        self._open = None

    def reopened(self):
        return _Broker(self._settings["bootstrap.servers"], self._properties, self._schemas)

    def _consumer(self):
        from confluent_kafka import Consumer

        if self._open is None:
            self._open = (os.getpid(), Consumer(self._settings))
        elif self._open[0] != os.getpid():
            raise LecternError(
                "Kafka's client does not live through a fork; give the DataLoader multiprocessing_context='spawn'"
            )
        return self._open[1]

    def partitions(self, topic):
        known = self._consumer().list_topics(topic, timeout=60).topics[topic]
        if known.error is not None:
            raise LecternError(f"topic {topic}: {known.error}")
        return sorted(known.partitions)

    def records(self, topic, ends):
        """(partition, offset, key, value) of every record before the ends, or that there is now."""
        from confluent_kafka import KafkaError, TopicPartition

        consumer = self._consumer()
        starts, stops = [], {}
        for partition in self.partitions(topic):
            first, last = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=60)
            last = min(last, ends.get(f"{topic}-{partition}", last) if ends else last)
            if first < last:
                starts.append(TopicPartition(topic, partition, first))
                stops[partition] = last
        if ends:
            stops = {p: s for p, s in stops.items() if f"{topic}-{p}" in ends}
            starts = [s for s in starts if s.partition in stops]
        consumer.assign(starts)
        silent = time.monotonic()
        while stops:
            message = consumer.poll(1)
            if message is None:
                if time.monotonic() - silent > 60:
                    raise LecternError(f"topic {topic}: nothing came for 60 s; expected records up to {stops}")
                continue
            silent = time.monotonic()
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise LecternError(f"topic {topic}: {error}")
            partition, offset = message.partition(), message.offset()
            if partition not in stops:
                continue
            if error is None and offset < stops[partition]:
                yield partition, offset, message.key(), message.value()
            if offset + 1 >= stops[partition]:
                del stops[partition]
        consumer.unassign()

    def single(self, topic, partition, offset):
        """(key, value) of one record."""
        from confluent_kafka import TopicPartition

        consumer = self._consumer()
        consumer.assign([TopicPartition(topic, partition, offset)])
        until = time.monotonic() + 60
        while time.monotonic() < until:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error() is not None or message.offset() != offset:
                break
            return message.key(), message.value()
        raise LecternError(f"{topic}-{partition}@{offset}: found no record")

    def manifest(self, name, kind):
        found = None
        for partition, offset, key, value in self.records("lectern.manifests", {}):
            if key is not None and key.decode("utf-8") == name:
                found = self._schemas.decode(value, f"lectern.manifests-{partition}@{offset}") if value else None
        if found is None or found[0] != kind:
            raise LecternError(f"found no {kind} of '{name}' on the broker")
        return found[1]

    def table(self, topic, ends):
        """The last value of each key."""
        last = {}
        for partition, offset, key, value in self.records(topic, ends):
            if key is None:
                continue
            if value is None:
                last.pop(key.decode("utf-8"), None)
            else:
                last[key.decode("utf-8")] = self._schemas.decode(value, f"{topic}-{partition}@{offset}")[1]
        return last

    def view(self, dataset, expected):
        topic = f"{dataset}.views"
        _, value = self.single(topic, expected["partition"], expected["offset"])
        return self._schemas.decode(value, f"{topic}-{expected['partition']}@{expected['offset']}")[1]

    def payload(self, view_id, receipt, location):
        chunks = []
        for offset in location["offsets"]:
            _, value = self.single(location["topic"], location["partition"], offset)
            where = f"{location['topic']}-{location['partition']}@{offset}"
            chunks.append(self._schemas.decode(value, where)[1]["payload"])
        return b"".join(chunks)


# ---------------------------------------------------------------------------------------------- training

_64 = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _64
    return z ^ (z >> 31)


class _SplitMix64:
    """Lectern's random numbers; what a seed means is part of its contract."""

    def __init__(self, seed, stream):
        self._state = _mix(_mix((seed + _GOLDEN) & _64) ^ (stream * _GOLDEN & _64))

    def below(self, bound):
        while True:
            self._state = (self._state + _GOLDEN) & _64
            bits = _mix(self._state) >> 1
            value = bits % bound
            if bits - value + (bound - 1) < 1 << 63:
                return value


def epoch_order(view_ids, seed, epoch, plain_from=None):
    """The views of an epoch (from 0) in the order in which 'lectern train' visits them: one of each image.

    plain_from   the first epoch that takes plain views: epochs - close-augment of a run; none if None
    """
    turn = epoch if plain_from is None or epoch < plain_from else 0
    images = {}
    for view_id in view_ids:
        image, number = view_id.rsplit("#", 1)
        images.setdefault(image, []).append((int(number), view_id))
    order = []
    for image in sorted(images, key=_utf16):
        views = sorted(images[image])
        order.append(views[turn % len(views)][1])
    numbers = _SplitMix64(seed & _64, epoch)
    for last in range(len(order) - 1, 0, -1):
        other = numbers.below(last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def decode_canvas(view):
    """The pixels of a view: (H, W, 3) uint8, blue first."""
    import cv2

    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    canvas = cv2.imdecode(np.frombuffer(view["pixels"], np.uint8), flags)
    if canvas is None or canvas.shape != (view["height"], view["width"], 3):
        raise LecternError(f"view {view['viewId']}: found pixels that are not a {view['width']}x{view['height']} image")
    return canvas


def normalised(canvas, mean, std, channels="BGR"):
    """A network's input of a canvas: (3, H, W) float32, (pixel - mean) / std, channels in the named order."""
    ordered = canvas if channels == "BGR" else canvas[:, :, ::-1]
    mean, std = np.asarray(mean, np.float32), np.asarray(std, np.float32)
    table = (np.arange(256, dtype=np.float32)[:, None] - mean) / std
    return np.stack([table[:, c][ordered[:, :, c]] for c in range(3)])


class RecordingDataset(Dataset):
    """The samples of an epoch in the trainer's order; a DataLoader must not shuffle them.

    seed, plain_from   as a run's; see epoch_order
    kinds     of teacher outputs to read; all that are recorded if None
    mean, std, channels   how the student's input is normalised; as the teacher's if None

    A sample is a dict: view_id; image (3, H, W) float32; boxes (G, 4) float32 xyxy in canvas pixels; labels (G,) int64;
    crowd (G,) bool; labelled; teacher, by name a (C, H, W) float32 array with `fill` where no position is stored, and
    positions, by name which are stored, for tensors that hold some only. Photometric noise is left to the reader.
    """

    def __init__(
        self, recording, split="train", seed=0, kinds=None, mean=None, std=None, channels=None, fill=0.0,
        plain_from=None
    ):
        self.recording = recording
        self.split = split
        self.seed = seed
        self.plain_from = plain_from
        self.kinds = recording.kinds if kinds is None else tuple(kinds)
        teacher = recording.manifest["descriptor"]
        self.mean = teacher["mean"] if mean is None else mean
        self.std = teacher["std"] if std is None else std
        self.channels = teacher["channelOrder"] if channels is None else channels
        self.fill = fill
        self._view_ids = recording.view_ids(split)
        if not self._view_ids:
            splits = sorted(recording.dataset["splits"])
            raise LecternError(f"recording {recording.name}: no view of split '{split}', expected one of {splits}")
        self.set_epoch(0)

    def set_epoch(self, epoch):
        self.order = epoch_order(self._view_ids, self.seed, epoch, self.plain_from)

    def __len__(self):
        return len(self.order)

    def __getitem__(self, place):
        view_id = self.order[place]
        view = self.recording.view(view_id)
        tensors = self.recording.tensors(view_id, self.kinds)
        truth = view["groundTruth"]
        boxes = [[g["x1"], g["y1"], g["x2"], g["y2"]] for g in truth]
        return {
            "view_id": view_id,
            "image": normalised(decode_canvas(view), self.mean, self.std, self.channels),
            "boxes": np.asarray(boxes, np.float32).reshape(-1, 4),
            "labels": np.asarray([g["label"] for g in truth], np.int64),
            "crowd": np.asarray([g["crowd"] for g in truth], bool),
            "labelled": view.get("labelled", True),
            "teacher": {name: tensor.dense(self.fill) for name, tensor in tensors.items()},
            "positions": {n: t.positions for n, t in tensors.items() if t.positions is not None},
        }


def collate(samples):
    """A batch of samples: images and teacher outputs stacked as torch tensors, all else as lists."""
    import torch

    stack = lambda arrays: torch.from_numpy(np.stack(arrays))
    batch = {key: [sample[key] for sample in samples] for key in samples[0] if key not in ("image", "teacher")}
    batch["boxes"] = [torch.from_numpy(boxes) for boxes in batch["boxes"]]
    batch["labels"] = [torch.from_numpy(labels) for labels in batch["labels"]]
    batch["images"] = stack([sample["image"] for sample in samples])
    names = samples[0]["teacher"]
    batch["teacher"] = {name: stack([sample["teacher"][name] for sample in samples]) for name in names}
    return batch


# ---------------------------------------------------------------------------------------------- recording

_LOG = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "compression.type": "producer",
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
}
_TABLE = {"cleanup.policy": "compact", "compression.type": "producer"}


def teacher_id(descriptor, model_files, schemas=None):
    """Name, '@', and the SHA-256 of the model's files and the descriptor.

    Java workers give the same id to the same model and descriptor, apart from distribution heads with sigmoid scores
    and one point per cell, whose ids are made of an older form of the descriptor: such a recording is filled by
    workers of one language.
    """
    sha256 = hashlib.sha256()
    for file in model_files:
        sha256.update(Path(file).read_bytes())
    plain = {**descriptor, "family": "", "conversionLosses": []}
    sha256.update((schemas or Schemas()).encode_descriptor(plain))
    return f"{descriptor['name']}@{sha256.hexdigest()}"


class RecordingWriter:
    """Fills a recording with the outputs of a teacher that runs in Python; 'lectern ledger' counts and seals it.

        with RecordingWriter("mine-teacher", "mine", descriptor, teacher_id(descriptor, ["teacher.pt"]), kinds) as writer:
            for view in writer.views():
                writer.write(view, {"CLASS_SCORES": {"cls.0": ...}, "BOX_LOGITS": {"ltrb.0": ...}})

    kinds  by kind how its tensors are stored: {"values": "float16"}, and optionally "filter" and "compression"

    Of each view the payloads come first; when the broker has acknowledged them all, the receipt that makes the view
    recorded. A writer that dies leaves nothing half recorded; started again it goes on with the views that have no
    receipt. Several share the work by `part` and `parts`.
    """

    def __init__(
        self,
        name,
        dataset,
        descriptor,
        teacher,
        kinds,
        bootstrap_servers="127.0.0.1:9092",
        properties=None,
        worker=None,
        schemas=None,
    ):
        from confluent_kafka import Producer

        self.name = name
        self._schemas = schemas or Schemas()
        self._source = _Broker(bootstrap_servers, properties or {}, self._schemas)
        self._connection = {**(properties or {}), "bootstrap.servers": bootstrap_servers}
        self._producer = Producer(
            {
                **self._connection,
                "acks": "all",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "message.max.bytes": MAX_MESSAGE_BYTES,
                "linger.ms": 5,
            }
        )
        self._teacher = teacher
        self._worker = worker or f"python-{os.uname().nodename}-{os.getpid()}"
        self._kinds = {kind: {**_defaults(kinds[kind]), **kinds[kind]} for kind in KINDS if kind in kinds}
        self._failure = None
        self._unfinished = 0
        self._receipts = []
        self.dataset = self._source.manifest(dataset, "DatasetManifest")
        if self.dataset["state"] != "SEALED":
            raise LecternError(f"dataset '{dataset}' is open, expected one that 'lectern publish' has sealed")
        if (self.dataset["width"], self.dataset["height"]) != (descriptor["inputWidth"], descriptor["inputHeight"]):
            raise LecternError(f"dataset '{dataset}' has views of another size than the teacher's input")
        self._make_topics()
        self._open(descriptor)

    def _make_topics(self):
        partitions = len(self._source.partitions(f"{self.dataset['name']}.catalog"))
        logs = [kind.lower().replace("_", "-") for kind in KINDS] + ["receipts", "dead-letters"]
        topics = {f"{self.name}.{suffix}": _LOG for suffix in logs}
        topics[f"{self.name}.index"] = _TABLE
        self._create(topics, partitions)

    def _create(self, topics, partitions):
        from confluent_kafka import KafkaError, KafkaException
        from confluent_kafka.admin import AdminClient, NewTopic

        admin = AdminClient(self._connection)
        wanted = [NewTopic(t, num_partitions=partitions, replication_factor=-1, config=c) for t, c in topics.items()]
        for topic, made in admin.create_topics(wanted, operation_timeout=60).items():
            try:
                made.result()
            except KafkaException as e:
                if e.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise LecternError(f"topic {topic} cannot be created: {e}") from e
        for topic in topics:
            until = time.monotonic() + 60
            while len(admin.list_topics(topic, timeout=60).topics[topic].partitions) < partitions:
                if time.monotonic() > until:
                    raise LecternError(f"topic {topic} has no leaders after 60 s")
                time.sleep(0.1)

    def _open(self, descriptor):
        encodings = [
            {
                "kind": kind,
                "values": e["values"].upper(),
                "filter": e["filter"].upper(),
                "compression": e["compression"].upper(),
            }
            for kind, e in self._kinds.items()
        ]
        wanted = {
            "name": self.name,
            "state": "OPEN",
            "dataset": self.dataset["name"],
            "teacherId": self._teacher,
            "descriptor": descriptor,
            "encodings": encodings,
            "createdAt": int(time.time() * 1000),
        }
        encoded = self._schemas.encode("RecordingManifest", wanted)
        wanted = self._schemas.decode(encoded, "manifest")[1]
        try:
            present = self._source.manifest(self.name, "RecordingManifest")
        except LecternError:
            self._producer.produce("lectern.manifests", encoded, self.name.encode("utf-8"), on_delivery=self._delivered)
            self._unfinished += 1
            self._drain()
            present = self._source.manifest(self.name, "RecordingManifest")
        if present["state"] == "SEALED":
            raise LecternError(f"recording '{self.name}' is sealed; expected a new name")
        for key in ("dataset", "teacherId", "encodings"):
            if present[key] != wanted[key]:
                raise LecternError(
                    f"recording '{self.name}' was begun differently: {key} {present[key]}, this writer has {wanted[key]}"
                )

    def views(self, part=0, parts=1):
        """The View records that have no receipt yet; every `parts`-th of them from the `part`-th on."""
        done = set(self._source.table(f"{self.name}.receipts", {}))
        catalog = self._source.table(f"{self.dataset['name']}.catalog", self.dataset["endOffsets"])
        for place, view_id in enumerate(sorted(catalog, key=_utf16)):
            if place % parts == part and view_id not in done:
                view = self._source.view(self.dataset["name"], catalog[view_id])
                view["_at"] = (catalog[view_id]["partition"], catalog[view_id]["offset"])
                yield view

    def write(self, view, outputs):
        """Records the outputs of a view: by kind, by tensor name, arrays of the shapes that the descriptor states."""
        if set(outputs) != set(self._kinds):
            raise LecternError(f"view {view['viewId']}: found {sorted(outputs)}, expected {sorted(self._kinds)}")
        attempt = random.SystemRandom().getrandbits(64) - (1 << 63)
        payloads = []
        for kind, encoding in self._kinds.items():
            payload = write_tensors(
                outputs[kind], encoding["values"], encoding["filter"], encoding["compression"]
            )
            payloads.append(_Payload(kind, f"{self.name}.{kind.lower().replace('_', '-')}", payload))
        waiting = [sum(len(p.chunks) for p in payloads)]

        def acknowledged(payload, chunk):
            def done(error, message):
                if error is not None:
                    self._failure = self._failure or f"{message.topic()}: {error}"
                    return
                payload.partition = message.partition()
                payload.offsets[chunk] = message.offset()
                waiting[0] -= 1
                if waiting[0] == 0:
                    self._receipts.append(self._receipt(view, attempt, payloads))

            return done

        self._unfinished += 1
        for payload in payloads:
            for number, chunk in enumerate(payload.chunks):
                record = {
                    "viewId": view["viewId"],
                    "teacherId": self._teacher,
                    "kind": payload.kind,
                    "pixelsSha256": view["pixelsSha256"],
                    "attemptId": attempt,
                    "chunk": number,
                    "chunks": len(payload.chunks),
                    "payloadBytes": payload.size,
                    "payloadCrc32c": payload.crc,
                    "payload": chunk,
                }
                encoded = self._schemas.encode("TeacherTensors", record)
                self._send(payload.topic, view["viewId"], encoded, acknowledged(payload, number))
        self._proceed(0)

    def give_up(self, view, cause):
        """Says that a view cannot be recorded, and why; it counts as done."""
        partition, offset = view["_at"]
        letter = {
            "viewId": view["viewId"],
            "topic": f"{self.dataset['name']}.views",
            "partition": partition,
            "offset": offset,
            "cause": " ".join(str(cause).split()),
            "attempts": 1,
            "worker": self._worker,
            "failedAt": int(time.time() * 1000),
        }
        self._unfinished += 1
        encoded = self._schemas.encode("DeadLetter", letter)
        self._send(f"{self.name}.dead-letters", view["viewId"], encoded, self._delivered)
        self._proceed(0)

    def _receipt(self, view, attempt, payloads):
        return {
            "viewId": view["viewId"],
            "teacherId": self._teacher,
            "worker": self._worker,
            "attemptId": attempt,
            "pixelsSha256": view["pixelsSha256"],
            "payloads": [p.location() for p in payloads],
            "recordedAt": int(time.time() * 1000),
        }

    def _send(self, topic, view_id, value, on_delivery):
        while True:
            try:
                self._producer.produce(topic, value, view_id.encode("utf-8"), on_delivery=on_delivery)
                return
            except BufferError:
                self._proceed(0.1)

    def _delivered(self, error, message):
        if error is not None:
            self._failure = self._failure or f"{message.topic()}: {error}"
        self._unfinished -= 1

    def _proceed(self, seconds):
        self._producer.poll(seconds)
        while self._receipts:
            receipt = self._receipts.pop()
            encoded = self._schemas.encode("Receipt", receipt)
            self._send(f"{self.name}.receipts", receipt["viewId"], encoded, self._delivered)
        if self._failure is not None:
            raise LecternError(f"recording '{self.name}': the broker did not take a record: {self._failure}")

    def _drain(self):
        while self._unfinished:
            self._proceed(0.1)

    def close(self):
        """Returns when the broker has acknowledged every receipt."""
        self._drain()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.close()


def _defaults(encoding):
    return {
        "filter": "vertical_delta" if encoding["values"] == "int8" else "shuffle",
        "compression": "zstd",
    }


class _Payload:
    """A payload on its way: its pieces, and where the broker put them."""

    def __init__(self, kind, topic, data):
        self.kind = kind
        self.topic = topic
        self.size = len(data)
        crc = _crc(data)
        self.crc = crc - (1 << 32) if crc >= 1 << 31 else crc
        self.sha256 = hashlib.sha256(data).digest()
        piece = len(data) if len(data) <= MAX_WHOLE_PAYLOAD_BYTES else CHUNK_BYTES
        self.chunks = [data[at : at + piece] for at in range(0, len(data), piece)]
        self.partition = 0
        self.offsets = [0] * len(self.chunks)

    def location(self):
        return {
            "kind": self.kind,
            "topic": self.topic,
            "partition": self.partition,
            "offsets": self.offsets,
            "size": self.size,
            "crc32c": self.crc,
            "sha256": self.sha256,
        }
