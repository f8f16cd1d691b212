/** People who decide, and sessions that ask them, in tests that run in workerd. */
import type { Decision, DecisionPage } from "../../../shared/decisions.ts";
import type { ClientFrameInput, DecisionFrame } from "../../../shared/protocol.ts";
import { type Answer, call, type RequestOptions, signIn } from "./rest.ts";
import type { Reply, TestClient } from "./test-client.ts";

type Question = Partial<ClientFrameInput & { action: "ask_human" }>;

/** What the reply to a question or an approval has, whichever it is. */
export type Asked = Reply & { decisionId: string; until: string; state: Decision["state"] };

export async function askHuman(client: TestClient, more: Question = {}): Promise<Asked> {
  return (await client.ask({ action: "ask_human", question: "May I drop the table?", ...more })) as Asked;
}

export async function askApproval(
  client: TestClient,
  decisionId: string = crypto.randomUUID(),
  timeoutSeconds = 600,
): Promise<Asked> {
  const asked = { tool: "Bash", question: "rm -rf build", context: '{"command":"rm -rf build"}', timeoutSeconds };
  return (await client.ask({ action: "ask_approval", decisionId, ...asked })) as Asked;
}

/** Somebody at the dashboard, signed in with a key. */
export async function personWith({ key }: { key?: string } = {}): Promise<RequestOptions> {
  return { key: null, headers: { ...(await signIn(key)), origin: "http://hub" } };
}

export function answer(
  decisionId: string,
  text: string,
  options: RequestOptions & { note?: string } = {},
): Promise<Answer> {
  const { note, ...more } = options;
  return call(`POST /api/decisions/${decisionId}/answer`, { body: { answer: text, note }, ...more });
}

export async function decisionOf(decisionId: string): Promise<Decision> {
  return (await call(`GET /api/decisions/${decisionId}`)).body as Decision;
}

/** All pages of a list. */
export async function listDecisions(query: string): Promise<Decision[]> {
  const items: Decision[] = [];
  for (let cursor = ""; ; ) {
    const page = (await call(`GET /api/decisions?${query}${cursor}`)).body as DecisionPage;
    items.push(...page.items);
    if (page.nextCursor === undefined) return items;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

/** What the inbox has said to a client, as messages. */
export function fromInbox(client: TestClient) {
  return client.delivered.filter(({ from }) => from === "system@hub:cc2cc/inbox");
}

/** How approvals of a client ended, as it was told. */
export function decided(client: TestClient): DecisionFrame[] {
  return client.frames.filter(({ action }) => action === "decision") as unknown as DecisionFrame[];
}
