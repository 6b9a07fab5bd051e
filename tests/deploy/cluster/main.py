"""tests/deploy/kube, inside its network namespace: main.py <folder> <name of the namespace> <repository> [service…]"""
import json
import sys
import threading
import time

import pods
import story
from cluster import Cluster
from load import Load, Shop, User

SERVERS = ("auth", "billing", "messaging", "commerce", "notification", "gateway")
USERS = 16
FLOW_S = 4          # of requests before the first replacement and behind each
READY_S = 90


def step(what):
    print(f"==> {time.strftime('%H:%M:%S', time.gmtime())} {what}", flush=True)


class Suite:
    def __init__(self, folder, space):
        with open(f"{folder}/documents.json") as f:
            self.documents = json.load(f)
        for _, template in self.templates():
            template["metadata"]["labels"]["dure.tests.kube"] = space
        self.cluster = Cluster(self.documents, folder)
        self.servers = {}

    def templates(self):
        for d in self.documents:
            if d["kind"] in ("Deployment", "StatefulSet", "Job"):
                yield d["metadata"]["name"], d["spec"]["template"]
            elif d["kind"] == "CronJob":
                yield d["metadata"]["name"], d["spec"]["jobTemplate"]["spec"]["template"]

    def of_kind(self, kind):
        return [d for d in self.documents if d["kind"] == kind]

    def template(self, name):
        return next(t for n, t in self.templates() if n == name)

    # ---- starting

    def start_stores(self):
        """What StatefulSets keep is a folder here."""
        started = []
        for d in self.of_kind("StatefulSet"):
            template = d["spec"]["template"]
            template["claims"] = [{"name": c["metadata"]["name"], "persistentVolumeClaim": {}}
                                  for c in d["spec"].get("volumeClaimTemplates", [])]
            started.append(self.cluster.start(f"{d['metadata']['name']}-0", template))
        self.wait_ready(started)

    def start_servers(self):
        """All at the same time, and the Jobs beside them, as kubectl apply does it."""
        jobs = [threading.Thread(target=self.run_job, args=[d["metadata"]["name"], d["spec"]["template"]])
                for d in self.of_kind("Job")]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        started = []
        for d in self.of_kind("Deployment"):
            name = d["metadata"]["name"]
            started.append(self.cluster.start(f"{name}-1", d["spec"]["template"]))
            self.servers[name] = started[-1]
        self.wait_ready(started)

    def wait_ready(self, started):
        for pod in started:
            pod.wait_ready(READY_S)
            self.cluster.publish()

    def run_job(self, name, template):
        """Repeated until it succeeds, as a Job is; its output."""
        for attempt in range(1, 21):
            pod = self.cluster.start(f"{name}-{attempt}", template)
            code = pod.wait_end(READY_S)
            said = pod.log()
            self.cluster.pods.remove(pod)
            pod.remove()
            if code == 0:
                return said
            time.sleep(1)
        raise pods.PodFailed(f"{name} does not succeed:\n{said}")

    # ---- looking

    def check_confinement(self):
        """What the manifests ask for holds inside: nobody special, nothing to write to, memory bounded."""
        for name, pod in self.servers.items():
            pid = pod.state()["Pid"]
            status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line)
            root = next(line.split() for line in open(f"/proc/{pid}/mounts") if line.split()[1] == "/")
            seen = {"user": status["Uid"].split()[0], "capabilities": status["CapEff"], "no new privileges": status["NoNewPrivs"],
                    "seccomp": status["Seccomp"], "root": root[3].split(",")[0]}
            want = {"user": "10001", "capabilities": "0" * 16, "no new privileges": "1", "seccomp": "2", "root": "ro"}
            if seen != want:
                raise pods.PodFailed(f"{name} is confined otherwise than its manifest says: {seen}")

    # ---- replacing

    def replace(self, name, generation):
        """A rolling update of one replica: the new one is ready, then the old one ends. What the old one came to."""
        old = self.servers[name]
        new = self.cluster.start(f"{name}-{generation}", self.template(name))
        self.wait_ready([new])
        self.servers[name] = new
        mib = old.used()[0]
        code, seconds = self.cluster.end(old)
        if code != 0:
            print(old.log(), file=sys.stderr)
        old.remove()
        return {"exit": code, "seconds": seconds, "mib": mib}

    def processor(self):
        """Seconds that each server has taken so far."""
        return {name: pod.used()[1] for name, pod in self.servers.items()}


def flow(suite):
    gateway, sandbox = (suite.cluster.address(name, "http") for name in ("gateway", "sandbox"))
    shop = Shop(gateway, suite.servers["auth"])
    users = [User(gateway, sandbox, number) for number in range(USERS)]
    for user in users:
        shop.endow(user)
    return Load(users)


def replace_all(suite, load, names):
    ends, before = {}, suite.processor()
    load.start("nothing")
    time.sleep(FLOW_S)
    for name in names:
        took = (suite.processor()[name] - before[name]) / load.total()
        load.begin(name)
        ends[name] = {**suite.replace(name, 2), "ms": took * 1e6}
        time.sleep(FLOW_S)
    load.stop()
    return ends


def report(load, ends):
    """The table; whether all is well. Of the replica that ended: the most memory, and milliseconds of a processor for each
    thousand requests of the whole load until then."""
    print(f"\n{'replaced':<14}{'requests':>9}{'failed':>8}{'slowest ms':>12}{'end s':>8}{'exit':>6}{'MiB':>7}{'ms/1000':>9}")
    for phase, count in load.counts.items():
        row = f"{phase:<14}{count['requests']:>9}{len(count['failed']):>8}{count['slowest'] * 1000:>12.0f}"
        end = ends.get(phase)
        print(row + (f"{end['seconds']:>8.1f}{end['exit']:>6}{end['mib']:>7.0f}{end['ms']:>9.0f}" if end else ""))
    for phase, count in load.counts.items():
        for failure in count["failed"][:10]:
            print(f"  while {phase} was replaced: {failure[:300]}")
    return not any(count["failed"] for count in load.counts.values()) and not any(end["exit"] for end in ends.values())


def run(suite, folder, root, names):
    step("PostgreSQL and Redis")
    suite.start_stores()
    step("migrations and services")
    suite.start_servers()
    suite.check_confinement()
    step("the story")
    print(story.play(suite, folder, root))
    step("customers")
    load = flow(suite)
    step("replacing each service")
    well = report(load, replace_all(suite, load, names))
    step("does it add up?")
    print(suite.run_job("check", suite.template("check")))
    return well


def main():
    folder, space, root, *names = sys.argv[1:]
    suite = Suite(folder, space)
    try:
        well = run(suite, folder, root, names or SERVERS)
    finally:
        suite.cluster.close()
    print(f"{int(well)} passed, {int(not well)} failed")
    sys.exit(not well)


if __name__ == "__main__":
    main()
