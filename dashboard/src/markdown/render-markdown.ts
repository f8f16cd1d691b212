/** The lazy chunk: parser, highlighter, sanitiser. Everything else imports `load-markdown.ts`. */
import { decorateMarkdown } from "./decorate-markdown.ts";
import { parseMarkdown } from "./parse-markdown.ts";
import { sanitizeHtml } from "./sanitize-html.ts";
import "./markdown.css";

export { codeToCopy } from "./decorate-markdown.ts";

/** Enough for what is scrolled through; the oldest goes first. */
const MAX_CACHED = 300;

const cache = new Map<string, DocumentFragment | undefined>();

/** A fresh copy of the elements that a Markdown text becomes, or undefined where it must be shown as it is. */
export function renderMarkdown(source: string): DocumentFragment | undefined {
  const rendered = cache.has(source) ? cache.get(source) : render(source);
  cache.delete(source);
  cache.set(source, rendered);
  const [oldest] = cache.keys();
  if (cache.size > MAX_CACHED && oldest !== undefined) cache.delete(oldest);
  return rendered === undefined ? undefined : document.importNode(rendered, true);
}

function render(source: string): DocumentFragment | undefined {
  const html = parseMarkdown(source);
  if (html === undefined) return undefined;
  const content = sanitizeHtml(html);
  decorateMarkdown(content);
  return content;
}
