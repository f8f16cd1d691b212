/** Scripts that complete the command line in a shell, made from the commands there are. */
import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Words that may follow, by the commands before them: "" for the program, `keys mint` for a command of a command. */
type Words = Map<string, { word: string; about: string }[]>;

export function completionScript(program: Command, shell: Shell): string {
  const words = collect(program, "", new Map());
  if (shell === "fish") return renderFish(words);
  return shell === "bash" ? renderBash(words) : renderZsh(words);
}

function collect(command: Command, path: string, words: Words): Words {
  const children = command.commands.filter((child) => child.name() !== "help");
  words.set(path, [
    ...children.map((child) => ({ word: child.name(), about: child.description() })),
    ...command.options.flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : [])),
    { word: "--help", about: "what it does and takes" },
  ]);
  for (const child of children) collect(child, `${path} ${child.name()}`.trim(), words);
  return words;
}

/** The longest path of commands at the beginning of what was typed decides what may follow. */
const FIND_PATH = `  local path="" word
  for word in "\${typed[@]}"; do
    case " $paths " in *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;; *) break ;; esac
  done`;

function renderCases(words: Words, render: (entry: { word: string; about: string }) => string): string {
  return [...words]
    .map(([path, list]) => `    "${path.replaceAll(" ", "/")}") words=(${list.map(render).join(" ")}) ;;`)
    .join("\n");
}

const pathsOf = (words: Words) =>
  [...words.keys()]
    .filter(Boolean)
    .map((path) => path.replaceAll(" ", "/"))
    .join(" ");

function renderBash(words: Words): string {
  return `# cc2cc completion bash > ~/.local/share/bash-completion/completions/cc2cc
_cc2cc() {
  local paths="${pathsOf(words)}" words
  local typed=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
${FIND_PATH}
  case "$path" in
${renderCases(words, ({ word }) => word)}
  esac
  mapfile -t COMPREPLY < <(compgen -W "\${words[*]}" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _cc2cc cc2cc
`;
}

function renderZsh(words: Words): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\\\''")}'`;
  return `#compdef cc2cc
# cc2cc completion zsh > "\${fpath[1]}/_cc2cc"
_cc2cc() {
  local paths="${pathsOf(words)}"
  local -a typed; typed=("\${(@)words[2,CURRENT-1]}")
  local -a words
${FIND_PATH}
  case "$path" in
${renderCases(words, ({ word, about }) => quote(`${word.replaceAll(":", "\\:")}:${about}`))}
  esac
  _describe cc2cc words
}
compdef _cc2cc cc2cc
`;
}

function renderFish(words: Words): string {
  const quote = (text: string) => `'${text.replace(/['\\]/g, "\\$&")}'`;
  const lines = [...words].flatMap(([path, list]) =>
    list.map(({ word, about }) => {
      const parts = path === "" ? [] : path.split(" ");
      const depth = parts.map((part) => `; and __fish_seen_subcommand_from ${part}`).join("");
      const isHere = path === "" ? "__fish_use_subcommand" : depth.slice("; and ".length);
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c cc2cc -n ${quote(isHere)} ${what} -d ${quote(about)}`;
    }),
  );
  return `# cc2cc completion fish > ~/.config/fish/completions/cc2cc.fish\n${lines.join("\n")}\n`;
}
