"""The half of Kubernetes that podman lacks, in a network namespace: readiness decides who is behind a Service, a Service's
address leads to one of its pods by chance (iptables, as kube-proxy does it), its name leads to the address and a headless
one's to all pods (dnsmasq, as CoreDNS does it). A pod that ends loses its place behind the Services five seconds after it was
told to, as in a cluster with much to do.
"""
import os
import signal
import subprocess
import threading
import time

import pods

NAMESPACE = "dure"
DNS = "10.96.0.10"
PROPAGATION_S = 5


class Cluster:
    def __init__(self, documents, folder):
        self.folder = folder
        self.store = pods.Store(documents)
        self.pods, self.lock = [], threading.RLock()
        self.services = {}
        for number, d in enumerate(d for d in documents if d["kind"] == "Service"):
            headless = d["spec"].get("clusterIP") == "None"
            self.services[d["metadata"]["name"]] = (d["spec"], None if headless else f"10.96.1.{number + 1}")
        self.rules = None
        self.hosts = os.path.join(folder, "hosts")
        self.write_hosts()
        self.dns = subprocess.Popen(["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root",
                                     f"--listen-address={DNS}", "--bind-interfaces", f"--addn-hosts={self.hosts}",
                                     "--domain-needed", "--log-facility=-"],
                                    stderr=open(os.path.join(folder, "dns.log"), "w"))
        self.watching = True
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def close(self):
        self.watching = False
        self.watcher.join()
        with self.lock:
            for pod in self.pods:
                pod.remove()
        self.dns.terminate()
        self.dns.wait()

    # ---- pods

    def start(self, name, template):
        pod = pods.Pod(name, template, self.store, os.path.join(self.folder, "pods"))
        with self.lock:
            self.pods.append(pod)
        self.publish()
        return pod

    def end(self, pod):
        """As kubectl delete pod: SIGTERM at once, the Services follow. (exit code, seconds)"""
        pod.leaving = True
        late = threading.Timer(PROPAGATION_S, self.leave, [pod])
        late.start()
        said = pod.stop()
        late.join()
        with self.lock:
            self.pods.remove(pod)
        self.publish()
        return said

    def leave(self, pod):
        pod.ready = False
        self.publish()

    def watch(self):
        """The readiness probes, every second."""
        while self.watching:
            with self.lock:
                asked = [p for p in self.pods if "readinessProbe" in p.container and p.ready and not p.leaving]
            lost = [p for p in asked if not p.is_ready() and not p.is_ready() and not p.leaving]
            for pod in lost:
                pod.ready = False
                self.publish()
                threading.Thread(target=self.recover, args=[pod], daemon=True).start()
            time.sleep(1)

    def recover(self, pod):
        pod.wait_ready(60)
        self.publish()

    # ---- services

    def chosen(self, spec, even_not_ready):
        wanted = spec["selector"].items()
        return [p for p in self.pods if wanted <= p.labels.items() and (p.ready or even_not_ready)]

    def address(self, service, port_name):
        spec, address = self.services[service]
        return address, next(p["port"] for p in spec["ports"] if p["name"] == port_name)

    def publish(self):
        with self.lock:
            self.write_rules()
            self.write_hosts()

    def write_rules(self):
        """All at once: no moment in which a Service leads nowhere."""
        lines = ["*nat", ":DURE - [0:0]", ":DURE-BACK - [0:0]"]
        for spec, address in self.services.values():
            behind = self.chosen(spec, False) if address else []
            for port in spec["ports"] if address else ():
                lines += [self.rule(address, port, pod, len(behind) - i) for i, pod in enumerate(behind)]
        # Who reaches himself through a Service must not see his own address as the sender.
        lines += [f"-A DURE-BACK -s {p.address} -d {p.address} -j MASQUERADE" for p in self.pods]
        rules = "\n".join([*lines, "COMMIT", ""])
        if rules != self.rules:
            self.rules = rules
            subprocess.run(["iptables-restore", "--noflush", "--wait"], input=rules, text=True, check=True)

    @staticmethod
    def rule(address, port, pod, left):
        chance = f" -m statistic --mode random --probability {1 / left:.5f}" if left > 1 else ""
        return (f"-A DURE -d {address} -p tcp --dport {port['port']}{chance} -j DNAT "
                f"--to-destination {pod.address}:{pod.ports[port['targetPort']]}")

    def write_hosts(self):
        lines = []
        for name, (spec, address) in self.services.items():
            behind = [address] if address else [p.address for p in self.chosen(spec, spec.get("publishNotReadyAddresses", False))]
            lines += [f"{one} {name}.{NAMESPACE}.svc.cluster.local" for one in behind]
        text = "\n".join([*lines, ""])
        if os.path.exists(self.hosts) and open(self.hosts).read() == text:
            return
        with open(self.hosts + ".new", "w") as f:
            f.write(text)
        os.rename(self.hosts + ".new", self.hosts)
        if hasattr(self, "dns"):
            self.dns.send_signal(signal.SIGHUP)
