/** The languages that code blocks are coloured in: what agents that work on software show each other. */
import highlighter from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

/** Colouring is linear, but slow: a longer block stays plain. */
const MAX_CODE_CHARS = 20_000;

const LANGUAGES = { bash, css, diff, go, json, python, rust, sql, typescript, xml, yaml };

// TypeScript's grammar knows all of JavaScript's, and JSON's all that JSON Lines have.
const ALIASES: Readonly<Record<string, string[]>> = {
  bash: ["sh", "shell", "zsh", "console"],
  json: ["jsonl", "json5", "jsonc"],
  typescript: ["javascript", "js", "jsx", "mjs", "cjs", "ts", "tsx"],
  xml: ["html", "svg", "vue"],
};

for (const [name, define] of Object.entries(LANGUAGES)) {
  highlighter.registerLanguage(name, define);
  highlighter.registerAliases(ALIASES[name] ?? [], { languageName: name });
}

/** The code as HTML with `hljs-` classes, or undefined where its language is not known or it is too long. */
export function highlightCode(code: string, language: string): string | undefined {
  if (code.length > MAX_CODE_CHARS || highlighter.getLanguage(language) === undefined) return undefined;
  return highlighter.highlight(code, { language, ignoreIllegals: true }).value;
}
