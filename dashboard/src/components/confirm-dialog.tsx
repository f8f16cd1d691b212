import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Later } from "./later.tsx";

export interface ConfirmQuestion {
  /** Names what goes, whole: `Remove bob@server:api/… and its 12 waiting messages?` */
  title: string;
  /** What follows from it, and whether it can be undone. */
  body?: ComponentChildren;
  /** The verb on the button: `Remove`, `Flush 12 messages`. */
  action: string;
  /** False for what destroys nothing. */
  isDanger?: boolean;
  /** For what hurts most: this text must be typed first. */
  typed?: string;
}

export interface Asked extends ConfirmQuestion {
  id: number;
  answer(isYes: boolean): void;
}

const asked = signal<Asked | undefined>(undefined);
let lastId = 0;

/** Asks before something is destroyed, and resolves to whether to do it. A second question answers the first with no. */
export function confirm(question: ConfirmQuestion): Promise<boolean> {
  asked.value?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      id: ++lastId,
      answer: (isYes) => {
        asked.value = undefined;
        resolve(isYes);
      },
    };
  });
}

const load = async () => (await import("./confirm-question.tsx")).ConfirmQuestion;

/** Where `confirm` asks; stands once in the page. */
export function ConfirmDialog() {
  const question = asked.value;
  return <Later isWanted={question !== undefined} load={load} props={{ question }} />;
}
