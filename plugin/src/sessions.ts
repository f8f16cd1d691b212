/** The sessions that this process serves: one, or all of a host that runs one server for them. */
import { HookServer } from "./hooks/hook-server.ts";
import type { Host } from "./hosts/host.ts";
import type { Session } from "./session.ts";

export interface SessionsOptions {
  host: Host;
  /** A session that is not started; `id` is the host's name for it, where that is known. */
  make(host: Host): Session;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #byId = new Map<string, Promise<Session>>();
  readonly #all: Session[] = [];
  #only: Session | undefined;
  #door: HookServer | undefined;
  #isInitialized = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Starts the one session; where there are many, opens the port on which the part of us inside the host names them. */
  async begin(dataDir: string): Promise<void> {
    const { host } = this.#options;
    if (host.session.is !== "many") {
      this.#only = await this.#start(host);
      return;
    }
    this.#door = await HookServer.start({
      dataDir,
      parentPid: process.ppid,
      name: "sessions",
      session: () => "",
      open: async (id) => void (await this.of(id)),
    });
  }

  /** The client listens: what is pushed before is lost. */
  noteInitialized(): void {
    this.#isInitialized = true;
    for (const session of this.#all) session.delivery.start();
  }

  /** The session of a call or a hook; undefined where it does not say which of many. */
  async of(id: string | undefined): Promise<Session | undefined> {
    if (this.#only !== undefined || id === undefined) return this.#only;
    const known =
      this.#byId.get(id) ?? this.#start({ ...this.#options.host, session: { is: "one of many", session: id } });
    this.#byId.set(id, known);
    return known;
  }

  end(): void {
    this.#door?.stop();
    for (const session of this.#all) session.end();
  }

  async #start(host: Host): Promise<Session> {
    const session = this.#options.make(host);
    this.#all.push(session);
    await session.start();
    if (this.#isInitialized) session.delivery.start();
    return session;
  }
}
