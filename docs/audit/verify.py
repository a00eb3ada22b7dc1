#!/usr/bin/env python3
"""Verifies an export of a Chancery log, or a proof, from the published formats alone (docs/audit.md, docs/export.md).

    verify.py KEY export FOLDER      every file, every event's leaf, the tree, and the checkpoint that was signed
    verify.py KEY proof FILE         what `chancery log prove` or `chancery log consistency` wrote

KEY is what `chancery log key` prints. Exit code 0: it holds; 1: it does not; 2: wrong usage. Nothing but Python 3.8 is
needed; for an export that is compressed also the program `zstd`.
"""

import base64
import csv
import hashlib
import json
import os
import struct
import subprocess
import sys
import uuid
from datetime import datetime, timedelta


def sha256(data):
    return hashlib.sha256(data).digest()


def need(condition, why):
    if not condition:
        raise ValueError(why)


# Ed25519 (RFC 8032 §5.1), verification only: slow and plain. Nothing here is secret, so nothing needs to be constant-time.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    """Adds points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    need(y < P, "not a point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need((x * x - square) % P == 0 and (x or not sign), "not a point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point(bytes.fromhex("58" + "66" * 31))


def is_signed(key, message, signature):
    if len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = multiply(s, BASE), add(point(signature[:32]), multiply(k, point(key)))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint).


def read_key(text):
    name, key_id, key = text.strip().split("+", 2)
    key = base64.b64decode(key, validate=True)
    need(key[:1] == b"\x01" and len(key) == 33, "not an Ed25519 key")
    expected = sha256(name.encode() + b"\n" + key)[:4]
    need(bytes.fromhex(key_id) == expected, "the key's id does not belong to it")
    return name, expected, key[1:]


def open_checkpoint(note, key):
    """The size and root of a checkpoint that the key signed."""
    name, key_id, public = key
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    signed = False
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ")
        signature = base64.b64decode(signature, validate=True)
        if dash == "\u2014" and signer == name and signature[:4] == key_id:
            need(is_signed(public, text.encode(), signature[4:]), "the checkpoint's signature is wrong")
            signed = True
    need(signed, "the checkpoint is not signed by this key")
    origin, size, root = text.split("\n")[:3]
    need(origin == name, "the checkpoint is of another log")
    return int(size), base64.b64decode(root, validate=True)


# The tree (RFC 6962 §2).


def node(left, right):
    return sha256(b"\x01" + left + right)


def push(peaks, size, leaf):
    """Adds a leaf to a tree of this size, which is known by its peaks."""
    while size & 1:
        leaf, size = node(peaks.pop(), leaf), size >> 1
    peaks.append(leaf)


def root_of(peaks):
    if not peaks:
        return sha256(b"")
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node(peak, root)
    return root


def is_included(leaf, index, size, root, proof):
    """RFC 9162 §2.1.3.2."""
    if index >= size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old, old_root, new, new_root, proof):
    """RFC 9162 §2.1.4.2."""
    if old == 0:
        return not proof and old_root == sha256(b"")
    if old >= new:
        return old == new and old_root == new_root and not proof
    path = list(proof) if old & (old - 1) else [old_root] + list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node(sibling, before), node(sibling, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node(after, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


# Events.

NUMBERS = {"position": ">q", "version": ">q", "schema_version": ">i", "key_tenant": ">q"}
UUIDS = {"event_id", "key_app", "command_id", "correlation_id", "causation_id"}
COLUMNS = ["position", "event_id", "category", "stream", "version", "type", "schema_version", "recorded_at", "key_app",
           "key_tenant", "actor_kind", "actor_id", "command_id", "correlation_id", "causation_id", "traceparent"]
LONGEST = 1 << 26  # bytes of a line: what a file expands to is not known before


def microseconds(text):
    """Since 1970, of a time in RFC 3339 that ends in Z."""
    need(text.endswith("Z"), "a time is not in UTC")
    seconds, _, fraction = text[:-1].partition(".")
    need(len(fraction) <= 6, "a time is more exact than the log keeps it")
    since = datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S") - datetime(1970, 1, 1)
    return since // timedelta(microseconds=1) + int(fraction.ljust(6, "0"))


def entry(event, data):
    """What is hashed for an event's leaf, behind the 0x00."""
    out = []
    for column in COLUMNS:
        value = event[column]
        if value is None:
            out.append(b"\xff\xff\xff\xff")
            continue
        if column in NUMBERS:
            need(str(int(value)) == str(value), f"{column} is not a plain number")
            value = struct.pack(NUMBERS[column], int(value))
        elif column in UUIDS:
            value = uuid.UUID(value).bytes
        elif column == "recorded_at":
            value = struct.pack(">q", microseconds(value))
        else:
            value = value.encode()
        out.append(struct.pack(">I", len(value)) + value)
    return b"".join(out) + data


def split(stream):
    """The lines of a stream, of which none is held that is too long."""
    for line in iter(lambda: stream.readline(LONGEST), b""):
        need(len(line) < LONGEST, "a line is too long")
        yield line


def lines_of(folder, manifest, file):
    """The lines of a file of the export, decompressed, once its size and its hash are right."""
    path = os.path.join(folder, os.path.basename(file["name"]))
    with open(path, "rb") as opened:
        digest = hashlib.sha256()
        for block in iter(lambda: opened.read(1 << 20), b""):
            digest.update(block)
    whole = os.path.getsize(path) == file["bytes"] and digest.hexdigest() == file["sha256"]
    need(whole, f"{file['name']} is not the file that the manifest knows")
    if manifest["compression"] == "none":
        with open(path, "rb") as opened:
            yield from split(opened)
    else:
        with subprocess.Popen(["zstd", "-dc", path], stdout=subprocess.PIPE) as zstd:
            yield from split(zstd.stdout)
        need(zstd.returncode == 0, f"{file['name']} does not decompress")


def events_of(folder, manifest, file):
    """Each event's columns and its data, byte for byte."""
    lines = lines_of(folder, manifest, file)
    if manifest["encoding"] == "csv":
        csv.field_size_limit(1 << 24)
        rows = csv.reader((line.decode() for line in lines), strict=True)
        names = COLUMNS + ["data"]
        need(next(rows, []) == names, "the first line does not name the columns in their order")
        for row in rows:
            need(len(row) == len(names), "a record has too few fields or too many")
            event = dict(zip(names, row))
            # An empty field is no value, but for texts that are never missing. (A trace context is never empty.)
            optional = ["key_app", "key_tenant", "causation_id", "traceparent"]
            event.update({name: None for name in optional if event[name] == ""})
            yield event, event.pop("data").encode()
    else:
        for line in lines:
            need(line.endswith(b"}\n"), "a line is cut")
            # Quotes within the envelope's texts are escaped, so the first is the right one.
            envelope, _, data = line[:-2].partition(b',"data":')
            pairs = json.loads(envelope.decode() + "}", object_pairs_hook=list)
            # In a list, what is there twice stays there twice: other readers may take either.
            need([name for name, _ in pairs] == COLUMNS, "a line has other fields than the columns in their order")
            plain = all(value is None or type(value) is (int if name in NUMBERS else str) for name, value in pairs)
            need(plain, "a field of a line has another type than its column")
            yield dict(pairs), data


def verify_export(key, folder):
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as opened:
        manifest = json.load(opened)
    need(manifest["format"] == "chancery-export/1" and manifest["complete"], "not a complete export")
    need(manifest["checkpoint"], "the export has no checkpoint: nobody vouches for it")
    size, root = open_checkpoint(manifest["checkpoint"], key)
    peaks = [base64.b64decode(peak) for peak in manifest["before"]]
    position = manifest["first"] - 1
    need(len(peaks) == bin(position).count("1"), "the peaks before the first event are not right")
    sealed = None
    for file in manifest["files"]:
        before = position
        for event, data in events_of(folder, manifest, file):
            push(peaks, position, sha256(b"\x00" + entry(event, data)))
            position += 1
            need(int(event["position"]) == position, f"position {position} is not there")
            if position == size:
                need(root_of(peaks) == root, f"the events up to {size} are not those that were sealed")
                sealed = position
        need(position - before == file["rows"], f"{file['name']} has another number of events")
    need(position == manifest["last"], "events are missing at the end")
    need(manifest["count"] == position - manifest["first"] + 1, "the manifest has another number of events")
    commands = manifest["commands"]
    if commands:
        lines = sum(1 for _ in lines_of(folder, manifest, commands))
        need(lines == commands["rows"], f"{commands['name']} has another number of commands")
    here = root_of(peaks)
    need(base64.b64encode(here).decode() == manifest["root"], "the events do not lead to the manifest's root")
    if size >= position:
        proof = [base64.b64decode(step) for step in manifest["consistency"]]
        need(is_consistent(position, here, size, root, proof), "the events are not those that were sealed")
        sealed = position
    need(sealed is not None, "the checkpoint is of events before the export")
    print(f"positions {manifest['first']} to {sealed} are as they were sealed" +
          (f"; {position - sealed} after them were not sealed yet" if position > sealed else ""))


def verify_proof(key, path):
    with open(path, encoding="utf-8", newline="") as opened:
        head, _, rest = opened.read().partition("\n\n")
    lines = head.split("\n")
    if lines[0] == "c2sp.org/tlog-proof@v1":
        data = base64.b64decode(lines[1].partition("extra ")[2], validate=True)
        index = int(lines[2].partition("index ")[2])
        need(lines[2] == f"index {index}", "the index is not a plain number")
        size, root = open_checkpoint(rest, key)
        proof = [base64.b64decode(line, validate=True) for line in lines[3:]]
        position = struct.unpack(">q", data[4:12])[0]
        need(position == index + 1, "the event says another position than the proof")
        need(is_included(sha256(b"\x00" + data), index, size, root, proof), "the proof does not hold")
        print(f"the event at position {position} is among the first {size}")
    else:
        need(lines[0] == "chancery/consistency-proof@v1", "not a proof")
        text, signatures, new = rest.split("\n\n", 2)
        old_size, old_root = open_checkpoint(text + "\n\n" + signatures + "\n", key)
        size, root = open_checkpoint(new, key)
        proof = [base64.b64decode(line, validate=True) for line in lines[1:]]
        need(is_consistent(old_size, old_root, size, root, proof), "the proof does not hold")
        print(f"the first {old_size} of {size} events are those of the earlier checkpoint")


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in ("export", "proof"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        {"export": verify_export, "proof": verify_proof}[sys.argv[2]](read_key(sys.argv[1]), sys.argv[3])
    except (ValueError, TypeError, KeyError, IndexError, OSError, struct.error, csv.Error) as why:
        print(f"verify.py: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
