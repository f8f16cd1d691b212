/** A real WebSocket server for one test: the other end of the page's sockets. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

const PATIENCE_MS = 4_000;

export interface ServerSocket {
  url: URL;
  /** What it was told, pings left out; arrays one by one. */
  frames: Record<string, unknown>[];
  send(...frames: unknown[]): void;
  close(code: number, reason?: string): void;
}

export class SocketServer {
  /** Every connection there was, in its order. */
  readonly sockets: ServerSocket[] = [];
  /** Turns every further connection away. */
  isRefusing = false;
  readonly #server: WebSocketServer;
  readonly #waiting = new Set<() => void>();

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on("connection", (ws, request) => this.#take(ws, new URL(request.url ?? "/", "ws://hub")));
  }

  static async start(): Promise<SocketServer> {
    let server: SocketServer | undefined;
    const wss = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      handleProtocols: (protocols) => (protocols.has("cc2cc.v2") ? "cc2cc.v2" : false),
      verifyClient: () => !server?.isRefusing,
    });
    server = new SocketServer(wss);
    await once(wss, "listening");
    onTestFinished(() => {
      for (const client of wss.clients) client.terminate();
      wss.close();
    });
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The socket that connected as the n-th, beginning with 0. */
  async socket(n: number): Promise<ServerSocket> {
    await this.until(() => this.sockets.length > n, `connection no. ${n}`);
    return this.sockets[n] as ServerSocket;
  }

  /** Resolves when it holds; looks at it whenever something came. */
  until(isTrue: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain: ${what}`)), PATIENCE_MS);
      const look = () => {
        if (!isTrue()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Looks at what is waited for again, after something changed elsewhere. */
  changed(): void {
    for (const look of this.#waiting) look();
  }

  #take(ws: WebSocket, url: URL): void {
    const socket: ServerSocket = {
      url,
      frames: [],
      send: (...frames) => ws.send(JSON.stringify(frames.length === 1 ? frames[0] : frames)),
      close: (code, reason) => ws.close(code, reason),
    };
    ws.on("message", (data) => {
      if (String(data) === "ping") ws.send("pong");
      else socket.frames.push(...[JSON.parse(String(data))].flat());
      this.changed();
    });
    this.sockets.push(socket);
    this.changed();
  }
}
