"""Who may talk to whom by the NetworkPolicies of a stage, and who must: for rules.py. Inside the stage every pod and port is
judged; outsiders are those that policies name, and the addresses that they leave open."""

OUTSIDERS = {
    "ingress-nginx": {"kubernetes.io/metadata.name": "ingress-nginx"},
    "monitoring": {"kubernetes.io/metadata.name": "monitoring"},
    "programs outside": {"dure/events": "allowed"},
    "anybody else": {},
}


def matching(selector, labels):
    return all(labels.get(key) == value for key, value in (selector or {}).get("matchLabels", {}).items())


class Network:
    def __init__(self, stage):
        self.policies = stage.kind("NetworkPolicy")
        self.pods = {}
        for document, template in stage.pods():
            ports = {p["name"]: p["containerPort"] for c in template["spec"]["containers"] for p in c.get("ports", [])}
            self.pods[document["metadata"]["name"]] = (template["metadata"]["labels"], ports)

    def rules(self, direction, labels):
        """None when no policy says anything of that pod in that direction, so that all is open."""
        mine = [p["spec"] for p in self.policies
                if direction in p["spec"]["policyTypes"] and matching(p["spec"]["podSelector"], labels)]
        return [rule for spec in mine for rule in spec.get(direction.lower(), [])] if mine else None

    @staticmethod
    def port_fits(rule, number, name):
        ports = rule.get("ports")
        return ports is None or any(p.get("port") in (number, name) and p.get("protocol", "TCP") == "TCP" for p in ports)

    def lets(self, direction, labels, peer, number, name):
        """peer: (labels of a pod of this namespace, None) or (None, labels of another namespace)."""
        rules = self.rules(direction, labels)
        if rules is None:
            return True
        side = "from" if direction == "Ingress" else "to"
        return any(self.port_fits(rule, number, name) and
                   any(self.peer_fits(entry, peer) for entry in rule.get(side, [{"any": True}])) for rule in rules)

    @staticmethod
    def peer_fits(entry, peer):
        pod, namespace = peer
        if "ipBlock" in entry:
            return False
        if "any" in entry:
            return True
        if "namespaceSelector" in entry:
            return namespace is not None and matching(entry["namespaceSelector"], namespace)
        return pod is not None and matching(entry["podSelector"], pod)

    def open_ways(self):
        """(who, to whom, name of the port)"""
        found = set()
        for to, (to_labels, ports) in self.pods.items():
            for name, number in ports.items():
                for who, (labels, _) in self.pods.items():
                    if self.lets("Egress", labels, (to_labels, None), number, name) and \
                            self.lets("Ingress", to_labels, (labels, None), number, name):
                        found.add((who, to, name))
                for who, namespace in OUTSIDERS.items():
                    if self.lets("Ingress", to_labels, (None, namespace), number, name):
                        found.add((who, to, name))
        return found | self.ways_out()

    def ways_out(self):
        found = set()
        for who, (labels, _) in self.pods.items():
            for rule in self.rules("Egress", labels) or ():
                for entry in rule.get("to", ()):
                    if "ipBlock" in entry:
                        found |= {(who, "the world" if "except" in entry["ipBlock"] else "the operator", p["port"])
                                  for p in rule["ports"]}
        return {(who, to, str(port)) for who, to, port in found}


def wanted_flows(stage, suite):
    users = [d["metadata"]["name"] for d, t in stage.pods()
             if d["metadata"]["name"] in suite.schemas or d["kind"] in ("Job", "CronJob")]
    providers = ["billing", "messaging", "commerce"]
    flows = {("gateway", service, "http") for service in suite.schemas}
    flows |= {(caller, callee, "http") for caller, callee in suite.pairs}
    flows |= {(who, whom, port) for who in suite.services for whom in suite.hears[who] for port in ("pub", "ask")}
    flows |= {("ingress-nginx", "gateway", "http"), ("ingress-nginx", "notification", "socketio")}
    flows |= {("monitoring", service, "manage") for service in suite.services}
    flows |= {("programs outside", service, port) for service in suite.heard_outside for port in ("out-pub", "out-ask")}
    flows |= {("notification", "the world", "443")}
    if ("StatefulSet", "postgres") in stage.by_key:
        flows |= {(who, "postgres", "postgres") for who in users} | {(who, "redis", "redis") for who in suite.services}
    else:
        flows |= {(who, "the operator", "5432") for who in users} | {(who, "the operator", "6379") for who in suite.services}
    if ("Deployment", "sandbox") in stage.by_key:
        flows |= {(who, "sandbox", "http") for who in providers} | {("sandbox", "gateway", "http")}
    else:
        flows |= {(who, "the world", "443") for who in providers}
    return flows
