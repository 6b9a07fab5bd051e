"""Pods by podman kube play, from the templates of Kubernetes: what podman 4 does not know is taken out or put in its place.

Settings of ConfigMaps and Secrets become plain variables, all volumes folders of the machine (with the group and the modes
that fsGroup and defaultMode ask for), probes are asked by cluster.py, as the kubelet does it. What is left says the same to
podman as to Kubernetes: user, read-only root, capabilities, limits.
"""
import base64
import copy
import json
import os
import subprocess
import time
import urllib.error
import urllib.request

import yaml

NETWORK = "dure-kube"


class PodFailed(Exception):
    pass


def podman(*arguments, check=True, **more):
    run = subprocess.run(["podman", *arguments], capture_output=True, text=True, **more)
    if check and run.returncode != 0:
        raise PodFailed(f"podman {' '.join(arguments[:4])}: {run.stderr.strip()[-600:]}")
    return run


class Store:
    """ConfigMaps and Secrets by name, as text."""

    def __init__(self, documents):
        self.values = {}
        for d in documents:
            if d["kind"] in ("ConfigMap", "Secret"):
                plain = d["data"] if d["kind"] == "ConfigMap" else \
                    {k: base64.b64decode(v).decode() for k, v in d["data"].items()}
                self.values[d["kind"], d["metadata"]["name"]] = plain

    def variables(self, container):
        found = {}
        for source in container.get("envFrom", []):
            found.update(self.values["ConfigMap", source["configMapRef"]["name"]])
        for e in container.get("env", []):
            ref = e.get("valueFrom", {}).get("secretKeyRef")
            found[e["name"]] = self.values["Secret", ref["name"]][ref["key"]] if ref else e["value"]
        return [{"name": name, "value": value} for name, value in found.items()]

    def fill(self, folder, volume, group):
        """A folder with what the volume holds; empty for one that the pod fills itself."""
        os.makedirs(folder)
        os.chown(folder, 0, group)
        os.chmod(folder, 0o2770)
        kind, source = ("Secret", volume["secret"]["secretName"]) if "secret" in volume else \
            ("ConfigMap", volume["configMap"]["name"]) if "configMap" in volume else (None, None)
        mode = volume.get("secret", volume.get("configMap", {})).get("defaultMode", 0o644) if kind else 0
        for key, value in self.values.get((kind, source), {}).items():
            path = os.path.join(folder, key)
            with open(path, "w") as f:
                f.write(value)
            os.chown(path, 0, group)
            os.chmod(path, mode)


def for_podman(name, template, store, folder):
    spec = copy.deepcopy(template["spec"])
    group = spec["securityContext"].get("fsGroup", 0)
    volumes = spec.get("volumes", []) + template.get("claims", [])
    for volume in volumes:
        store.fill(os.path.join(folder, volume["name"]), volume, group)
    for c in spec["containers"]:
        c["env"] = store.variables(c)
        c["imagePullPolicy"] = "Never"
        for gone in ("envFrom", "ports", "startupProbe", "livenessProbe", "readinessProbe"):
            c.pop(gone, None)
    kept = {key: spec[key] for key in ("containers", "securityContext", "terminationGracePeriodSeconds") if key in spec}
    kept["restartPolicy"] = "Never"          # an end that nobody asked for is to be seen
    kept["volumes"] = [{"name": v["name"], "hostPath": {"path": os.path.join(folder, v["name"]), "type": "Directory"}}
                       for v in volumes]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": template["metadata"]["labels"]}, "spec": kept}


class Pod:
    """One pod; its address is chosen here and never used again."""

    last = 1

    def __init__(self, name, template, store, folder):
        Pod.last += 1
        self.name, self.address = name, f"10.244.{Pod.last // 250}.{Pod.last % 250 + 2}"
        self.template, self.labels = template, template["metadata"]["labels"]
        self.container = template["spec"]["containers"][0]
        self.ports = {p["name"]: p["containerPort"] for p in self.container.get("ports", [])}
        self.ready = self.leaving = False
        self.play(for_podman(name, template, store, os.path.join(folder, name)), os.path.join(folder, f"{name}.yaml"))

    def play(self, document, path):
        with open(path, "w") as f:
            yaml.safe_dump(document, f)
        os.chmod(path, 0o600)
        podman("kube", "play", "--network", NETWORK, "--ip", self.address, path)

    @property
    def container_name(self):
        return f"{self.name}-{self.container['name']}"

    def state(self):
        return json.loads(podman("inspect", "--type", "container", self.container_name).stdout)[0]["State"]

    def log(self, lines=30):
        run = podman("logs", "--tail", str(lines), self.container_name, check=False)
        return run.stdout + run.stderr

    def asked(self, probe):
        """What a probe says, as the kubelet asks it."""
        if "exec" in probe:
            return podman("exec", self.container_name, *probe["exec"]["command"], check=False).returncode == 0
        if "tcpSocket" in probe:
            return reachable(self.address, self.ports[probe["tcpSocket"]["port"]])
        get = probe["httpGet"]
        try:
            url = f"http://{self.address}:{self.ports[get['port']]}{get['path']}"
            return urllib.request.urlopen(url, timeout=probe.get("timeoutSeconds", 1)).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def is_ready(self):
        return self.asked(self.container["readinessProbe"])

    def wait_ready(self, seconds):
        end = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > end or not self.state()["Running"]:
                raise PodFailed(f"{self.name} does not become ready:\n{self.log()}")
            time.sleep(0.2)
        self.ready = True

    def wait_end(self, seconds):
        """Its exit code."""
        run = subprocess.run(["timeout", str(seconds), "podman", "wait", self.container_name], capture_output=True, text=True)
        if run.returncode != 0:
            raise PodFailed(f"{self.name} does not end:\n{self.log()}")
        return int(run.stdout)

    def used(self):
        """(most memory so far in MiB, seconds of a processor)"""
        pid = self.state()["Pid"]
        status = open(f"/proc/{pid}/status").read()
        times = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        kib = int(status.partition("VmHWM:")[2].split()[0])
        return kib / 1024, (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """SIGTERM, and after the grace period SIGKILL: (exit code, seconds)."""
        grace = self.template["spec"].get("terminationGracePeriodSeconds", 30)
        begun = time.monotonic()
        podman("stop", "--time", str(grace), self.container_name)
        return self.state()["ExitCode"], time.monotonic() - begun

    def remove(self):
        podman("pod", "rm", "--force", "--time", "0", self.name, check=False)


def reachable(host, port, seconds=1):
    import socket
    try:
        socket.create_connection((host, port), seconds).close()
        return True
    except OSError:
        return False
