import { signal } from "@preact/signals";

export type MarkdownChunk = typeof import("./render-markdown.ts");

const chunk = signal<MarkdownChunk | undefined>(undefined);
let isLoading = false;

/** The renderer once its chunk is there; until then undefined, and reading it brings it. Read it where signals are tracked. */
export function markdownChunk(): MarkdownChunk | undefined {
  if (!isLoading) void loadChunk();
  return chunk.value;
}

async function loadChunk(): Promise<void> {
  isLoading = true;
  try {
    chunk.value = await import("./render-markdown.ts");
  } catch {
    // The hub is away; plain text does meanwhile, and the next message asks again.
    isLoading = false;
  }
}
