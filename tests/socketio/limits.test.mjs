// What the server bears: slow readers, too many sockets, unfinished messages, rude connections.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import net from "node:net";
import { networkInterfaces } from "node:os";
import { Frames, raw, sleep, startServer } from "./kit.mjs";

const calm = { PING_INTERVAL: "25000", PING_TIMEOUT: "20000", CONNECT_TIMEOUT: "45000" };
const memory = (pid) => Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`))[1]) / 1024;
// A sanitizer's own memory is not counted against the server (SANITIZED=1).
const holdsAtMost = (mib, pid) => process.env.SANITIZED || assert.ok(memory(pid) < mib, `${memory(pid)} MiB`);
const ticks = (pid) => readFileSync(`/proc/${pid}/stat`, "latin1").split(" ").slice(13, 15).reduce((a, b) => a + Number(b), 0);
const load = async (server) => {
  const f = new Frames(`${server.url}/socket.io/?EIO=4&transport=websocket`);
  await f.next();
  f.send("40/load,");
  await f.next();
  return f;
};

test("a reader that does not read is cut, the others hear everything", async () => {
  const server = await startServer(calm);
  const slow = await load(server), fast = await load(server);
  slow.ws._socket.pause();
  const shout = `42/load,["shout","${"x".repeat(100000)}"]`;
  for (let i = 0; i < 200; i++) {
    fast.send(shout);
    assert.match(await fast.next(), /^42\/load,\["heard","x/);
  }
  holdsAtMost(40, server.pid);
  slow.ws._socket.resume();
  await slow.end();
  fast.ws.close();
  await server.stop();
});

test("a poller that does not poll is cut as well", async () => {
  const server = await startServer(calm);
  const at = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(at)).text()).slice(1));
  await fetch(`${at}&sid=${sid}`, { method: "POST", body: "40/load," });
  const fast = await load(server);
  for (let i = 0; i < 60; i++) {
    fast.send(`42/load,["shout","${"x".repeat(100000)}"]`);
    await fast.next();
  }
  assert.equal((await fetch(`${at}&sid=${sid}`)).status, 400);
  fast.ws.close();
  await server.stop();
});

test("handshakes beyond max_sockets get a 503", async () => {
  const server = await startServer({ ...calm, MAX_SOCKETS: "2" });
  const two = [await load(server), await load(server)];
  const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "5");
  const third = new Frames(`${server.url}/socket.io/?EIO=4&transport=websocket`);
  await third.end();
  assert.match(third.error.message, /503/);
  two[0].ws.close();
  await sleep(100);
  (await load(server)).ws.close();
  two[1].ws.close();
  await server.stop();
});

test("connections that come and go leave room for others", async () => {
  const server = await startServer({ ...calm, MAX_SOCKETS: "2" });
  for (let i = 0; i < 60; i++) {
    const some = [fetch(`${server.url}/livez`, { headers: { Connection: "close" } }), raw(server.port, "GE", 5),
      raw(server.port, "GET /livez HTTP/1.0\r\n\r\n", 50), raw(server.port, "", 1)];
    const f = new Frames(`${server.url}/engine.io/?EIO=4&transport=websocket`);
    await f.next();
    f.ws.terminate();
    await Promise.all(some);
  }
  await sleep(100);
  (await load(server)).ws.close();
  await server.stop();
});

test("unfinished messages share a bounded memory", async () => {
  const server = await startServer(calm);
  const big = Buffer.alloc(900000, 0x61);
  const head = Buffer.from([0x01, 0xff, 0, 0, 0, 0, 0, 0x0d, 0xbb, 0xa0, 0, 0, 0, 0]);
  const rude = [];
  for (let i = 0; i < 150; i++) {
    const f = new Frames(`${server.url}/socket.io/?EIO=4&transport=websocket`);
    await f.next();
    f.ws._socket.write(Buffer.concat([head, big]));
    rude.push(f);
  }
  await sleep(1500);
  assert.ok(rude.some((f) => f.closed !== undefined));
  holdsAtMost(110, server.pid);
  rude.forEach((f) => f.ws.terminate());
  await sleep(200);
  const f = await load(server);
  f.send('42/load,["shout",1]');
  assert.equal(await f.next(), '42/load,["heard",1]');
  f.ws.close();
  await server.stop();
});

test("waiting, half-closed and pipelining connections cost no processor", async () => {
  const server = await startServer(calm);
  const at = `${server.url}/engine.io/?EIO=4&transport=polling`;
  const sockets = [];
  for (let i = 0; i < 20; i++) {
    const { sid } = JSON.parse((await (await fetch(at)).text()).slice(1));
    const get = `GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const s = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    s.on("error", () => {});
    s.write(i % 2 ? get : get + get);
    if (i % 4 === 1) setTimeout(() => s.end(), 50);
    sockets.push(s);
  }
  await sleep(300);
  const before = ticks(server.pid);
  await sleep(1500);
  // 150 if it spun; some are the conformance server's own looking around.
  assert.ok(ticks(server.pid) - before <= 15, `${ticks(server.pid) - before} ticks`);
  sockets.forEach((s) => s.destroy());
  await server.stop();
});

test("localhost is heard on in both address families, or in the one there is", async () => {
  const asks = (host, port) => fetch(`http://${host}:${port}/livez`).then((a) => a.status, () => 0);
  const v6 = Object.values(networkInterfaces()).flat().some((i) => i.address === "::1");
  const both = await startServer(calm), one = await startServer({ ...calm, IPV6: "0" });
  assert.deepEqual([await asks("127.0.0.1", both.port), await asks("[::1]", both.port)], [200, v6 ? 200 : 0]);
  assert.deepEqual([await asks("127.0.0.1", one.port), await asks("[::1]", one.port)], [200, 0]);
  await both.stop();
  await one.stop();
});

test("a server that stops does not wait for pollers that are not there", async () => {
  const server = await startServer(calm);
  const at = `${server.url}/engine.io/?EIO=4&transport=polling`;
  await (await fetch(at)).text();
  const { sid } = JSON.parse((await (await fetch(at)).text()).slice(1));
  const poll = fetch(`${at}&sid=${sid}`);
  await sleep(50);
  const from = performance.now();
  const stopped = server.stop();
  assert.equal(await (await poll).text(), "1");
  await stopped;
  assert.ok(performance.now() - from < 1000, `${performance.now() - from} ms`);
});

test("headers without end and frames of no known kind get nothing through", async () => {
  const server = await startServer(calm);
  assert.doesNotMatch(await raw(server.port, `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20000)}\r\n\r\n`, 500), /200/);
  const f = new Frames(`${server.url}/socket.io/?EIO=4&transport=websocket`);
  await f.next();
  f.ws._socket.write(Buffer.from([0x83, 0x82, 0, 0, 0, 0, 0x34, 0x30]));
  await f.end();
  assert.equal((await fetch(`${server.url}/livez`)).status, 200);
  await server.stop();
});
