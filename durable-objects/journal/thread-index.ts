/** Finds the thread of each message as history is made: of one transaction, whose changes are written at its end. */
import type { RecentWholes } from "./recent-wholes.ts";
import type { Answered, ThreadChange, ThreadStore } from "./thread-store.ts";

/** A message that is about to enter history, or that entered before there were threads. */
export interface Placed {
  id: number;
  messageId: string;
  replyTo: string | undefined;
  isWhole: boolean;
  /** A task or question without an answer. */
  isUnanswered: boolean;
}

/** Whether an answer to it is awaited. */
export function isTaskOrQuestion(type: string): boolean {
  return type === "task" || type === "question";
}

export class ThreadIndex {
  readonly #store: ThreadStore;
  readonly #wholes: RecentWholes;
  readonly #changes = new Map<number, ThreadChange>();
  readonly #messageIds: string[] = [];

  constructor(store: ThreadStore, wholes: RecentWholes) {
    this.#store = store;
    this.#wholes = wholes;
  }

  /** What a message answers, if history has it. Who answers the copy of a publication answers the publication. */
  find(replyTo: string | undefined, from: string): Answered | undefined {
    if (replyTo === undefined) return undefined;
    const whole = this.#wholes.find(replyTo, from);
    return this.#store.findAnswered(whole ?? replyTo);
  }

  /** Puts a message that was just taken in into the thread of the first with its id, which it returns. */
  placeBeside(messageId: string, id: number): Answered | undefined {
    const first = this.#store.findAnswered(messageId);
    if (first !== undefined) this.#store.setThread(id, first.thread ?? first.id);
    return first;
  }

  /** Counts a message in the thread of what it answers, or as a thread of its own. */
  add(message: Placed, answered: Answered | undefined): void {
    const { id, messageId, replyTo, isWhole, isUnanswered } = message;
    this.#messageIds.push(messageId);
    if (isWhole) this.#wholes.note(messageId);
    const change = { last: id, messages: 1, unanswered: isUnanswered ? 1 : 0 };
    if (answered !== undefined) {
      this.#change(this.#threadOf(answered), change);
      return;
    }
    if (replyTo !== undefined) this.#store.addOrphan(replyTo, id);
    if (!isWhole) this.#change(id, change);
  }

  /**
   * Notes the first answer to a task or question. Returns how long it took, ms; null where it is none: an ack says that
   * work begins, the answer is what comes of it.
   */
  noteAnswer(answered: Answered, type: string, at: number): number | null {
    if (!answered.isUnanswered || type === "ack") return null;
    const thread = this.#threadOf(answered);
    this.#store.setAnswered(answered.id, at);
    this.#change(thread, { last: 0, messages: 0, unanswered: -1 });
    return at - answered.at;
  }

  /** Writes the changes, and takes in answers that came before what they answer. */
  write(): void {
    this.#flush();
    for (const orphan of this.#store.takeOrphans(this.#messageIds)) {
      const answered = this.#store.findAnswered(orphan.replyTo);
      if (answered === undefined) continue;
      const thread = this.#threadOf(answered);
      // Two that answer each other: one of them has to be the first.
      if (thread === orphan.id) continue;
      this.#change(thread, this.#store.merge(orphan.id, thread));
      this.noteAnswer({ ...answered, thread: answered.id === thread ? null : thread }, orphan.type, orphan.at);
      this.#flush();
    }
  }

  #threadOf({ id, thread, isWhole }: Answered): number {
    if (thread === null && isWhole) this.#store.begin(id);
    return thread ?? id;
  }

  #change(root: number, { last, messages, unanswered }: ThreadChange): void {
    const change = this.#changes.get(root);
    if (change === undefined) this.#changes.set(root, { last, messages, unanswered });
    else {
      change.last = Math.max(change.last, last);
      change.messages += messages;
      change.unanswered += unanswered;
    }
  }

  #flush(): void {
    this.#store.add(this.#changes);
    this.#changes.clear();
  }
}
