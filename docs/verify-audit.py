#!/usr/bin/env python3
"""Verifies an exported audit log without Matoi: verify-audit.py EXPORT. Needs Python 3.8 and openssl 3. See audit-chain.md."""
import base64, hashlib, json, os, subprocess, sys, tempfile

FIELDS = "id at actor_kind actor_id actor_name session_id token_id address request_id verb entity_kind entity_id scope_id".split()
sha = lambda data: hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()

def cannot(why):
    print(f"verify-audit.py: {why}", file=sys.stderr)
    sys.exit(2)

def is_signed(key, text, signature):
    with tempfile.TemporaryDirectory() as directory:
        parts = {"key": bytes.fromhex("302a300506032b6570032100") + key, "text": text.encode(), "signature": signature}
        for name, data in parts.items():
            with open(os.path.join(directory, name), "wb") as file:
                file.write(data)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in text -sigfile signature"
        return subprocess.run(command.split(), cwd=directory, capture_output=True).returncode == 0

if len(sys.argv) != 2:
    cannot("name the file with the export: verify-audit.py EXPORT")
keys, link, rows, sealed, number = {}, "0" * 64, 0, 0, 0
try:
    for number, line in enumerate(open(sys.argv[1], encoding="utf-8", errors="surrogateescape"), 1):
        row = json.loads(line)
        if row["type"] == "key":
            keys[row["key_id"]] = base64.b64decode(row["ed25519"])
        elif row["type"] == "change":
            rows += 1
            inner = sha(row["salt"] + "\n" + row["detail"]) if "salt" in row else str(row.get("inner_digest"))
            fields = [] if row.get("withheld") else ["" if row[name] is None else row[name] for name in FIELDS]
            digest = sha("".join(f"{value}\n" for value in [*fields, inner])) if fields else row["digest"]
            link = sha(f"{link}\n{row['epoch']}\n{row['seq']}\n{row['id']}\n{row['digest']}\n")
            if (row["seq"], row["digest"], row["link"]) != (rows, digest, link):
                sys.exit(f"row {row['seq']} was altered, or rows before it are missing")
        elif row["type"] == "seal":
            text = f"matoi seal 1\n{row['epoch']}\n{row['last_seq']}\n{row['link']}\n{row['sealed_at']}\n"
            key = keys.get(row["key_id"], b"")
            if (row["last_seq"], row["link"], row["key_id"]) != (rows, link, sha(key)[:16]) or not is_signed(key, text, base64.b64decode(row["signature"])):
                sys.exit(f"the signature after row {rows} is not right")
            sealed = rows
except OSError as error:
    cannot(f"{error.filename}: {error.strerror}")
except (ValueError, KeyError, TypeError, AttributeError):
    sys.exit(f"line {number} is not what an export holds")
if rows != sealed or rows == 0:
    sys.exit(f"nothing signs rows {sealed + 1} to {rows}" if rows else "there are no rows")
print(f"intact: {rows} rows\nhead: {link}\nkeys: {' '.join(keys)}")
