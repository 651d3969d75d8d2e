"""``deploy/``: the chart renders what its values say, and contradictions are refused in words; all manifests are valid.

The chart is rendered and linted by Helm's own engine, and manifests are checked against the schemas of Kubernetes,
where the packages of the extra ``deploy`` are installed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockroster.settings import Settings, flag, load_settings, variable

DEPLOY = Path(__file__).parents[1] / "deploy"
CHART = DEPLOY / "helm" / "mockroster"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
PLAIN = [document for path in MANIFESTS for document in yaml.safe_load_all(path.read_text("utf-8"))]

FULL = {
    "replicas": 3,
    "workers": 2,
    "redis": {"enabled": True},
    "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "certificate"},
    "networkPolicy": {"enabled": True, "from": [{"namespaceSelector": {"matchLabels": {"team": "sync"}}}]},
    "fixtures": {"school.yaml": "orgs: []"},
    "settings": {"students": 200, "no-auth": True, "client": "a:b\nc:d", "seed": "7"},
    "existingSecret": "tokens",
    "podLabels": {"team": "sync"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "spot", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "imagePullSecrets": [{"name": "registry"}],
}
WITHOUT_STORE = "share their state in a store; set store.url, store.existingSecret or redis.enabled"


def rendered(**values: Any) -> list[dict[str, Any]]:
    """Return the manifests of the chart, without its notes."""
    helm = pytest.importorskip("helm_python.chart", reason="the extra deploy is not installed")
    with helm.Chart.load(CHART) as chart:
        texts = chart.render(values, name="ci", namespace="test")
    manifests = [text for name, text in texts.items() if name.endswith(".yaml")]
    return [document for text in manifests for document in yaml.safe_load_all(text) if document]


def refusal(**values: Any) -> str:
    """Return the sentence with which the chart refuses values."""
    errors = pytest.importorskip("helm_python.errors", reason="the extra deploy is not installed")
    with pytest.raises(errors.HelmError) as caught:
        rendered(**values)
    return str(caught.value)


def of_kind(manifests: list[dict[str, Any]], kind: str, name: str = "ci-mockroster") -> dict[str, Any]:
    """Return the only manifest of a kind and name."""
    (found,) = [each for each in manifests if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pods(manifests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the specification of each pod."""
    for manifest in manifests:
        if manifest["kind"] == "Deployment":
            yield manifest["spec"]["template"]["spec"]
        elif manifest["kind"] == "Pod":
            yield manifest["spec"]


def environment(deployment: dict[str, Any]) -> dict[str, str | None]:
    """Return the variables of a server; one from a secret has no value."""
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry.get("value") for entry in container.get("env", [])}


def check_against_schemas(manifests: list[dict[str, Any]]) -> None:
    """Validate manifests, strictly."""
    kubernetes = pytest.importorskip("kubernetes_validate", reason="the extra deploy is not installed")
    for manifest in manifests:
        kubernetes.validate(manifest, kubernetes.latest_version(), strict=True)


def check_that_pods_are_confined(manifests: list[dict[str, Any]]) -> None:
    """Hold each container to the restricted profile of Kubernetes, and to a file system that it cannot write to."""
    for pod in pods(manifests):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


def check_probes(pod: dict[str, Any]) -> None:
    """Look for the probes of a server: a pod without its store is not ready, and is not restarted for it."""
    (container,) = pod["containers"]
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")}
    assert paths == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/livez"}


def test_lint() -> None:
    """Helm has nothing to say of the chart, but that it has no icon."""
    helm = pytest.importorskip("helm_python.chart", reason="the extra deploy is not installed")

    found = helm.lint(CHART, FULL)

    assert found["errors"] == []
    assert [message["error"] for message in found["messages"]] == ["icon is recommended"]


def test_one_pod() -> None:
    """Without values it is one pod with its state in memory, of which there are never two."""
    manifests = rendered()
    deployment = of_kind(manifests, "Deployment")

    assert sorted(each["kind"] for each in manifests) == ["Deployment", "Pod", "Service"]
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert environment(deployment) == {}
    check_against_schemas(manifests)
    check_that_pods_are_confined(manifests)
    check_probes(deployment["spec"]["template"]["spec"])


def test_all_that_there_is() -> None:
    """Each value arrives, and each variable is a setting that mockroster reads."""
    manifests = rendered(**FULL)
    deployment = of_kind(manifests, "Deployment")
    variables = environment(deployment)
    secret = of_kind(manifests, "Secret", "ci-mockroster-store")
    texts = {name: value for name, value in variables.items() if value is not None}
    settings = load_settings({}, texts | {"MOCKROSTER_STORE": secret["stringData"]["url"]})

    check_against_schemas(manifests)
    check_that_pods_are_confined(manifests)
    assert deployment["spec"]["replicas"] == 3
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert set(variables) <= {variable(row) for row in fields(Settings)}
    assert (settings.students, settings.seed, settings.workers, settings.no_auth) == (200, 7, 2, True)
    assert settings.client == (("a", "b"), ("c", "d"))
    assert settings.store == "redis://ci-mockroster-redis:6379/0"
    assert of_kind(manifests, "Service", "ci-mockroster-redis")["spec"]["ports"][0]["port"] == 6379
    assert of_kind(manifests, "ConfigMap", "ci-mockroster-fixtures")["data"] == {"school.yaml": "orgs: []"}
    assert of_kind(manifests, "Ingress")["spec"]["tls"][0]["secretName"] == "certificate"
    assert of_kind(manifests, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    policy = of_kind(manifests, "NetworkPolicy")["spec"]
    assert policy["ingress"][0]["from"] == FULL["networkPolicy"]["from"]  # type: ignore[index]
    assert policy["egress"][1]["ports"] == [{"protocol": "TCP", "port": 6379}]
    assert of_kind(manifests, "NetworkPolicy", "ci-mockroster-redis")["spec"]["egress"] == []


def test_selectors_meet_pods() -> None:
    """Services, budget and policies mean the pods of their own deployment, and no others."""
    manifests = rendered(**FULL)
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in manifests
        if each["kind"] == "Deployment"
    }

    for each in manifests:
        selector = each["spec"].get("selector") or each["spec"].get("podSelector") if "spec" in each else None
        if selector:
            wanted = selector.get("matchLabels", selector).items()
            met = {name for name, found in labels.items() if wanted <= found.items()}
            assert met == {each["metadata"]["name"]}, each["kind"]


@pytest.mark.parametrize(
    "store", [{"url": "redis://:hidden@store:6379/0"}, {"existingSecret": "given", "secretKey": "address"}]
)
def test_a_store_of_ones_own(store: dict[str, str]) -> None:
    """The URL of a store, which may hold a password, is only ever in a secret."""
    manifests = rendered(replicas=2, store=store)
    (container,) = of_kind(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    (entry,) = [each for each in container["env"] if each["name"] == "MOCKROSTER_STORE"]
    others = [each for each in manifests if each["kind"] != "Secret"]

    name, key = ("given", "address") if "existingSecret" in store else ("ci-mockroster-store", "url")
    assert entry["valueFrom"]["secretKeyRef"] == {"name": name, "key": key}
    assert "hidden" not in json.dumps(others)


def test_autoscaling() -> None:
    """The number of pods is left to the autoscaler."""
    manifests = rendered(autoscaling={"enabled": True, "maxReplicas": 4}, store={"url": "redis://store"})

    assert "replicas" not in of_kind(manifests, "Deployment")["spec"]
    assert of_kind(manifests, "HorizontalPodAutoscaler")["spec"]["maxReplicas"] == 4
    check_against_schemas(manifests)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"replicas": 3}, f"replicas: 3 pods {WITHOUT_STORE}"),
        ({"workers": 2}, f"workers: 2 processes {WITHOUT_STORE}"),
        ({"autoscaling": {"enabled": True}}, f"autoscaling.enabled: pods {WITHOUT_STORE}"),
        (
            {"redis": {"enabled": True}, "store": {"url": "redis://store"}},
            "the chart's own Redis takes the place of store.url",
        ),
        ({"store": {"url": "redis://store", "existingSecret": "x"}}, "store.url and store.existingSecret: give one"),
        (
            {"redis": {"enabled": True}, "autoscaling": {"enabled": True, "minReplicas": 9}},
            "autoscaling.minReplicas is more than autoscaling.maxReplicas",
        ),
        ({"fixtures": {"a.yaml": "x"}, "existingFixtures": "x"}, "fixtures and existingFixtures: give one of them"),
        ({"replcas": 2}, "'replcas' not allowed"),
        ({"replicas": "two"}, "at '/replicas'"),
        ({"store": {"url": "http://store"}}, "at '/store/url'"),
        ({"store": {"wait": "soon"}}, "at '/store/wait'"),
        ({"settings": {"store": "redis://x"}}, "invalid propertyName 'store'"),
        ({"settings": {"NO_AUTH": True}}, "invalid propertyName 'NO_AUTH'"),
    ],
)
def test_values_that_will_not_do(values: dict[str, Any], sentence: str) -> None:
    """Contradictions and misspellings are refused in words before anything is made."""
    assert sentence in refusal(**values)


def test_the_schema_knows_every_value() -> None:
    """Each default is described by the schema, and the other way round."""
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))

    assert schema["properties"].keys() - {"global"} == values.keys()
    for name, described in schema["properties"].items():
        if described.get("additionalProperties") is False:
            assert described["properties"].keys() == values[name].keys()


def test_settings_that_the_chart_sets_itself() -> None:
    """The names that ``settings`` may not have are settings."""
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    refused = schema["properties"]["settings"]["propertyNames"]["not"]["enum"]

    assert {f"--{name}" for name in refused} <= {flag(row) for row in fields(Settings)}


def test_version_of_the_chart() -> None:
    """The chart is of the version of the program, whose image it takes."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    source = (DEPLOY.parent / "mockroster" / "__init__.py").read_text("utf-8")
    version = re.search(r'__version__ = "(.+)"', source)

    assert version is not None
    assert chart["version"] == chart["appVersion"] == version[1]


def test_plain_manifests() -> None:
    """They are valid, confined, and servers that share a store."""
    server = of_kind(PLAIN, "Deployment", "oneroster")
    secret = of_kind(PLAIN, "Secret", "oneroster")["stringData"]
    texts = {name: text for name, text in environment(server).items() if text is not None}
    settings = load_settings({}, texts | secret)

    check_that_pods_are_confined(PLAIN)
    check_probes(server["spec"]["template"]["spec"])
    assert server["spec"]["replicas"] == 3
    assert settings.store == "redis://oneroster-redis:6379/0"
    assert of_kind(PLAIN, "Service", "oneroster-redis")["spec"]["ports"][0]["port"] == 6379


def test_plain_manifests_against_the_schemas() -> None:
    """Kubernetes takes them."""
    check_against_schemas(PLAIN)


def test_compose_file() -> None:
    """Its variables are settings, and the store that they name is a service of the file."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    settings = load_settings({}, services["oneroster"]["environment"])

    assert settings.store == "redis://redis:6379/0"
    assert settings.workers == 2
    assert services.keys() == {"oneroster", "redis"}
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
