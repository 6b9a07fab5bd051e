// The stock clients from npm against the conformance server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Socket as Engine } from "engine.io-client";
import { io } from "socket.io-client";
import { sleep, startServer } from "./kit.mjs";

let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

const one = (socket, event) => new Promise((done, late) => {
  const timer = setTimeout(() => late(new Error(`no ${event}`)), 4000);
  socket.once(event, (...args) => { clearTimeout(timer); done(args); });
});
const join = async (nsp, options) => {
  const s = io(server.url + nsp, { forceNew: true, auth: { token: "t" }, ...options });
  const auth = one(s, "auth");
  await one(s, "connect");
  assert.deepEqual(await auth, [{ token: "t" }]);
  return s;
};

for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
  test(`socket.io-client talks over ${transports.join(", then ")}`, async () => {
    const s = await join("/", { transports });
    const args = [1, "2é", { 3: [null, Buffer.from([1, 2, 3])] }, Buffer.alloc(100000, 7), "😀"];
    for (let i = 0; i < 20; i++) {
      const back = one(s, "message-back");
      s.emit("message", i, ...args);
      assert.deepEqual(await back, [i, ...args]);
    }
    const acked = await new Promise((done) => s.emit("message-with-ack", "a", Buffer.from("xyz"), (...a) => done(a)));
    assert.deepEqual(acked, ["a", Buffer.from("xyz")]);
    await sleep(1300); // several heartbeats
    assert.ok(s.connected);
    assert.equal(s.io.engine.transport.name, transports.at(-1));
    s.disconnect();
  });
}

test("a burst during the upgrade arrives complete and in order", async () => {
  const s = await join("/", { transports: ["polling", "websocket"] });
  const got = [];
  s.on("message-back", (i) => got.push(i));
  for (let i = 0; i < 300; i++) {
    s.emit("message", i);
    if (i % 10 === 0) await sleep(2);
  }
  await sleep(800);
  assert.deepEqual(got, Array.from({ length: 300 }, (_, i) => i));
  s.disconnect();
});

test("an acknowledgement goes both ways", async () => {
  const s = await join("/");
  s.on("emit-with-ack", (...args) => {
    const answer = args.pop();
    if (typeof answer === "function") answer(...args.reverse());
  });
  s.emit("emit-with-ack", 1, Buffer.from([2]), "three");
  const got = await new Promise((done) => s.on("emit-with-ack", (...a) => typeof a.at(-1) !== "function" && done(a)));
  assert.deepEqual(got, ["three", Buffer.from([2]), 1]);
  s.disconnect();
});

test("two namespaces share one connection", async () => {
  const main = await join("/", { forceNew: false });
  const custom = io(`${server.url}/custom`, { auth: { token: "t" } });
  assert.deepEqual(await one(custom, "auth"), [{ token: "t" }]);
  assert.equal(main.io.engine, custom.io.engine);
  custom.disconnect();
  const back = one(main, "message-back");
  main.emit("message", "still here");
  assert.deepEqual(await back, ["still here"]);
  main.disconnect();
});

test("an unknown namespace and a refusal arrive as connect_error", async () => {
  const unknown = io(`${server.url}/nobody`, { forceNew: true });
  assert.equal((await one(unknown, "connect_error"))[0].message, "Invalid namespace");
  const refused = io(server.url, { forceNew: true, auth: { refuse: 1 } });
  const [e] = await one(refused, "connect_error");
  assert.deepEqual([e.message, e.data], ["not you", { why: "asked for" }]);
  unknown.disconnect();
  refused.disconnect();
});

test("a client that is sent away knows by whom", async () => {
  const s = await join("/");
  const why = one(s, "disconnect");
  s.emit("leave", true);
  assert.equal((await why)[0], "io server disconnect");
});

test("a broken connection is made again", async () => {
  const s = await join("/", { transports: ["websocket"], reconnectionDelay: 50 });
  const again = one(s, "connect");
  s.io.engine.transport.ws.terminate();
  await again;
  const back = one(s, "message-back");
  s.emit("message", 1);
  assert.deepEqual(await back, [1]);
  s.disconnect();
});

test("clients come back to a server that was started again", async () => {
  const first = await startServer();
  const s = io(first.url, { forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 200 });
  await one(s, "connect");
  const why = one(s, "disconnect");
  await first.stop();
  assert.match((await why)[0], /transport (close|error)/);
  const second = await startServer({ PORT: String(first.port) });
  await one(s, "connect");
  s.disconnect();
  await second.stop();
});

test("engine.io-client talks and upgrades", async () => {
  const e = new Engine(server.url, { path: "/engine.io/" });
  await once(e, "open");
  await once(e, "upgrade");
  e.send("hé");
  assert.deepEqual(await once(e, "message"), ["hé"]);
  e.send(Buffer.from([9, 8]));
  assert.deepEqual(await once(e, "message"), [Buffer.from([9, 8])]);
  e.close();
});
