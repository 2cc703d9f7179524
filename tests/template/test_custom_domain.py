"""A domain name of its own for the API."""

from __future__ import annotations

import pytest

from local.errors import TemplateError
from tests.template.documents import of_type, outputs, properties, resources

DOMAIN = {
    "CustomDomainName": "images.example.com",
    "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/one",
}
DEFAULT_STAGE = "ImagesApiApiGatewayDefaultStage"


def test_there_is_none_by_default() -> None:
    assert not of_type("AWS::ApiGatewayV2::DomainName")
    assert "CustomDomainTarget" not in outputs()


def test_the_domain_leads_to_the_api() -> None:
    assert properties("ImagesDomain", **DOMAIN) == {
        "DomainName": DOMAIN["CustomDomainName"],
        "DomainNameConfigurations": [
            {
                "CertificateArn": DOMAIN["CertificateArn"],
                "EndpointType": "REGIONAL",
                "SecurityPolicy": "TLS_1_2",
            }
        ],
    }
    assert properties("ImagesDomainMapping", **DOMAIN) == {
        "ApiId": "ImagesApi",
        "DomainName": "ImagesDomain",
        "Stage": "ImagesDomainStage",
    }
    assert outputs(**DOMAIN)["CustomDomainTarget"] == "ImagesDomain.RegionalDomainName"


def test_its_stage_has_the_settings_of_the_default_stage() -> None:
    stage, default = (properties(each, **DOMAIN) for each in ("ImagesDomainStage", DEFAULT_STAGE))
    for name in ("AccessLogSettings", "DefaultRouteSettings", "AutoDeploy"):
        assert stage[name] == default[name]


def test_a_domain_without_a_certificate_is_refused_before_the_deployment() -> None:
    with pytest.raises(TemplateError, match="CustomDomainName needs CertificateArn"):
        resources(**{**DOMAIN, "CertificateArn": ""})
