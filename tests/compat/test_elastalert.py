"""ElastAlert 2's own alerter classes, driven directly with matches as its rules give them."""

import uuid

from elastalert.alerters.iris import IrisAlerter
from elastalert.alerters.thehive import HiveAlerter
from elastalert.ruletypes import AnyRule
from elastalert.util import EAException

MATCH = {
    "@timestamp": "2026-11-18T03:12:45Z",
    "source": {"ip": "198.51.100.23"},
    "host": {"name": "PC-0231"},
    "url": {"full": "https://login.example.net/verify"},
    "message": "ログインに失敗しました",
    "tags": ["vpn", "認証"],
    "num_hits": 7,
    "num_matches": 1,
}


def rule(**more):
    base = {"name": "VPN 認証の失敗が続いている", "alert_subject": "VPN: {0}", "alert_subject_args": ["host.name"]}
    base.update(more)
    base["type"] = AnyRule(base)
    return base


def hive_rule(matoi, token, reference, **more):
    config = {
        "title": "{0} からの連続した認証失敗",
        "title_args": ["source.ip"],
        "type": "external",
        "source": "elastalert",
        "sourceRef": reference,
        "description": "{0}",
        "description_args": ["message"],
        "severity": 3,
        "tlp": 2,
        "tags": ["tags", "elastalert"],
        "customFields": [{"name": "host", "type": "string", "value": "host.name"}],
        "follow": True,
        "status": "New",
    }
    config.update(more)
    return rule(
        hive_connection={
            "hive_host": "https://127.0.0.1",
            "hive_port": matoi.port,
            "hive_apikey": token,
            "hive_verify": matoi.certificate,
        },
        hive_alert_config=config,
        hive_observable_data_mapping=[
            {"ip": "source.ip", "tlp": 3, "message": "送信元", "tags": ["src"]},
            {"url": "url.full"},
            {"domain": "no.such.field"},
        ],
    )


def alerts_of(matoi, source, **more):
    reader = matoi.token("hive")
    query = [{"_name": "listAlert"}, {"_name": "filter", "_eq": {"_field": "source", "_value": source}}]
    status, _, found = matoi.request("POST", "/api/v1/query", {"query": query}, token=reader)
    assert status == 200, found
    return [one for one in found if all(one[name] == value for name, value in more.items())]


def test_the_thehive_alerter_hands_in_an_alert(matoi):
    token = matoi.token("forwarder", "alert.create")
    reference = str(uuid.uuid4())
    HiveAlerter(hive_rule(matoi, token, reference)).alert([MATCH])
    (alert,) = alerts_of(matoi, "elastalert", sourceRef=reference)
    assert alert["title"] == "198.51.100.23 からの連続した認証失敗", alert
    assert alert["description"] == "ログインに失敗しました"
    assert alert["severity"] == 3 and alert["tlp"] == 2, alert
    assert set(alert["tags"]) == {"vpn", "認証", "elastalert"}
    assert alert["customFields"][0]["name"] == "host" and alert["customFields"][0]["value"] == "PC-0231"
    query = [{"_name": "getAlert", "idOrName": alert["_id"]}, {"_name": "observables"}]
    _, _, observables = matoi.request("POST", "/api/v1/query", {"query": query}, token=matoi.token("hive"))
    found = {(one["dataType"], one["data"]) for one in observables}
    assert ("ip", "198.51.100.23") in found and ("url", "https://login.example.net/verify") in found, found


def test_the_thehive_alerter_makes_no_second_alert_of_one_reference(matoi):
    token = matoi.token("forwarder", "alert.create")
    reference = str(uuid.uuid4())
    HiveAlerter(hive_rule(matoi, token, reference)).alert([MATCH])
    try:
        HiveAlerter(hive_rule(matoi, token, reference)).alert([MATCH])
        raise AssertionError("TheHive refuses a second alert with the same reference")
    except EAException as error:
        assert "400" in str(error), error
    assert len(alerts_of(matoi, "elastalert", sourceRef=reference)) == 1


def test_the_thehive_alerter_is_told_what_is_wrong(matoi):
    token = matoi.token("forwarder", "alert.create")
    for bad_token, more, expect in [
        ("matoi_" + "x" * 43, {}, "401"),
        (matoi.token("hive", "case.read"), {}, "403"),
        (token, {"severity": 9}, "400"),
    ]:
        try:
            HiveAlerter(hive_rule(matoi, bad_token, str(uuid.uuid4()), **more)).alert([MATCH])
            raise AssertionError(f"{expect} was expected")
        except EAException as error:
            assert expect in str(error), error


def test_the_iris_alerter_hands_in_an_alert(matoi):
    token = matoi.token("forwarder", "alert.create")
    name = f"不審なログイン {uuid.uuid4()}"
    config = rule(
        name=name,
        iris_host=matoi.host,
        iris_api_token=token,
        iris_ca_cert=matoi.certificate,
        iris_customer_id=1,
        iris_description="海外からのログイン",
        iris_alert_note="確認してください",
        iris_alert_tags="vpn,login",
        iris_alert_status_id=2,
        iris_alert_severity_id=5,
        iris_alert_source_link="https://kibana.minatono.example/app/discover",
        iris_overwrite_timestamp=True,
        iris_alert_context={"username": "host.name"},
        iris_iocs=[{"ioc_description": "source", "ioc_tags": "ip", "ioc_tlp_id": 1, "ioc_type_id": 76, "ioc_value": "source.ip"}],
    )
    IrisAlerter(config).alert([MATCH])
    (alert,) = alerts_of(matoi, "ElastAlert2", title=name)
    assert alert["severity"] == 3, alert
    assert "海外からのログイン" in alert["description"] and "確認してください" in alert["description"]
    assert set(alert["tags"]) == {"vpn", "login"}
    assert alert["externalLink"].startswith("https://kibana."), alert
    assert alert["date"] == 1794971565000, alert["date"]


def test_the_iris_alerter_is_told_what_is_wrong(matoi):
    token = matoi.token("forwarder", "alert.create")
    for bad_token, kind, expect in [("matoi_" + "x" * 43, "alert", "401"), (token, "case", "501")]:
        config = rule(iris_host=matoi.host, iris_api_token=bad_token, iris_ca_cert=matoi.certificate, iris_type=kind)
        try:
            IrisAlerter(config).alert([MATCH])
            raise AssertionError(f"{expect} was expected")
        except EAException as error:
            assert expect in str(error), error
