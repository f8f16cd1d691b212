/** Reads a tar archive entry by entry, as a stream: what is in it is known before a byte of it is written anywhere. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { StartProblem } from "../start-problem.ts";

const BLOCK = 512;
/** Of a long name, or of the lines that a newer format puts before an entry. */
const EXTRA_MAX_BYTES = 65_536;

/** A file in the archive. What is not taken of its content is skipped. */
export interface TarEntry {
  /** Without `./` in front. */
  path: string;
  size: number;
  content(): AsyncGenerator<Buffer>;
}

/** The files of a `.tar`, `.tar.gz` or `.tgz`, in their order. Throws a StartProblem for what is none, or is damaged. */
export async function* readTar(archive: string): AsyncGenerator<TarEntry> {
  const raw = createReadStream(archive);
  // An error of either stream comes out of the reading below.
  const bytes = new ByteReader(/gz$/.test(archive) ? pipeline(raw, createGunzip(), () => undefined) : raw, archive);
  try {
    yield* readEntries(bytes, archive);
  } finally {
    raw.destroy();
  }
}

async function* readEntries(bytes: ByteReader, archive: string): AsyncGenerator<TarEntry> {
  let extra: { path?: string; size?: number } = {};
  for (let block = await bytes.take(BLOCK); !isEmpty(block); block = await bytes.take(BLOCK)) {
    const header = readHeader(block, archive);
    const { type } = header;
    if (type === "L" || type === "x") {
      if (header.size > EXTRA_MAX_BYTES) throw problem(archive, "it is damaged");
      const content = await bytes.take(header.size + paddingOf(header.size));
      extra = { ...extra, ...readExtra(type, content.subarray(0, header.size)) };
      continue;
    }
    const size = extra.size ?? header.size;
    const path = (extra.path ?? header.path).replace(/^(\.\/)+/, "");
    extra = {};
    if (!["0", "5", "g"].includes(type)) throw problem(archive, `${path} in it is no plain file`);
    let left = size;
    const content = async function* () {
      while (left > 0) {
        const piece = await bytes.some(left);
        left -= piece.length;
        yield piece;
      }
    };
    if (type === "0") yield { path, size, content };
    // What nobody took.
    for await (const _ of content());
    await bytes.take(paddingOf(size));
  }
}

/** An entry fills its last block. */
function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function problem(archive: string, why: string): StartProblem {
  return new StartProblem(`${archive} cannot be unpacked: ${why}.`);
}

function isEmpty(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function readHeader(block: Buffer, archive: string): { path: string; size: number; type: string } {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (sum !== readNumber(block.subarray(148, 156))) throw problem(archive, "it is no tar file, or is damaged");
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? readText(block.subarray(345, 500)) : "";
  const name = readText(block.subarray(0, 100));
  const type = String.fromCharCode(block[156] || 0x30);
  return { path: prefix === "" ? name : `${prefix}/${name}`, size: readNumber(block.subarray(124, 136)), type };
}

function readText(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? field.length : end);
}

/** Octal digits, or from 8 GiB on, with the first bit set, the bytes of the number itself. */
function readNumber(field: Buffer): number {
  if ((field[0] ?? 0) < 0x80) return Number.parseInt(readText(field).trim() || "0", 8);
  return field.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
}

/** What an entry before another one says of it: its name (GNU), or `<length> <name>=<value>` lines (POSIX). */
function readExtra(type: "L" | "x", content: Buffer): { path?: string; size?: number } {
  if (type === "L") return { path: readText(content) };
  const lines = new Map([...content.toString("utf8").matchAll(/^\d+ ([^=\n]+)=(.*)$/gm)].map((m) => [m[1], m[2]]));
  const [path, size] = [lines.get("path"), lines.get("size")];
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size: Number(size) }) };
}

/** A stream of bytes, by numbers of them. Throws where it ends before its time. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #archive: string;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>, archive: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#archive = archive;
  }

  async take(size: number): Promise<Buffer> {
    while (this.#rest.length < size) this.#rest = Buffer.concat([this.#rest, await this.#next()]);
    return this.#cut(size);
  }

  /** What is there, of so many at most; at least one. */
  async some(size: number): Promise<Buffer> {
    if (this.#rest.length === 0) this.#rest = await this.#next();
    return this.#cut(Math.min(size, this.#rest.length));
  }

  #cut(size: number): Buffer {
    const cut = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return cut;
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#source.next().catch((error: Error) => {
      throw problem(this.#archive, error.message);
    });
    if (done) throw problem(this.#archive, "it ends before its end");
    return value;
  }
}
