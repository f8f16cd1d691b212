import { copyText } from "./copy-text.ts";
import { toast } from "./toasts.tsx";

/** Copies, and says so: `what` is how a sentence begins, `The link`. */
export async function copyWithToast(text: string, what: string): Promise<void> {
  if (await copyText(text)) toast(`${what} is copied`, { tone: "good" });
  else toast("The browser refused to copy: select the text and copy it", { tone: "bad" });
}
