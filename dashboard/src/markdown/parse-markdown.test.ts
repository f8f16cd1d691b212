import { expect, it } from "vitest";
import { MAX_MARKDOWN_CHARS, MAX_TABLE_COLUMNS, MAX_TABLE_ROWS, parseMarkdown } from "./parse-markdown.ts";

function parse(source: string): string {
  const html = parseMarkdown(source);
  if (html === undefined) throw new Error("was given up");
  return html;
}

const fill = (piece: string, chars = MAX_MARKDOWN_CHARS) =>
  piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars);

it("renders what Markdown is used for", () => {
  const html = parse("# Title\n\n- one\n- two\n\n> said\n\n**bold** _it_ ~~gone~~ `code`\nnext line");
  for (const part of ["<h3>Title</h3>", "<li>one</li>", "<blockquote>", "<strong>bold</strong>", "<em>it</em>"])
    expect(html).toContain(part);
  expect(html).toContain("<del>gone</del> <code>code</code><br>next line");
});

it("colours code of a known language, and leaves that of others plain", () => {
  expect(parse("```js\nconst a = 1;\n```")).toContain('<span class="hljs-keyword">const</span>');
  expect(parse("```brainfuck\nconst a = 1;\n```")).toContain('language-brainfuck">const a = 1;');
  expect(parse("```js\nif (a < b) '&'\n```")).toContain("&lt;");
});

it("shows raw HTML as text, in a line and as a block", () => {
  expect(parse("a <img src=x onerror=alert(1)> b")).toContain("&lt;img src=x onerror=alert(1)&gt;");
  const block = parse("<script>\nalert(1)\n</script>");
  expect(block).toContain("&lt;script&gt;");
  expect(block).not.toContain("<script");
});

it("links to the web and to mail, in a new tab, and to nothing else", () => {
  expect(parse("[a](https://example.com/?a=1&b=2)")).toContain(
    '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">a</a>',
  );
  expect(parse("<mailto:a@example.com>")).toContain('href="mailto:a@example.com"');
  const hostile = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc",
    "/api/keys",
  ];
  for (const href of hostile) expect(parse(`[a](<${href}>)`)).toBe("<p>a</p>\n");
});

it("shows images as links, since the page loads nothing from elsewhere", () => {
  const html = parse("![a diagram](https://example.com/d.png) ![](https://example.com/e.png)");
  expect(html).not.toContain("<img");
  expect(html).toMatch(/<a href="https:\/\/example.com\/d.png"[^>]*>a diagram<\/a>/);
  expect(html).toMatch(/<a href="https:\/\/example.com\/e.png"[^>]*>https:\/\/example.com\/e.png<\/a>/);
});

it("shows what of a task list is done", () => {
  const html = parse("- [x] built\n- [ ] shipped");
  expect(html).toContain('<span class="task-done">done: </span>');
  expect(html).toContain('<span class="task-open">open: </span>');
});

it("cuts a giant table, and says so", () => {
  const columns = MAX_TABLE_COLUMNS + 5;
  const row = "|x".repeat(columns);
  const html = parse(`${row}\n${"|-".repeat(columns)}\n${`${row}\n`.repeat(MAX_TABLE_ROWS + 20)}`);
  expect(html.match(/<th>/g)).toHaveLength(MAX_TABLE_COLUMNS);
  expect(html.match(/<tr>/g)).toHaveLength(MAX_TABLE_ROWS + 1);
  expect(html).toContain("20 more rows and 5 more columns");
});

it.each(["> ", ">", "1. ", "> - ", "**x* ", "~a ~~b", "~~a~"])(
  "gives up a text of nothing but %j, which it would parse for seconds or not at all",
  (piece) => {
    expect(parseMarkdown(fill(piece))).toBeUndefined();
    expect(parseMarkdown(fill(piece, 20))).toBeDefined();
  },
);

it("gives up long blanks and long texts", () => {
  expect(parseMarkdown(`a${" ".repeat(1_000)}b`)).toBeUndefined();
  expect(parseMarkdown("a".repeat(MAX_MARKDOWN_CHARS + 1))).toBeUndefined();
  expect(parseMarkdown("a".repeat(MAX_MARKDOWN_CHARS))).toBeDefined();
});

it.each([
  "[",
  "![",
  "[a](",
  "*",
  "_",
  "*a ",
  "**a *b ",
  "`",
  "<",
  "<a ",
  "<!--",
  "|",
  "\\",
  "&",
  "[[a]](",
  "http://",
  "a@",
  "\n",
])(
  "comes to an end with a text of nothing but %j",
  (piece) => {
    // The limit of a test's time is the assertion.
    parseMarkdown(fill(piece));
  },
  2_000,
);
