/** A block of code in Markdown. */
export const fence = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\``;
