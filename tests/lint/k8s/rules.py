"""What k8s/ must hold to beside the schema: rules of this suite, judged on the rendered documents of one stage.

Each rule yields complaints. rules.py <stage> <documents as JSON> <folder that k8s/secrets filled> prints them.
"""
import glob
import json
import os
import re
import subprocess
import sys

import yaml

from network import Network, wanted_flows

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
SECRETS_AT = "/run/secrets/dure/"
ALLOWED_VOLUMES = {"configMap", "emptyDir", "secret", "persistentVolumeClaim"}
CONTAINER_MUSTS = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
POD_MUSTS = {"automountServiceAccountToken": False, "enableServiceLinks": False}


class Suite:
    """What the sources say: services and ports of suite.sh, settings of config.def, who hears whom."""

    def __init__(self):
        words = self.shell('echo $services; echo $schemas; echo $heard_outside; echo $pairs')
        self.services, self.schemas, self.heard_outside, pairs = [line.split() for line in words.splitlines()]
        self.pairs = [tuple(pair.split("-")) for pair in pairs]
        self.doors = {}
        for line in self.shell('doors | while read -r s d; do echo "$s $d $(port_of "$s" "$d")"; done').splitlines():
            service, door, port = line.split()
            self.doors.setdefault(service, {})[door] = int(port)
        publisher = {event: os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{ROOT}/proto/*/asyncapi.yaml")
                     for event in re.findall(r"^ +name: ([a-z_]+\.[a-z_]+)$", open(path).read(), re.M)}
        self.hears = {}
        for service in self.services:
            path = f"{ROOT}/services/{service}/listens.def"
            heard = re.findall(r"^LISTEN\((\w+),", open(path).read(), re.M) if os.path.exists(path) else []
            # An event that several publish stands there once for each, behind its name: billing_audit_recorded.
            self.hears[service] = {first if (first := event.split("_")[0]) in self.schemas else publisher[event.replace("_", ".", 1)]
                                   for event in heard}

    @staticmethod
    def shell(text):
        return subprocess.run(["sh", "-c", f". {ROOT}/deploy/dev/suite.sh; {text}"], check=True, capture_output=True, text=True).stdout

    @staticmethod
    def settings(service):
        """name → (kind, lowest, highest, required)"""
        found = {}
        for path in (f"{ROOT}/common/config/common.def", f"{ROOT}/services/{service}/config.def"):
            for line in open(path):
                text = re.match(r'CONFIG_(TEXT|BOOL)\((\w+), (?:"[^"]*"|\w+), ([^"]*), "', line)
                number = re.match(r"CONFIG_INT\((\w+), (\d+), (\d+), (\d+), ", line)
                if text:
                    found[text[2]] = (text[1], None, None, "CONFIG_REQUIRED" in text[3])
                elif number:
                    found[number[1]] = ("INT", int(number[3]), int(number[4]), False)
        return found

    def needed(self, service):
        """Settings without which svc_serve() does not start it; common/svc/check.c has the same list."""
        own = {name for name, row in self.settings(service).items() if row[3]} | {"redis_url"}
        if service in self.schemas:
            own |= {"database_url", "identity_keys", "bus_listen", "bus_ask_listen"}
        if self.hears[service]:
            own.add("bus_peers")
        return own


class Stage:
    """The documents of one stage, and what of them belongs together."""

    def __init__(self, name, documents, secrets):
        self.name, self.documents = name, documents
        self.by_key = {(d["kind"], d["metadata"]["name"]): d for d in documents}
        self.secrets = {folder: set(os.listdir(f"{secrets}/{folder}")) for folder in os.listdir(secrets)
                        if os.path.isdir(f"{secrets}/{folder}") and folder not in ("made", "given")}

    def kind(self, *kinds):
        return [d for d in self.documents if d["kind"] in kinds]

    def pods(self):
        """(document, template) of everything that makes pods."""
        for d in self.kind("Deployment", "StatefulSet", "Job"):
            yield d, d["spec"]["template"]
        for d in self.kind("CronJob"):
            yield d, d["spec"]["jobTemplate"]["spec"]["template"]

    def servers(self):
        for d, template in self.pods():
            if d["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "server":
                yield d["metadata"]["name"], template

    def variables(self, container):
        """name → value; None for one that comes from a Secret."""
        found = {}
        for source in container.get("envFrom", []):
            found.update(self.by_key.get(("ConfigMap", source["configMapRef"]["name"]), {}).get("data", {}))
        found.update({e["name"]: e.get("value") for e in container.get("env", [])})
        return found


def title(document):
    return f"{document['kind']} {document['metadata']['name']}"


def containers(template):
    return template["spec"].get("initContainers", []) + template["spec"]["containers"]


def restricted_pods(stage, suite):
    """Pod Security "restricted", a read-only root and no token on top of it."""
    for d, template in stage.pods():
        spec = template["spec"]
        security = spec.get("securityContext", {})
        if security.get("runAsNonRoot") is not True or not security.get("runAsUser") or \
                security.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{title(d)}: the pod must run as another user than root under the runtime's seccomp profile"
        for name, value in POD_MUSTS.items():
            if spec.get(name) is not value:
                yield f"{title(d)}: {name} must be {value}"
        for name in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(name):
                yield f"{title(d)}: {name} is not allowed"
        for volume in spec.get("volumes", []):
            if set(volume) - {"name"} - ALLOWED_VOLUMES:
                yield f"{title(d)}: volume {volume['name']} is of a kind that is not allowed"
        for c in containers(template):
            for name, value in CONTAINER_MUSTS.items():
                if c.get("securityContext", {}).get(name) != value:
                    yield f"{title(d)}: {c['name']}: {name} must be {value}"
            if set(c.get("securityContext", {})) - set(CONTAINER_MUSTS):
                yield f"{title(d)}: {c['name']}: the container has a security setting of its own"
            if any("hostPort" in port for port in c.get("ports", [])):
                yield f"{title(d)}: {c['name']}: a port of the machine"


def limits(stage, suite):
    for d, template in stage.pods():
        for c in containers(template):
            for which in ("requests", "limits"):
                if set(c.get("resources", {}).get(which, {})) != {"cpu", "memory"}:
                    yield f"{title(d)}: {c['name']}: {which} of cpu and memory"


def health(stage, suite):
    """Probes, and more time to end than the service takes."""
    for name, template in stage.servers():
        server = template["spec"]["containers"][0]
        for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
            if server.get(probe, {}).get("httpGet") != {"path": path, "port": "http"}:
                yield f"{name}: {probe} must get {path} at the port http"
        variables = stage.variables(server)
        takes = int(variables.get("DURE_SHUTDOWN_DELAY_MS", 0)) + int(variables.get("DURE_DRAIN_MS", 10000))
        if template["spec"].get("terminationGracePeriodSeconds", 30) * 1000 < takes + 10000:
            yield f"{name}: terminationGracePeriodSeconds is less than ten seconds above what ending may take ({takes} ms)"


def references(stage, suite):
    """ConfigMaps stand in the stage; Secrets too, or k8s/secrets makes them."""
    made = set(stage.secrets)
    for d, template in stage.pods():
        for c in containers(template):
            for source in c.get("envFrom", []):
                if ("ConfigMap", source["configMapRef"]["name"]) not in stage.by_key:
                    yield f"{title(d)}: there is no ConfigMap {source['configMapRef']['name']}"
            for e in c.get("env", []):
                ref = e.get("valueFrom", {}).get("secretKeyRef", {"name": "", "key": None})
                if ref["key"] and ref["key"] not in stage.secrets.get(ref["name"], ()):
                    yield f"{title(d)}: Secret {ref['name']} has no {ref['key']}: k8s/secrets does not make it"
        for volume in template["spec"].get("volumes", []):
            if "configMap" in volume and ("ConfigMap", volume["configMap"]["name"]) not in stage.by_key:
                yield f"{title(d)}: there is no ConfigMap {volume['configMap']['name']}"
            if "secret" in volume and volume["secret"]["secretName"] not in made:
                yield f"{title(d)}: k8s/secrets makes no Secret {volume['secret']['secretName']}"
    for d in stage.kind("Secret"):
        if set(d["data"]) != stage.secrets.get(d["metadata"]["name"]):
            yield f"{title(d)}: other keys than k8s/secrets makes"


def secret_files(stage, suite):
    """A variable …_FILE names a key of the Secret that is mounted there."""
    for d, template in stage.pods():
        mounted = {v["name"]: v["secret"]["secretName"] for v in template["spec"].get("volumes", []) if "secret" in v}
        for c in containers(template):
            at = {m["mountPath"] + "/": stage.secrets.get(mounted.get(m["name"]), set()) for m in c.get("volumeMounts", [])}
            for name, value in stage.variables(c).items():
                if name.endswith("_FILE") and os.path.basename(value) not in at.get(os.path.dirname(value) + "/", ()):
                    yield f"{title(d)}: {name}: nothing is mounted at {value}"


def settings(stage, suite):
    """Every variable is declared by the service and within its bounds, and nothing that it needs is missing."""
    for name, template in stage.servers():
        declared = suite.settings(name)
        told = set()
        for variable, value in stage.variables(template["spec"]["containers"][0]).items():
            setting = variable[len("DURE_"):].lower()
            plain = setting if setting in declared else re.sub("_file$", "", setting)
            kind, lowest, highest, _ = declared.get(plain, (None, None, None, None))
            if not variable.startswith("DURE_") or kind is None or (plain != setting and kind != "TEXT"):
                yield f"{name}: config.def declares no {variable}"
            elif kind == "INT" and not (value.isdigit() and lowest <= int(value) <= highest):
                yield f"{name}: {variable}={value} is not between {lowest} and {highest}"
            told.add(plain)
        for missing in sorted(suite.needed(name) - told):
            yield f"{name}: DURE_{missing.upper()} is missing"


def doors(stage, suite):
    """Services stand on the ports of suite.sh and lead to ports that the pods name."""
    usual = {"http": "http", "manage": "manage", "pub": "pub", "ask": "ask", "out-pub": "outpub", "out-ask": "outask",
             "socketio": "socketio"}
    for name, template in stage.servers():
        for port in template["spec"]["containers"][0]["ports"]:
            if suite.doors[name].get(usual.get(port["name"])) != port["containerPort"]:
                yield f"{name}: the port {port['name']} is not {port['containerPort']} in deploy/dev/suite.sh"
        if len(template["spec"]["containers"][0]["ports"]) != len(suite.doors[name]):
            yield f"{name}: deploy/dev/suite.sh has another number of ports"
    for d in stage.kind("Service"):
        ports = [p["name"] for _, t in stage.pods() if selects(d["spec"]["selector"], t) for c in containers(t)
                 for p in c.get("ports", [])]
        for port in d["spec"]["ports"]:
            if port["targetPort"] not in ports:
                yield f"{title(d)}: no pod that it selects has a port {port['targetPort']}"


def selects(labels, template):
    have = template["metadata"]["labels"]
    return all(have.get(key) == value for key, value in labels.items())


def addresses(stage, suite):
    """host:port in a setting is a Service of this stage."""
    known = {d["metadata"]["name"]: {p["port"] for p in d["spec"]["ports"]} for d in stage.kind("Service")}
    for name, template in stage.servers():
        for variable, value in stage.variables(template["spec"]["containers"][0]).items():
            if "_LISTEN" in variable or variable.endswith("_FILE"):
                continue
            for host, ports in re.findall(r"(?:=|//|^)([a-z-]+)((?::\d+)+)", value):
                for port in ports.strip(":").split(":"):
                    if int(port) not in known.get(host, ()):
                        yield f"{name}: {variable}: there is no Service {host} with port {port}"


def selectors(stage, suite):
    """What chooses pods or a Deployment finds one; every server has its scaler and budget where the stage has any."""
    templates = [t for _, t in stage.pods()]
    for d in stage.kind("PodDisruptionBudget", "NetworkPolicy"):
        chosen = d["spec"].get("selector", d["spec"].get("podSelector"))
        if not any(selects(chosen.get("matchLabels", {}), t) for t in templates):
            yield f"{title(d)}: selects nothing"
    for d in stage.kind("HorizontalPodAutoscaler"):
        target = d["spec"]["scaleTargetRef"]
        if (target["kind"], target["name"]) not in stage.by_key:
            yield f"{title(d)}: there is no {target['name']}"
        if d["spec"]["minReplicas"] < 2 or d["spec"]["maxReplicas"] <= d["spec"]["minReplicas"]:
            yield f"{title(d)}: at least two replicas, and room above"
    if stage.name == "dev":
        return
    for service in suite.services:
        for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
            if (kind, service) not in stage.by_key:
                yield f"{service}: there is no {kind}"


def completeness(stage, suite):
    """Nothing that belongs to a service is forgotten."""
    for service in suite.services:
        wanted = [("Deployment", service), ("Service", service), ("ServiceAccount", service), ("NetworkPolicy", service)]
        if service in suite.schemas:
            wanted += [("Job", f"{service}-migration"), ("Service", f"{service}-bus")]
        for key in wanted:
            if key not in stage.by_key:
                yield f"{service}: there is no {' '.join(key)}"
    deny = stage.by_key.get(("NetworkPolicy", "default-deny"), {}).get("spec")
    if deny != {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}:
        yield "NetworkPolicy default-deny is not there or does not deny all"
    for d in stage.kind("ServiceAccount"):
        if d.get("automountServiceAccountToken") is not False:
            yield f"{title(d)}: hands out a token"
    if len(stage.by_key) != len(stage.documents):
        yield "two documents have the same kind and name"


def threads(stage, suite):
    """All gateways' connections, those of the services that call and the probes find a thread each."""
    scaler = stage.by_key.get(("HorizontalPodAutoscaler", "gateway"))
    by_name = dict(stage.servers())
    told = {name: stage.variables(t["spec"]["containers"][0]) for name, t in by_name.items()}
    gateways = scaler["spec"]["maxReplicas"] if scaler else 1
    most = gateways * int(told["gateway"].get("DURE_UPSTREAM_CONNECTIONS", 48))
    for service in suite.schemas:
        have = int(told[service].get("DURE_HTTP_THREADS", 64))
        if have < most + 32:
            yield f"{service}: DURE_HTTP_THREADS={have} is less than {most} connections of {gateways} gateways and 32 others"


def production(stage, suite):
    """Nothing for trying out in prod, and no image without a version outside of dev."""
    if stage.name != "dev":
        for d, template in stage.pods():
            for c in containers(template):
                if not re.search(r":[0-9][^:/]*$", c["image"]):
                    yield f"{title(d)}: the image {c['image']} names no version"
    if stage.name != "prod":
        return
    for d in stage.documents:
        if re.search("sandbox|demo", json.dumps(d), re.I):
            yield f"{title(d)}: speaks of the sandbox or a demo"
    for d in stage.kind("Secret", "StatefulSet"):
        yield f"{title(d)}: does not belong into prod"
    if any(stage.variables(t["spec"]["containers"][0]).get("DURE_STAGE") != "prod" for _, t in stage.servers()):
        yield "DURE_STAGE is not prod"


def network(stage, suite):
    """The policies allow exactly what the suite needs: every open way is wanted, every wanted way is open."""
    open_ways, wanted = Network(stage).open_ways(), wanted_flows(stage, suite)
    for way in sorted(wanted - open_ways):
        yield "no policy lets %s talk to %s at %s" % way
    for way in sorted(open_ways - wanted):
        yield "nobody needs that %s may talk to %s at %s" % way


RULES = [restricted_pods, limits, health, references, secret_files, settings, doors, addresses, selectors, completeness, threads,
         production, network]


def complaints(stage, suite):
    return [f"{stage.name}: {said}" for rule in RULES for said in rule(stage, suite)]


def main():
    name, path, secrets = sys.argv[1:]
    with open(path) as f:
        said = complaints(Stage(name, json.load(f), secrets), Suite())
    print("\n".join(said))
    sys.exit(bool(said))


if __name__ == "__main__":
    main()
