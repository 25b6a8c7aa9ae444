"""A live Matoi of its own for the tests: data directory, certificate, free port, accounts and tokens."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ORGANISATION = Path(__file__).resolve().parents[2] / "samples" / "organisation.json"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def values(text):
    """The JSON values that stand one after another in a text."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := len(text) - len(text[at:].lstrip())) < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


class Matoi:
    """Set up and running between `start` and `stop`."""

    def __init__(self, binary):
        self.binary = str(Path(binary).resolve())
        self.root = Path(tempfile.mkdtemp(prefix="matoi-compat-"))
        self.data = self.root / "data"
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"https://{self.host}"
        self.certificate = str(self.root / "certificate.pem")
        self.process = None
        self.log = []

    def start(self):
        self._make_certificate()
        self.command(
            "init",
            "--organisation-file",
            str(ORGANISATION),
            "--admin-login",
            "admin",
            environment={"MATOI_PASSWORD": "long-enough-for-a-test-of-clients"},
        )
        environment = self.environment()
        self.process = subprocess.Popen(
            [self.binary, "--data-dir", str(self.data), "serve", "--listen", self.host],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read_log, daemon=True).start()
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError("Matoi stopped while starting:\n" + self.last_log())
            try:
                status, _, _ = self.request("GET", "/readyz")
                if status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise RuntimeError("Matoi was not ready in time:\n" + self.last_log())

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.root, ignore_errors=True)

    def environment(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MATOI_")}
        environment["MATOI_SERVER_TLS_CERTIFICATE_FILE"] = self.certificate
        environment["MATOI_SERVER_TLS_KEY_FILE"] = str(self.root / "key.pem")
        environment["MATOI_LOG_LEVEL"] = "warn"
        return environment

    def command(self, *arguments, environment=None):
        """Runs the command line and gives what it says, as JSON values."""
        done = subprocess.run(
            [self.binary, "--data-dir", str(self.data), "--format", "json", *arguments],
            env={**self.environment(), **(environment or {})},
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode != 0:
            raise RuntimeError(f"matoi {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return values(done.stdout)

    def token(self, login, *scopes):
        arguments = ["token", "create", login, "--name", "compat", "--days", "1"]
        for scope in scopes:
            arguments += ["--scope", scope]
        if not scopes:
            arguments.append("--all-scopes")
        said = self.command(*arguments)
        for line in said:
            for value in line.values():
                if isinstance(value, str) and value.startswith("matoi_"):
                    return value
        raise RuntimeError(f"no token was shown: {said}")

    def request(self, method, path, body=None, token=None, headers=None):
        """A bare request; gives status, headers and the body, read as JSON where it is."""
        data = body
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        context = ssl.create_default_context(cafile=self.certificate)
        try:
            with urllib.request.urlopen(request, context=context, timeout=120) as answer:
                status, got, text = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, got, text = error.code, error.headers, error.read()
        try:
            return status, got, json.loads(text)
        except ValueError:
            return status, got, text.decode(errors="replace")

    def last_log(self):
        return "".join(self.log[-50:])

    def _read_log(self):
        for line in self.process.stdout:
            self.log.append(line)

    def _make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            + ["-keyout", str(self.root / "key.pem"), "-out", self.certificate, "-days", "2"]
            + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True,
            capture_output=True,
        )
