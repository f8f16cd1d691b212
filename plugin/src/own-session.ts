/** Which session of its host this process is, and under which id the hub knows it. */
import { randomUUID } from "node:crypto";
import type { HubClient } from "../../client/hub-client.ts";
import { Claims, type Holder } from "../../client/identity/claims.ts";
import { instanceIdOf } from "../../client/identity/identity.ts";
import { siblingSessions } from "./hooks/hook-server.ts";
import type { Host } from "./hosts/host.ts";
import type { Settings } from "./settings.ts";

/**
 * Until the host has told the session, the process holds a name that nobody else knows; then it claims the id, and may be
 * on the hub only when it has it.
 */
type State =
  | { is: "awaited"; session: string }
  | { is: "claiming"; session: string; claimed: Promise<void> }
  | { is: "told"; session: string };

export interface OwnSessionOptions {
  host: Host;
  settings: Settings;
  client(): HubClient;
  /** It is another one now: programs that look for the server of a session are to find this one. */
  announce(): void;
}

export class OwnSession {
  readonly #options: OwnSessionOptions;
  #state: State;
  #claims: Claims | undefined;

  constructor(options: OwnSessionOptions) {
    this.#options = options;
    this.#state = firstState(options.host, options.settings);
  }

  /** As the host calls it; the id's last part may carry a suffix besides. */
  get id(): string {
    return this.#state.session;
  }

  /** Whether the host has not told the session yet. */
  get isAwaited(): boolean {
    return this.#state.is === "awaited";
  }

  /** `address` is where this process answers. Without, nothing shows that it lives: it claims nothing, and pushes nobody aside. */
  async begin(address: Holder | undefined): Promise<void> {
    if (address !== undefined) this.#claims = new Claims(this.#options.settings.dataDir, address);
    if (this.#state.is === "told") await this.#takeId();
    else await this.guess();
  }

  /** The host says, or goes on under, another session id (`/clear`, `/resume`): mail, role and topics come along. */
  async change(session: string): Promise<void> {
    if (this.#state.is === "awaited") return this.#begin(session);
    if (session === this.id) return;
    if (this.#state.is === "claiming") await this.#state.claimed;
    this.#state = { is: "told", session };
    this.#options.announce();
    if (this.#options.settings.pinnedSession === undefined) await this.#takeId();
  }

  /** A call came from this session: of use where the host has not told any yet. */
  async noteCall(session: string | undefined): Promise<void> {
    if (session !== undefined && this.#state.is === "awaited") await this.#begin(session);
    else if (this.#state.is === "claiming") await this.#state.claimed;
  }

  /** Looks for the one session that the host has open and that none of its other servers has, where there is exactly one. */
  async guess(): Promise<void> {
    const { host, settings } = this.#options;
    if (this.#state.is !== "awaited" || host.session.is !== "later") return;
    const candidates = host.session.candidates();
    const taken = candidates.length === 0 ? [] : siblingSessions(settings.dataDir, process.ppid);
    const [session, ...others] = candidates.filter((candidate) => !taken.includes(candidate));
    if (session !== undefined && others.length === 0) await this.change(session);
  }

  /** Becomes a member of the hub. A session that is not known yet is nobody there: its mail would come to another. */
  connect(): void {
    if (this.#state.is === "told") this.#options.client().connect();
  }

  /** After the first process of a session has ended, mail to its plain id is for the second one. */
  async takePlainId(): Promise<void> {
    const { settings } = this.#options;
    const client = this.#options.client();
    const plain = instanceIdOf(settings, this.id);
    if (this.#claims === undefined || client.instanceId === plain || !client.isReady) return;
    if (settings.pinnedSession === undefined && (await this.#claims.claim(plain))) client.changeInstanceId(plain);
  }

  end(): void {
    this.#claims?.releaseAll();
  }

  async #begin(session: string): Promise<void> {
    const claim = async () => {
      await this.#takeId();
      this.#state = { is: "told", session };
      this.connect();
    };
    // The id is read while it is claimed, so the state comes first.
    const claimed = Promise.resolve().then(claim);
    this.#state = { is: "claiming", session, claimed };
    this.#options.announce();
    await claimed;
  }

  /** The id that the session stands for: its own, or one with a suffix where another process has that. */
  async #takeId(): Promise<void> {
    const { settings } = this.#options;
    const session = this.id;
    const wanted = settings.pinnedSession ?? session;
    const claimed = (await this.#claims?.take(settings, wanted)) ?? wanted;
    if (session === this.id) this.#options.client().changeInstanceId(instanceIdOf(settings, claimed));
  }
}

/** The session to begin with: a launcher's choice, the host's own, or one of ours where nobody says. */
function firstState({ session }: Host, { pinnedSession }: Settings): State {
  if (session.is === "later") return { is: "awaited", session: pinnedSession ?? randomUUID() };
  const own = session.is === "start" || session.is === "one of many" ? session.session : randomUUID();
  return { is: "told", session: pinnedSession ?? own };
}
