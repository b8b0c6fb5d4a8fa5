"""Every condition of the template on at once: what CloudFormation makes of it, as far as an emulator goes."""

from pathlib import Path

import pytest

from infra import changes
from infra.emulator import Emulator
from infra.stack import Stack
from tests.stack import RunningStack, free_port

pytestmark = pytest.mark.e2e


def test_stack_with_everything_is_deployed(stack: RunningStack, tmp_path: Path) -> None:
    with Emulator(tmp_path, free_port()) as emulator:
        ours = Stack(stack.local.stack.session, "everything", emulator.endpoint)
        certificate = ours.client("acm").request_certificate(DomainName="*.example.com")
        zone = ours.client("route53").create_hosted_zone(Name="example.com", CallerReference="x")
        zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]

        outputs = changes.deploy(
            ours,
            stack.artifact,
            {
                "Stage": "prod",
                "LocalPort": str(emulator.port),
                "AlarmEmail": "alarms@example.com",
                "DomainName": "tasks.example.com",
                "SocketDomainName": "live.example.com",
                "CertificateArn": certificate["CertificateArn"],
                "HostedZoneId": zone_id,
                "MailFrom": "tasks@example.com",
                "MailIdentity": "example.com",
            },
        )

        stages = ours.client("apigateway").get_stages(restApiId=outputs["ApiId"])["item"]
        alarms = ours.client("cloudwatch").describe_alarms()["MetricAlarms"]
        records = ours.client("route53").list_resource_record_sets(HostedZoneId=zone_id)
        identities = ours.client("sesv2").list_email_identities()["EmailIdentities"]
        assert outputs["ApiUrl"] == "https://tasks.example.com"
        (throttled,) = stages  # SAM would add another, without throttles
        assert throttled["methodSettings"]["*/*"]["throttlingBurstLimit"] == 400
        assert len(alarms) == 10
        assert {
            record["Name"] for record in records["ResourceRecordSets"] if record["Type"] == "A"
        } == {"live.example.com.", "tasks.example.com."}
        assert [each["IdentityName"] for each in identities] == ["example.com"]
