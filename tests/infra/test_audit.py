"""The audit's list of exemptions, and the policies as the auditors read them."""

import pytest

from infra.audit import findings, policies
from infra.audit.__main__ import EXEMPTIONS
from infra.audit.findings import Exemption, Finding
from infra.progress import Failure

TABLE = Finding("CKV_1", "UsersTable", "is not encrypted")
QUEUE = Finding("CKV_1", "MailQueue", "is not encrypted")
OTHER = Finding("CKV_2", "MailQueue", "is not seen")
TEMPLATE = {
    "Parameters": {"LocalPort": {"Default": ""}, "Stage": {"Default": "dev"}},
    "Conditions": {"Local": {"Fn::Not": [{"Fn::Equals": [{"Ref": "LocalPort"}, ""]}]}},
    "Resources": {
        "MailerRole": {
            "Properties": {
                "Policies": [
                    {
                        "PolicyDocument": {
                            "Resource": {
                                "Fn::If": [
                                    "Local",
                                    "*",
                                    [
                                        {"Fn::GetAtt": ["UsersTable", "Arn"]},
                                        {"Fn::GetAtt": ["UsersTable", "StreamArn"]},
                                        {"Fn::Sub": "${UsersTable.Arn}/index/*"},
                                        {"Fn::Sub": "arn:${AWS::Partition}:x:${Stage}:${Api}/*"},
                                        {"Ref": "NewsTopic"},
                                    ],
                                ]
                            }
                        }
                    }
                ]
            }
        },
        "Mailer": {"Properties": {"Handler": "app.mailer"}},
    },
}


def test_exemption_covers_its_check_and_resources() -> None:
    granted = findings.exemptions("# why\n\nCKV_1 UsersTable MailQueue: it costs.\n")

    assert granted == [
        Exemption("CKV_1", "UsersTable", "it costs."),
        Exemption("CKV_1", "MailQueue", "it costs."),
    ]
    assert findings.unexcused([OTHER, QUEUE, TABLE, OTHER], granted) == [OTHER]
    assert findings.unexcused([TABLE, QUEUE], findings.exemptions("CKV_1 *: it costs")) == []


def test_exemption_that_no_longer_applies_is_outdated() -> None:
    granted = findings.exemptions("CKV_1 UsersTable MailQueue: it costs\nCKV_2 *: it is seen")

    assert [str(each) for each in findings.outdated([TABLE], granted)] == [
        "CKV_1 MailQueue",
        "CKV_2 *",
    ]


@pytest.mark.parametrize("line", ["CKV_1: because", "CKV_1 *", "CKV_1 *:", "CKV_1 *: "])
def test_exemption_without_resource_or_reason_is_refused(line: str) -> None:
    with pytest.raises(Failure, match="Line 1"):
        findings.exemptions(line)


def test_every_exemption_gives_a_reason() -> None:
    granted = findings.exemptions(EXEMPTIONS.read_text())

    assert len(granted) == len({str(each) for each in granted})
    assert all(len(each.reason) > 40 for each in granted)


def test_policies_are_read_as_in_aws() -> None:
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/taskflow-UsersTable"

    assert policies.of(TEMPLATE, {"Stage": "prod"}) == {
        "MailerRole": {
            "Resource": [
                table,
                f"{table}/stream/any",
                f"{table}/index/*",
                "arn:aws:x:prod:Api/*",
                "arn:aws:sns:eu-central-1:123456789012:taskflow-NewsTopic",
            ]
        }
    }
