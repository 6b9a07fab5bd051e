// Many idle sockets in one server: its memory, and how long one event takes to all of them.
// node load.mjs [sockets]; needs a server with PING_INTERVAL=25000 or starts its own.
import { readFileSync } from "node:fs";
import net from "node:net";
import { sleep, startServer } from "./kit.mjs";

const n = Number(process.argv[2] ?? 10000);
const server = await startServer({ PING_INTERVAL: "25000", PING_TIMEOUT: "20000", CONNECT_TIMEOUT: "45000" });

const memory = () => /RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`))[1] / 1024;
const cpu = () => readFileSync(`/proc/${server.pid}/stat`, "latin1").split(" ").slice(13, 15).reduce((a, b) => a + Number(b), 0) * 10;

// Masked with zeros: a client's frame must be masked, not well.
const frame = (text) => {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
};
const JOIN = frame("40/load,"), PONG = frame("3");
const UPGRADE = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n" +
  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

let heard = 0, closed = 0, onHeard = () => {};
function client() {
  return new Promise((joined, failed) => {
    const s = net.connect(server.port, "127.0.0.1", () => s.write(UPGRADE));
    s.on("error", failed);
    s.on("close", () => { closed++; });
    s.on("data", (d) => {
      const text = d.toString("latin1");
      if (text.includes('0{"sid"') && !text.includes("40/load")) s.write(JOIN);
      if (text.includes("40/load,{")) joined(s);
      if (text.includes("heard")) { heard++; onHeard(); }
      if (text === "\x81\x012") s.write(PONG);
    });
  });
}

console.log(`empty: ${memory().toFixed(1)} MiB`);
const from = performance.now();
const clients = [];
for (let i = 0; i < n; i += 100)
  clients.push(...await Promise.all(Array.from({ length: Math.min(100, n - i) }, client)));
console.log(`${n} sockets joined in ${(performance.now() - from).toFixed(0)} ms: ${memory().toFixed(1)} MiB`);
await sleep(2000);
const before = cpu();
await sleep(5000);
console.log(`idle for 5 s: ${memory().toFixed(1)} MiB, ${cpu() - before} ms of processor`);
for (let round = 0; round < 5; round++) {
  heard = 0;
  const all = new Promise((done) => { onHeard = () => heard === n && done(); });
  const start = performance.now(), used = cpu();
  clients[0].write(frame('42/load,["shout",{"n":1}]'));
  await all;
  console.log(`one event to all: ${(performance.now() - start).toFixed(0)} ms until the last has read it, ` +
    `${cpu() - used} ms of the server's processor`);
}
console.log(`afterwards: ${memory().toFixed(1)} MiB, ${closed} closed`);
await sleep(26000);
console.log(`after a heartbeat of all: ${memory().toFixed(1)} MiB, ${closed} closed`);
clients.forEach((s) => s.destroy());
await sleep(1500);
console.log(`all gone: ${memory().toFixed(1)} MiB`);
await server.stop();
process.exit(0);
