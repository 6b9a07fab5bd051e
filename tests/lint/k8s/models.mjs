// Judges documents by kubernetes-models: required fields, quantities, formats. models.mjs <file>… (a JSON list of documents
// each); prints "<file>: <kind> <name>: <complaint>".
import { readFileSync } from "node:fs";

const classes = new Map();

async function classOf({ apiVersion, kind }) {
	const name = `${apiVersion}/${kind}`;
	if (!classes.has(name)) {
		classes.set(name, (await import(`kubernetes-models/${name}`))[kind]);
	}
	return classes.get(name);
}

for (const file of process.argv.slice(2)) {
	for (const document of JSON.parse(readFileSync(file, "utf8"))) {
		try {
			new (await classOf(document))(document).validate();
		} catch (error) {
			console.log(`${file}: ${document.kind} ${document.metadata?.name}: ${error.message}`);
		}
	}
}
