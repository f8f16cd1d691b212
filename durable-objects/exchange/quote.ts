/** Words of somebody in what the hub says: they stay in their quotes and on their line, so that nothing of them reads as the hub's. */
export function quote(text: string): string {
  const line = text.replace(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
  return `“${line.replace(/[“”]/g, '"')}”`;
}
