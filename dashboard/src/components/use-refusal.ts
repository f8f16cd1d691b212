import { type ReadonlySignal, useSignal } from "@preact/signals";
import { wordsOf } from "../models/refresher.ts";

/** Runs what the hub may refuse; `refusal` is why it refused the last one, in words. */
export function useRefusal(): {
  refusal: ReadonlySignal<string | undefined>;
  act(run: Promise<unknown>): Promise<void>;
} {
  const refusal = useSignal<string | undefined>(undefined);
  return {
    refusal,
    async act(run) {
      refusal.value = undefined;
      try {
        await run;
      } catch (error) {
        refusal.value = wordsOf(error);
      }
    },
  };
}
