"""The key ring in a vault; a small server stands in for HashiCorp's and speaks its KV version 2."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pseudonymisation.__main__ import make_first_ring
from pseudonymisation.key_stores import load_ring, open_store, save_ring
from pseudonymisation.keys import KeyFault, with_new_key
from pseudonymisation.vault import VaultStore

TOKEN = "a token of the test"


class Stand(BaseHTTPRequestHandler):
    """One secret with versions, behind one token."""

    versions: list[dict]

    def do_GET(self):
        if not self.versions:
            return self.answer(404, {"errors": []})
        data = {"data": self.versions[-1], "metadata": {"version": len(self.versions)}}
        return self.answer(200, {"data": data})

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if said["options"]["cas"] != len(self.versions):
            return self.answer(400, {"errors": ["check-and-set parameter did not match"]})
        self.versions.append(said["data"])
        return self.answer(200, {"data": {"version": len(self.versions)}})

    do_PUT = do_POST  # noqa: N815 - named by the standard library

    def answer(self, status, said):
        if self.headers.get("X-Vault-Token") != TOKEN:
            status, said = 403, {"errors": ["permission denied"]}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def url(monkeypatch):
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    Stand.versions = []
    server = HTTPServer(("127.0.0.1", 0), Stand)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"vault+http://127.0.0.1:{server.server_port}/secret/portal/keys"
    server.shutdown()
    thread.join()
    server.server_close()


def fault_of(act) -> str:
    with pytest.raises(KeyFault) as caught:
        act()
    return caught.value.code


def test_a_ring_is_kept_in_a_vault(url):
    assert make_first_ring(url)
    assert not make_first_ring(url)

    ring = load_ring(url)
    save_ring(url, with_new_key(ring, "2024-04-01"))

    assert sorted(load_ring(url).by_epoch) == [1, 2]
    assert len(Stand.versions) == 2


def test_of_two_ceremonies_at_once_one_fails(url):
    make_first_ring(url)
    first = VaultStore(url)
    first.read()
    save_ring(url, load_ring(url))

    real, first.read = first.read, lambda: ""
    assert fault_of(lambda: first.write("late")) == "VAULT_REFUSED"
    first.read = real


def test_a_wrong_token_and_a_silent_vault_are_faults(url, monkeypatch):
    make_first_ring(url)
    monkeypatch.setenv("VAULT_TOKEN", "another")
    assert fault_of(lambda: load_ring(url)) == "VAULT_REFUSED"
    nobody = "vault+http://127.0.0.1:9/secret/keys"
    assert fault_of(lambda: load_ring(nobody)) == "VAULT_REFUSED"


def test_the_token_may_lie_in_a_file(url, monkeypatch, tmp_path):
    make_first_ring(url)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.delenv("VAULT_TOKEN")
    monkeypatch.setenv("VAULT_TOKEN_FILE", str(tmp_path / "token"))

    assert open_store(url).read()
