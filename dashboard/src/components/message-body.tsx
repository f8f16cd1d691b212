import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { type MarkdownChunk, markdownChunk } from "../markdown/load-markdown.ts";
import { useModels } from "../models/models.ts";
import { Button } from "./button.tsx";
import { copyText } from "./copy-text.ts";
import { lateChunk } from "./late-chunk.ts";
import "./message-body.css";

const NEAREST: ScrollIntoViewOptions = { block: "nearest" };

/** Lines that a body shows before it asks; a longer one is cut. */
const SHOWN_LINES = 16;
const CHARS_PER_LINE = 90;
/** The most of a text that is laid out while it is cut. */
const CUT_CHARS = SHOWN_LINES * CHARS_PER_LINE * 2;
/** What of a cut text is surely seen. */
const SEEN_CHARS = 700;
const MAX_REMEMBERED = 500;
const COPIED_SHOWN_MS = 1_500;

const finderChunk = lateChunk(() => import("./excerpt.tsx"));

/** Those that were opened; a virtual list takes their elements away and makes them anew. */
const opened = new Set<string>();

export interface MessageBodyProps {
  content: string;
  /** Under which it is remembered that somebody opened it. */
  messageId: string;
  /** Shows all of it at once. */
  isWhole?: boolean;
}

/** A message's text as Markdown; as plain text until the renderer is there, and where a text is too long or too complex for it. */
export function MessageBody({ content, messageId, isWhole = false }: MessageBodyProps) {
  const isOpen = useSignal(isWhole || opened.has(messageId));
  const isLong = !isWhole && estimateLines(content) > SHOWN_LINES;
  const isCut = isLong && !isOpen.value;
  const query = useModels().url.param("q").value;
  const finder = query === "" ? undefined : finderChunk();
  return (
    <div class="message-body" data-cut={isCut || undefined}>
      {isCut && finder && <finder.Excerpt content={content} query={query} shown={SEEN_CHARS} />}
      <Rendered
        content={content}
        isCut={isCut}
        chunk={markdownChunk()}
        mark={(root) => finder?.markWords(root, query)}
        marked={finder && query}
      />
      {isLong && (
        <Button
          size="small"
          variant="ghost"
          class="message-body-toggle"
          aria-expanded={isOpen.value}
          onClick={({ currentTarget }) => {
            isOpen.value = !isOpen.value;
            remember(messageId, isOpen.value);
            // What follows came up by the length of the text: whoever closed it wants to see what it was.
            if (!isOpen.value) requestAnimationFrame(() => currentTarget.closest("article")?.scrollIntoView(NEAREST));
          }}
        >
          {isOpen.value ? "Show less" : `Show all (${describeSize(content)})`}
        </Button>
      )}
    </div>
  );
}

interface RenderedProps {
  content: string;
  isCut: boolean;
  chunk: MarkdownChunk | undefined;
  /** Marks what was searched for; anew when `marked` is another. */
  mark(root: Element): void;
  marked: string | undefined;
}

function Rendered({ content, isCut, chunk, mark, marked }: RenderedProps) {
  const element = useRef<HTMLDivElement>(null);
  const rendered = useMemo(() => chunk?.renderMarkdown(content), [chunk, content, marked]);
  useLayoutEffect(() => {
    const host = element.current;
    if (rendered === undefined || host === null) return;
    host.replaceChildren(rendered);
    mark(host);
    // The buttons of code blocks are no components: they tell by what they bubble.
    const listen = (event: Event) => void copyCode(event, chunk);
    host.addEventListener("click", listen);
    return () => host.removeEventListener("click", listen);
  }, [rendered]);
  if (rendered !== undefined) return <div key="markdown" class="markdown" ref={element} />;
  return (
    <div key="plain" class="message-plain" dir="auto">
      {isCut ? content.slice(0, CUT_CHARS) : content}
    </div>
  );
}

async function copyCode(event: Event, chunk: MarkdownChunk | undefined): Promise<void> {
  const code = chunk?.codeToCopy(event.target);
  if (code === undefined) return;
  const [label] = code.button.childNodes;
  if (!(label instanceof Text)) return;
  label.data = (await copyText(code.text)) ? "Copied" : "Refused";
  setTimeout(() => {
    label.data = "Copy";
  }, COPIED_SHOWN_MS);
}

function remember(messageId: string, isOpen: boolean): void {
  opened.delete(messageId);
  if (isOpen) opened.add(messageId);
  const [oldest] = opened;
  if (opened.size > MAX_REMEMBERED && oldest !== undefined) opened.delete(oldest);
}

function estimateLines(content: string): number {
  if (content.length > CUT_CHARS) return SHOWN_LINES + 1;
  return content.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / CHARS_PER_LINE)), 0);
}

function describeSize(content: string): string {
  const lines = content.split("\n").length;
  if (lines > SHOWN_LINES) return `${lines.toLocaleString("en")} lines`;
  return `${content.length.toLocaleString("en")} characters`;
}
