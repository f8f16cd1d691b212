import { StartProblem } from "../start-problem.ts";
import type { Service } from "./service.ts";

/** The files of the machine, by a disk service of workerd on `/`. */
export class Files {
  readonly #disk: Service;

  constructor(disk: Service) {
    this.#disk = disk;
  }

  /** Undefined for a file that is not there, or that may not be read. */
  async read(path: string): Promise<string | undefined> {
    const answer = await this.#ask(path);
    const bytes = await answer.arrayBuffer();
    return answer.ok ? new TextDecoder().decode(bytes) : undefined;
  }

  /** Names of what is in a folder; none for one that is not there. */
  async list(path: string): Promise<string[]> {
    const text = await this.read(path);
    return text === undefined ? [] : (JSON.parse(text) as { name: string }[]).map(({ name }) => name);
  }

  /** Whole or not at all. Its mode is what the umask leaves. */
  async write(path: string, text: string): Promise<void> {
    const answer = await this.#ask(path, { method: "PUT", body: text });
    await answer.arrayBuffer();
    if (!answer.ok) throw new StartProblem(`cannot write ${path} (status ${answer.status}).`);
  }

  #ask(path: string, init?: RequestInit): Promise<Response> {
    return this.#disk.fetch(`http://files${path.split("/").map(encodeURIComponent).join("/")}`, init);
  }
}
