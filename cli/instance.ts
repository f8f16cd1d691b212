/** This command as an instance of the hub: a name of its own for each user and `--as`, held while it runs. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, mkdirSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { hostname, userInfo } from "node:os";
import { type Answer, HubClient, type Reply } from "../client/hub-client.ts";
import { Claims, type Holder } from "../client/identity/claims.ts";
import { instanceIdOf, keepNames, type Names, readOrMakeToken, suffixedSession } from "../client/identity/identity.ts";
import { cliFolder } from "../client/joined-hub.ts";
import type { ClientFrameInput, DeliveredMessage, ReceiptFrame } from "../shared/protocol.ts";
import type { HubAddress } from "./find-hub.ts";
import { note } from "./output.ts";
import { CliProblem, ExitCode, problemOf } from "./problem.ts";

export const DEFAULT_NAME = "shell";
/** The project of every id of the command line. */
const PROJECT = "cli";
const CONNECT_MS = 8_000;

export interface InstanceOptions {
  hub: HubAddress;
  /** `--as`: the last part of the id. */
  name: string;
  /**
   * `name`: under exactly that name, for it is where others write to. `name or new`: where it is free. `new`: under one
   * that nobody has, so that nothing waits for it but the answer to come.
   */
  holds: "name" | "name or new" | "new";
  onDeliver?(messages: DeliveredMessage[]): void;
  onReceipt?(receipt: ReceiptFrame): void;
  /** The hub does not want this instance any more. */
  onRefused?(problem: CliProblem): void;
}

export class CliInstance {
  readonly client: HubClient;
  readonly #claims: Claims;
  readonly #server: Server;

  private constructor(client: HubClient, claims: Claims, server: Server) {
    this.client = client;
    this.#claims = claims;
    this.#server = server;
  }

  get instanceId(): string {
    return this.client.instanceId;
  }

  /** Connected, or a CliProblem that says why not. */
  static async connect(options: InstanceOptions): Promise<CliInstance> {
    const folder = cliFolder();
    requireWritable(folder);
    const { server, holder } = await startHolder();
    const claims = new Claims(folder, holder);
    try {
      const names = ownNames(folder);
      const instanceId = await claimId(claims, options, names);
      const freeId = () => instanceIdOf(names, suffixedSession(options.name));
      const client = makeClient(options, { instanceId, freeId, identity: readOrMakeToken(folder) });
      const instance = new CliInstance(client, claims, server);
      instance.client.connect();
      await instance.#untilReady();
      return instance;
    } catch (error) {
      server.close();
      claims.releaseAll();
      throw error;
    }
  }

  /** Asks the hub; throws a CliProblem where it refuses or is away. */
  async ask(frame: ClientFrameInput): Promise<Reply> {
    const answer: Answer = await this.client.ask(frame);
    if (answer.ok) return answer.reply;
    throw answer.code === undefined ? problemOfStanding(this.client, answer.error) : problemOf(answer);
  }

  /** Says goodbye, and lets the name go. */
  async leave(): Promise<void> {
    await this.client.leave();
    this.#claims.releaseAll();
    this.#server.close();
  }

  async #untilReady(): Promise<void> {
    // Any question will do: it is asked when the hub has greeted, or answered with what stands in the way.
    const answer = await this.client.ask({ action: "ping", to: this.instanceId });
    if (this.client.isReady || answer.ok) return;
    const problem = problemOfStanding(this.client, this.client.trouble ?? answer.error);
    await this.client.leave();
    throw problem;
  }
}

/** The identity of this user has to last: a message for it would have nowhere to go. */
function requireWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliProblem(
      ExitCode.failed,
      `cannot write to ${folder} (${code}), where this user's identity is kept: set HOME to a folder you can write to.`,
    );
  }
}

async function claimId(claims: Claims, { name, holds }: InstanceOptions, names: Names): Promise<string> {
  if (holds === "new") return instanceIdOf(names, suffixedSession(name));
  const own = instanceIdOf(names, name);
  if (await claims.claim(own)) return own;
  if (holds === "name or new") return instanceIdOf(names, suffixedSession(name));
  throw new CliProblem(
    ExitCode.conflict,
    `another cc2cc of yours listens as ${own}: end that one, or take another name with --as.`,
  );
}

interface Identity {
  instanceId: string;
  identity: string;
  freeId(): string;
}

function makeClient(options: InstanceOptions, { instanceId, identity, freeId }: Identity): HubClient {
  const { hub, holds } = options;
  const client: HubClient = new HubClient({
    hubUrl: hub.url,
    apiKey: hub.key,
    identity,
    isTransient: holds !== "name",
    instanceId,
    problems: [],
    waits: { connectMs: CONNECT_MS, replyMs: 20_000 },
    words: {
      newKey: "Run `cc2cc join`, or set CC2CC_API_KEY to a key that it takes",
      left: "This command has left the hub.",
      checkMessage: (messageId) => `ask \`cc2cc status ${messageId}\``,
      startedWhere: "for this command",
    },
    onDeliver: (messages) => options.onDeliver?.(messages),
    onReceipt: (receipt) => options.onReceipt?.(receipt),
    // A user of the same name with another home holds it: whoever only sends goes under another one.
    nextInstanceId: () => (holds === "name" ? undefined : freeId()),
    onRefused: (reason) => options.onRefused?.(problemOfStanding(client, `the hub ended it: ${reason}.`)),
    log: (line) => {
      if (client.standing.is === "away" && client.welcome !== undefined) note(`${line}; trying again.`);
    },
  });
  return client;
}

function problemOfStanding({ standing }: HubClient, sentence: string): CliProblem {
  const code = standing.is !== "refused" ? ExitCode.away : standing.over === "key" ? ExitCode.key : ExitCode.conflict;
  return new CliProblem(code, sentence.replace("Reconnecting by itself; ", "").replace(" Nothing was sent.", ""));
}

/** As the plugin names this user and machine, so that people know whose it is. */
export function ownNames(folder: string, env: NodeJS.ProcessEnv = process.env): Names {
  const found = {
    username: env.CC2CC_USERNAME || env.USER || env.USERNAME || loginName(),
    host: env.CC2CC_HOST || env.HOSTNAME || hostname(),
  };
  const kept = keepNames(folder, found);
  return {
    username: env.CC2CC_USERNAME || kept.username,
    host: env.CC2CC_HOST || kept.host,
    project: env.CC2CC_PROJECT || PROJECT,
  };
}

function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return "unknown";
  }
}

/** Answers other commands of this user that want the same name: who answers, lives. */
async function startHolder(): Promise<{ server: Server; holder: Holder }> {
  const token = randomBytes(16).toString("hex");
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => socket.end(data.toString().includes(token) ? "pong\n" : ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return { server, holder: { port: (server.address() as AddressInfo).port, token } };
}
