/** Puts a compressed copy beside each text that the hub serves as a file, so that no request has to compress one. */
import { brotliCompressSync, constants } from "node:zlib";

/** Not the page itself: it is written last, after all that it names, and a copy of it would not be. */
const TEXT = /\.(?:js|mjs|css|svg|json|txt)$/;
/** Below this, headers are most of what is sent. */
const MIN_BYTES = 1_024;
/** The best takes seconds for the megabytes of the plugin, and saves some hundredths. */
const QUALITY = 9;

/** The files, by name, with copies of those that are worth one: `app.js.br` beside `app.js`. */
export function withCompressedCopies(
  files: ReadonlyMap<string, string | Uint8Array>,
): Map<string, string | Uint8Array> {
  const copies = [...files].flatMap(([name, content]): [string, Uint8Array][] => {
    const source = Buffer.from(content);
    if (!TEXT.test(name) || source.length < MIN_BYTES) return [];
    const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: source.length };
    return [[`${name}.br`, brotliCompressSync(source, { params })]];
  });
  return new Map([...files, ...copies]);
}
