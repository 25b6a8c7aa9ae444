"""What is sent is bad in every way: each door says what is wrong and keeps nothing of it."""

import base64
import io
import time
import uuid
import zipfile

DOORS = ["/api/alert", "/api/v1/alert", "/alerts/add", "/api/v1/intake/webhooks/plain"]


def valid(door, reference, **more):
    if door == "/alerts/add":
        return {"alert_title": "t", "alert_source": "hostile", "alert_source_ref": reference, "alert_severity_id": 4, **more}
    if door.endswith("/plain"):
        return {"title": "t", "source": "hostile", "source_ref": reference, **more}
    return {"title": "t", "description": "d", "type": "x", "source": "hostile", "sourceRef": reference, **more}


def said(door, answer):
    """The one message of an error in the dialect of the door."""
    assert isinstance(answer, dict), answer
    if door == "/alerts/add":
        assert answer["status"] == "error", answer
        return answer["message"] + str(answer["data"])
    if door.startswith("/api/v1/intake"):
        return answer["title"] + str(answer.get("detail")) + str(answer.get("errors"))
    assert set(answer) == {"type", "message"}, answer
    return f"{answer['type']}: {answer['message']}"


def count(matoi):
    query = [{"_name": "listAlert"}, {"_name": "filter", "_eq": {"_field": "source", "_value": "hostile"}}, {"_name": "count"}]
    return matoi.request("POST", "/api/v1/query", {"query": query}, token=matoi.token("hive"))[2]


def test_bad_bodies_are_refused_in_the_dialect_of_the_door(matoi):
    token = matoi.token("forwarder", "alert.create")
    before = count(matoi)
    for door in DOORS:
        for sent in [
            b"",
            b"{",
            b"[]",
            b"null",
            b'"text"',
            b'{"title": "\xff\xfe"}',
            b'{"title": "a", "title": "b"}',
            b"[" * 100_000,
            b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
            b'{"n": 1e999}',
            b"\x00\x01\x02",
        ]:
            status, _, answer = matoi.request(
                "POST", door, sent, token=token, headers={"Content-Type": "application/json"}
            )
            if sent == b"[]" and door.endswith("/plain"):
                # A list of no alerts is nothing wrong there.
                assert status == 200 and answer["items"] == [], answer
                continue
            assert status in (400, 422), (door, sent[:40], status, answer)
            assert len(said(door, answer)) > 10
    assert count(matoi) == before


def test_what_is_too_large_is_refused_with_the_limit(matoi):
    token = matoi.token("forwarder", "alert.create")
    before = count(matoi)
    for door in DOORS:
        sent = b'{"title": "' + b"x" * (5 << 20) + b'"}'
        try:
            status, _, answer = matoi.request(
                "POST", door, sent, token=token, headers={"Content-Type": "application/json"}
            )
        except OSError:
            # The connection was closed while the rest was still on its way.
            continue
        assert status == 413, (door, status, answer)
        assert any(c.isdigit() for c in said(door, answer)), answer
    assert count(matoi) == before


def test_strange_values_are_kept_as_text_or_refused(matoi):
    token = matoi.token("forwarder", "alert.create")
    for door in DOORS:
        for title in [
            "'; DROP TABLE desk_item; --",
            "<script>alert(1)</script>{{7*7}}${7*7}",
            "../../../../etc/passwd",
            "\u202egnp.exe\u202c 請求書",
            "🔥" * 50,
            "A" * 100_000,
            "line\r\nX-Injected: 1",
        ]:
            key = "alert_title" if door == "/alerts/add" else "title"
            status, _, answer = matoi.request("POST", door, valid(door, str(uuid.uuid4()), **{key: title}), token=token)
            assert status in (200, 201, 400, 422), (door, title[:30], status, answer)
            if status >= 400:
                assert len(said(door, answer)) > 10
            elif "title" in answer:
                assert "<script>" not in title or answer["title"] == title


def test_a_date_in_the_future_is_refused_or_remarked(matoi):
    token = matoi.token("forwarder", "alert.create")
    far = {"/alerts/add": {"alert_source_event_time": "2999-01-01T00:00:00Z"}, "/api/v1/intake/webhooks/plain": {"event_at": "2999-01-01T00:00:00Z"}}
    for door in DOORS:
        more = far.get(door, {"date": 32472144000000})
        status, _, answer = matoi.request("POST", door, valid(door, str(uuid.uuid4()), **more), token=token)
        assert status in (400, 422), (door, status, answer)
        assert len(said(door, answer)) > 10


def test_too_many_observables_are_refused(matoi):
    token = matoi.token("forwarder", "alert.create")
    before = count(matoi)
    many = [{"dataType": "ip", "data": f"198.51.{n // 256}.{n % 256}"} for n in range(10_000)]
    status, _, answer = matoi.request("POST", "/api/v1/alert", valid("/api/v1/alert", "many", observables=many), token=token)
    assert status == 400 and "2000" in said("/api/v1/alert", answer), answer
    assert count(matoi) == before


def test_bad_mails_are_refused_or_kept_whole(matoi):
    token = matoi.token("forwarder", "report.create", "report.read")
    boundary = b"--b\r\nContent-Disposition: attachment; filename=\"../../etc/%d\"\r\n\r\nx\r\n"
    head = b"From: a@example.net\r\nTo: csirt@minatono.example\r\nSubject: %s\r\nMessage-ID: <%s@example.net>\r\n"
    many = head % (b"many", uuid.uuid4().hex.encode()) + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    many += b"".join(boundary % n for n in range(10_000)) + b"--b--\r\n"
    for sent, expect in [
        (b"", {422}),
        (b"\r\n\r\n", {200, 201, 422}),
        (head % (b"truncated", uuid.uuid4().hex.encode()) + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-", {201}),
        (head % (b"=?utf-8?B?/////w==?= \xff\xfe", uuid.uuid4().hex.encode()) + b"Date: Fri, 31 Dec 2999 23:59:59 +0000\r\n\r\n\xff\xfe\xfa", {201}),
        (many, {201}),
        (b"x" * (61 << 20), {413}),
    ]:
        try:
            status, _, answer = matoi.request("POST", "/api/v1/intake/mail", sent, token=token, headers={"Content-Type": "message/rfc822"})
        except OSError:
            assert 413 in expect, "the connection broke"
            continue
        assert status in expect, (sent[:60], status, answer)
        if status < 300:
            again = matoi.request("POST", "/api/v1/intake/mail", sent, token=token, headers={"Content-Type": "message/rfc822"})
            assert again[0] == 200 and again[2]["existed"] is True and again[2]["number"] == answer["number"], again
        else:
            assert answer["title"] and answer["status"] == status


def bomb():
    """200 MB of zeros in 200 kB, under a name that means to leave its directory."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("../../../../etc/cron.d/bomb", "w") as entry:
            for _ in range(200):
                entry.write(bytes(1 << 20))
    return packed.getvalue()


def test_hostile_attachments_are_kept_byte_for_byte_and_named_harmlessly(matoi):
    token = matoi.token("forwarder", "report.create", "report.read")
    names = ["../../../../etc/passwd", "C:\\Windows\\system32\\evil.exe", "\u202egnp.exe", "a" * 5000 + ".zip", "CON", ".."]
    parts = [
        f'--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nx\r\n'
        for name in names
    ]
    packed = base64.encodebytes(bomb()).decode()
    parts.append(
        "--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="bomb.zip"\r\n\r\n{packed}\r\n'
    )
    head = f"From: a@example.net\r\nSubject: hostile\r\nMessage-ID: <{uuid.uuid4()}@example.net>\r\nMIME-Version: 1.0\r\n"
    sent = (head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + "".join(parts) + "--b--\r\n").encode()
    begun = time.monotonic()
    status, _, taken = matoi.request(
        "POST", "/api/v1/intake/mail", sent, token=token, headers={"Content-Type": "message/rfc822"}
    )
    assert status == 201, taken
    assert time.monotonic() - begun < 60
    status, _, mails = matoi.request("GET", f"/api/v1/intake/reports/{taken['report_id']}/mails", token=token)
    assert status == 200, mails
    status, headers, original = matoi.request("GET", f"/api/v1/intake/mails/{mails['items'][0]['id']}/original", token=token)
    assert status == 200 and original.encode() == sent
    assert headers["Content-Type"] == "application/octet-stream" and headers["Content-Disposition"].startswith("attachment")
    status, _, files = matoi.request("GET", f"/api/v1/reports/{taken['report_id']}/attachments", token=token)
    assert status == 200, files
    for file in files["items"]:
        assert not set(file["name"]) & set("/\\\u202e\0\r\n"), file["name"]
        assert file["name"] not in ("..", ".") and len(file["name"]) <= 255, file["name"]
    assert len(files["items"]) == len(names) + 1, files
    assert matoi.request("GET", "/readyz")[0] == 200
