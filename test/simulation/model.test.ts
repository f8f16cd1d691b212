/** What the model must object to, and what it must not: a run proves no more than its model can tell. */
import { expect, it } from "vitest";
import { Model, type Sent } from "./model.ts";

const TO = "u@h:p/to";
const LATER = Number.MAX_SAFE_INTEGER;

/** Says one message of a round of its own. */
function say(model: Model, from: string, isAnswered = true): Sent {
  model.round++;
  const sent = model.send(from, TO, crypto.randomUUID(), LATER);
  if (isAnswered) model.accept(sent);
  return sent;
}

function see(model: Model, { messageId, from, to, content }: Sent, attempt = 1): void {
  model.see(to, { messageId, from, to, content, type: "task", timestamp: "", seq: 1, attempt }, 0);
}

it("Q2: a message whose answer came is not to come after one of a later round", () => {
  const model = new Model();
  const [early, late] = [say(model, "a"), say(model, "b")];
  see(model, late);
  expect(() => see(model, early)).toThrow("Q2: message 0");
});

it("Q2: a message whose sending was cut off may come later, but not so late that a crash has ended it", () => {
  const model = new Model();
  const [cut, cutToo] = [say(model, "a", false), say(model, "b", false)];
  see(model, say(model, "c"));
  see(model, cut);
  model.round++;
  model.crash();
  see(model, say(model, "c"));
  expect(() => see(model, cutToo)).toThrow("Q2: message 1");
});

it("Q2: what comes behind a message that was cut off is not of a round before what came before it", () => {
  const model = new Model();
  const [cut, early, late] = [say(model, "a", false), say(model, "b"), say(model, "c")];
  see(model, late);
  see(model, cut);
  expect(() => see(model, early)).toThrow("Q2: message 1");
});

it("Q2: the messages of one sender come in their order, whether its sending was cut off or not", () => {
  const model = new Model();
  const [cut, next] = [say(model, "a", false), say(model, "a")];
  see(model, next);
  expect(() => see(model, cut)).toThrow("Q2: message 0");
});

it("Q1: a message whose answer came is not to be lost, one that was cut off may be", () => {
  const model = new Model();
  const [cut, answered] = [say(model, "a", false), say(model, "a")];
  expect(() => model.finish(cut, undefined)).not.toThrow();
  expect(() => model.finish(answered, undefined)).toThrow("Q1: message 1");
  expect(() => model.finish(answered, "acked")).toThrow("never came");
});

it("Q4: a message whose ack was answered is not to come again, one that is not acked may", () => {
  const model = new Model();
  const sent = say(model, "a");
  see(model, sent);
  see(model, sent, 2);
  model.ackIsSure(sent);
  expect(() => see(model, sent, 3)).toThrow("Q4: message 0");
});
