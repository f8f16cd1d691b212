/** What happens in the demo: stories of steps, and how their steps come to share one time. */
import type { MessageType } from "../shared/message.ts";
import type { SeededRandom } from "../test/helpers/seeded-random.ts";
import type { MemberName } from "./team.ts";

interface StepBase {
  by: MemberName;
  /** Seconds of thinking before it; a seed varies them. */
  after?: number;
}

export interface SayStep extends StepBase {
  do?: "say";
  /** A member's name, or an address with a colon: `role:…`, `topic:…`; or `broadcast`. */
  to: MemberName | `${"role" | "topic"}:${string}` | "broadcast";
  type: MessageType;
  text: string;
  /** A name for this message, by which later steps of the story answer it. */
  as?: string;
  /** The message that this one answers. */
  re?: string;
  metadata?: Record<string, string | number | boolean>;
  ttlSeconds?: number;
  /** For topics. */
  persistent?: boolean;
}

/** Asks whoever looks at the dashboard: its Inbox has something to answer. */
export interface AskStep extends StepBase {
  do: "ask";
  question: string;
  options?: string[];
  context?: string;
}

export interface LeaveStep extends StepBase {
  do: "leave";
}

export type Step = SayStep | AskStep | LeaveStep;

export function isSaid(step: Step): step is SayStep {
  return step.do === undefined || step.do === "say";
}
export type Story = readonly Step[];

export interface TimedStep {
  /** Since the beginning of the timeline. */
  atMs: number;
  /** Which story it belongs to: names of messages are the story's own. */
  story: number;
  step: Step;
}

const PAUSE_SECONDS = 2;
/** What a pause may become, as a part of itself. */
const PAUSE_MIN = 0.6;
const PAUSE_SPREAD = 0.8;

/** Lays stories over one another within `spanMs`: the first begins at once, the others at chance moments. */
export function planTimeline(stories: readonly Story[], spanMs: number, random: SeededRandom): TimedStep[] {
  const timed = stories.flatMap((story, index) => {
    const pauses = story.map(
      (step) => (step.after ?? PAUSE_SECONDS) * 1_000 * (PAUSE_MIN + PAUSE_SPREAD * random.next()),
    );
    const lengthMs = pauses.reduce((sum, pause) => sum + pause, 0);
    let atMs = index === 0 ? 0 : random.next() * Math.max(0, spanMs - lengthMs);
    return story.map((step, at): TimedStep => {
      atMs += pauses[at] as number;
      return { atMs: Math.round(atMs), story: index, step };
    });
  });
  // Stable: steps of one moment keep the order of their story.
  return timed.sort((a, b) => a.atMs - b.atMs);
}
