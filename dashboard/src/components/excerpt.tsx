import { excerptOf } from "./found-words.ts";

export { markWords } from "./found-words.ts";

/** What a search found far down in a text of which only the beginning is shown. */
export function Excerpt({ content, query, shown }: { content: string; query: string; shown: number }) {
  const parts = excerptOf(content, query, shown);
  if (parts === undefined) return null;
  return (
    <p class="message-excerpt" dir="auto">
      … {parts.map((part, at) => (at % 2 === 0 ? part : <mark key={at}>{part}</mark>))} …
    </p>
  );
}
