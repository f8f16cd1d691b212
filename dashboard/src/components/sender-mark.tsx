import { hueOf } from "../models/sender-hue.ts";

/** A small mark whose colour is a sender's own, for the eye that runs down a list: the name says who it is. */
export function SenderMark({ id }: { id: string }) {
  return <span class="sender-mark" aria-hidden="true" style={{ "--hue": hueOf(id) }} />;
}
