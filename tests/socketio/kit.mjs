// Starts the conformance server (CONFORMANCE: its path) on a free port, or uses the one at URL.
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import WebSocket from "ws";

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function startServer(env = {}) {
  if (process.env.URL) return { url: process.env.URL, stop: async () => {} };
  const child = spawn(process.env.CONFORMANCE ?? "build/tests/socketio-conformance", [env.PORT ?? "0"], {
    stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env },
  });
  const [line] = await once(child.stdout, "data");
  const port = /port (\d+)/.exec(line.toString())[1];
  // A test that fails must neither hang on its server nor leave it behind.
  child.unref();
  child.stdout.unref();
  process.on("exit", () => child.kill("SIGKILL"));
  const stop = async () => {
    child.ref();
    child.kill("SIGTERM");
    const [code, signal] = await once(child, "exit");
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}`);
  };
  return { url: `http://localhost:${port}`, port: Number(port), pid: child.pid, stop };
}

// A websocket whose frames wait in a queue, so that none is missed between two awaits.
export class Frames {
  constructor(url, options) {
    this.waiting = [];
    this.frames = [];
    this.ws = new WebSocket(url.replace(/^http/, "ws"), options);
    this.ws.on("message", (data, binary) => this.#put(binary ? data : data.toString()));
    this.ws.on("close", (code) => { this.closed = code; this.#put(null); });
    this.ws.on("error", (e) => { this.error = e; });
  }
  #put(frame) {
    if (frame === "2" && !this.pings) return; // heartbeats
    const next = this.waiting.shift();
    if (next) next(frame);
    else this.frames.push(frame);
  }
  send(frame) { this.ws.send(frame); }
  opened() { return this.ws.readyState === 1 ? null : once(this.ws, "open"); }
  async next(ms = 3000) {
    if (this.frames.length > 0) return this.frames.shift();
    let timer;
    const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error("no frame came")), ms); });
    const frame = await Promise.race([new Promise((yes) => this.waiting.push(yes)), late]);
    clearTimeout(timer);
    return frame;
  }
  // The close code; frames before it are thrown away.
  async end(ms = 3000) {
    while ((await this.next(ms)) !== null);
    return this.closed;
  }
}

// Bytes as they are, for what no client library would send. Resolves with all that came back.
export function raw(port, bytes, ms = 1500) {
  return new Promise((done) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes));
    let got = "";
    const end = () => { socket.destroy(); done(got); };
    socket.on("data", (d) => { got += d.toString("latin1"); });
    socket.on("close", end);
    socket.on("error", end);
    setTimeout(end, ms);
  });
}
