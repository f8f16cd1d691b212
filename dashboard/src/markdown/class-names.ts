/** One class that Markdown rendering makes. Tested a name at a time: a repeat within a repeat hangs on a hostile text. */
const CLASS_NAME = /^(?:hljs[\w-]*|language-[\w+#.-]+|[a-z]+_|task-(?:open|done))$/i;

/** Whether all classes of an attribute are ours to give; the page's own are not for the author of a message. */
export function areOwnClasses(value: string): boolean {
  const names = value.split(/\s+/).filter((name) => name !== "");
  return names.length > 0 && names.every((name) => CLASS_NAME.test(name));
}
