import { expect, it } from "vitest";
import { FrameWriter } from "../../delivery/frame.ts";
import { CODEX_ROLLOUT } from "./rollout-lines.ts";

const mark = new FrameWriter("secret").markOf("1");
const item = (payload: object) => ({ type: "response_item", payload });
const content = [{ type: "input_text", text: `<${mark} type="task">` }];

it.each([
  ["what a hook added", item({ type: "message", role: "developer", content }), true],
  ["a prompt", item({ type: "message", role: "user", content }), true],
  ["a tool's result", item({ type: "function_call_output", call_id: "c", output: content }), true],
  ["what the model said", item({ type: "message", role: "assistant", content }), false],
  ["a call of the model", item({ type: "function_call", arguments: `{"text":"<${mark}>"}` }), false],
  ["what the screen shows", { type: "event_msg", payload: { type: "user_message", message: `<${mark}>` } }, false],
])("takes %s (%#) for shown: %o", (_, line, isShown) => {
  expect(CODEX_ROLLOUT.newsOf(line)).toEqual({ shown: isShown ? [mark] : [], queued: [] });
  expect(CODEX_ROLLOUT.isKnown(line)).toBe(true);
});

it("does not take another client's transcript for a rollout", () => {
  expect(CODEX_ROLLOUT.isKnown({ type: "user", sessionId: "s", message: { content } })).toBe(false);
});
