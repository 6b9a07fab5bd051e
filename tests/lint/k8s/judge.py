"""Judges the rendered stages of k8s/, and whether the judges find what mistakes.yaml plants: judge.py <folder with the tools>.

Reads <folder>/<stage>.json (render.py's documents) and <folder>/secrets; types and models see all documents and all planted
mistakes in one run each.
"""
import copy
import json
import os
import re
import subprocess
import sys

import yaml

import render
import rules

HERE = os.path.dirname(os.path.abspath(__file__))

def planted(documents, mistake):
    """The one document with the mistake, and all documents with it in place."""
    kind, name = mistake["in"].split("/")
    changed = copy.deepcopy(documents)
    document = next(d for d in changed if render.key_of(d) == (kind, name))
    for path, value in mistake.get("set", {}).items():
        render.change_by_pointer(document, {"op": "add" if not path[-1].isdigit() else "replace", "path": path, "value": value})
    if "drop" in mistake:
        render.change_by_pointer(document, {"op": "remove", "path": mistake["drop"]})
    return document, changed


def type_of(document):
    group, _, version = document["apiVersion"].rpartition("/")
    return f"import(\"kubernetes-types/{group.split('.')[0] or 'core'}/{version}\").{document['kind']}"


def say_types(path, documents):
    """Each document as a constant of its type, one a line, so that tsc's complaint names the line."""
    with open(path, "w") as out:
        for d in documents:
            out.write(f"{{ const d: {type_of(d)} = {json.dumps(d)}; void d; }}\n")


def tsc(folder, _):
    """file → its complaints"""
    run = subprocess.run(["node_modules/.bin/tsc", "--pretty", "false"], cwd=folder, capture_output=True, text=True)
    found = {}
    for line in run.stdout.splitlines():
        if not line.startswith(" "):
            found.setdefault(line.split("(")[0] if "(" in line else "tsc", []).append(line)
    return found


def models(folder, files):
    run = subprocess.run(["node", "models.mjs", *files], cwd=folder, capture_output=True, text=True, check=True)
    found = {}
    for line in run.stdout.splitlines():
        found.setdefault(line.split(": ")[0], []).append(line)
    return found


def by_tool(folder, tool, ending, write, stages, mistakes):
    files = {}
    for name, documents in stages.items():
        files[f"{name}{ending}"] = None
        write(f"{folder}/{name}{ending}", documents)
    for number, mistake in enumerate(mistakes):
        file = f"mistake-{number}{ending}"
        files[file] = mistake
        write(f"{folder}/{file}", [planted(stages["prod"], mistake)[0]])
    found = tool(folder, list(files))
    for file in files:
        if files[file] is None:
            yield from found.pop(file, [])
        elif not found.pop(file, []):
            yield f"not found by {files[file]['judge']}: {files[file]}"
    for said in found.values():
        yield from said


def by_rules(folder, stages, mistakes):
    suite = rules.Suite()
    for name, documents in stages.items():
        yield from rules.complaints(rules.Stage(name, documents, f"{folder}/secrets"), suite)
    for mistake in mistakes:
        changed = planted(stages["prod"], mistake)[1]
        said = rules.complaints(rules.Stage("prod", changed, f"{folder}/secrets"), suite)
        if not any(mistake["says"] in line for line in said):
            yield f"not found by rules: {mistake}: {said}"


def dump(path, documents):
    with open(path, "w") as out:
        json.dump(documents, out)


def main():
    folder = sys.argv[1]
    stages = {name: json.load(open(f"{folder}/{name}.json")) for name in ("dev", "test", "prod")}
    with open(f"{HERE}/mistakes.yaml") as f:
        mistakes = yaml.safe_load(f)
    of = {judge: [m for m in mistakes if m["judge"] == judge] for judge in ("types", "models", "rules")}
    said = [*by_rules(folder, stages, of["rules"]),
            *by_tool(folder, tsc, ".ts", say_types, stages, of["types"]),
            *by_tool(folder, models, ".models.json", dump, stages, of["models"])]
    for line in said:
        print(re.sub(r"^(.{600}).*", r"\1…", line))
    if said:
        sys.exit(1)
    print(f"k8s: {sum(map(len, stages.values()))} documents are good, {len(mistakes)} planted mistakes were found")


if __name__ == "__main__":
    main()
