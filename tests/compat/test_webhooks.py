"""Webhooks: with a token and a mapping's name, with a secret of their own, switched off, with another secret."""

import uuid

PLAIN = {"source": "nas", "title": "ディスクの異常", "severity": "high"}


def body(**more):
    return {**PLAIN, "source_ref": str(uuid.uuid4()), **more}


def admin(matoi):
    # The set-up's administrator; only the command line may make a token for a person.
    return matoi.token("admin")


def make(matoi, name, mapping="plain"):
    status, headers, made = matoi.request("POST", "/api/v1/intake/webhooks", {"name": name, "mapping": mapping}, token=admin(matoi))
    assert status == 201, made
    return made["secret"], headers["ETag"]


def test_a_token_and_the_name_of_a_mapping_are_enough(matoi):
    token = matoi.token("forwarder", "alert.create")
    sent = body()
    status, _, taken = matoi.request("POST", "/api/v1/intake/webhooks/plain", sent, token=token)
    assert status == 200 and taken["items"][0]["existed"] is False, taken
    status, _, again = matoi.request("POST", "/api/v1/intake/webhooks/plain", sent, token=token)
    assert status == 200 and again["items"][0]["existed"] is True, again
    assert again["items"][0]["number"] == taken["items"][0]["number"]


def test_a_webhook_is_used_with_its_secret(matoi):
    secret, _ = make(matoi, "nas")
    path = "/api/v1/intake/webhooks/nas"
    for headers in [{"X-Matoi-Secret": secret}, {"Authorization": f"Bearer {secret}"}]:
        status, _, taken = matoi.request("POST", path, body(), headers=headers)
        assert status == 200 and len(taken["items"]) == 1, taken
    for headers in [{}, {"X-Matoi-Secret": secret + "x"}, {"X-Matoi-Secret": ""}]:
        status, _, problem = matoi.request("POST", path, body(), headers=headers)
        assert status == 401, problem
    status, _, _ = matoi.request("POST", "/api/v1/intake/webhooks/no-such", body(), headers={"X-Matoi-Secret": secret})
    assert status == 401
    status, _, _ = matoi.request("GET", "/api/v1/alerts", headers={"Authorization": f"Bearer {secret}"})
    assert status == 401


def test_a_webhook_gets_another_secret_and_is_switched_off(matoi):
    secret, etag = make(matoi, "ups")
    path = "/api/v1/intake/webhooks/ups"
    status, headers, made = matoi.request("POST", f"{path}/rotate", token=admin(matoi), headers={"If-Match": etag})
    assert status == 200, made
    assert matoi.request("POST", path, body(), headers={"X-Matoi-Secret": secret})[0] == 401
    assert matoi.request("POST", path, body(), headers={"X-Matoi-Secret": made["secret"]})[0] == 200
    status, headers, _ = matoi.request(
        "PATCH", path, {"enabled": False}, token=admin(matoi), headers={"If-Match": headers["ETag"]}
    )
    assert status == 200
    assert matoi.request("POST", path, body(), headers={"X-Matoi-Secret": made["secret"]})[0] == 401
    status, _, problem = matoi.request("POST", path, body(), token=matoi.token("forwarder", "alert.create"))
    assert status == 409, problem
    assert matoi.request("DELETE", path, token=admin(matoi), headers={"If-Match": headers["ETag"]})[0] == 204
    assert matoi.request("POST", path, body(), token=matoi.token("forwarder", "alert.create"))[0] == 404
