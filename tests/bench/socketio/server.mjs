// The npm server doing what tests/socketio/conformance.c does under /load: who connects joins a room, "shout" is told to
// all of it. node --expose-gc server.mjs <port>; SIGUSR2 collects garbage, so that memory is read at its best.
import { Server } from "socket.io";

const io = new Server(Number(process.argv[2]), { transports: ["websocket"], serveClient: false, pingInterval: 25000, pingTimeout: 20000 });
io.of("/load").on("connection", (socket) => {
  socket.join("all");
  socket.on("shout", (what) => io.of("/load").to("all").emit("heard", what));
});
process.on("SIGUSR2", () => globalThis.gc());
