/** The parts of us that run inside a host and can begin a turn of a session: they stay connected, and are asked in turn. */
import type { Socket } from "node:net";

/** A host takes a prompt at once, or it hangs. */
const PATIENCE_MS = 10_000;

interface Asked {
  resolve(): void;
  reject(error: Error): void;
}

export class Prompters {
  /** With the questions that have no answer yet, in their order. */
  readonly #sockets = new Map<Socket, Asked[]>();
  readonly #onArrival: () => void;

  /** `onArrival`: one has come, so that what nobody was there for can be tried again. */
  constructor(onArrival: () => void) {
    this.#onArrival = onArrival;
  }

  add(socket: Socket): void {
    this.#sockets.set(socket, []);
    socket.on("close", () => this.#remove(socket));
    socket.write("ready\n");
    this.#onArrival();
  }

  /** A line of one of them: `taken`, or why not. False for a line of anyone else. */
  take(socket: Socket, line: string): boolean {
    const asked = this.#sockets.get(socket);
    if (asked === undefined) return false;
    const first = asked.shift();
    if (line === "taken") first?.resolve();
    else first?.reject(new Error(line));
    return true;
  }

  /** Resolves when the host has taken the prompt; rejects with what it said, or where nobody is there to ask. */
  prompt(text: string): Promise<void> {
    const [socket] = [...this.#sockets.keys()].slice(-1);
    if (socket === undefined) return Promise.reject(new Error("the part of cc2cc inside this client has not come"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("this client does not take a prompt")), PATIENCE_MS);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        settle();
      };
      this.#sockets.get(socket)?.push({ resolve: () => end(resolve), reject: (error) => end(() => reject(error)) });
      socket.write(`${JSON.stringify({ prompt: text })}\n`);
    });
  }

  #remove(socket: Socket): void {
    for (const { reject } of this.#sockets.get(socket) ?? []) reject(new Error("this client has gone"));
    this.#sockets.delete(socket);
  }
}
