/** What a message is about, as far as its first line says, without Markdown's marks. */
export function firstLine(content: string, maxLength = 120): string {
  const line = content.split("\n").find((text) => text.trim() !== "") ?? "";
  const plain = line.replace(/^\s*(#{1,6}\s|>)|[*`]/g, "").trim();
  return plain.length > maxLength ? `${plain.slice(0, maxLength - 1)}…` : plain;
}
