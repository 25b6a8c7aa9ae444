"""thehive4py's own client: create, get, update, bulk, find by query, promote to case, merge of alerts, and what hangs on cases."""

import uuid

from thehive4py import TheHiveApi
from thehive4py.errors import TheHiveError
from thehive4py.query.filters import Between, EndsWith, Eq, Gt, Gte, Has, Id, In, Like, Lt, Ne, StartsWith
from thehive4py.query.page import Paginate
from thehive4py.query.sort import Asc, Desc


def client(matoi, *scopes, login="hive"):
    return TheHiveApi(url=matoi.url, apikey=matoi.token(login, *scopes), verify=matoi.certificate)


def new(source=None, **more):
    alert = {
        "type": "siem",
        "source": source or f"test-{uuid.uuid4()}",
        "sourceRef": str(uuid.uuid4()),
        "title": "不審なプロセス",
        "description": "powershell.exe が難読化された引数で起動",
    }
    alert.update(more)
    return alert


def refused(call, expect):
    try:
        call()
    except TheHiveError as error:
        assert expect in error.message, f"{expect!r} was expected in {error.message!r}"
        return error
    raise AssertionError(f"an error with {expect!r} was expected")


def test_an_alert_is_created_and_got(matoi):
    hive = client(matoi)
    given = new(
        severity=4,
        tlp=1,
        pap=3,
        date=1794971565000,
        tags=["edr", "端末"],
        externalLink="https://edr.minatono.example/alerts/1",
        customFields=[{"name": "host", "value": "PC-0231"}],
        observables=[
            {"dataType": "ip", "data": "198.51.100.23", "message": "C2", "tags": ["c2"]},
            {"dataType": "hash", "data": ["d41d8cd98f00b204e9800998ecf8427e"]},
            {"dataType": "mail", "data": "attacker@evil.example"},
        ],
        summary="kept as it is",
    )
    alert = hive.alert.create(given)
    assert hive.alert.get(alert["_id"])["title"] == given["title"]
    got = hive.alert.get(alert["_id"])
    for name in ["type", "source", "sourceRef", "title", "description", "severity", "tlp", "pap", "date", "externalLink", "summary"]:
        assert got[name] == given[name], (name, got[name])
    assert got["tags"] == ["edr", "端末"] and got["status"] == "New" and got["stage"] == "New"
    assert got["severityLabel"] == "CRITICAL" and got["tlpLabel"] == "GREEN"
    assert got["customFields"][0]["value"] == "PC-0231"
    assert got["observableCount"] >= 3, got["observableCount"]
    assert got["_createdBy"] == "hive"
    found = hive.alert.find_observables(alert["_id"])
    assert {one["data"] for one in found} >= {"198.51.100.23", "attacker@evil.example"}, found


def test_the_same_reference_makes_no_second_alert(matoi):
    hive = client(matoi)
    given = new()
    hive.alert.create(given)
    refused(lambda: hive.alert.create({**given, "title": "another"}), "CreateError")
    assert hive.alert.count(Eq("source", given["source"])) == 1


def test_an_alert_is_updated(matoi):
    hive = client(matoi)
    alert = hive.alert.create(new(tags=["a", "b"]))
    id = alert["_id"]
    hive.alert.update(id, {"title": "new title", "severity": 1, "addTags": ["c"], "removeTags": ["a"], "tlp": 2})
    got = hive.alert.get(id)
    assert (got["title"], got["severity"], got["tags"], got["tlp"]) == ("new title", 1, ["b", "c"], 2), got
    hive.alert.update(id, {"customFields": [{"name": "x", "value": 7}], "summary": "s"})
    assert hive.alert.get(id)["customFields"][0]["value"] == 7
    hive.alert.update(id, {"status": "InProgress"})
    assert hive.alert.get(id)["status"] == "InProgress"
    hive.alert.update(id, {"status": "FalsePositive", "summary": "a drill"})
    assert hive.alert.get(id)["stage"] == "Closed"
    hive.alert.update(id, {"status": "New"})
    assert hive.alert.get(id)["stage"] == "InProgress"
    hive.alert.update(id, {"status": "Ignored"})
    assert hive.alert.get(id)["status"] == "Ignored"
    hive.alert.unfollow(id)
    assert hive.alert.get(id)["follow"] is False
    refused(lambda: hive.alert.update(id, {"status": "Nonsense"}), "known are")
    refused(lambda: hive.alert.update(id, {"source": "another"}), "source")
    refused(lambda: hive.alert.update(id, {"assignee": "nobody@x"}), "assignee")


def test_many_alerts_are_updated_at_once_or_none(matoi):
    hive = client(matoi)
    source = f"bulk-{uuid.uuid4()}"
    ids = [hive.alert.create(new(source))["_id"] for _ in range(3)]
    hive.alert.bulk_update({"ids": ids, "severity": 4, "tags": ["bulk"]})
    assert [hive.alert.get(id)["severity"] for id in ids] == [4, 4, 4]
    refused(lambda: hive.alert.bulk_update({"ids": [*ids, f"~{uuid.uuid4()}"], "severity": 1}), "NotFoundError")
    assert [hive.alert.get(id)["severity"] for id in ids] == [4, 4, 4]


def test_alerts_are_found_by_query(matoi):
    hive = client(matoi)
    source = f"find-{uuid.uuid4()}"
    made = [
        hive.alert.create(new(source, title=f"検知 {n}", severity=n, tags=[f"t{n}", "all"], date=1790000000000 + n))
        for n in range(1, 5)
    ]
    mine = Eq("source", source)
    for filters, expect in [
        (mine, 4),
        (mine & Eq("severity", 3), 1),
        (mine & Gt("severity", 2), 2),
        (mine & Gte("severity", 2), 3),
        (mine & Lt("severity", 2), 1),
        (mine & Ne("severity", 2), 3),
        (mine & Like("title", "検知 *"), 4),
        (mine & StartsWith("title", "検知 1"), 1),
        (mine & EndsWith("title", "2"), 1),
        (mine & In("severity", [1, 4]), 2),
        (mine & Between("date", 1790000000002, 1790000000004), 2),
        (mine & Eq("tags", "t2"), 1),
        (mine & Has("tags"), 4),
        (mine & ~Eq("tags", "t2"), 3),
        (mine & (Eq("tags", "t1") | Eq("tags", "t2")), 2),
        (mine & Eq("status", "New"), 4),
        (mine & Eq("status", "Imported"), 0),
        (mine & Id(made[0]["_id"]), 1),
        (mine & Eq("title", "検知 1' OR '1'='1"), 0),
    ]:
        assert len(hive.alert.find(filters)) == expect, filters
        assert hive.alert.count(filters) == expect, filters
    titles = [one["title"] for one in hive.alert.find(mine, sortby=Desc("severity"))]
    assert titles == ["検知 4", "検知 3", "検知 2", "検知 1"], titles
    titles = [one["title"] for one in hive.alert.find(mine, sortby=Asc("severity"), paginate=Paginate(1, 3))]
    assert titles == ["検知 2", "検知 3"], titles
    refused(lambda: hive.alert.find(Eq("nonsense", 1)), "known are")
    refused(lambda: hive.query.run([{"_name": "listUser"}]), "NotSupportedError")


def test_an_alert_is_promoted_to_a_case(matoi):
    hive = client(matoi)
    alert = hive.alert.create(
        new(tags=['rsit:malicious-code="ransomware"', "x"], customFields=[{"name": "host", "value": "PC-1"}],
            observables=[{"dataType": "ip", "data": "198.51.100.77"}])
    )
    case = hive.alert.promote_to_case(alert["_id"], {"title": "ランサムウェア", "severity": 4, "tasks": [{"title": "隔離する"}]})
    assert case["title"] == "ランサムウェア" and case["severity"] == 4, case
    assert case["extraData"]["class"] == "malicious-code.ransomware"
    assert set(case["tags"]) == {'rsit:malicious-code="ransomware"', "x"}
    assert case["customFields"][0]["value"] == "PC-1"
    got = hive.alert.get(alert["_id"])
    assert got["caseId"] == case["_id"] and got["status"] == "Imported", got
    assert hive.case.get(case["_id"])["number"] == case["number"]
    assert hive.case.get(str(case["number"]))["_id"] == case["_id"]
    assert [task["title"] for task in hive.case.find_tasks(case["_id"])] == ["隔離する"]
    assert "198.51.100.77" in [one["data"] for one in hive.case.find_observables(case["_id"])]
    refused(lambda: hive.alert.promote_to_case(alert["_id"]), "BadRequest")


def test_alerts_are_merged_into_a_case(matoi):
    hive = client(matoi)
    case = hive.alert.promote_to_case(hive.alert.create(new())["_id"])
    one, two, three = [hive.alert.create(new()) for _ in range(3)]
    merged = hive.alert.merge_into_case(one["_id"], case["_id"])
    assert merged["_id"] == case["_id"]
    hive.alert.bulk_merge_into_case(case["_id"], [two["_id"], three["_id"]])
    for alert in [one, two, three]:
        assert hive.alert.get(alert["_id"])["caseId"] == case["_id"]
    hive.alert.merge_into_case(one["_id"], case["_id"])
    of_case = hive.query.run([{"_name": "getCase", "idOrName": case["_id"]}, {"_name": "alerts"}])
    assert len(of_case) == 4, len(of_case)


def test_a_case_is_created_changed_and_found(matoi):
    hive = client(matoi)
    tag = f"tag-{uuid.uuid4()}"
    case = hive.case.create(
        {"title": "調査", "description": "経緯", "severity": 2, "tlp": 2, "tags": [tag], "flag": True,
         "tasks": [{"title": "ログを集める", "description": "ファイアウォール", "group": "調査"}]}
    )
    assert case["flag"] is True and case["status"] == "New" and case["tags"] == [tag], case
    hive.case.update(case["_id"], {"title": "調査2", "severity": 3, "addTags": ["y"], "summary": "まとめ", "assignee": "hive"})
    got = hive.case.get(case["_id"])
    assert (got["title"], got["severity"], got["summary"], got["assignee"]) == ("調査2", 3, "まとめ", "hive"), got
    assert len(hive.case.find(Eq("tags", tag))) == 1
    assert hive.case.count(Eq("tags", tag) & Eq("severity", 3)) == 1
    assert hive.case.find(Eq("number", case["number"]))[0]["_id"] == case["_id"]
    assert hive.case.find(Eq("tags", tag) & Eq("status", "InProgress")) == []
    hive.case.update(case["_id"], {"status": "InProgress"})
    assert len(hive.case.find(Eq("tags", tag) & Eq("status", "InProgress"))) == 1
    hive.case.bulk_update({"ids": [case["_id"]], "severity": 1})
    assert hive.case.get(case["_id"])["severity"] == 1


def test_tasks_observables_and_comments_of_a_case(matoi):
    hive = client(matoi)
    case = hive.case.create({"title": "c", "description": "d"})
    task = hive.case.create_task(case["_id"], {"title": "t", "group": "g", "order": 2, "dueDate": 1800000000000})
    assert (task["status"], task["group"], task["order"], task["dueDate"]) == ("Waiting", "g", 2, 1800000000000), task
    hive.task.update(task["_id"], {"status": "InProgress", "assignee": "hive", "title": "t2"})
    got = hive.task.get(task["_id"])
    assert (got["status"], got["assignee"], got["title"], got["group"]) == ("InProgress", "hive", "t2", "g"), got
    hive.task.update(task["_id"], {"status": "Completed"})
    assert hive.task.get(task["_id"])["status"] == "Completed"
    added = hive.case.create_observable(case["_id"], {"dataType": "domain", "data": "evil[.]example", "message": "m"})
    assert [one["data"] for one in added] == ["evil.example"], added
    comment = hive.comment.create_in_case(case["_id"], {"message": "**確認**しました"})
    assert comment["message"] == "**確認**しました"
    assert [one["message"] for one in hive.case.find_comments(case["_id"])] == ["**確認**しました"]


def test_a_case_is_closed_by_the_rules_of_its_life_cycle(matoi):
    lead = client(matoi)
    handler = client(matoi, login="forwarder")
    case = handler.case.create({"title": "誤検知", "description": "d"})
    refused(lambda: handler.case.close(case["_id"], "FalsePositive", "訓練でした"), "AuthorizationError")
    assert handler.case.get(case["_id"])["stage"] == "New"
    lead.case.close(case["_id"], "FalsePositive", "訓練でした")
    got = lead.case.get(case["_id"])
    assert (got["status"], got["stage"], got["summary"]) == ("FalsePositive", "Closed", "訓練でした"), got
    assert case["_id"] in [one["_id"] for one in lead.case.find(Eq("status", "FalsePositive"))]
    lead.case.open(case["_id"])
    assert lead.case.get(case["_id"])["stage"] == "InProgress"


def test_cases_are_merged(matoi):
    hive = client(matoi)
    one, two = [hive.case.create({"title": f"case {n}", "description": "d"}) for n in range(2)]
    merged = hive.case.merge([one["_id"], two["_id"]])
    assert merged["_id"] == one["_id"]
    assert hive.case.get(two["_id"])["status"] == "Duplicated"


def test_who_asks(matoi):
    assert client(matoi).user.get_current()["login"] == "hive"


def test_scopes_hold(matoi):
    sender = client(matoi, "alert.create")
    alert = sender.alert.create(new())
    refused(lambda: sender.alert.get(alert["_id"]), "AuthorizationError")
    refused(lambda: sender.alert.find(), "AuthorizationError")
    refused(lambda: sender.alert.update(alert["_id"], {"title": "x"}), "AuthorizationError")
    refused(lambda: sender.alert.promote_to_case(alert["_id"]), "AuthorizationError")
    refused(lambda: sender.case.create({"title": "x", "description": "y"}), "AuthorizationError")
    reader = client(matoi, "alert.read")
    refused(lambda: reader.alert.create(new()), "AuthorizationError")
    assert reader.alert.get(alert["_id"])["_id"] == alert["_id"]
    stranger = TheHiveApi(url=matoi.url, apikey="matoi_" + "x" * 43, verify=matoi.certificate)
    refused(lambda: stranger.alert.find(), "AuthenticationError")


def test_what_is_not_supported_is_said_so(matoi):
    hive = client(matoi)
    alert = hive.alert.create(new())
    for call in [
        lambda: hive.alert.delete(alert["_id"]),
        lambda: hive.alert.bulk_delete([alert["_id"]]),
        lambda: hive.alert.import_into_case(alert["_id"], "~x"),
        lambda: hive.alert.create_procedure(alert["_id"], {"occurDate": 1, "patternId": "T1059"}),
        lambda: hive.alert.create(new(procedures=[{"patternId": "T1059", "occurDate": 1}])),
        lambda: hive.observable.get("~x"),
        lambda: hive.task.create_log("~x", {"message": "m"}),
        lambda: hive.case.delete("~x"),
    ]:
        error = refused(call, "NotSupportedError")
        assert error.response.status_code == 501
