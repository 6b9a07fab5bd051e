// Engine.IO 4: handshake, messages, heartbeat, closing and upgrade, byte for byte.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Frames, raw, sleep, startServer } from "./kit.mjs";

let server, eio;
before(async () => {
  server = await startServer();
  eio = `${server.url}/engine.io/?EIO=4`;
});
after(() => server.stop());

const get = (sid, more = "") => fetch(`${eio}&transport=polling&sid=${sid}${more}`);
const post = (sid, body, headers) => fetch(`${eio}&transport=polling&sid=${sid}`, { method: "POST", body, headers });
const open = async () => JSON.parse((await (await fetch(`${eio}&transport=polling`)).text()).slice(1)).sid;
const refusal = async (answer) => [answer.status, (await answer.json()).code];
const ws = async (more = "") => {
  const f = new Frames(`${eio}&transport=websocket${more}`);
  await f.opened();
  return f;
};
const opened = async () => { const f = await ws(); await f.next(); return f; };

test("a polling handshake offers the upgrade and says the limits", async () => {
  const answer = await fetch(`${eio}&transport=polling`, { headers: { Origin: "http://a.example" } });
  assert.equal(answer.headers.get("content-type"), "text/plain; charset=UTF-8");
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  const text = await answer.text();
  const { sid, ...rest } = JSON.parse(text.slice(1));
  assert.equal(text[0], "0");
  assert.match(sid, /^[\w-]{20}$/);
  assert.deepEqual(rest, { upgrades: ["websocket"], pingInterval: 300, pingTimeout: 200, maxPayload: 1000000 });
});

test("a websocket handshake offers nothing further", async () => {
  const f = await ws();
  const { sid, ...rest } = JSON.parse((await f.next()).slice(1));
  assert.ok(sid);
  assert.deepEqual(rest, { upgrades: [], pingInterval: 300, pingTimeout: 200, maxPayload: 1000000 });
  f.ws.close();
});

test("what is asked wrongly is refused with its code", async () => {
  const at = `${server.url}/engine.io/`;
  assert.deepEqual(await refusal(await fetch(`${at}?transport=polling`)), [400, 5]);
  assert.deepEqual(await refusal(await fetch(`${at}?EIO=abc&transport=polling`)), [400, 5]);
  assert.deepEqual(await refusal(await fetch(`${at}?EIO=3&transport=polling`)), [400, 5]);
  assert.deepEqual(await refusal(await fetch(`${at}?EIO=4`)), [400, 0]);
  assert.deepEqual(await refusal(await fetch(`${at}?EIO=4&transport=abc`)), [400, 0]);
  assert.deepEqual(await refusal(await fetch(`${at}?EIO=4&transport=polling`, { method: "POST" })), [400, 2]);
  assert.deepEqual(await refusal(await fetch(`${at}?EIO=4&transport=polling`, { method: "PUT" })), [400, 2]);
  assert.deepEqual(await refusal(await fetch(`${at}?EIO=4&transport=websocket`)), [400, 3]);
  assert.deepEqual(await refusal(await get("unknown")), [400, 1]);
  const problem = await fetch(`${server.url}/other`);
  assert.equal(problem.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await problem.json(), { type: "about:blank", title: "Not found", status: 404, code: "not_found" });
});

test("a refused websocket gets a bare 400", async () => {
  for (const q of ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc",
    "EIO=4&transport=websocket&sid=nobody"]) {
    const f = new Frames(`${server.url}/engine.io/?${q}`);
    assert.equal(await f.next(), null);
    assert.match(f.error.message, /400/);
  }
});

test("text and binary packets go over polling and come back", async () => {
  const sid = await open();
  const answer = await post(sid, "4hello\x1ebAQIDBA==\x1e4hé");
  assert.deepEqual([answer.status, await answer.text()], [200, "ok"]);
  assert.equal(answer.headers.get("content-type"), "text/html");
  assert.equal(await (await get(sid)).text(), "4hello\x1ebAQIDBA==\x1e4hé");
});

test("a waiting poll is answered when something comes", async () => {
  const sid = await open();
  const poll = get(sid);
  await sleep(50);
  await post(sid, "4late");
  assert.equal(await (await poll).text(), "4late");
});

test("text and binary go over a websocket and come back", async () => {
  const f = await opened();
  const big = "4" + "x".repeat(900000);
  f.send("4hello");
  f.send(Buffer.from([1, 2, 3, 4]));
  f.send(Buffer.alloc(0));
  f.send(big);
  assert.equal(await f.next(), "4hello");
  assert.deepEqual(await f.next(), Buffer.from([1, 2, 3, 4]));
  assert.deepEqual(await f.next(), Buffer.alloc(0));
  assert.equal(await f.next(), big);
  f.ws.close();
});

test("a body that is no payload closes the session", async () => {
  for (const body of ["abc", "", "4a\x1e", "bA", "b!!!!", "2", "4\xff"]) {
    const sid = await open();
    await post(sid, Buffer.from(body, "latin1"), { "Content-Type": "text/plain" });
    assert.deepEqual(await refusal(await get(sid)), [400, 1]);
  }
});

test("a frame that is no packet closes the connection", async () => {
  for (const frame of ["abc", "", "7", "2"]) {
    const f = await opened();
    f.send(frame);
    assert.notEqual(await f.end(), null);
  }
});

test("two polls at once close the session: the first is told, the second refused", async () => {
  const sid = await open();
  const [first, second] = await Promise.all([get(sid), sleep(5).then(() => get(sid, "&t=2"))]);
  assert.deepEqual([first.status, await first.text()], [200, "1"]);
  assert.equal(second.status, 400);
  assert.equal((await get(sid)).status, 400);
});

test("two posts at once close the session", async () => {
  const sid = await open();
  const head = `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n`;
  const slow = raw(server.port, head + "4h", 400);
  await sleep(50);
  assert.equal((await post(sid, "4x")).status, 400);
  await slow;
  assert.equal((await get(sid)).status, 400);
});

test("a body above maxPayload is a 413, an octet stream a 400, a PUT a 500", async () => {
  let sid = await open();
  assert.equal((await post(sid, "4" + "x".repeat(1000000))).status, 413);
  assert.equal((await post(sid, "4" + "x".repeat(900000))).status, 200);
  sid = await open();
  assert.equal((await fetch(`${eio}&transport=polling&sid=${sid}`, { method: "PUT" })).status, 500);
  assert.equal((await post(sid, "4x", { "Content-Type": "application/octet-stream" })).status, 400);
  assert.equal((await get(sid)).status, 400);
});

test("a message above maxPayload ends a websocket with 1009", async () => {
  const f = await opened();
  f.send("4" + "x".repeat(1000000));
  assert.equal(await f.end(), 1009);
});

test("the heartbeat is kept over polling", async () => {
  const sid = await open();
  for (let i = 0; i < 3; i++) {
    assert.equal(await (await get(sid)).text(), "2");
    assert.equal((await post(sid, "3")).status, 200);
  }
});

test("the heartbeat is kept over a websocket, and its interval starts at the pong", async () => {
  const f = await opened();
  f.pings = true;
  assert.equal(await f.next(), "2");
  await sleep(100);
  const from = performance.now();
  f.send("3");
  assert.equal(await f.next(), "2");
  const took = performance.now() - from;
  assert.ok(took > 295 && took < 700, `${took} ms`);
  f.ws.close();
});

test("without a pong the session ends, and never later than a client that counts along", async () => {
  const f = await opened();
  const from = performance.now();
  await f.end();
  const took = performance.now() - from;
  assert.ok(took > 490 && took < 900, `${took} ms`); // upwards the machine decides
  for (let i = 0; i < 5; i++) {
    const sid = await open();
    await sleep(500);
    assert.equal((await get(sid)).status, 400);
  }
});

test("a close over polling lets the waiting poll go with a noop", async () => {
  const sid = await open();
  const [poll] = await Promise.all([get(sid), post(sid, "1")]);
  assert.deepEqual([poll.status, await poll.text()], [200, "6"]);
  assert.equal((await get(sid)).status, 400);
});

test("a close over a websocket closes it", async () => {
  const f = await opened();
  f.send("1");
  await f.end();
});

test("a client that hangs up its poll is gone at once", async () => {
  const sid = await open();
  const abort = new AbortController();
  const poll = fetch(`${eio}&transport=polling&sid=${sid}`, { signal: abort.signal }).catch(() => null);
  await sleep(50);
  abort.abort();
  await poll;
  await sleep(50);
  assert.deepEqual(await refusal(await post(sid, "4x")), [400, 1]);
});

test("polling becomes a websocket, nothing is lost on the way", async () => {
  const sid = await open();
  const f = await ws(`&sid=${sid}`);
  f.send("2probe");
  assert.equal(await f.next(), "3probe");
  assert.equal(await (await get(sid)).text(), "6");
  await post(sid, "4before");
  f.send("5");
  assert.equal(await f.next(), "4before");
  f.send("4hello");
  assert.equal(await f.next(), "4hello");
  f.ws.close();
});

test("a poll that waits is let go when the probe comes", async () => {
  const sid = await open();
  const poll = get(sid);
  await sleep(30);
  const f = await ws(`&sid=${sid}`);
  f.send("2probe");
  assert.equal(await f.next(), "3probe");
  assert.equal(await (await poll).text(), "6");
  f.send("5");
  await sleep(30);
  assert.deepEqual(await refusal(await get(sid)), [400, 3]);
  assert.deepEqual(await refusal(await post(sid, "4x")), [400, 3]);
  f.send("4still");
  assert.equal(await f.next(), "4still");
  f.ws.close();
});

// Some clients do not wait for the answer to their probe.
test("probe and upgrade in one go are an upgrade before anything that comes later", async () => {
  for (let i = 0; i < 20; i++) {
    const sid = await open();
    const f = await ws(`&sid=${sid}`);
    f.send("2probe");
    f.send("5");
    if (i % 2 === 0) assert.equal((await get(sid)).status, 400);
    else await new Frames(`${eio}&transport=websocket&sid=${sid}`).end();
    f.send("4hello");
    assert.deepEqual([await f.next(), await f.next()], ["3probe", "4hello"]);
    f.ws.close();
  }
});

test("a second websocket for a session is closed and the first lives on", async () => {
  const sid = await open();
  const f = await ws(`&sid=${sid}`);
  f.send("2probe");
  await f.next();
  f.send("5");
  await sleep(30);
  const second = new Frames(`${eio}&transport=websocket&sid=${sid}`);
  await second.end();
  f.send("4hello");
  assert.equal(await f.next(), "4hello");
  f.ws.close();
});

test("a probe that says something else is closed and polling goes on", async () => {
  const sid = await open();
  const f = await ws(`&sid=${sid}`);
  f.send("4nonsense");
  await f.end();
  await post(sid, "4x");
  assert.equal(await (await get(sid)).text(), "4x");
});

test("a preflight is answered", async () => {
  const answer = await fetch(`${eio}&transport=polling`, { method: "OPTIONS",
    headers: { Origin: "http://a.example", "Access-Control-Request-Method": "POST" } });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.match(answer.headers.get("access-control-allow-methods"), /POST/);
});

test("malformed HTTP gets nothing through", async () => {
  const sid = await open();
  const line = `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\n`;
  for (const more of ["Transfer-Encoding: chunked\r\n\r\n2\r\n4x\r\n0\r\n\r\n", "\r\n4x",
    "Content-Length: +2\r\n\r\n4x", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n4x!"])
    assert.match(await raw(server.port, line + more, 300), /^HTTP\/1.1 400/);
  assert.match(await raw(server.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 300), /^(HTTP.1.0 403.*)?$/s);
  assert.equal(await raw(server.port, "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 300), "");
  assert.equal(await raw(server.port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n" +
    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n", 300), "");
  assert.equal((await fetch(`${server.url}/livez`)).status, 200);
});
