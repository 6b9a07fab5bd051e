// A receiver of Dure's webhooks: verifies with the official library of Standard Webhooks, answers at once, and takes
// each message once.
//
//   WEBHOOK_SECRET=whsec_… node receiver.mjs [port]        0 or nothing: any free port
//
// A line of JSON on standard output for each request: {"port"} first, then {"verified", "id", "again", "type", "data"}.
import http from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const seen = new Set(); // in earnest a table with a unique key, written in the transaction of the effect
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const id = request.headers["webhook-id"];
    try {
      const event = webhook.verify(Buffer.concat(parts).toString(), request.headers);
      tell({ verified: true, id, again: seen.has(id), type: event.type, data: event.data });
      seen.add(id);
      response.writeHead(204).end();
    } catch (error) {
      tell({ verified: false, id, why: error.message });
      response.writeHead(401).end();
    }
  });
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => tell({ port: server.address().port }));
