/** What the person of a session can say to the plugin without asking the model: `/cc2cc`, and the status line. */

import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { InstanceInfo } from "../../../shared/message.ts";
import { neutralise } from "../../../shared/neutralise.ts";
import { pausedNote } from "../../../shared/paused-note.ts";
import type { Session } from "../session.ts";

const COMMAND = /^\/(?:cc2cc:)?cc2cc(?:\s+([\s\S]*))?$/;
/** As many as a screen shows. */
const LISTED_MAX = 20;
const HELP = "/cc2cc status · who [word] · mute · unmute · leave · join · statusline";
/** What the status line consists of. It is copied out of the plugin's folder, which is another with each version. */
const STATUS_LINE_FILES = ["status-line.mjs", "server-of.mjs"];

/** The words of a prompt that is our command; undefined for any other prompt. */
export function readCommand(prompt: string): string | undefined {
  const match = COMMAND.exec(prompt.trim());
  return match === null ? undefined : (match[1] ?? "").trim();
}

export class PersonCommands {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Does what the words say and tells it in a sentence or a short list. Never throws. */
  async run(words: string): Promise<string> {
    const [verb = "", ...rest] = words.split(/\s+/);
    const { client, delivery } = this.#session;
    switch (verb) {
      case "":
      case "status":
        return this.#status();
      case "who":
        return this.#who(rest.join(" "));
      case "mute":
        delivery.mute(true);
        return "cc2cc: muted. Messages wait in the hub; /cc2cc unmute brings them.";
      case "unmute":
        delivery.mute(false);
        return "cc2cc: messages come again.";
      case "leave":
        void client.leave();
        return "cc2cc: this session has left the hub. Mail to it waits there; /cc2cc join brings it back.";
      case "join":
        client.join();
        return "cc2cc: joining the hub.";
      case "statusline":
        return this.#statusLineSetting();
      default:
        return `cc2cc: there is no "${neutralise(verb)}". ${HELP}`;
    }
  }

  /** One line: connected or not, as whom, and what waits. */
  statusLine(): string {
    const { client, delivery, instanceId } = this.#session;
    const name = instanceId.split("/")[0];
    const waiting = delivery.parcels.open().length + client.behindCount;
    const mail = waiting === 0 ? "" : ` · ${waiting} waiting`;
    const mute = delivery.isMuted ? " · muted" : "";
    const pause = client.paused === undefined ? "" : " · paused";
    return client.isReady ? `cc2cc ● ${name}${mail}${mute}${pause}` : `cc2cc ○ not connected`;
  }

  #statusLineSetting(): string {
    const { dataDir } = this.#session.settings;
    const hooks = join(dirname(fileURLToPath(import.meta.url)), "..", "hooks");
    try {
      for (const name of STATUS_LINE_FILES) copyFileSync(join(hooks, name), join(dataDir, name));
    } catch (error) {
      return `cc2cc: cannot write to ${dataDir}: ${(error as Error).message}`;
    }
    const command = `node ${JSON.stringify(join(dataDir, STATUS_LINE_FILES[0] as string))}`;
    return `In ~/.claude/settings.json:\n${JSON.stringify({ statusLine: { type: "command", command } })}`;
  }

  #status(): string {
    const { client, delivery, settings, instanceId } = this.#session;
    const lines = [
      this.statusLine(),
      `id: ${instanceId}`,
      `hub: ${settings.hubUrl?.origin ?? "none set"}`,
      `messages reach the model by: ${delivery.isMuted ? "nothing (muted)" : delivery.path}`,
      `allowed without asking: ${settings.permissions}`,
      ...(client.trouble === undefined ? [] : [client.trouble]),
      ...(client.paused === undefined ? [] : [pausedNote(client.paused)]),
      HELP,
    ];
    return lines.join("\n");
  }

  async #who(word: string): Promise<string> {
    const answer = await this.#session.client.ask({ action: "list_instances" });
    if (!answer.ok) return `cc2cc: ${answer.error}`;
    const all = (answer.reply.instances as InstanceInfo[]).filter(
      ({ instanceId, role }) => instanceId.includes(word) || (role ?? "").includes(word),
    );
    const online = all.filter(({ status }) => status === "online");
    const lines = online.slice(0, LISTED_MAX).map(({ instanceId, role, queueDepth }) => {
      const isMe = instanceId === this.#session.instanceId ? " (this session)" : "";
      return `● ${instanceId}${role === undefined ? "" : ` ${role}`}${queueDepth > 0 ? ` ${queueDepth} waiting` : ""}${isMe}`;
    });
    const more = online.length - lines.length;
    return [
      `${online.length} online, ${all.length - online.length} offline${word === "" ? "" : ` with "${neutralise(word)}"`}`,
      ...lines,
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join("\n");
  }
}
