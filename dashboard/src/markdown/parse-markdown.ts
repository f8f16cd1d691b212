/** Markdown to HTML, within bounds: what somebody else's model wrote must not hold up the page. Pure, so Node can test it. */
import { Marked, type RendererObject, Tokenizer, type Tokens } from "marked";
import { markedHighlight } from "marked-highlight";
import { highlightCode } from "./languages.ts";

/** A longer text is shown as it is: none that the hub takes (M2) is. */
export const MAX_MARKDOWN_CHARS = 65_536;
export const MAX_TABLE_ROWS = 200;
export const MAX_TABLE_COLUMNS = 30;

/** Quotes and lists in one another. Each level is some stack frames of the parser, and two elements. */
const MAX_DEPTH = 24;
/** Characters that emphasis may look through, again for each delimiter; some 100 ms. */
const MAX_STEPS = 4_000_000;
/** One of the parser's patterns is quadratic in these. */
const LONG_BLANK = /[ \t]{1000}/;
const SAFE_URL = /^(?:https?:|mailto:)/i;

class TooComplex extends Error {}

/** Counts what is not linear, and gives up where it is too much. One for each text. */
class BoundedTokenizer extends Tokenizer {
  #depth = 0;
  #steps = 0;

  override blockquote(source: string) {
    return this.#nest(() => super.blockquote(source));
  }

  override list(source: string) {
    return this.#nest(() => super.list(source));
  }

  override emStrong(source: string, masked: string, previous?: string) {
    this.#spend(source);
    return super.emStrong(source, masked, previous);
  }

  override del(source: string, masked: string, previous?: string) {
    this.#spend(source);
    return super.del(source, masked, previous);
  }

  #nest<T>(parse: () => T): T {
    if (this.#depth >= MAX_DEPTH) throw new TooComplex();
    this.#depth++;
    const result = parse();
    this.#depth--;
    return result;
  }

  #spend(source: string): void {
    if (!"*_~".includes(source.charAt(0))) return;
    this.#steps += source.length;
    if (this.#steps > MAX_STEPS) throw new TooComplex();
  }
}

// The message has a heading of level 2, its sender; what stands in it goes below, and leaves no level out.
const FIRST_LEVEL = 3;

const renderer: RendererObject = {
  heading({ tokens, depth }: Tokens.Heading) {
    const level = Math.min(FIRST_LEVEL + depth - 1, 6);
    return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
  },
  html({ text }: Tokens.HTML | Tokens.Tag) {
    return escapeHtml(text);
  },
  link({ href, title, tokens }: Tokens.Link) {
    return renderLink(href, this.parser.parseInline(tokens), title);
  },
  image({ href, title, text }: Tokens.Image) {
    return renderLink(href, escapeHtml(text === "" ? href : text), title ?? "An image; opens in a new tab");
  },
  checkbox({ checked }: Tokens.Checkbox) {
    return checked ? '<span class="task-done">done: </span>' : '<span class="task-open">open: </span>';
  },
  table({ header, rows }: Tokens.Table) {
    const renderRow = (cells: Tokens.TableCell[]) =>
      `<tr>${cells
        .slice(0, MAX_TABLE_COLUMNS)
        .map((cell) => this.tablecell(cell))
        .join("")}</tr>`;
    const body = rows.slice(0, MAX_TABLE_ROWS).map(renderRow).join("");
    const note = describeCut(rows.length - MAX_TABLE_ROWS, header.length - MAX_TABLE_COLUMNS);
    return `<table><thead>${renderRow(header)}</thead><tbody>${body}</tbody></table>${note}`;
  },
};

const marked = new Marked(
  { gfm: true, breaks: true, async: false },
  markedHighlight({ langPrefix: "hljs language-", emptyLangClass: "hljs", highlight: highlight }),
  { renderer },
);

/**
 * The HTML of a Markdown text, in which raw HTML is text, images are links, and links lead to http(s) or mail. Undefined for
 * what is too long, or too complex to be parsed quickly. Sanitise it nevertheless: this function is not the last defence.
 */
export function parseMarkdown(source: string): string | undefined {
  if (source.length > MAX_MARKDOWN_CHARS || LONG_BLANK.test(source)) return undefined;
  try {
    return marked.parse(source, { tokenizer: new BoundedTokenizer(), async: false });
  } catch (error) {
    if (error instanceof TooComplex || error instanceof RangeError) return undefined;
    throw error;
  }
}

function highlight(code: string, language: string): string {
  return highlightCode(code, language.toLowerCase()) ?? code;
}

function renderLink(href: string, label: string, title: string | null | undefined): string {
  if (!SAFE_URL.test(href)) return label;
  const titled = title ? ` title="${escapeHtml(title)}"` : "";
  return `<a href="${escapeHtml(href)}"${titled} target="_blank" rel="noopener noreferrer">${label}</a>`;
}

function describeCut(rows: number, columns: number): string {
  const parts = [...(rows > 0 ? [`${rows} more rows`] : []), ...(columns > 0 ? [`${columns} more columns`] : [])];
  return parts.length === 0 ? "" : `<p><em>${parts.join(" and ")}: copy the text to see them</em></p>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
