import { lateChunk } from "../components/late-chunk.ts";

export type MarkdownChunk = typeof import("./render-markdown.ts");

/** The renderer, once its chunk is there. */
export const markdownChunk = lateChunk<MarkdownChunk>(() => import("./render-markdown.ts"));
