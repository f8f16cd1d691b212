// cc2cc inside Copilot CLI: tells cc2cc's server what happens in this session, and begins a turn when messages have come.
// `cc2cc join` writes an extension that hands over `joinSession` of Copilot's own kit.
import { InsideHost } from "../hooks/inside-host.mjs";

/** Names that only our server can have made; where the conversation holds one, its model is shown the message. */
const MARK = /cc2cc-[0-9a-v]{8}(?![0-9a-z])/g;

/** What becomes part of the conversation, and so of the next request to the model. */
const CONTEXT = ["user.message", "tool.execution_complete", "model.message"];

export async function start(joinSession) {
  let session;
  const inside = new InsideHost({ prompt: (_id, text) => session.send({ prompt: text, mode: "enqueue" }) });
  const tell = (event, more) => (session === undefined ? null : inside.tell(session.sessionId, event, more));
  const context = (answer) => (answer?.text ? { additionalContext: answer.text } : undefined);
  session = await joinSession({
    hooks: {
      onUserPromptSubmitted: async ({ prompt }) => context(await tell("UserPromptSubmit", { prompt })),
      onPostToolUse: async () => context(await tell("PostToolUse")),
    },
  });
  const waiting = new Set();
  session.on(({ type, data }) => {
    if (type === "session.idle" || type === "abort") void tell("Stop");
    if (CONTEXT.includes(type)) for (const mark of JSON.stringify(data ?? {}).match(MARK) ?? []) waiting.add(mark);
    if (type !== "model.call_start" || waiting.size === 0) return;
    void tell("ModelRequest", { prompt: [...waiting].join(" ") });
    waiting.clear();
  });
  void inside.open(session.sessionId);
}
