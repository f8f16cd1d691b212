import { signal } from "@preact/signals";

/** A part of the page that comes when it is first asked for; until then undefined. Ask where signals are tracked. */
export function lateChunk<T>(load: () => Promise<T>): () => T | undefined {
  const chunk = signal<T | undefined>(undefined);
  let isLoading = false;
  return () => {
    if (!isLoading) {
      isLoading = true;
      load().then(
        (loaded) => {
          chunk.value = loaded;
        },
        () => {
          // The hub is away; the page does without meanwhile, and whoever asks next tries again.
          isLoading = false;
        },
      );
    }
    return chunk.value;
  };
}
