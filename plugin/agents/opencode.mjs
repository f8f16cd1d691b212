// cc2cc inside OpenCode: tells cc2cc's server what happens in each session, begins turns when messages have come, and puts
// them before the model. `cc2cc join` writes a file into OpenCode's plugin folder that names this one.
import { InsideHost } from "../hooks/inside-host.mjs";

/** Names that only our server can have made; where a request holds one, its model is shown the message. */
const MARK = /cc2cc-[0-9a-v]{8}(?![0-9a-z])/g;
/** The server's tools, as OpenCode calls them. */
const TOOL = /^cc2cc_/;

export const Cc2cc = async ({ client }) => {
  /** By session, the one that it does a part of the work of; null for one that a person has open. */
  const parents = new Map();
  const told = new Map();
  const inside = new InsideHost({ pids: [process.pid, process.ppid], prompt });

  async function prompt(id, text) {
    const { error } = await client.session.promptAsync({ path: { id }, body: { parts: [{ type: "text", text }] } });
    if (error !== undefined) throw new Error(`OpenCode refused a prompt: ${JSON.stringify(error).slice(0, 200)}`);
  }

  /** The session that a person has open, whichever of its helpers this is. */
  async function rootOf(id) {
    if (!parents.has(id)) {
      const { data } = await client.session.get({ path: { id } }).catch(() => ({}));
      parents.set(id, data?.parentID ?? null);
    }
    const parent = parents.get(id);
    return parent === null ? id : rootOf(parent);
  }

  const isRoot = async (id) => (await rootOf(id)) === id;

  async function seeRequest(messages) {
    const id = messages.at(-1)?.info?.sessionID;
    if (id === undefined || !(await isRoot(id))) return;
    const known = told.get(id) ?? new Set();
    told.set(id, known);
    const marks = [...new Set(JSON.stringify(messages).match(MARK) ?? [])].filter((mark) => !known.has(mark));
    for (const mark of marks) known.add(mark);
    if (marks.length > 0) await inside.tell(id, "ModelRequest", { prompt: marks.join(" ") });
  }

  return {
    event: async ({ event: { type, properties } }) => {
      if (type === "session.created") {
        const { id, parentID } = properties.info;
        parents.set(id, parentID ?? null);
        if (parentID === undefined) void inside.open(id);
      } else if (type === "session.idle" && (await isRoot(properties.sessionID))) {
        await inside.tell(properties.sessionID, "Stop");
      }
    },
    "chat.message": async ({ sessionID }, { parts }) => {
      if (!(await isRoot(sessionID))) return;
      const last = parts.at(-1);
      const prompt = parts.map(({ text }) => text ?? "").join("\n");
      const answer = await inside.tell(sessionID, "UserPromptSubmit", { prompt });
      if (!answer?.text || last === undefined) return;
      // Ids ascend, so that one which continues the last comes behind it.
      parts.push({ ...base(last), id: `${last.id}0`, type: "text", text: answer.text, synthetic: true });
    },
    "tool.execute.before": async ({ tool, sessionID }, output) => {
      if (TOOL.test(tool)) output.args.cc2cc_session = await rootOf(sessionID);
    },
    "tool.execute.after": async ({ sessionID }, output) => {
      if (!(await isRoot(sessionID))) return;
      const answer = await inside.tell(sessionID, "PostToolUse");
      if (answer?.text && Array.isArray(output.content)) output.content.push({ type: "text", text: answer.text });
      else if (answer?.text) output.output = `${output.output}\n\n${answer.text}`;
    },
    "experimental.chat.messages.transform": async (_input, { messages }) => seeRequest(messages),
  };
};

function base({ sessionID, messageID }) {
  return { sessionID, messageID };
}
