/** What tests of delivery share: a plugin, a peer, a transcript and the inbox of a session. */
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { FrameWriter } from "../../plugin/src/delivery/frame.ts";
import { HubClient } from "./hub-client.ts";
import { type PluginOptions, TestPlugin } from "./plugin.ts";
import { makeTempDir } from "./temp-dir.ts";
import type { HubAddress } from "./test-socket.ts";
import { Conditions } from "./until.ts";

/** A plugin with these variables and a peer, in a project of their own. */
export async function startPair(hub: HubAddress, env: Record<string, string>, more: Partial<PluginOptions> = {}) {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const session = randomUUID();
  const dataDir = makeTempDir();
  const options = { hub, dataDir, session, project, env, ...more };
  const plugin = await TestPlugin.start(options);
  const peer = await HubClient.connect(hub, { instanceId: `bob@server:${project}/peer` });
  const me = await plugin.untilConnected();
  const transcript = join(dataDir, "transcript.jsonl");
  writeFileSync(transcript, "");
  return { plugin, peer, me, project, session, dataDir, transcript, options };
}

/** Sends messages one after the other; resolves with their ids. */
export async function sendAll(peer: HubClient, to: string, contents: string[]): Promise<string[]> {
  const answers = await Promise.all(peer.sendAll(contents.map((content) => ({ to, content }))));
  return answers.map((answer) => String((answer as Record<string, unknown> | null)?.messageId));
}

export async function stateOf(peer: HubClient, messageId: string | undefined): Promise<unknown> {
  return (await peer.ask({ action: "status", messageId: String(messageId) })).state;
}

/** A line as Claude Code writes it for what it has shown to the model. */
export function transcriptLine(text: string): string {
  const message = { role: "user", content: [{ type: "text", text }] };
  return `${JSON.stringify({ type: "user", uuid: randomUUID(), sessionId: "s", message })}\n`;
}

/** The mark by which the plugin with this data folder recognises a message of its own in a transcript. */
export function markOf(dataDir: string, messageId: string | undefined): string {
  const writer = new FrameWriter(readFileSync(join(dataDir, "identity"), "utf8").trim());
  return writer.markOf(String(messageId));
}

/** Ids of messages that a text shows in frames, in their order. */
export function idsIn(text: string): (string | undefined)[] {
  return [...text.matchAll(/<cc2cc-[0-9a-v]{8}[^>]* message_id="([^"]+)"/g)].map((match) => match[1]);
}

/** The inbox of a session as Claude Code runs it: a token first, then posts. */
export function openInbox(): {
  path: string;
  token: string;
  posts: string[];
  until(count: number): Promise<void>;
} {
  const path = join(makeTempDir(), "inbox.sock");
  const conditions = new Conditions();
  const inbox = {
    path,
    token: randomUUID(),
    posts: [] as string[],
    until: (count: number) =>
      conditions.until(
        () => inbox.posts.length >= count,
        () => `${count} posts in the inbox`,
      ),
  };
  const server = createServer(async (socket) => {
    let isAllowed = false;
    for await (const line of createInterface({ input: socket })) {
      const frame = JSON.parse(line);
      if (frame.type === "auth") isAllowed = frame.token === inbox.token;
      if (frame.type !== "user" || !isAllowed) continue;
      inbox.posts.push(frame.message.content);
      conditions.changed();
    }
  });
  server.listen(path);
  onTestFinished(() => void server.close());
  return inbox;
}

/** Contents that show their order. */
export function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `message ${i}`);
}
