import { wordsOf } from "../models/refresher.ts";
import { toast } from "./toasts.tsx";

/** Says in a corner that something is done, or why it is not. */
export async function sayOutcome(work: Promise<unknown>, done: string): Promise<void> {
  try {
    await work;
    toast(done, { tone: "good" });
  } catch (error) {
    toast(wordsOf(error), { tone: "bad" });
  }
}
