"""Renders a kustomization as "kubectl kustomize" of 1.27 and newer does: the few features that k8s/ uses, any other is refused.

    render.py <folder>              the documents as YAML
    render.py --json <folder>       the documents as one JSON list
    render.py --against <folder>    compares with the kubectl at hand; says so when that has no kustomize 5

Debian's kubectl is too old to read k8s/, so the lint and the tests have this one.
"""
import copy
import hashlib
import json
import os
import subprocess
import sys

import yaml

KNOWN = {"apiVersion", "kind", "namespace", "resources", "components", "labels", "images", "patches", "configMapGenerator",
         "secretGenerator", "generatorOptions"}
CLUSTER_WIDE = {"Namespace"}

# By what field the items of a list are told apart when one document is laid over another; lists of other names are replaced.
# The last of two of a name wins where the name alone says too little (ports of a container and of a Service).
MERGE_KEYS = {"containers": "name", "initContainers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath",
              "ports": "containerPort", "topologySpreadConstraints": "topologyKey", "imagePullSecrets": "name"}

# Where documents name a ConfigMap or a Secret: (key that holds the name, key of the reference).
REFERENCES = {"configMapRef": ("ConfigMap", "name"), "configMapKeyRef": ("ConfigMap", "name"), "configMap": ("ConfigMap", "name"),
              "secretRef": ("Secret", "name"), "secretKeyRef": ("Secret", "name"), "secret": ("Secret", "secretName")}


def refuse(folder, what):
    sys.exit(f"render: {folder}: {what}")


def load(path):
    with open(path) as f:
        return [d for d in yaml.safe_load_all(f) if d is not None]


def lay_over(below, above):
    """A strategic merge: maps by key, known lists by their items' key, everything else replaced; null takes away."""
    for key, value in above.items():
        if key == "$patch":
            continue
        if value is None:
            below.pop(key, None)
        elif isinstance(value, dict) and isinstance(below.get(key), dict):
            lay_over(below[key], value)
        elif isinstance(value, list) and isinstance(below.get(key), list) and key in MERGE_KEYS:
            below[key] = lay_lists(below[key], value, MERGE_KEYS[key])
        else:
            below[key] = copy.deepcopy(value)


def lay_lists(below, above, key):
    """New items come first, as kustomize has it."""
    have = {item.get(key): item for item in below}
    new = []
    for item in above:
        if item.get(key) in have:
            lay_over(have[item.get(key)], item)
        else:
            new.append(copy.deepcopy(item))
    return new + below


def change_by_pointer(document, op):
    """One operation of RFC 6902."""
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in op["path"].lstrip("/").split("/")]
    at = document
    for part in way:
        at = at[int(part)] if isinstance(at, list) else at[part]
    key = len(at) if isinstance(at, list) and last == "-" else int(last) if isinstance(at, list) else last
    if op["op"] == "remove":
        del at[key]
    elif op["op"] == "add" and isinstance(at, list):
        at.insert(key, op["value"])
    elif op["op"] == "add" or (op["op"] == "replace" and (isinstance(at, list) or key in at)):
        at[key] = op["value"]
    else:
        raise KeyError(op["path"])


def matches(document, target):
    if set(target) - {"kind", "name", "labelSelector"}:
        raise KeyError(f"target {target}")
    if "kind" in target and document["kind"] != target["kind"] or "name" in target and name_of(document) != target["name"]:
        return False
    labels = document["metadata"].get("labels") or {}
    wanted = [pair.split("=", 1) for pair in target.get("labelSelector", "").split(",") if pair]
    return all(labels.get(key) == value for key, value in wanted)


def name_of(document):
    return document["metadata"]["name"]


def patch(documents, folder, entry):
    text = entry["patch"] if "patch" in entry else open(os.path.join(folder, entry["path"])).read()
    change = yaml.safe_load(text)
    target = entry.get("target") or {"kind": change["kind"], "name": name_of(change)}
    hit = [d for d in documents if matches(d, target)]
    if not hit:
        refuse(folder, f"a patch meets nothing: {target}")
    for document in hit:
        if isinstance(change, list):
            for op in change:
                change_by_pointer(document, op)
        elif change.get("$patch") == "delete":
            documents.remove(document)
        else:
            own = name_of(document)
            lay_over(document, change)
            document["metadata"]["name"] = own


def values_of(folder, entry):
    values = {}
    for path in entry.get("envs", []):
        for line in open(os.path.join(folder, path)):
            if line.strip() and not line.startswith("#"):
                key, value = line.rstrip("\n").split("=", 1)
                values[key] = value
    for path in entry.get("files", []):
        key, path = path.split("=", 1) if "=" in path else (os.path.basename(path), path)
        with open(os.path.join(folder, path)) as f:
            values[key] = f.read()
    for literal in entry.get("literals", []):
        key, value = literal.split("=", 1)
        values[key] = value
    return values


def encoded(kind, values):
    import base64
    return values if kind == "ConfigMap" else {k: base64.b64encode(v.encode()).decode() for k, v in values.items()}


def generate(documents, folder, kind, entry, options):
    if set(entry) - {"name", "behavior", "envs", "files", "literals"} or set(options) - {"disableNameSuffixHash"}:
        refuse(folder, f"unknown in a generator: {entry} {options}")
    values = encoded(kind, values_of(folder, entry))
    there = [d for d in documents if d["kind"] == kind and name_of(d) == entry["name"]]
    if bool(there) != (entry.get("behavior") == "merge"):
        refuse(folder, f"{kind} {entry['name']} is made twice, or merged with nothing")
    if there:
        there[0]["data"].update(values)
        there[0]["hashed"] = there[0]["hashed"] and not options.get("disableNameSuffixHash", False)
        return
    document = {"apiVersion": "v1", "kind": kind, "metadata": {"name": entry["name"]}, "data": values,
                "hashed": not options.get("disableNameSuffixHash", False)}
    if kind == "Secret":
        document["type"] = "Opaque"
    documents.append(document)


def templates(document):
    """The metadata and specs of pods that a document makes."""
    spec = document.get("spec") or {}
    if document["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    if document["kind"] in ("Deployment", "StatefulSet", "Job", "CronJob"):
        yield spec["template"]


def labelled(document):
    """What a document makes that has labels of its own, with them."""
    spec = document.get("spec") or {}
    if document["kind"] == "CronJob":
        yield spec["jobTemplate"]
    yield from templates(document)
    yield from spec.get("volumeClaimTemplates", []) if document["kind"] == "StatefulSet" else []


def label(documents, entry, folder):
    if set(entry) - {"pairs", "includeTemplates"}:
        refuse(folder, f"unknown in labels: {entry}")
    for document in documents:
        document["metadata"].setdefault("labels", {}).update(entry["pairs"])
        for made in labelled(document) if entry.get("includeTemplates") else ():
            made.setdefault("metadata", {}).setdefault("labels", {}).update(entry["pairs"])


def set_images(documents, entry):
    for document in documents:
        for template in templates(document):
            for container in template["spec"].get("initContainers", []) + template["spec"]["containers"]:
                name, _, tag = container["image"].partition(":")
                if name == entry["name"]:
                    tag = entry.get("newTag", tag)
                    container["image"] = entry.get("newName", name) + (f":{tag}" if tag else "")


def set_namespace(documents, namespace):
    for document in documents:
        if document["kind"] == "Namespace":
            document["metadata"]["name"] = namespace
        elif document["kind"] not in CLUSTER_WIDE:
            document["metadata"]["namespace"] = namespace


def add(documents, folder):
    """Adds what a folder's kustomization holds; a component also changes what is there already."""
    with open(os.path.join(folder, "kustomization.yaml")) as f:
        own = yaml.safe_load(f)
    if set(own) - KNOWN:
        refuse(folder, f"unknown: {sorted(set(own) - KNOWN)}")
    if own["kind"] == "Kustomization":
        outer, documents = documents, []
    for path in own.get("resources", []):
        path = os.path.join(folder, path)
        if os.path.isdir(path):
            add(documents, path)
        else:
            documents.extend(load(path))
    for path in own.get("components", []):
        add(documents, os.path.join(folder, path))
    for kind, entries in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
        for entry in own.get(entries, []):
            generate(documents, folder, kind, entry, own.get("generatorOptions", {}))
    for entry in own.get("patches", []):
        patch(documents, folder, entry)
    if "namespace" in own:
        set_namespace(documents, own["namespace"])
    for entry in own.get("labels", []):
        label(documents, entry, folder)
    for entry in own.get("images", []):
        set_images(documents, entry)
    if own["kind"] == "Kustomization":
        outer.extend(documents)


def suffix(document):
    """kustomize's own: of the content, in letters that make no words."""
    what = {"kind": document["kind"], "name": "", "data": document["data"]}
    if document["kind"] == "Secret":
        what["type"] = document["type"]
    text = json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return digest.translate(str.maketrans("013ae", "ghkmt"))


def follow(at, renamed):
    """References to what got another name."""
    if isinstance(at, list):
        for item in at:
            follow(item, renamed)
    elif isinstance(at, dict):
        for key, value in at.items():
            if key in REFERENCES and isinstance(value, dict):
                kind, field = REFERENCES[key]
                value[field] = renamed.get((kind, value.get(field)), value.get(field))
            follow(value, renamed)


def render(folder):
    documents, renamed = [], {}
    add(documents, folder)
    for document in documents:
        if document.pop("hashed", False):
            old = name_of(document)
            document["metadata"]["name"] = renamed[(document["kind"], old)] = f"{old}-{suffix(document)}"
    follow([d for d in documents if d["kind"] not in ("ConfigMap", "Secret")], renamed)
    return documents


def key_of(document):
    return document["kind"], name_of(document)


def difference(one, other, at=""):
    """The first place where two values differ, and what stands there; None when they are the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(set(one) | set(other))
        return next(filter(None, (difference(one.get(k), other.get(k), f"{at}/{k}") for k in keys)), None)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other))
        return next(filter(None, (difference(a, b, f"{at}/{i}") for i, (a, b) in pairs)), None)
    return None if one == other else f"{at}: {json.dumps(one)} there, {json.dumps(other)} here"


def against(folder):
    run = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True)
    if "Kustomize Version: v5" not in run.stdout:
        print("render: no kubectl with kustomize 5 here to compare with")
        return
    text = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True).stdout
    theirs = {key_of(d): d for d in yaml.safe_load_all(text)}
    for secret in (d for d in theirs.values() if d["kind"] == "Secret"):
        secret["data"] = {key: "".join(value.split()) for key, value in secret["data"].items()}      # broken into lines there
    ours = {key_of(d): d for d in render(folder)}
    what = difference({"/".join(k): d for k, d in theirs.items()}, {"/".join(k): d for k, d in ours.items()})
    if what:
        sys.exit(f"render: {folder}: {what}")
    print(f"render: {folder}: {len(ours)} documents as kubectl has them")


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--against":
        against(sys.argv[2])
    elif len(sys.argv) == 3 and sys.argv[1] == "--json":
        json.dump(render(sys.argv[2]), sys.stdout)
    elif len(sys.argv) == 2:
        yaml.safe_dump_all(render(sys.argv[1]), sys.stdout, sort_keys=False, allow_unicode=True)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
