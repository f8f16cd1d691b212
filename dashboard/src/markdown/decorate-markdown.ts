/** What a text is made of; each may be in a script that runs the other way. Code never does. */
const TEXT_BLOCKS = "p, h3, h4, h5, h6, ul, ol, li, blockquote, th, td";

/**
 * Gives code blocks a header with language and copy button, tables a box that scrolls, and each block of text the
 * direction of what is written in it.
 */
export function decorateMarkdown(content: DocumentFragment): void {
  for (const block of content.querySelectorAll<HTMLElement>(TEXT_BLOCKS)) block.dir = "auto";
  for (const pre of content.querySelectorAll("pre")) wrapCode(pre);
  for (const table of content.querySelectorAll("table")) wrapTable(table);
  closeHeadingGaps(content);
}

/** What a press in rendered Markdown wants copied, if it was on the button of a code block. */
export function codeToCopy(target: EventTarget | null): { button: HTMLElement; text: string } | undefined {
  const button = target instanceof Element ? target.closest<HTMLElement>(".code-copy") : null;
  const code = button?.closest(".code-block")?.querySelector("pre");
  return button && code ? { button, text: code.textContent } : undefined;
}

function wrapCode(pre: HTMLPreElement): void {
  const block = createElement("div", "code-block");
  const header = createElement("div", "code-header");
  const language = /(?:^|\s)language-(\S+)/.exec(pre.querySelector("code")?.className ?? "")?.[1];
  const label = createElement("span", "code-language");
  label.textContent = language ?? "text";
  const copy = createElement("button", "code-copy");
  copy.setAttribute("type", "button");
  copy.append("Copy", hidden(" code"));
  header.append(label, copy);
  pre.replaceWith(block);
  // It may scroll sideways, which a keyboard can do only with the focus in it. A group and no region: a page full of code
  // would have as many landmarks of one name.
  pre.tabIndex = 0;
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", language === undefined ? "Code" : `Code in ${language}`);
  block.append(header, pre);
}

function wrapTable(table: HTMLTableElement): void {
  const box = createElement("div", "table-scroll");
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Table");
  table.replaceWith(box);
  box.append(table);
}

/** Whoever walks a page by its headings wants no level left out. */
function closeHeadingGaps(content: DocumentFragment): void {
  let previous = 2;
  for (const heading of content.querySelectorAll("h3, h4, h5, h6")) {
    const level = Math.min(Number(heading.nodeName.slice(1)), previous + 1);
    previous = level;
    if (`H${level}` === heading.nodeName) continue;
    const lifted = document.createElement(`h${level}`);
    lifted.append(...heading.childNodes);
    heading.replaceWith(lifted);
  }
}

/** For who cannot see what stands round it. */
function hidden(text: string): HTMLElement {
  const element = createElement("span", "visually-hidden");
  element.textContent = text;
  return element;
}

function createElement(name: string, className: string): HTMLElement {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
