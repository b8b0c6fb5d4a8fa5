"""The stack as CloudFormation reads it: each condition on and off, and what is watched."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import app
from infra import intrinsics, observation, package, trial
from tests import events
from tests.conftest import Client, Outbox, Pushed

pytestmark = pytest.mark.package

DEVELOPMENT = {"Stage": "dev"}
PRODUCTION = {"Stage": "prod"}
WATCHED = {"Stage": "dev", "AlarmEmail": "ops@example.com"}
EMULATED = {"Stage": "local", "LocalPort": "7145", "AlarmEmail": "ops@example.com"}
OWN_DOMAINS = {
    "Stage": "prod",
    "DomainName": "tasks.example.com",
    "SocketDomainName": "live.example.com",
    "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/1",
}
# Free in every account for good: https://aws.amazon.com/cloudwatch/pricing/
FREE_ALARM_METRICS = 10
# Each condition, and the resources that stand and fall with it.
STANDS_WITH = {
    "AlarmTopic": "HasAlarmEmail",
    "Budget": "Budgeted",
    "GatewayAccount": "OwnsGatewayLogRole",
    "GatewayLogWriter": "OwnsGatewayLogRole",
    "MailIdentityInSes": "HasMailIdentity",
    "SiteDomain": "HasDomain",
    "SiteMapping": "HasDomain",
    "SiteRecord": "HasDomainRecord",
    "SocketDomain": "HasSocketDomain",
    "SocketMapping": "HasSocketDomain",
    "SocketRecord": "HasSocketDomainRecord",
}
Resources = dict[str, Any]
Deployed = Callable[[Mapping[str, str]], Resources]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return package.template(tmp_path_factory.mktemp("template"), "arm64")


@pytest.fixture(scope="module")
def deployed(template: Any) -> Deployed:
    """The resources there are with certain parameters."""
    return lambda parameters: intrinsics.deployed(template, parameters)


def test_each_conditional_resource_stands_with_its_condition(template: Any) -> None:
    conditional = {
        name: resource["Condition"]
        for name, resource in template["Resources"].items()
        if "Condition" in resource
    }
    watching = {name for name in conditional if name.endswith(("Alarm", "Accidents", "Refusals"))}

    assert {conditional[name] for name in watching} == {"Watched"}
    assert {each: it for each, it in conditional.items() if each not in watching} == STANDS_WITH


@pytest.mark.parametrize(
    ("parameters", "watched", "told", "budgeted"),
    [
        (DEVELOPMENT, False, False, False),
        (PRODUCTION, True, False, False),
        (WATCHED, True, True, True),
        (EMULATED, True, True, False),
    ],
)
def test_what_is_watched_and_who_is_told(
    parameters: dict[str, str], watched: bool, told: bool, budgeted: bool, deployed: Deployed
) -> None:
    resources = deployed(parameters)

    actions = {
        json.dumps(alarm[kind])
        for alarm in alarms(resources).values()
        for kind in ("AlarmActions", "OKActions")
    }
    assert bool(alarms(resources)) is watched
    assert actions == ({'[{"Ref": "AlarmTopic"}]'} if told else {"[]"} if watched else set())
    assert ("Budget" in resources) is budgeted


def test_alarm_address_hears_of_the_budget_in_time(deployed: Deployed) -> None:
    resources = deployed(WATCHED)

    subscription = {"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    assert resources["AlarmTopic"]["Properties"]["Subscription"] == [subscription]
    notices = resources["Budget"]["Properties"]["NotificationsWithSubscribers"]
    assert {
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
        for each in notices
    } == {("ACTUAL", 80), ("FORECASTED", 100)}


def test_alarms_stay_within_what_is_free(deployed: Deployed) -> None:
    """An alarm is paid by metric, and metric math by each metric in it."""
    watched = alarms(deployed(WATCHED)).values()

    assert len(watched) <= FREE_ALARM_METRICS
    assert not any("Metrics" in alarm for alarm in watched)
    assert {alarm["Period"] >= 60 for alarm in watched} == {True}


def test_alarms_watch_everything_that_can_go_wrong(deployed: Deployed) -> None:
    watched = alarms(deployed(WATCHED))

    assert {name: (alarm["MetricName"], alarm["Threshold"]) for name, alarm in watched.items()} == {
        "BouncesAlarm": ("Reputation.BounceRate", 0.04),
        "ComplaintsAlarm": ("Reputation.ComplaintRate", 0.0008),
        "FailedAlarm": ("ApproximateNumberOfMessagesVisible", 0),
        "FunctionsFailAlarm": ("FunctionFailures", 0),
        "LatencyAlarm": ("Latency", 2000),
        "MailDelayAlarm": ("ApproximateAgeOfOldestMessage", 3600),
        "PushesFailAlarm": ("PushesFailed", 10),
        "RequestsFailAlarm": ("5XXError", 0.01),
        "StreamDelayAlarm": ("IteratorAge", 60_000),
        "ThrottlesAlarm": ("Throttles", 0),
    }
    for alarm in watched.values():
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"


def test_deployment_gives_way_to_alarms_that_there_are(deployed: Deployed) -> None:
    assert alarms(deployed(WATCHED)).keys() >= trial.TELLING
    assert len(trial.TELLING) <= 5


def test_alarms_ring_for_their_own_stack(deployed: Deployed) -> None:
    """Metrics of the site are kept under its name, which has to be the stack's."""
    resources = deployed(WATCHED)
    site = resources["RestAPI"]["Properties"]

    (name,) = {
        json.dumps(dimension["Value"])
        for alarm in alarms(resources).values()
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "ApiName"
    }
    assert json.loads(name) == site["Name"] == site["DefinitionBody"]["info"]["title"]


def test_metric_filters_feed_the_alarms(deployed: Deployed) -> None:
    resources = deployed(WATCHED)
    fed = {
        (json.dumps(it["MetricNamespace"]), it["MetricName"])
        for resource in of_type(resources, "AWS::Logs::MetricFilter").values()
        for it in resource["MetricTransformations"]
    }
    own = {
        (json.dumps(alarm["Namespace"]), alarm["MetricName"])
        for alarm in alarms(resources).values()
        if not str(alarm["Namespace"]).startswith("AWS/")
    }

    assert fed == own


def test_accidents_of_every_function_are_counted(template: Any, deployed: Deployed) -> None:
    resources = deployed(WATCHED)

    counted = {
        resource["LogGroupName"]["Ref"]
        for resource in of_type(resources, "AWS::Logs::MetricFilter").values()
        if resource["FilterPattern"] == observation.ACCIDENTS
    }
    names = {
        resources[group]["Properties"]["LogGroupName"]["Fn::Sub"].removeprefix("/aws/lambda/")
        for group in counted
    }
    assert names == {f"${{{name}}}" for name in package.functions(template)}


def test_failed_pushes_are_logged_as_the_filter_reads_them(
    deployed: Deployed,
    alice: Client,
    outbox: Outbox,
    pushed: Pushed,
    log: Callable[[], list[dict[str, Any]]],
) -> None:
    ticket = alice.post("/api/live/ticket").json["ticket"]
    app.connect(events.socket("CONNECT", "c-1", ticket=ticket), None)
    app.message(events.socket("MESSAGE", "c-1", body='{"type":"hello"}'), None)
    pushed.broken.add("c-1")
    alice.post("/api/tasks", {"title": "T"})

    outbox.run()

    resources = deployed(WATCHED)
    for name in ("OutboxRefusals", "PusherRefusals"):
        pattern = resources[name]["Properties"]["FilterPattern"]
        assert pattern == '{ ($.event = "change_pushed") && ($.failed > 0) }'
    assert [line["failed"] for line in log() if line["event"] == "change_pushed"] == [1]


def test_every_log_ends(template: Any, deployed: Deployed) -> None:
    groups = of_type(deployed(DEVELOPMENT), "AWS::Logs::LogGroup")

    assert {json.dumps(group["RetentionInDays"]) for group in groups.values()} == {
        '{"Ref": "LogDays"}'
    }
    assert template["Parameters"]["LogDays"]["Default"] == 30
    assert len(groups) == len(package.functions(template)) + 2


def test_access_logs_hold_no_secret(deployed: Deployed) -> None:
    """A socket's connect carries its ticket in the query, a request its session in a header."""
    resources = deployed(DEVELOPMENT)
    site = resources["RestAPI"]["Properties"]["AccessLogSetting"]
    sockets = resources["WebsocketAPIStage"]["Properties"]["AccessLogSettings"]

    assert site["DestinationArn"]["Fn::Sub"].endswith(":log-group:${RequestLog}")
    assert sockets["DestinationArn"]["Fn::Sub"].endswith(":log-group:${SocketLog}")
    for each in (site, sockets):
        line = json.loads(each["Format"])
        assert line["request_id"] == "$context.requestId"
        assert line["status"] == "$context.status"
        for variable in line.values():
            assert not any(
                word in variable.lower() for word in ("query", "header", "authorizer", "input")
            )
    methods = resources["RestAPI"]["Properties"]["MethodSettings"]
    assert not any("LoggingLevel" in each or "DataTraceEnabled" in each for each in methods)


def test_gateway_may_log_before_it_is_told_to(deployed: Deployed) -> None:
    """The account's log role is kept, because other stacks and the account rely on it."""
    ours, theirs = deployed(PRODUCTION), deployed({**PRODUCTION, "GatewayLogRole": "account"})

    for name in ("GatewayAccount", "GatewayLogWriter"):
        assert ours[name]["DeletionPolicy"] == "Retain"
        assert name not in theirs
    for name in ("RestAPI", "WebsocketAPIStage"):
        assert "${GatewayAccount}" in json.dumps(ours[name])
        assert "GatewayAccount" not in json.dumps(theirs[name])


def test_requests_and_messages_are_throttled_on_every_stage(deployed: Deployed) -> None:
    resources = deployed(DEVELOPMENT)

    site = resources["RestAPI"]["Properties"]
    assert site["MethodSettings"] == [
        {
            "HttpMethod": "*",
            "ResourcePath": "/*",
            "ThrottlingRateLimit": {"Ref": "RequestRate"},
            "ThrottlingBurstLimit": {"Ref": "RequestBurst"},
        }
    ]
    # Else SAM makes a second stage, without them.
    assert site["OpenApiVersion"] == "2.0"
    assert resources["WebsocketAPIStage"]["Properties"]["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "MessageRate"},
        "ThrottlingBurstLimit": {"Ref": "MessageBurst"},
    }


@pytest.mark.parametrize(
    ("parameters", "site", "sockets"),
    [
        (
            DEVELOPMENT,
            "https://${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}",
            "wss://${WebsocketAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}",
        ),
        (OWN_DOMAINS, "https://${DomainName}", "wss://${SocketDomainName}"),
    ],
)
def test_addresses_follow_the_domains(
    parameters: dict[str, str], site: str, sockets: str, template: Any
) -> None:
    found = intrinsics.outputs(template, parameters)
    resources = intrinsics.deployed(template, parameters)

    told = resources["Outbox"]["Properties"]["Environment"]["Variables"]["PUBLIC_URL"]
    assert found["ApiUrl"] == told == {"Fn::Sub": site}
    assert found["SocketUrl"] == {"Fn::Sub": sockets}


def test_own_domains_are_mapped_and_recorded(template: Any, deployed: Deployed) -> None:
    domains = {"SiteDomain", "SiteMapping", "SocketDomain", "SocketMapping"}
    records = {"SiteRecord", "SocketRecord"}

    without = deployed(PRODUCTION).keys()
    own = deployed(OWN_DOMAINS).keys()
    recorded = deployed({**OWN_DOMAINS, "HostedZoneId": "Z1"})

    assert own - without == domains
    assert recorded.keys() - own == records
    for name in records:
        target = recorded[name]["Properties"]["AliasTarget"]
        domain = name.replace("Record", "Domain")
        assert target["DNSName"] == {"Fn::GetAtt": [domain, "RegionalDomainName"]}
    (rule,) = template["Rules"].values()
    assert "CertificateArn" in json.dumps(rule["Assertions"])


@pytest.mark.parametrize("parameters", [DEVELOPMENT, {**PRODUCTION, "MailIdentity": "example.com"}])
def test_mail_is_sent_by_a_configuration_that_tells_of_bounces(
    parameters: dict[str, str], deployed: Deployed
) -> None:
    resources = deployed(parameters)

    told = resources["MailFeedback"]["Properties"]["EventDestination"]
    assert told["MatchingEventTypes"] == ["bounce", "complaint"]
    assert told["SnsDestination"] == {"TopicARN": {"Ref": "FeedbackTopic"}}
    settings = resources["Mailer"]["Properties"]["Environment"]["Variables"]
    assert settings["MAIL_CONFIGURATION"] == {"Ref": "MailConfiguration"}
    assert ("MailIdentityInSes" in resources) is ("MailIdentity" in parameters)
    (allowed,) = resources["FeedbackTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert allowed["Principal"] == {"Service": "ses.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_feedback_that_fails_for_good_is_set_aside(deployed: Deployed) -> None:
    feedback = deployed(DEVELOPMENT)["Feedback"]["Properties"]

    (subscription,) = feedback["Events"].values()
    assert subscription["Properties"] == {"Topic": {"Fn::Sub": "${FeedbackTopic}"}}
    assert feedback["EventInvokeConfig"]["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": {"Fn::GetAtt": ["FailedQueue", "Arn"]},
    }


@pytest.mark.parametrize(
    ("parameters", "kept"), [(PRODUCTION, True), (DEVELOPMENT, False), (EMULATED, False)]
)
def test_data_of_people_outlives_a_stack_in_production_only(
    parameters: dict[str, str], kept: bool, deployed: Deployed
) -> None:
    tables = {
        name: resource
        for name, resource in deployed(parameters).items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    safe = {
        name
        for name, table in tables.items()
        if table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        and table["Properties"]["DeletionProtectionEnabled"] is True
    }

    renewable = {"ConnectionsTable", "EphemeralTable", "SearchTable"}
    assert safe == (tables.keys() - renewable if kept else set())


def of_type(resources: Resources, kind: str) -> Resources:
    """Their properties by logical id."""
    return {name: it["Properties"] for name, it in resources.items() if it["Type"] == kind}


def alarms(resources: Resources) -> Resources:
    return of_type(resources, "AWS::CloudWatch::Alarm")
