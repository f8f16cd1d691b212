import { FRAMES_PER_TEXT, TEXT_MAX_BYTES } from "../limits.ts";
import { utf8Length } from "../utf8.ts";

/** Frames in as few text messages as the hub takes them in (B1, 4013). */
export function textsOf(frames: readonly string[]): string[] {
  const texts: string[] = [];
  let batch: string[] = [];
  let bytes = 0;
  const flush = () => {
    if (batch.length > 0) texts.push(batch.length === 1 ? (batch[0] as string) : `[${batch.join(",")}]`);
    batch = [];
    bytes = 0;
  };
  for (const frame of frames) {
    const size = utf8Length(frame) + 2;
    if (batch.length === FRAMES_PER_TEXT || bytes + size > TEXT_MAX_BYTES) flush();
    batch.push(frame);
    bytes += size;
  }
  flush();
  return texts;
}
